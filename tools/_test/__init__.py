"""What `tools/test` does besides handing its arguments to pytest."""
