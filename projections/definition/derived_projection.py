"""What a derived projection is: how changed rows touch groups, and how a group's rows follow from other tables. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import attrs

from projections.registry.registry import Registry
from projections.table import Table

BEGINNING, END = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The first and the last instant there is (µs): the ends of the years 1 and 9999."""


@attrs.frozen
class Touch:
    """A group (an inverter's or a plant's id) whose rows may follow anew for anything between two instants (µs, inclusive)."""

    group: str
    start: int
    end: int


@attrs.frozen
class Change:
    """A row of a source table as it was (None: new) and as it is (None: gone)."""

    before: Any
    after: Any

    @property
    def rows(self) -> tuple[Any, ...]:
        """Return the one or two rows there are."""
        return tuple(row for row in (self.before, self.after) if row is not None)


@attrs.frozen
class Replacement:
    """All rows of `table` whose leading key columns equal `prefix` and whose next one lies in [low, high]: they become `rows`."""

    table: Table
    prefix: tuple[Any, ...]
    low: Any
    high: Any
    rows: Sequence[Any]


@attrs.frozen
class Stretch:
    """Rows about one subject (an inverter's id) that changed between two instants (µs, inclusive)."""

    subject: str
    start: int
    end: int


class Reader(Protocol):
    """Read access to source tables and to the group's own rows, all at one position."""

    def scan(self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], low: Any, high: Any) -> Iterator[Any]:  # noqa: ANN401 - a key
        """Return rows whose leading `by` columns equal `prefix` and whose next one lies in [low, high], in its order (None: no bound)."""

    def columns(
        self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], bounds: tuple[Any, Any], names: tuple[str, ...]
    ) -> tuple[Sequence[Any], ...]:
        """Return single columns of the rows that `scan` gives between two bounds, in its order: of many rows, the little that is read."""

    def last_before(self, table: Table, prefix: tuple[Any, ...], bound: Any) -> Any | None:  # noqa: ANN401 - a key and a row
        """Return the last row, by key, of `prefix` whose next key column is below `bound`."""

    def first_from(self, table: Table, prefix: tuple[Any, ...], bound: Any) -> Any | None:  # noqa: ANN401 - a key and a row
        """Return the first row, by key, of `prefix` whose next key column is `bound` or above."""

    def arrived_after(self, position: int, instant: int) -> bool:
        """Return whether the event at a log position arrived after an instant (µs)."""


Touched = Callable[[str, Sequence[Change], Registry], Iterable[Touch]]
Reached = Callable[[Sequence[Stretch], Registry], Iterable[Touch]]
RegistryTouched = Callable[[Registry, Registry], Iterable[Touch]]
Derive = Callable[[str, Sequence[Touch], Reader, Registry], Iterable[Replacement]]


@attrs.frozen(kw_only=True)
class DerivedProjection:
    """A projection whose rows follow from other projections' tables.

    `sources` are the tables it reads. `touched(table, changes, registry)` names what changed rows of a source touch,
    `reached(stretches, registry)` what changed rows of a source with moments do, many at once; `registry_touched(before, after)` what a
    registry change touches. `derive(group, touches, reader, registry)` says what the group's rows then are. `groups` names every group
    there can be, for a rebuild from unchanged sources.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    sources: tuple[str, ...]
    groups: Callable[[Registry], Iterable[str]]
    touched: Touched = lambda _table, _changes, _registry: ()
    reached: Reached = lambda _stretches, _registry: ()
    registry_touched: RegistryTouched
    derive: Derive


def everything(group: str) -> Touch:
    """Touch a group from the beginning to the end of time."""
    return Touch(group, BEGINNING, END)


def every_inverter(registry: Registry) -> Iterable[str]:
    """Name every group of a projection by inverter: rows exist for registered ones alone."""
    return registry.inverters


def every_plant(registry: Registry) -> Iterable[str]:
    """Name every group of a projection by plant."""
    return registry.plants


def reach_inverters(stretches: Sequence[Stretch], _registry: Registry) -> Iterable[Touch]:
    """Touch the inverter that each stretch is about."""
    return (Touch(stretch.subject, stretch.start, stretch.end) for stretch in stretches)


def touch_inverters(before: Registry, after: Registry) -> Iterable[Touch]:
    """Touch all of every inverter that a registry change concerns."""
    return map(everything, sorted(changed_inverters(before, after)))


def touch_plants(before: Registry, after: Registry) -> Iterable[Touch]:
    """Touch all of every plant that a registry change concerns."""
    return map(everything, sorted(changed_plants(before, after)))


def changed_inverters(before: Registry, after: Registry) -> set[str]:
    """Name the inverters whose own statement, or whose plant's, is another one now."""
    moved = _changed(before.inverters, after.inverters)
    plants = _changed(before.plants, after.plants)
    housed = {
        inverter.inverter_id for registry in (before, after) for inverter in registry.inverters.values() if inverter.plant_id in plants
    }
    return moved | housed


def changed_plants(before: Registry, after: Registry) -> set[str]:
    """Name the plants whose own statement, or that of one of their inverters, is another one now."""
    plants = _changed(before.plants, after.plants)
    for inverter_id in _changed(before.inverters, after.inverters):
        plants |= {registry.inverters[inverter_id].plant_id or "" for registry in (before, after) if inverter_id in registry.inverters}
    return plants - {""}


def _changed(before: Any, after: Any) -> set[str]:  # noqa: ANN401 - two mappings of one kind
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
