"""The data contract, many lines at once. Pure."""
