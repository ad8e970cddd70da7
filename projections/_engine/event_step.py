"""Apply a batch of events to an event projection: judge, settle what claims one key, write what changed, all in one transaction."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from projections._contract.registry import Registry
from projections._engine.log_reader import Log
from projections._engine.sql_store import Naming, apply_changes, diff, key_parts, rows_at, rows_without
from projections._engine.touches import Touches
from projections._judgement import EventProjection, Judgement
from projections._table import Table

_REJUDGED_AT_ONCE = 10_000


@attrs.frozen
class EventStep:
    """One event projection at work on one connection; rows it writes touch what rests on it."""

    projection: EventProjection
    connection: sa.Connection
    naming: Naming
    log: Log
    touches: Touches

    def apply(self, judgements: Sequence[Judgement], before: Registry, after: Registry) -> int:
        """Judge again what the registry changed, then settle and write new judgements; give by how many rows the tables grew."""
        grown = 0
        for subject in sorted(self.projection.judged_again(before, after)):
            for standing in self._standing(subject):
                grown += self._settle([], standing, after)
        return grown + self._settle(
            judgements, self._at_keys({judgement.key for judgement in judgements if judgement.key is not None}), after
        )

    def _settle(self, judgements: Sequence[Judgement], standing: dict[str, list[Any]], registry: Registry) -> int:
        """Settle new judgements together with the events whose rows stand under the same keys, and replace those rows."""
        events = self.log.read_positions(sorted(row.position for rows in standing.values() for row in rows))
        settled = settle_all(self.projection, [*(self.projection.judge(event, registry) for event in events), *judgements])
        grown = 0
        for table in self.projection.tables:
            changes = diff(table, standing.get(table.name, ()), settled.get(table.name, ()))
            grown += apply_changes(self.connection, table, self._name(table), changes)
            self.touches.rows(table.name, changes, registry)
        return grown

    def _standing(self, subject: str) -> Iterator[dict[str, list[Any]]]:
        """Give all rows of one subject, some thousand keys at a time; rows without a whole key first."""
        first, last = self.projection.claim
        keyless = {table.name: rows_without(self.connection, table, self._name(table), first, subject, last) for table in self._claimed()}
        yield keyless
        lasts = {part for table in self._claimed() for part in key_parts(self.connection, table, self._name(table), first, subject, last)}
        for some in batched(sorted(lasts), _REJUDGED_AT_ONCE):
            yield self._at_keys({(subject, part) for part in some})

    def _at_keys(self, keys: Collection[tuple[Any, ...]]) -> dict[str, list[Any]]:
        if not keys:
            return {}
        claim = self.projection.claim
        return {table.name: rows_at(self.connection, table, self._name(table), claim, keys) for table in self._claimed()}

    def _claimed(self) -> tuple[Table, ...]:
        return tuple(table for table in self.projection.tables if set(self.projection.claim) <= set(table.names))

    def _name(self, table: Table) -> str:
        return self.naming.table(table, self.projection.name)


def settle_all(projection: EventProjection, judgements: Iterable[Judgement]) -> dict[str, list[Any]]:
    """Settle judgements key by key, in log order; give the rows that stand, by table."""
    rows: dict[str, list[Any]] = {}
    rivals: dict[tuple[Any, ...], list[Judgement]] = {}
    for judgement in judgements:
        if judgement.key is None:
            rows.setdefault(judgement.table, []).append(judgement.row)
        else:
            rivals.setdefault(judgement.key, []).append(judgement)
    for group in rivals.values():
        for table, row in projection.settle(group):
            rows.setdefault(table, []).append(row)
    return rows


def batched(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut a sequence into pieces of at most `size`."""
    return (values[start : start + size] for start in range(0, len(values), size))
