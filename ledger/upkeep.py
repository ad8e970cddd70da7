"""The schema of a log: made on a server, brought forward, and what there is of it."""

from pathlib import Path

from attrs import frozen
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, NoResultFound

from ledger.database import Database, open_database, reading, writing
from ledger.errors import LedgerError
from ledger.store.schema import SCHEMA_VERSION
from ledger.store.schema_parts import SchemaComparison
from ledger.store.version import no_log, require_known
from ledger.verification.head import read_head
from ledger.verification.stored import UnreadableError, attempt

MIGRATIONS = Path(__file__).parent / "migrations"
STEPS = (MIGRATIONS / "versions",)


@frozen(kw_only=True)
class Status:
    """What a database holds: the `version` of its schema, None if there is no log; `events` and `bytes` then are None, too.

    `missing`: names of roles. `differences`: a sentence for each part of the schema that is missing, foreign, switched off or not what this
    version makes; of a schema of another version none. `only_names`: why definitions could not be compared, only names; None if they were.
    `roles`: those there are, and whether the user has them. `events` is None, too, if the log's head cannot be read.
    """

    database: str
    server: str
    version: int | None
    version_needed: int
    missing: list[str]
    differences: list[str]
    only_names: str | None
    roles: dict[str, bool]
    events: int | None
    bytes: int | None

    def require_whole(self) -> None:
        """Raise LedgerError, which says what to do.

        That is if there is no log, its schema is of another version or was altered, or a role is missing.
        """
        if self.version is None:
            raise no_log(self.database)
        if self.version != self.version_needed:
            newer = self.version > self.version_needed
            raise LedgerError(f"{self.database}: {'update this program' if newer else 'run tools/db upgrade'}")
        if self.differences:
            raise LedgerError(f"{self.database}: {'; '.join(self.differences)}: run tools/audit verify, and restore a backup")
        if self.missing:
            raise LedgerError(f"{self.database}: {', '.join(self.missing)} missing; run tools/db init")


def initialise(url: str) -> list[str]:
    """Make the log's schema and roles if they are missing, and name what was made, as `["schema", "heliolog_writer"]`.

    A file is made as by the first append. Raise LedgerError if the user lacks the rights, or the schema is of another version.
    """
    with open_database(url, write=True, any_version=True) as db, writing(db) as conn:
        return db.backend.initialise(conn, db.url)


def rights_to_revoke(url: str) -> list[str]:
    """Return the statements by which an administrator takes from everybody what no role needs: as far as `initialise` might not do it.

    Without a log, or for a file, there are none. Raise LedgerError if the database cannot be opened.
    """
    with open_database(url, write=False, any_version=True) as db, reading(db) as conn:
        return [] if db.backend.schema_version(conn) is None else db.backend.rights_to_revoke(conn)


def upgrade(url: str) -> tuple[int, int]:
    """Bring the schema to today's version in one transaction, and return the versions before and after.

    Raise LedgerError if there is no log, if it is of a newer version, if the schema would not be today's afterwards, or if the user lacks
    the rights to find that out: on a server, that takes temporary tables.
    """
    with open_database(url, write=False, any_version=True) as db, reading(db) as conn:
        before = _known_version(db, conn)
    if before == SCHEMA_VERSION:
        return before, before
    with open_database(url, write=True, any_version=True, statement_timeout_ms=0) as db, writing(db) as conn:
        db.backend.hold_schema(conn)
        try:
            _run_steps(conn, _known_version(db, conn))
        except (ArithmeticError, LookupError, TypeError, ValueError, NoResultFound, DBAPIError) as error:
            if isinstance(error, DBAPIError) and not (isinstance(error, IntegrityError) or db.backend.shows_damage(error.orig)):
                raise
            raise LedgerError(
                f"{db.url}: damaged, and not upgraded ({str(error).splitlines()[0]}); verify it with the version before, restore a backup"
            ) from error
        db.backend.grant_rights(conn)
        db.backend.mark_version(conn, SCHEMA_VERSION)
        compared = db.backend.compare_schema(conn)
        if compared.differences:
            raise LedgerError(f"{db.url}: the upgrade was undone, since after it {'; '.join(compared.differences)}: restore from a backup")
        if compared.only_names:
            raise LedgerError(
                f"{db.url}: the upgrade was undone, since {compared.only_names}: run tools/db upgrade as one who may make temporary tables"
            )
    return before, SCHEMA_VERSION


def status(url: str) -> Status:
    """Return what a database holds, of whatever version; raise LedgerError if it cannot be opened."""
    with open_database(url, write=False, any_version=True) as db:
        return status_of(db)


def status_of(db: Database) -> Status:
    """Return what an open database holds."""
    with reading(db) as conn:
        version = db.backend.schema_version(conn)
        compared = db.backend.compare_schema(conn) if version == SCHEMA_VERSION else SchemaComparison([])
        head = None if version is None else read_head(conn).head
        return Status(
            database=db.url,
            server=db.backend.server(conn),
            version=version,
            version_needed=SCHEMA_VERSION,
            missing=db.backend.missing_roles(conn),
            differences=compared.differences,
            only_names=compared.only_names,
            roles=db.backend.describe_roles(conn),
            events=head.size if head else None,
            bytes=None if version is None else _log_bytes(db, conn),
        )


def _log_bytes(db: Database, conn: Connection) -> int | None:
    try:
        return attempt(conn, lambda: db.backend.log_bytes(conn))
    except UnreadableError:
        return None


def _known_version(db: Database, conn: Connection) -> int:
    return require_known(db.backend.schema_version(conn), db.url)


def _run_steps(conn: Connection, version: int) -> None:
    """Run the steps after a version, which Alembic has to be told: in a file, it is a number in the header."""
    from alembic import command  # noqa: PLC0415 - slow to load, and for this alone
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": conn})
    config.set_main_option("path_separator", "newline")
    config.set_main_option("script_location", _escaped(MIGRATIONS))
    config.set_main_option("version_locations", "\n".join(map(_escaped, STEPS)))
    command.stamp(config, f"{version:04}")
    command.upgrade(config, f"{SCHEMA_VERSION:04}")


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")
