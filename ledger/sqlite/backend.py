"""The log in a file of SQLite's: this module is a `ledger.store.backend.Backend`, put together from the other files of the folder."""

from ledger.sqlite.advice import advise, passes, shows_damage
from ledger.sqlite.compare import compare_schema
from ledger.sqlite.log import add, find_known, lock, read_rows
from ledger.sqlite.open import open_engine
from ledger.sqlite.setup import ddl, grant_rights, hold_schema, initialise, mark_version, rights_to_revoke, schema_version
from ledger.sqlite.state import describe_roles, log_bytes, missing_roles, server
from ledger.sqlite.stored import as_stored, check_storage

name = "sqlite"
on_server = False

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
