"""What the Merkle tree proves. Pure."""
