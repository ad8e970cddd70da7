"""What `tools/inspect energy` prints."""
