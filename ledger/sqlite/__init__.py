"""The log in a file of SQLite's."""
