"""Values as senders write them. Pure."""
