"""The log in a file of SQLite's: this module is a `ledger.store.backend.Backend`, put together from the other files of the folder."""

from ledger.sqlite.advice import advise, passes
from ledger.sqlite.log import add, find_known, lock, read_rows
from ledger.sqlite.open import open_engine
from ledger.sqlite.setup import ddl, grant_rights, hold_schema, initialise, mark_version, open_to_all, schema_version
from ledger.sqlite.state import describe_roles, log_bytes, missing, server

name = "sqlite"
on_server = False

__all__ = [
    "add",
    "advise",
    "ddl",
    "describe_roles",
    "find_known",
    "grant_rights",
    "hold_schema",
    "initialise",
    "lock",
    "log_bytes",
    "mark_version",
    "missing",
    "name",
    "on_server",
    "open_engine",
    "open_to_all",
    "passes",
    "read_rows",
    "schema_version",
    "server",
]
