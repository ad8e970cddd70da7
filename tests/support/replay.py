"""The oracle for every table: all events at once, in dictionaries, no SQL, no batches, no stored state."""

from collections.abc import Iterator
from typing import Any

from projections.definition.changes import everything
from projections.definition.event_projection import EventProjection
from projections.engine.catalog import catalog
from projections.registry.registry import Registry
from projections.table import Table


class MemoryReader:
    """A `Reader` over dictionaries, slow and obvious."""

    def __init__(self, arrivals: list[int]) -> None:
        self.tables: dict[str, list[Any]] = {table.name: [] for projection in catalog() for table in projection.tables}
        self._arrivals = arrivals

    def scan(self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], low: Any, high: Any) -> Iterator[Any]:
        column = by[len(prefix)]
        found = []
        for row in self.tables[table.name]:
            value = getattr(row, column)
            if value is None or any(getattr(row, name) != part for name, part in zip(by, prefix, strict=False)):
                continue
            if (low is None or value >= low) and (high is None or value <= high):
                found.append(row)
        return iter(sorted(found, key=lambda row: tuple(getattr(row, name) for name in by[len(prefix) :])))

    def columns(
        self, table: Table, by: tuple[str, ...], prefix: tuple[Any, ...], bounds: tuple[Any, Any], names: tuple[str, ...]
    ) -> tuple[list[Any], ...]:
        rows = list(self.scan(table, by, prefix, *bounds))
        return tuple([getattr(row, name) for row in rows] for name in names)

    def last_before(self, table: Table, prefix: tuple[Any, ...], bound: Any) -> Any | None:
        rows = [row for row in self.scan(table, table.key, prefix, None, bound) if getattr(row, table.key[len(prefix)]) != bound]
        return rows[-1] if rows else None

    def first_from(self, table: Table, prefix: tuple[Any, ...], bound: Any) -> Any | None:
        return next(self.scan(table, table.key, prefix, bound, None), None)

    def arrived_after(self, position: int, instant: int) -> bool:
        return self._arrivals[position] > instant


def replay(events: list[Any]) -> dict[str, set[Any]]:
    """Return every table's rows as the events, in log order, state them."""
    registry = Registry.empty().extended(event for event in events if event.kind != "telemetry")
    reader = MemoryReader([event.recorded_at for event in events])
    for projection in catalog():
        if isinstance(projection, EventProjection):
            _judge_all(projection, events, registry, reader)
        else:
            for group in projection.groups(registry):
                for replacement in list(projection.derive(group, [everything(group)], reader, registry)):
                    reader.tables[replacement.table.name] += replacement.rows
    return {name: set(rows) for name, rows in reader.tables.items()}


def _judge_all(projection: EventProjection, events: list[Any], registry: Registry, reader: MemoryReader) -> None:
    groups: dict[Any, list[Any]] = {}
    for event in events:
        if event.kind in projection.kinds:
            judgement = projection.judge(event, registry)
            groups.setdefault(("alone", event.position) if judgement.key is None else ("key", judgement.key), []).append(judgement)
    for (how, _), judgements in groups.items():
        stands = [(judgements[0].table, judgements[0].row)] if how == "alone" else projection.settle(judgements)
        for table, row in stands:
            reader.tables[table].append(row)
