"""Environments: the packages that the tools run with, each set up once from a lock file."""
