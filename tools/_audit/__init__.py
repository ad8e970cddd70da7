"""What `tools/audit` prints."""
