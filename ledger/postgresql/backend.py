"""The log in a PostgreSQL server: this module is a `ledger.store.backend.Backend`, put together from the other files of the folder."""

from ledger.postgresql.advice import advise, passes, shows_damage
from ledger.postgresql.compare import compare_schema
from ledger.postgresql.log import add, find_known, lock, read_rows
from ledger.postgresql.open import open_engine
from ledger.postgresql.roles import grant_rights, rights_to_revoke
from ledger.postgresql.setup import ddl, hold_schema, initialise, mark_version, schema_version
from ledger.postgresql.state import describe_roles, log_bytes, missing_roles, server
from ledger.postgresql.stored import as_stored, check_storage

name = "postgresql"
on_server = True

__all__ = [
    "add",
    "advise",
    "as_stored",
    "check_storage",
    "compare_schema",
    "ddl",
    "describe_roles",
    "find_known",
    "grant_rights",
    "hold_schema",
    "initialise",
    "lock",
    "log_bytes",
    "mark_version",
    "missing_roles",
    "name",
    "on_server",
    "open_engine",
    "passes",
    "read_rows",
    "rights_to_revoke",
    "schema_version",
    "server",
    "shows_damage",
]
