"""Bring the engine's own tables and what is left of earlier code in order, and make again what was dropped by hand."""

from collections.abc import Callable, Collection

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ledger.database import Database
from ledger.errors import LedgerError
from projections.definition.derived_projection import DerivedProjection
from projections.engine.catalog import all_views, catalog
from projections.engine.soundness import Fault, checkpoint_rows, own_faults, own_rows
from projections.sql import checkpoint as checkpoints
from projections.sql.checkpoint import CHECKPOINT, GONE, OWN, TOUCHED, is_note, is_readable
from projections.sql.drivers import driver_of
from projections.sql.made import Made, index_part, made
from projections.sql.making import create, create_index
from projections.sql.naming import NEXT, PREVIOUS
from projections.sql.patience import Patience
from projections.sql.transactions import connected, transaction
from projections.sql.turns import exchange
from projections.sql.views import create_views, drop_views

_NAMED_AT_ONCE = 3


def bring_forward(database: Database, patience: Patience) -> None:
    """Do, while nobody reads, what a database needs that older code made or worked on; nothing where somebody dropped or altered something.

    The table of checkpoints gets the columns that it did not have. In a file, the engine's own tables become STRICT. What is kept of
    projections that are no more goes.
    """
    for is_needed, act in ((_lacks_layouts, checkpoints.add_layouts), (_is_older, _make_all_anew), (_has_leftovers, _clear_away)):
        with connected(database) as connection, transaction(connection, write=False):
            needed = is_needed(connection)
        if needed:
            exchange(database, act, patience)


def mend(database: Database, patience: Patience) -> set[str]:
    """Make the engine's own tables anew where they are not as made, with the rows that are sound; name projections that lost theirs."""
    with connected(database) as connection, transaction(connection, write=False):
        faults, lost = own_faults(connection), _lost(connection)
        has_checkpoints = driver_of(connection).relations(connection).get(CHECKPOINT.name) == "table"
    if not (faults or lost):
        return set()
    if has_checkpoints:
        exchange(database, _mend, patience)
    else:  # then there is nothing that readers could hold
        with connected(database) as connection, transaction(connection, write=True):
            _mend(connection)
    return lost


def require_sound(faults: Collection[Fault]) -> None:
    """Raise LedgerError, naming the first of them, if a run would meet tables, columns or checkpoints that are missing or altered."""
    hindering = [fault for fault in faults if fault.hinders]
    if hindering:
        named = "; ".join(map(str, hindering[:_NAMED_AT_ONCE]))
        more = len(hindering) - _NAMED_AT_ONCE
        raise LedgerError(f"{named}{f'; and {more} more' if more > 0 else ''}: nothing was done: tools/project --rebuild makes it again")


def make_again(connection: sa.Connection, faults: Collection[Fault], tell: Callable[[str], None]) -> None:
    """Make the views and indexes that alone are missing, and tell of each."""
    soon = {(fault.name, fault.part): fault for fault in faults if fault.is_soon_made}
    rows = checkpoint_rows(connection)
    tables = [(made(table, table.name), rows[one.name]["generation"]) for one in catalog() if one.name in rows for table in one.tables]
    for wanted, generation in [*((own, 0) for own in OWN), *tables]:
        for number, columns in enumerate(wanted.indexes):
            if (wanted.target.name, index_part(columns)) in soon:
                create_index(connection, wanted.target.name, columns, f"{wanted.target.name}_{generation}_{number}")
    create_views(connection, {view: text for view, text in all_views().items() if (view, "view") in soon})
    for fault in soon.values():
        tell(str(fault))


def _lacks_layouts(connection: sa.Connection) -> bool:
    """Return whether checkpoints are kept as by code that knew no layouts."""
    there = driver_of(connection).relations(connection).get(CHECKPOINT.name) == "table"
    return there and not checkpoints.has_layouts(connection)


def _is_older(connection: sa.Connection) -> bool:
    """Return whether the engine's own tables are of an older make, and all that they hold is sound."""
    faults = own_faults(connection)
    return any(fault.older for fault in faults) and not any(fault.hinders for fault in faults) and not _lost(connection)


def _make_all_anew(connection: sa.Connection) -> None:
    for own in OWN:
        _make_anew(connection, own, list(own_rows(connection, own.target)))


