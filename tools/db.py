"""tools/db: make a log on a server, bring its schema forward, and show what is there."""

import click
from attrs import asdict

import ledger
from tools._cli.output import print_json, print_table
from tools._cli.run import db_option, json_option, run

SCHEMAS = {"heliolog.db.status/2": ledger.Status}
_MIB = 1 << 20


@click.group()
def db() -> None:
    """Make a log on a server, bring its schema forward, and tell what is there."""


@db.command()
@db_option
def init(db: str) -> None:
    """Make the log's schema and the roles heliolog_writer, heliolog_projector and heliolog_auditor where they are missing.

    SQLite needs no init. Run again, it makes what is missing and gives the roles their rights anew.

    Example: tools/db init --db postgresql+psycopg://owner@db.example/heliolog
    """
    made = ledger.initialise(db)
    click.echo(f"made: {', '.join(made)}" if made else "nothing to make: the log is there")
    _show_rights_to_revoke(db)


@db.command()
@db_option
def upgrade(db: str) -> None:
    """Bring the schema of a log to this program's version, whole or not at all. Back the database up first.

    Example: tools/db upgrade
    """
    before, after = ledger.upgrade(db)
    click.echo(f"schema {before} is this program's: nothing to do" if before == after else f"schema {before} is now {after}")
    _show_rights_to_revoke(db)


@db.command()
@db_option
@json_option
def status(db: str, *, as_json: bool) -> None:
    """Show server, schema, roles and size; exit 1 if roles are missing, or the schema was altered or is of another version.

    Each part of the schema that is missing, switched off, foreign or not what this version makes is named.

    Example: tools/db status --json
    """
    found = ledger.status(db)
    if as_json:
        print_json("heliolog.db.status/2", asdict(found))
    else:
        _show(found)
    found.require_whole()


def _show_rights_to_revoke(db: str) -> None:
    if left := ledger.rights_to_revoke(db):
        click.echo("everybody may more here than they need; an administrator takes that away:")
        for statement in left:
            click.echo(f"  {statement};")


def _schema(found: ledger.Status) -> str:
    if found.version != found.version_needed:
        return "not compared: of another version"
    return f"only names were compared: {found.only_names}" if found.only_names else "what this version makes"


def _show(found: ledger.Status) -> None:
    rows = [
        ("database", found.database),
        ("server", found.server),
        ("schema version", "none" if found.version is None else found.version),
        ("version needed", found.version_needed),
        ("events", found.events),
        ("MiB", None if found.bytes is None else found.bytes / _MIB),
        *((name, "yours" if mine else "not yours") for name, mine in found.roles.items()),
        ("missing roles", ", ".join(found.missing) or "none"),
        *(("schema", sentence) for sentence in found.differences),
        *([("schema", _schema(found))] if found.only_names or not found.differences else []),
    ]
    print_table("Database", ("what", "value"), rows)


if __name__ == "__main__":
    run(db)
