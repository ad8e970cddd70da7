"""Keeps every table up to date; names none."""
