"""Commands: arguments in, one outcome out."""
