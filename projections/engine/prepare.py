"""Make tables and checkpoints for projections: the first time, and beside the ones in use for a rebuild."""

from collections.abc import Callable, Collection

import sqlalchemy as sa

from ledger.errors import LedgerError
from ledger.proof.frontier import Frontier
from projections.calendar.zones import TZDATA_VERSION
from projections.definition.changes import everything
from projections.definition.derived_projection import DerivedProjection
from projections.definition.layout import layout_digest
from projections.engine.catalog import Projection, all_views, catalog, owner_of
from projections.engine.soundness import checkpoint_rows, has_tables
from projections.registry.registry import Registry
from projections.sql import checkpoint as checkpoints
from projections.sql.checkpoint import CHECKPOINT, OWN, TOUCHED, Checkpoint
from projections.sql.drivers import driver_of
from projections.sql.made import made
from projections.sql.making import create
from projections.sql.naming import NEXT, PREVIOUS, Naming
from projections.sql.views import create_views, drop_views

_IN_USE = Naming()


def prepare(connection: sa.Connection, registry: Callable[[], Registry] = Registry.empty, without_views: Collection[str] = ()) -> None:
    """Create the tables, checkpoints and views of projections that are new here, and the engine's own tables if they are missing.

    A derived projection that is new while its sources are past the log's beginning has all of its groups to derive, under the `registry`
    (asked for only then): nothing has noted for it what the sources hold. Tables without a checkpoint are left alone: who made them is
    not known. `without_views`: projections that are yet to be rebuilt, and whose views then are made.
    """
    there = driver_of(connection).relations(connection)
    for own in OWN:
        if str(own.target.name) not in there:
            create(connection, own, str(own.target.name), 0)
    begun = checkpoint_rows(connection)
    for projection in catalog():
        if projection.name not in begun and not has_tables(connection, projection):
            _start(connection, projection, _IN_USE, 0)
            if isinstance(projection, DerivedProjection) and any(_position(connection, source) for source in projection.sources):
                _touch_everything(connection, projection, _IN_USE, registry())
    for projection in catalog():
        if projection.name not in without_views:
            create_views(connection, projection.views)


def in_another_layout(connection: sa.Connection) -> set[str]:
    """Name the projections whose tables were made in another layout than the code declares: their rows cannot be read."""
    layouts = checkpoints.read_layouts(connection)
    return {one.name for one in catalog() if layouts.get(one.name, layout_digest(one)) != layout_digest(one)}


def outdated(connection: sa.Connection) -> set[str]:
    """Name the projections made by another version of their code, in another layout, or by other zone data: they must be rebuilt.

    So must all that were made before layouts were kept: whether their tables are as declared now, only a rebuild shows for certain.
    """
    rows = checkpoint_rows(connection)
    return {
        one.name
        for one in catalog()
        if (row := rows.get(one.name)) is not None
        and (row["version"], row["tzdata"], row["layout"]) != (one.version, TZDATA_VERSION, layout_digest(one))
    }


def start_rebuild(connection: sa.Connection, names: Collection[str], registry: Registry) -> Naming:
    """Create empty tables for a rebuild; derived projections whose sources stay are to derive every group of theirs.

    LedgerError if something of another program's is in the way.
    """
    require_room(connection, names)
    naming, rows = Naming(frozenset(names)), checkpoint_rows(connection)
    for projection in catalog():
        if projection.name in naming.rebuilt:
            in_use = rows.get(projection.name)
            _drop(connection, projection, NEXT)
            _start(connection, projection, naming, (in_use["generation"] + 1) % checkpoints.GENERATIONS if in_use is not None else 0)
            if isinstance(projection, DerivedProjection) and not _is_fed(projection, naming):
                _touch_everything(connection, projection, naming, registry)
    return naming


