"""The counter line of one day, explained reading by reading for a person. Pure."""
