"""Make tables and checkpoints for projections: the first time, and beside the ones in use for a rebuild."""

from collections.abc import Callable, Collection

import sqlalchemy as sa

from ledger.database import Database
from ledger.proof.frontier import Frontier
from projections.calendar.zones import TZDATA_VERSION
from projections.definition.changes import everything
from projections.definition.derived_projection import DerivedProjection
from projections.definition.layout import layout_digest
from projections.engine.catalog import Projection, all_views, catalog, owner_of
from projections.registry.registry import Registry
from projections.sql import checkpoint as checkpoints
from projections.sql.checkpoint import CHECKPOINT, METADATA, TOUCHED, Checkpoint
from projections.sql.columns import create
from projections.sql.naming import NEXT, PREVIOUS, Naming
from projections.sql.patience import Patience
from projections.sql.transactions import connected, transaction
from projections.sql.turns import exchange
from projections.sql.views import create_views, drop_views

_IN_USE = Naming()


def prepare(connection: sa.Connection, registry: Callable[[], Registry] = Registry.empty) -> None:
    """Create whatever table, checkpoint or view is missing.

    A derived projection that is new while its sources are past the log's beginning has all of its groups to derive, under the `registry`
    (asked for only then): nothing has noted for it what the sources hold.
    """
    METADATA.create_all(connection)
    if _has_leftovers(connection):
        _clear_away(connection)
    for projection in _not_begun(connection):
        _start(connection, projection, _IN_USE, 0)
        if isinstance(projection, DerivedProjection) and any(_position(connection, source) for source in projection.sources):
            _touch_everything(connection, projection, _IN_USE, registry())
    create_views(connection, all_views())


def must_clear_away(database: Database) -> bool:
    """Return whether `prepare` will drop what readers may be reading: what is left of projections that are no more, or not begun."""
    with connected(database) as connection, transaction(connection, write=False):
        return sa.inspect(connection).has_table(CHECKPOINT.name) and _has_leftovers(connection)


def bring_forward(database: Database, patience: Patience) -> None:
    """Add the column that checkpoints of a database made by older code do not have, while nobody reads them."""
    with connected(database) as connection, transaction(connection, write=False):
        is_older = sa.inspect(connection).has_table(CHECKPOINT.name) and not checkpoints.has_layouts(connection)
    if is_older:
        exchange(database, checkpoints.add_layouts, patience)


def in_another_layout(connection: sa.Connection) -> set[str]:
    """Name the projections whose tables were made in another layout than the code declares: their rows cannot be read."""
    layouts = checkpoints.read_layouts(connection)
    return {one.name for one in catalog() if layouts.get(one.name, layout_digest(one)) != layout_digest(one)}


def outdated(connection: sa.Connection) -> set[str]:
    """Name the projections made by another version of their code, in another layout, or by other zone data: they must be rebuilt.

    So must all that were made before layouts were kept: whether their tables are as declared now, only a rebuild shows for certain.
    """
    layouts = checkpoints.read_layouts(connection)
    made = {one.name: checkpoints.read_checkpoint(connection, one.name) for one in catalog()}
    return {
        one.name
        for one in catalog()
        if (by := made[one.name]) is not None
        and (by.version, by.tzdata, layouts.get(one.name)) != (one.version, TZDATA_VERSION, layout_digest(one))
    }


def start_rebuild(connection: sa.Connection, names: Collection[str], registry: Registry) -> Naming:
    """Create empty tables for a rebuild; derived projections whose sources stay are to derive every group of theirs."""
    naming = Naming(frozenset(names))
    for projection in catalog():
        if projection.name in naming.rebuilt:
            in_use = checkpoints.read_checkpoint(connection, projection.name)
            _drop(connection, projection, NEXT)
            _start(connection, projection, naming, in_use.generation + 1 if in_use is not None else 0)
            if isinstance(projection, DerivedProjection) and not _is_fed(projection, naming):
                _touch_everything(connection, projection, naming, registry)
    return naming


def swap(connection: sa.Connection, names: Collection[str]) -> None:
    """Put the rebuilt tables in the place of those in use, which are kept as the previous ones."""
    drop_views(connection, all_views().keys() | checkpoints.read_views(connection))
    for projection in catalog():
        if projection.name in names:
            _drop(connection, projection, PREVIOUS)
            _rename(connection, projection, "", PREVIOUS)
            _rename(connection, projection, NEXT, "")
    create_views(connection, all_views())


def _is_fed(projection: DerivedProjection, naming: Naming) -> bool:
    """Return whether every source is rebuilt too: then their new rows touch all there is to derive, else nothing would."""
    return all(owner_of(source).name in naming.rebuilt for source in projection.sources)


def _position(connection: sa.Connection, source: str) -> int:
    checkpoint = checkpoints.read_checkpoint(connection, owner_of(source).name)
    return 0 if checkpoint is None else checkpoint.position


def _touch_everything(connection: sa.Connection, projection: DerivedProjection, naming: Naming, registry: Registry) -> None:
    touches = map(everything, sorted(projection.groups(registry)))
    checkpoints.write_touches(connection, {naming.projection(projection.name): touches})


def _not_begun(connection: sa.Connection) -> list[Projection]:
    return [projection for projection in catalog() if checkpoints.read_checkpoint(connection, projection.name) is None]


def _has_leftovers(connection: sa.Connection) -> bool:
    """Return whether there are checkpoints of projections that are no more, or tables of projections that have no checkpoint."""
    tables = set(sa.inspect(connection).get_table_names())
    unknown = connection.execute(sa.select(CHECKPOINT.c.projection).where(_is_unknown(CHECKPOINT))).first()
    return unknown is not None or any(table.name in tables for one in _not_begun(connection) for table in one.tables)


def _clear_away(connection: sa.Connection) -> None:
    """Drop what `_has_leftovers` finds.

    A projection that is no more loses its checkpoint and its views: nothing is noted for it any longer, so that one that comes back must be
    made anew, and a view of its own would keep the tables below from being exchanged. Its tables stay.
    """
    drop_views(connection, all_views().keys() | checkpoints.read_views(connection))
    for kept_table in (CHECKPOINT, TOUCHED):
        connection.execute(kept_table.delete().where(_is_unknown(kept_table)))
    for projection in _not_begun(connection):
        _drop(connection, projection, "")


def _is_unknown(kept_table: sa.Table) -> sa.ColumnElement[bool]:
    known = [projection.name + suffix for projection in catalog() for suffix in ("", NEXT, PREVIOUS)]
    return kept_table.c.projection.not_in(known)


def _start(connection: sa.Connection, projection: Projection, naming: Naming, generation: int) -> None:
    for table in projection.tables:
        create(connection, table, naming.table(table, projection.name), generation)
    name = naming.projection(projection.name)
    first = Checkpoint(name, projection.version, TZDATA_VERSION, 0, Frontier(), 0, generation)
    checkpoints.write_checkpoint(connection, first, layout_digest(projection), projection.views)


def _rename(connection: sa.Connection, projection: Projection, old: str, new: str) -> None:
    for table in projection.tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}{old}" RENAME TO "{table.name}{new}"')
    for kept_table in (CHECKPOINT, TOUCHED):
        named = kept_table.c.projection == projection.name + old
        connection.execute(kept_table.update().where(named).values(projection=projection.name + new))


def _drop(connection: sa.Connection, projection: Projection, suffix: str) -> None:
    for table in projection.tables:
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table.name}{suffix}"')
    for kept_table in (CHECKPOINT, TOUCHED):
        connection.execute(kept_table.delete().where(kept_table.c.projection == projection.name + suffix))
