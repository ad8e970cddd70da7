"""What bytes mean, frozen for ever. Pure."""
