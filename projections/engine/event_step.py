"""Apply a batch of events to an event projection: settle what claims one key, write what changed, all in one transaction."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from projections.definition.derived_projection import BEGINNING, Change
from projections.definition.event_projection import EventProjection, Judgement
from projections.engine.batch import Judged, Moment, contested_within, moments_of, part, without
from projections.engine.log_reader import Log
from projections.engine.touches import Touches
from projections.registry.registry import Registry
from projections.sql.columns import stored_columns
from projections.sql.drivers import driver_of
from projections.sql.naming import Naming
from projections.sql.rows import apply_changes, diff, insert_rows, key_parts, newest, rows_at, rows_without
from projections.table import Columns, Table

_REJUDGED_AT_ONCE = 10_000


@attrs.frozen
class EventStep:
    """One event projection at work on one connection, for a whole run; rows it writes touch what rests on them.

    `newest`: of each subject seen, the latest instant that a row of the first table may have, so that only rows up to then can have rivals.
    `tally`: by how many rows the tables that are counted have grown, by what they are counted by.
    """

    projection: EventProjection
    connection: sa.Connection
    naming: Naming
    log: Log
    newest: dict[str, int] = attrs.field(factory=dict)
    tally: Counter[str] = attrs.field(factory=Counter)

    def apply(self, judged: Judged, before: Registry, after: Registry, touches: Touches) -> int:
        """Judge again what the registry changed, then settle and write a judged batch; give by how many rows the tables grew."""
        grown = 0
        for subject in sorted(self.projection.judged_again(before, after)):
            self.newest.pop(subject, None)
            for standing in self._standing(subject):
                grown += self._settle([], standing, after, touches)
        return grown + self._apply_batch(judged, after, touches)

    def _apply_batch(self, judged: Judged, registry: Registry, touches: Touches) -> int:
        """Write the rows that have no rival as they are, and settle the rest."""
        claimed = {judgement.key for judgement in judged.judgements if judgement.key is not None}
        rivals, grown = self._write_plain(judged.plain, claimed, registry, touches) if judged.plain else ([], 0)
        contested = [*judged.judgements, *rivals]
        if rivals:
            contested.sort(key=lambda judgement: judgement.row.position)
            claimed.update(judgement.key for judgement in rivals if judgement.key is not None)
        return grown + self._settle(contested, self._at_keys(claimed), registry, touches)

    def _write_plain(self, plain: Columns, claimed: Collection[Any], registry: Registry, touches: Touches) -> tuple[list[Judgement], int]:
        """Write the plain rows that claim their key alone; give judgements of the others, and how many were written."""
        table, moments = self.projection.tables[0], moments_of(self.projection.tables[0], plain)
        contested = self._contested(moments, claimed)
        alone, rivals = part(table, plain, contested)
        insert_rows(self.connection, table, self._name(table), stored_columns(table, driver_of(self.connection).codec, alone))
        touches.moments(table, without(moments, contested), registry)
        return rivals, len(alone[0])

    def _contested(self, moments: dict[str, list[int]], claimed: Collection[Any]) -> set[Moment]:
        """Return the moments that have rivals, in the batch or standing, and expect rows at all of them from now on."""
        late = {(subject, instant) for subject in moments for instant in self._not_newer(subject, moments[subject])}
        first, last = self.projection.claim
        standing = {(getattr(row, first), getattr(row, last)) for rows in self._at_keys(late).values() for row in rows}
        for subject, instant in claimed:
            self.newest[subject] = max(self._newest(subject), instant)
        return contested_within(moments, claimed) | (standing & late)

    def _not_newer(self, subject: str, instants: list[int]) -> list[int]:
        """Return those instants at which a row of the subject may stand, and expect rows at all of them from now on."""
        known = self._newest(subject)
        self.newest[subject] = max(known, *instants)
        return [] if min(instants) > known else [instant for instant in instants if instant <= known]

    def _newest(self, subject: str) -> int:
        known = self.newest.get(subject)
        if known is None:
            table, (first, last) = self.projection.tables[0], self.projection.claim
            found = newest(self.connection, table, self._name(table), first, subject, last)
            known = BEGINNING - 1 if found is None else found
        return known

    def _settle(self, judgements: Sequence[Judgement], standing: dict[str, list[Any]], registry: Registry, touches: Touches) -> int:
        """Settle new judgements together with the events whose rows stand under the same keys, and replace those rows."""
        events = self.log.read_positions(sorted(row.position for rows in standing.values() for row in rows))
        settled = settle_all(self.projection, [*(self.projection.judge(event, registry) for event in events), *judgements])
        grown = 0
        for table in self.projection.tables:
            changes = diff(table, standing.get(table.name, ()), settled.get(table.name, ()))
            grown += apply_changes(self.connection, table, self._name(table), changes)
            touches.rows(table, changes, registry)
            self._count(table, changes)
        return grown

    def _count(self, table: Table, changes: Sequence[Change]) -> None:
        if table.tally:
            for change in changes:
                self.tally.update(getattr(row, table.tally) for row in (change.after,) if row is not None)
                self.tally.subtract(getattr(row, table.tally) for row in (change.before,) if row is not None)

    def _standing(self, subject: str) -> Iterator[dict[str, list[Any]]]:
        """Return all rows of one subject, some thousand keys at a time; rows without a whole key first."""
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
