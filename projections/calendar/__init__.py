"""Time zones, and the local days of a plant. Pure."""
