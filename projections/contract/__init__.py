"""The data contract. Pure."""
