"""What auditors ask of the log and of the tables."""
