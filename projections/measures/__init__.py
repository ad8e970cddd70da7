"""What a day's readings show beside the counter. Pure."""
