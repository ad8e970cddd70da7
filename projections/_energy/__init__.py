"""Energy from readings: the counter line, local days and the figures of a day."""
