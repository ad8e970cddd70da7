"""Make tables and checkpoints for projections: the first time, and beside the ones in use for a rebuild."""

from collections.abc import Collection

import sqlalchemy as sa

from ledger.proof.frontier import Frontier
from projections.calendar.zones import TZDATA_VERSION
from projections.definition.changes import everything
from projections.definition.derived_projection import DerivedProjection
from projections.engine.catalog import Projection, catalog, owner_of
from projections.registry.registry import Registry
from projections.sql import checkpoint as checkpoints
from projections.sql.checkpoint import CHECKPOINT, METADATA, TOUCHED, Checkpoint
from projections.sql.columns import create
from projections.sql.naming import NEXT, PREVIOUS, Naming
from projections.sql.views import create_views, drop_views


def prepare(connection: sa.Connection) -> None:
    """Create whatever table or checkpoint is missing."""
    METADATA.create_all(connection)
    for projection in catalog():
        if checkpoints.read_checkpoint(connection, projection.name) is None:
            _start(connection, projection, Naming(), 0)
    create_views(connection)


def outdated(connection: sa.Connection) -> set[str]:
    """Name the projections made by another version of their code or by other zone data: they must be rebuilt."""
    found = set()
    for projection in catalog():
        checkpoint = checkpoints.read_checkpoint(connection, projection.name)
        if checkpoint is not None and (checkpoint.version, checkpoint.tzdata) != (projection.version, TZDATA_VERSION):
            found.add(projection.name)
    return found


def start_rebuild(connection: sa.Connection, names: Collection[str], registry: Registry) -> Naming:
    """Create empty tables for a rebuild; derived projections whose sources stay are to derive every group of theirs."""
    naming = Naming(frozenset(names))
    for projection in catalog():
        if projection.name in naming.rebuilt:
            live = checkpoints.read_checkpoint(connection, projection.name)
            _drop(connection, projection, NEXT)
            _start(connection, projection, naming, live.generation + 1 if live is not None else 0)
            if isinstance(projection, DerivedProjection) and not _is_fed(projection, naming):
                touches = {naming.projection(projection.name): map(everything, sorted(projection.groups(registry)))}
                checkpoints.write_touches(connection, touches)
    return naming


def swap(connection: sa.Connection, names: Collection[str]) -> None:
    """Put the rebuilt tables in the place of those in use, which are kept as the previous ones."""
    drop_views(connection)
    for projection in catalog():
        if projection.name in names:
            _drop(connection, projection, PREVIOUS)
            _rename(connection, projection, "", PREVIOUS)
            _rename(connection, projection, NEXT, "")
    create_views(connection)


def _is_fed(projection: DerivedProjection, naming: Naming) -> bool:
    """Return whether every source is rebuilt too: then their new rows touch all there is to derive, else nothing would."""
    return all(owner_of(source).name in naming.rebuilt for source in projection.sources)


def _start(connection: sa.Connection, projection: Projection, naming: Naming, generation: int) -> None:
    for table in projection.tables:
        create(connection, table, naming.table(table, projection.name), generation)
    name = naming.projection(projection.name)
    checkpoints.write_checkpoint(connection, Checkpoint(name, projection.version, TZDATA_VERSION, 0, Frontier(), 0, generation))


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
