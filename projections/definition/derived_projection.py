"""What a derived projection is: which changes of its sources touch which groups, and how a group's rows follow from them. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import attrs

from projections.definition.changes import REGISTRY, RegistryRule, RegistrySource, RowRule, Rule, SpanRule, Touch
from projections.registry.registry import Registry
from projections.table import Table


@attrs.frozen
class Replacement:
    """All rows of `table` whose leading key columns equal `prefix` and whose next one lies in [low, high]: they become `rows`.

    None as a bound: none. Example: all of an inverter's days in April are
    `Replacement(SUMMARY, ("inv_1",), "2025-04-01", "2025-04-30", rows)`.
    """

    table: Table
    prefix: tuple[Any, ...]
    low: Any
    high: Any
    rows: Sequence[Any]


class Reader(Protocol):
    """Read access to source tables and to the group's own rows, all at one position. Instants are µs since 1970 UTC."""

    def scan(self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], low: Any, high: Any) -> Iterator[Any]:  # noqa: ANN401 - a key
        """Return rows whose leading `by` columns equal `prefix` and whose next one lies in [low, high], in its order (None: no bound)."""

    def columns(
        self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], bounds: tuple[Any, Any], names: tuple[str, ...]
    ) -> tuple[Sequence[Any], ...]:
        """Return single columns of the rows that `scan` returns between two bounds, in its order: of many rows, the little that is read."""

    def last_before(self, table: Table, prefix: tuple[Any, ...], bound: Any) -> Any | None:  # noqa: ANN401 - a key and a row
        """Return the last row, by key, of `prefix` whose next key column is below `bound`; None if there is none."""

    def first_from(self, table: Table, prefix: tuple[Any, ...], bound: Any) -> Any | None:  # noqa: ANN401 - a key and a row
        """Return the first row, by key, of `prefix` whose next key column is `bound` or above; None if there is none."""

    def arrived_after(self, position: int, instant: int) -> bool:
        """Return whether the event at a log position arrived after an instant (µs)."""


Derive = Callable[[str, Sequence[Touch], Reader, Registry], Iterable[Replacement]]


@attrs.frozen(kw_only=True)
class DerivedProjection:
    """A projection whose rows follow from other projections' tables.

    `on` names every source with the rule that says what its changes touch: `{CLEAN: days_of_instants, SUMMARY: day_of_row, REGISTRY:
    all_days}`. No other table can be read. `groups(registry)` names every group there can be, for when all is derived.
    `derive(group, touches, reader, registry)` returns what the group's rows now are, for all that was touched in one run.
    Raises ValueError at import if `REGISTRY` has no rule, or a source has a rule of another kind than its table needs.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    on: Mapping[Table | RegistrySource, Rule] = attrs.field()
    groups: Callable[[Registry], Iterable[str]]
    derive: Derive
    views: Mapping[str, str] = attrs.field(factory=dict)

    @on.validator
    def _check_rules(self, _field: "attrs.Attribute[Any]", on: Mapping[Table | RegistrySource, Rule]) -> None:
        if REGISTRY not in on:
            raise ValueError(f"{self.name}: `on` has no rule for REGISTRY; if registrations do not matter, registrations_touch_nothing")
        for source, rule in on.items():
            kind = _kind_of_rule(source)
            if not isinstance(rule, kind):
                name = source.name if isinstance(source, Table) else "REGISTRY"
                raise ValueError(f"{self.name}: `on` has for {name} a {type(rule).__name__} where a {kind.__name__} belongs")  # noqa: TRY004

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the names of the tables it reads."""
        return tuple(source.name for source in self.on if isinstance(source, Table))


def _kind_of_rule(source: Table | RegistrySource) -> type[Rule]:
    if not isinstance(source, Table):
        return RegistryRule
    return RowRule if source.subject_and_time is None else SpanRule