def swap(connection: sa.Connection, names: Collection[str]) -> None:
    """Put the rebuilt tables in the place of those in use, which are kept as the previous ones; LedgerError as in `start_rebuild`."""
    require_room(connection, names)
    drop_views(connection, all_views().keys() | checkpoints.read_views(connection))
    for projection in catalog():
        if projection.name in names:
            _drop(connection, projection, PREVIOUS)
            _rename(connection, projection, "", PREVIOUS)
            _rename(connection, projection, NEXT, "")
    create_views(connection, all_views())


def require_room(connection: sa.Connection, names: Collection[str]) -> None:
    """Raise LedgerError, naming what is in the way, if the tables of the named projections cannot be exchanged.

    A name that a rebuild needs may be taken: by what is no table, or by a table that no checkpoint knows and that has other columns than
    ours. On a server, another's view or foreign key would follow a table that is replaced.
    """
    driver = driver_of(connection)
    relations, begun = driver.relations(connection), checkpoint_rows(connection)
    tables = [
        (one, table.name + suffix) for one in catalog() if one.name in names for table in one.tables for suffix in ("", NEXT, PREVIOUS)
    ]
    parts = driver.found_parts(connection, [name for _, name in tables])
    for projection in (one for one in catalog() if one.name in names):
        for table in projection.tables:
            for suffix in ("", NEXT, PREVIOUS):
                name = table.name + suffix
                kind = relations.get(name, "table")
                is_ours = not suffix or name not in parts or projection.name + suffix in begun
                if kind != "table" or not (is_ours or {f"column {column}" for column in table.names} <= parts[name].keys()):
                    raise LedgerError(f"{name} is a {kind} of another program's, and the name is needed: rename it, then run again")
    for view in all_views():
        if relations.get(view, "view") != "view":
            raise LedgerError(f"{view} is a {relations[view]}, and a view is to be called so: rename it, then run again")
    ours = all_views().keys() | checkpoints.read_views(connection)
    others = [one for one in driver.in_the_way(connection, [name for _, name in tables]) if one.partition(",")[0] not in ours]
    if others:
        raise LedgerError(f"in the way of a rebuild: {'; '.join(others)}: drop it, run again, and make it again afterwards")


def _is_fed(projection: DerivedProjection, naming: Naming) -> bool:
    """Return whether every source is rebuilt too: then their new rows touch all there is to derive, else nothing would."""
    return all(owner_of(source).name in naming.rebuilt for source in projection.sources)


def _position(connection: sa.Connection, source: str) -> int:
    checkpoint = checkpoints.read_checkpoint(connection, owner_of(source).name)
    return 0 if checkpoint is None else checkpoint.position


def _touch_everything(connection: sa.Connection, projection: DerivedProjection, naming: Naming, registry: Registry) -> None:
    touches = map(everything, sorted(projection.groups(registry)))
    checkpoints.write_touches(connection, {naming.projection(projection.name): touches})


def _start(connection: sa.Connection, projection: Projection, naming: Naming, generation: int) -> None:
    for table in projection.tables:
        create(connection, made(table, naming.table(table, projection.name)), table.name, generation)
    name = naming.projection(projection.name)
    first = Checkpoint(name, projection.version, TZDATA_VERSION, 0, Frontier(), 0, generation)
    checkpoints.write_checkpoint(connection, first, layout_digest(projection), projection.views)


def _rename(connection: sa.Connection, projection: Projection, old: str, new: str) -> None:
    there = driver_of(connection).relations(connection)
    for table in (table for table in projection.tables if table.name + old in there):
        connection.exec_driver_sql(f'ALTER TABLE "{table.name}{old}" RENAME TO "{table.name}{new}"')
    for kept_table in (CHECKPOINT, TOUCHED):
        named = kept_table.c.projection == projection.name + old
        connection.execute(kept_table.update().where(named).values(projection=projection.name + new))


def _drop(connection: sa.Connection, projection: Projection, suffix: str) -> None:
    for table in projection.tables:
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table.name}{suffix}"')
    for kept_table in (CHECKPOINT, TOUCHED):
        connection.execute(kept_table.delete().where(kept_table.c.projection == projection.name + suffix))
