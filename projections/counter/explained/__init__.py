"""The counter line of a day, told reading by reading. Pure."""
