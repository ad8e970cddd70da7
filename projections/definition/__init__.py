"""What a projection is. Pure."""