def _lost(connection: sa.Connection) -> set[str]:
    """Name the projections whose checkpoint, or whose notes of what to derive, are not sound."""
    lost = {name for name, row in checkpoint_rows(connection).items() if not is_readable(row)}
    is_altered = any(fault.hinders for fault in own_faults(connection) if fault.name == TOUCHED.name)
    notes_are_lost = is_altered or not all(map(is_note, own_rows(connection, TOUCHED)))
    return {one.name for one in catalog() if one.name in lost or (notes_are_lost and isinstance(one, DerivedProjection))}


def _mend(connection: sa.Connection) -> None:
    faulty = {fault.name for fault in own_faults(connection)}
    relations = driver_of(connection).relations(connection)
    views = {view: text for view, text in all_views().items() if relations.get(view) == "view"}
    drop_views(connection, views)
    for own, is_sound in zip(OWN, (is_readable, is_note), strict=True):
        if own.target.name in faulty or not all(map(is_sound, own_rows(connection, own.target))):
            _make_anew(connection, own, list(filter(is_sound, own_rows(connection, own.target))))
    for view, text in views.items():
        _try_to_create(connection, view, text)


def _try_to_create(connection: sa.Connection, view: str, text: str) -> None:
    """Create a view, or leave it to the rebuild if it is over a table that was altered.

    If the machine fails, the whole transaction is undone, which SQLite may have done by itself: there is nothing left to go back to.
    """
    attempt = connection.begin_nested()
    try:
        create_views(connection, {view: text})
    except DBAPIError as error:
        driver = driver_of(connection)
        if driver.damage(error.orig) is None and driver.mishap(error.orig) is None:
            raise
        attempt.rollback()
    else:
        attempt.commit()


def _make_anew(connection: sa.Connection, own: Made, rows: list[dict[str, object]]) -> None:
    name = str(own.target.name)
    kind = driver_of(connection).relations(connection).get(name)
    if kind not in {None, "table"}:
        raise LedgerError(f"{name} is a {kind}, and the name is needed: rename it, then run again")
    others = driver_of(connection).in_the_way(connection, [name])
    if others:
        raise LedgerError(f"in the way of a rebuild: {'; '.join(others)}: drop it, run again, and make it again afterwards")
    if kind:
        connection.exec_driver_sql(f'DROP TABLE "{name}"')
    create(connection, own, name, 0)
    if rows:
        # Numbers are given anew: a server counts them by itself.
        connection.execute(own.target.insert(), [{column: value for column, value in row.items() if column != "id"} for row in rows])


def _has_leftovers(connection: sa.Connection) -> bool:
    """Return whether anything is kept for projections that are no more; what is not as made cannot be asked."""
    if CHECKPOINT.name not in driver_of(connection).relations(connection) or any(fault.hinders for fault in own_faults(connection)):
        return False
    kept = (sa.select(sa.literal(1)).select_from(one).where(_is_unknown(one)).limit(1) for one in (CHECKPOINT, TOUCHED))
    return any(connection.execute(query).first() is not None for query in kept)


def _clear_away(connection: sa.Connection) -> None:
    """Drop what `_has_leftovers` finds.

    A projection that is no more loses its notes and its views: a view of its own would keep the tables below from being exchanged. Its
    checkpoint is marked, as nothing is noted for it any longer, so that one that comes back must be made anew. Its tables stay.
    """
    drop_views(connection, checkpoints.read_views(connection) - all_views().keys())
    connection.execute(TOUCHED.delete().where(_is_unknown(TOUCHED)))
    beside = sa.or_(*(CHECKPOINT.c.projection.endswith(suffix, autoescape=True) for suffix in (NEXT, PREVIOUS)))
    connection.execute(CHECKPOINT.delete().where(_is_unknown(CHECKPOINT), beside))
    connection.execute(CHECKPOINT.update().where(_is_unknown(CHECKPOINT)).values(version=GONE, views=""))


def _is_unknown(kept_table: sa.Table) -> sa.ColumnElement[bool]:
    known = [projection.name + suffix for projection in catalog() for suffix in ("", NEXT, PREVIOUS)]
    unknown = kept_table.c.projection.not_in(known)
    return unknown & (CHECKPOINT.c.version != GONE) if kept_table is CHECKPOINT else unknown
