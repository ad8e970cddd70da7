"""The daily summary of one inverter: its row and how each figure follows from the day's readings."""
