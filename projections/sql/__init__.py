"""Projection tables in a database."""
