"""The schema of a log: made on a server, brought forward, and told what there is of it."""

from pathlib import Path
from types import ModuleType

from attrs import frozen
from sqlalchemy import Connection

from ledger import log
from ledger.database import Database, open_database, reading, writing
from ledger.errors import LedgerError
from ledger.sqlite import state as sqlite_state
from ledger.store.schema import SCHEMA_VERSION

MIGRATIONS = Path(__file__).parent / "migrations"
STEPS = (MIGRATIONS / "versions",)


@frozen(kw_only=True)
class Status:
    """What a database holds: the `version` of its schema, None where there is no log; `events` and `bytes` then are too.

    `missing`: names of tables, triggers and the like, and of roles. `roles`: those there are, and whether the user has them.
    """

    database: str
    server: str
    version: int | None
    version_needed: int
    missing: list[str]
    roles: dict[str, bool]
    events: int | None
    bytes: int | None


def initialise(url: str) -> list[str]:
    """Make the log's schema and roles where they are missing, and name what was made.

    A file is made as by the first append. Raise LedgerError where the user lacks the rights, or the schema is of another version.
    """
    with open_database(url, write=True, any_version=True) as db, writing(db) as conn:
        if not db.on_server:
            return []
        from ledger.postgresql import roles as postgresql_roles  # noqa: PLC0415 - not for SQLite
        from ledger.postgresql import setup as postgresql_setup  # noqa: PLC0415

        postgresql_setup.hold_schema(conn)
        made = []
        if postgresql_setup.schema_version(conn) is None:
            postgresql_setup.create_schema(conn)
            made.append("schema")
        postgresql_setup.check_version(conn, db.url)
        return made + postgresql_roles.make_roles(conn, db.url)


def upgrade(url: str) -> tuple[int, int]:
    """Bring the schema to today's version in one transaction, and give the versions before and after.

    Raise LedgerError where there is no log, where it is of a newer version, or where something would be missing afterwards.
    """
    with open_database(url, write=False, any_version=True) as db, reading(db) as conn:
        before = _known_version(db, conn)
    if before == SCHEMA_VERSION:
        return before, before
    with open_database(url, write=True, any_version=True, statement_timeout_ms=0) as db, writing(db) as conn:
        if db.on_server:
            from ledger.postgresql import setup as postgresql_setup  # noqa: PLC0415 - not for SQLite

            postgresql_setup.hold_schema(conn)
        _run_steps(db, conn, _known_version(db, conn))
        lost = _state(db).missing(conn)
        if lost:
            raise LedgerError(f"{db.url}: {', '.join(lost)} would be missing after the upgrade, which was undone; restore from a backup")
    return before, SCHEMA_VERSION


def status(url: str) -> Status:
    """Tell what a database holds; raise LedgerError where it cannot be opened."""
    with open_database(url, write=False, any_version=True) as db, reading(db) as conn:
        state = _state(db)
        version = state.schema_version(conn)
        return Status(
            database=db.url,
            server=state.server(conn),
            version=version,
            version_needed=SCHEMA_VERSION,
            missing=state.missing(conn),
            roles=state.describe_roles(conn),
            events=None if version is None else log.head(conn).size,
            bytes=None if version is None else state.log_bytes(conn),
        )


def _state(db: Database) -> ModuleType:
    if db.on_server:
        from ledger.postgresql import state as postgresql_state  # noqa: PLC0415 - not for SQLite

        return postgresql_state
    return sqlite_state


def _known_version(db: Database, conn: Connection) -> int:
    version: int | None = _state(db).schema_version(conn)
    if version is None:
        raise LedgerError(f"{db.url}: holds no log yet; make it with tools/db init")
    if version > SCHEMA_VERSION:
        raise LedgerError(f"{db.url}: written by a newer version (schema {version}, this one knows {SCHEMA_VERSION}); update this program")
    return version


def _run_steps(db: Database, conn: Connection, version: int) -> None:
    """Run the steps after a version; in a file the version is a number in its header, which Alembic has to be told."""
    from alembic import command  # noqa: PLC0415 - slow to load, and for this alone
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": conn})
    config.set_main_option("path_separator", "newline")
    config.set_main_option("script_location", _plain(MIGRATIONS))
    config.set_main_option("version_locations", "\n".join(map(_plain, STEPS)))
    if not db.on_server:
        command.stamp(config, f"{version:04}")
    command.upgrade(config, f"{SCHEMA_VERSION:04}")
    if not db.on_server:
        conn.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _plain(path: Path) -> str:
    return str(path).replace("%", "%%")
