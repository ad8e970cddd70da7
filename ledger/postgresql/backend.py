"""The log in a PostgreSQL server: this module is a `ledger.store.backend.Backend`, put together from the other files of the folder."""

from ledger.postgresql.advice import advise, passes
from ledger.postgresql.log import add, find_known, lock, read_rows
from ledger.postgresql.open import open_engine
from ledger.postgresql.roles import grant_rights, open_to_all
from ledger.postgresql.setup import ddl, hold_schema, initialise, mark_version, schema_version
from ledger.postgresql.state import describe_roles, log_bytes, missing, server

name = "postgresql"
on_server = True

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
