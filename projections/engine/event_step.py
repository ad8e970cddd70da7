"""Apply a batch of events to an event projection: settle those that conflict, write what changed, all in one transaction."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from operator import attrgetter
from typing import Any

import attrs
import sqlalchemy as sa

from ledger.format.event import LogRow
from projections.definition.changes import Change
from projections.definition.event_projection import EventProjection, Joining, Judgement
from projections.engine.batch import JudgedBatch, judge_batch
from projections.engine.log_reader import LogReader
from projections.engine.rivals import Key, Rivals, Settled, judgements_of, may_change, settle
from projections.engine.touches import Touches
from projections.registry.registry import Registry
from projections.sql.columns import stored_columns
from projections.sql.drivers import driver_of
from projections.sql.naming import Naming
from projections.sql.rows import apply_changes, diff, insert_rows, key_parts, largest, rows_at, rows_without
from projections.table import Columns, Table

_REJUDGED_AT_ONCE = 10_000


@attrs.frozen
class EventStep:
    """One event projection at work on one connection, for a whole run; rows it writes touch what is derived from them.

    `counts`: by how many rows the tables with `counted_by` have grown, by that column's values (`{"unknown_inverter": 24}`).
    """

    projection: EventProjection
    connection: sa.Connection
    naming: Naming
    log: LogReader
    counts: Counter[str] = attrs.field(factory=Counter)
    _rivals: Rivals = attrs.field(init=False)

    @_rivals.default
    def _open_rivals(self) -> Rivals:
        return Rivals(self.projection.tables[0], self._latest_stored, self._stored_among)

    def apply(self, judged: JudgedBatch, before: Registry, after: Registry, touches: Touches) -> int:
        """Judge again what the registry changed, then settle and write a judged batch; return by how many rows the tables grew."""
        grown = 0
        for subject in sorted(self.projection.judged_again(before, after)):
            self._rivals.forget(subject)
            for stored in self._all_rows(subject):
                grown += self._settle([], stored, after, touches)
        return grown + self._apply_batch(judged, after, touches)

    def _apply_batch(self, judged: JudgedBatch, registry: Registry, touches: Touches) -> int:
        """Insert the rows that conflict with nothing as they are, and settle all others."""
        keys = {judgement.key for judgement in judged.judgements if judgement.key is not None}
        rivals, grown = list[Judgement](), 0
        if judged.by_column:
            rivals, grown = self._insert_alone(judged.by_column, keys, registry, touches)
        elif self.projection.judge_by_column is not None:
            self._rivals.expect(keys)
        judgements = [*judged.judgements, *rivals]
        if rivals:
            judgements.sort(key=lambda judgement: judgement.row.position)
            keys.update(judgement.key for judgement in rivals if judgement.key is not None)
        joining = self.projection.joining
        if joining is not None:
            return grown + self._join(joining, judgements, keys, registry, touches)
        return grown + self._settle(judgements, self._rows_at(keys, self._tables_with_key()), registry, touches)

    def _insert_alone(
        self, columns: Columns, other_keys: Collection[Any], registry: Registry, touches: Touches
    ) -> tuple[list[Judgement], int]:
        """Insert the rows without a rival; return judgements of the others, and how many were inserted."""
        table, parted = self.projection.tables[0], self._rivals.part(columns, other_keys)
        insert_rows(self.connection, table, self._name(table), stored_columns(table, driver_of(self.connection).codec, parted.alone))
        touches.times(table, parted.times, registry)
        return parted.rivals, len(parted.alone[0])

    def _settle(self, judgements: Sequence[Judgement], stored: dict[str, list[Any]], registry: Registry, touches: Touches) -> int:
        """Settle new judgements together with the events whose rows are stored under the same keys, and replace those rows."""
        events = self.log.read_positions(sorted(row.position for rows in stored.values() for row in rows))
        return self._replace(stored, settle(self.projection, [*self._judge(events, registry), *judgements]), registry, touches)

    def _judge(self, events: Sequence[LogRow], registry: Registry) -> list[Judgement]:
        judged = judge_batch(self.projection, events, registry)
        if not judged.by_column:
            return judged.judgements
        found = [*judged.judgements, *judgements_of(self.projection.tables[0], judged.by_column)]
        return sorted(found, key=lambda judgement: judgement.row.position)

    def _join(self, joining: Joining, judgements: Sequence[Judgement], keys: Collection[Any], registry: Registry, touches: Touches) -> int:
        """Settle new judgements; those under whose keys events are settled join these. Replace only the rows that may change."""
        first, second = self.projection.tables
        key_of = attrgetter(*self.projection.conflict_key)
        in_force = {key_of(row): row for row in self._rows_at(keys, [first]).get(first.name, ())}
        changing = {(value,) for value in may_change(joining, in_force, judgements)}
        others = rows_at(self.connection, second, self._name(second), (joining.column,), changing) if changing else []
        others_at: dict[Key, list[Any]] = {}
        for row in others:
            others_at.setdefault(key_of(row), []).append(row)
        settled = settle(self.projection, judgements, Settled(joining, in_force, others_at))
        return self._replace({first.name: list(in_force.values()), second.name: others}, settled, registry, touches)

    def _replace(self, stored: dict[str, list[Any]], settled: dict[str, list[Any]], registry: Registry, touches: Touches) -> int:
        """Write the rows that differ from the stored ones; return by how many the tables grew."""
        grown = 0
        for table in self.projection.tables:
            changes = diff(table, stored.get(table.name, ()), settled.get(table.name, ()))
            grown += apply_changes(self.connection, table, self._name(table), changes)
            touches.rows(table, changes, registry)
            self._count(table, changes)
        return grown

    def _count(self, table: Table, changes: Sequence[Change]) -> None:
        if table.counted_by:
            for change in changes:
                self.counts.update(getattr(row, table.counted_by) for row in (change.after,) if row is not None)
                self.counts.subtract(getattr(row, table.counted_by) for row in (change.before,) if row is not None)

    def _latest_stored(self, subject: str) -> int | None:
        table, (first, last) = self.projection.tables[0], self.projection.conflict_key
        latest: int | None = largest(self.connection, table, self._name(table), first, subject, last)
        return latest

    def _stored_among(self, keys: Collection[Key]) -> set[Key]:
        first, last = self.projection.conflict_key
        # Where events are settled, one of them is in force, and joining asks for no more.
        tables = self._tables_with_key() if self.projection.joining is None else self.projection.tables[:1]
        return {(getattr(row, first), getattr(row, last)) for rows in self._rows_at(keys, tables).values() for row in rows}

    def _all_rows(self, subject: str) -> Iterator[dict[str, list[Any]]]:
        """Return all rows of one subject, some thousand keys at a time; rows without a whole key first."""
        first, last = self.projection.conflict_key
        tables = self._tables_with_key()
        yield {table.name: rows_without(self.connection, table, self._name(table), first, subject, last) for table in tables}
        parts = sorted({part for table in tables for part in key_parts(self.connection, table, self._name(table), first, subject, last)})
        for start in range(0, len(parts), _REJUDGED_AT_ONCE):
            yield self._rows_at({(subject, part) for part in parts[start : start + _REJUDGED_AT_ONCE]}, tables)

    def _rows_at(self, keys: Collection[tuple[Any, ...]], tables: Sequence[Table]) -> dict[str, list[Any]]:
        if not keys:
            return {}
        columns = self.projection.conflict_key
        return {table.name: rows_at(self.connection, table, self._name(table), columns, keys) for table in tables}

    def _tables_with_key(self) -> tuple[Table, ...]:
        return tuple(table for table in self.projection.tables if set(self.projection.conflict_key) <= set(table.names))

    def _name(self, table: Table) -> str:
        return self.naming.table(table, self.projection.name)
