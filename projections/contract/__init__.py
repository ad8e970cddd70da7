"""The data contract: when an event is a reading, and why it is not. Pure."""
