"""Every projection there is: each module or package of `projections.tables`, in an order in which sources come first."""

from collections.abc import Iterable
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pkgutil import iter_modules

from ledger.errors import UsageError
from ledger.postgresql.guards import VERSION_TABLE
from ledger.store.schema import metadata
from projections import tables
from projections.definition.derived_projection import DerivedProjection
from projections.definition.event_projection import EventProjection
from projections.sql.checkpoint import METADATA
from projections.sql.naming import NEXT, PREVIOUS
from projections.table import Table

Projection = EventProjection | DerivedProjection
_TAKEN = {*metadata.tables, *METADATA.tables, VERSION_TABLE}


@cache
def catalog() -> tuple[Projection, ...]:
    """Return all projections, each after those whose tables it reads."""
    names = (f"{module.name}.projection" if module.ispkg else module.name for module in iter_modules(tables.__path__))
    modules = (import_module(f"{tables.__name__}.{name}") for name in names if not name.startswith("_"))
    found = {module.PROJECTION.name: module.PROJECTION for module in modules}
    for projection in found.values():
        _check_names(projection)
    owner = {table.name: projection.name for projection in found.values() for table in projection.tables}
    needs = {name: [owner[source] for source in found[name].sources] for name in sorted(found)}
    return tuple(found[name] for name in TopologicalSorter(needs).static_order())


def _check_names(projection: Projection) -> None:
    for table in projection.tables:
        if table.name in _TAKEN or table.name.endswith((NEXT, PREVIOUS)):
            raise ValueError(f"{projection.name}: a table cannot be called {table.name}, which is a name of the log's or the engine's own")


def named(names: Iterable[str]) -> set[str]:
    """Return the projections' names, given names of projections or tables; UsageError, naming all there are, for an unknown one."""
    known = {name: projection.name for projection in catalog() for name in (projection.name, *(table.name for table in projection.tables))}
    wanted = list(names)
    for name in wanted:
        if name not in known:
            raise UsageError(f"no projection or table is called {name!r}; there are: {', '.join(sorted(known))}")
    return {known[name] for name in wanted}


def with_sources(names: Iterable[str]) -> set[str]:
    """Return the named projections and all that they are derived from."""
    chosen = set(names)
    for projection in reversed(catalog()):
        if projection.name in chosen:
            chosen |= {owner_of(source).name for source in projection.sources}
    return chosen


def with_dependents(names: Iterable[str]) -> set[str]:
    """Return the named projections and all that are derived from them."""
    chosen = set(names)
    for projection in catalog():
        if chosen & {owner_of(source).name for source in projection.sources}:
            chosen.add(projection.name)
    return chosen


def dependents_of(table: str) -> tuple[DerivedProjection, ...]:
    """Return the derived projections that read a table."""
    return tuple(projection for projection in catalog() if isinstance(projection, DerivedProjection) and table in projection.sources)


def owner_of(table: str) -> Projection:
    """Return the projection that keeps a table."""
    return next(projection for projection in catalog() if table in {own.name for own in projection.tables})


def all_views() -> dict[str, str]:
    """Return the texts of all projections' views, by name."""
    return {name: text for projection in catalog() for name, text in projection.views.items()}


def all_tables() -> tuple[Table, ...]:
    """Return every projection's tables."""
    return tuple(table for projection in catalog() for table in projection.tables)
