"""One file, or one folder, is one projection. Pure."""
