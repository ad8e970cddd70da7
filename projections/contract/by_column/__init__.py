"""The data contract for many lines at once: the quick way to the same rows. Pure."""
