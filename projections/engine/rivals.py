"""Which events conflict, and what remains of those that do. Pure.

Two events conflict if they have one key: an inverter and an instant. Hardly any do; so most rows of a batch are inserted as they are, and
only the others are settled one key at a time.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import compress
from typing import Any

import attrs

from projections.definition.changes import BEGINNING
from projections.definition.event_projection import EventProjection, Joining, Judgement
from projections.table import Columns, Table

Key = tuple[str, int]
"""A subject (an inverter's id) and an instant (µs)."""

Times = Mapping[str, list[int]]
"""Instants (µs) by subject, in log order."""


@attrs.frozen
class Parted:
    """A batch's rows: those without a rival, by column, and when they are, by subject; and the rivals as judgements, in log order."""

    alone: Columns
    times: Times
    rivals: list[Judgement]


@attrs.frozen
class Rivals:
    """Parts the rows of one batch after the other, for a table with `subject_and_time`.

    `latest_stored(subject)` returns the latest stored instant of a subject, None if it has no row; it is asked once for each subject, as
    a row that is newer than all stored ones cannot conflict with any. `stored_among(keys)` returns those keys at which rows are stored.
    """

    table: Table
    latest_stored: Callable[[str], int | None]
    stored_among: Callable[[Collection[Key]], set[Key]]
    _latest: dict[str, int] = attrs.field(factory=dict, init=False)

    def part(self, columns: Columns, other_keys: Collection[Key]) -> Parted:
        """Part rows by whether they conflict with each other, with a stored row, or with another event of the batch (at `other_keys`).

        From now on rows are expected to be stored at all of their keys and at the other keys.
        """
        times = times_of(self.table, columns)
        conflicts = stated_more_than_once(times, other_keys) | self.stored_among(self._not_newer(times))
        self.expect(other_keys)
        if not conflicts:
            return Parted(columns, times, [])
        alone, rivals = _parted(self.table, columns, conflicts)
        return Parted(alone, _without(times, conflicts), rivals)

    def expect(self, keys: Collection[Key]) -> None:
        """Expect rows to be stored at keys from now on."""
        for subject, instant in keys:
            self._latest[subject] = max(self._latest_of(subject), instant)

    def forget(self, subject: str) -> None:
        """Ask anew for the latest stored instant of a subject: its rows are about to change."""
        self._latest.pop(subject, None)

    def _not_newer(self, times: Times) -> set[Key]:
        """Return the keys that are not newer than all stored ones, and expect rows to be stored at all of the keys from now on."""
        found: set[Key] = set()
        for subject, instants in times.items():
            latest = self._latest_of(subject)
            self._latest[subject] = max(latest, *instants)
            if min(instants) <= latest:
                found.update((subject, instant) for instant in instants if instant <= latest)
        return found

    def _latest_of(self, subject: str) -> int:
        latest = self._latest.get(subject)
        if latest is None:
            stored = self.latest_stored(subject)
            latest = BEGINNING - 1 if stored is None else stored
        return latest


def times_of(table: Table, columns: Columns) -> dict[str, list[int]]:
    """Return when the rows are, by subject, in log order."""
    found: dict[str, list[int]] = {}
    for subject, instant in _keys(table, columns):
        if subject in found:
            found[subject].append(instant)
        else:
            found[subject] = [instant]
    return found


def stated_more_than_once(times: Times, other_keys: Iterable[Key]) -> set[Key]:
    """Return the keys that several rows of a batch have, or a row and another event."""
    found = {(subject, instant) for subject, instant in other_keys if instant in times.get(subject, ())}
    for subject, instants in times.items():
        if len(set(instants)) < len(instants):
            found.update((subject, instant) for instant, count in Counter(instants).items() if count > 1)
    return found


def settle(projection: EventProjection, judgements: Iterable[Judgement], settled: "Settled | None" = None) -> dict[str, list[Any]]:
    """Settle judgements, given in log order, one key at a time; return the rows that follow, by table.

    Those whose keys have events that were settled before join them; the rows that replace theirs are returned, too.
    """
    rows: dict[str, list[Any]] = {}
    rivals: dict[tuple[Any, ...], list[Judgement]] = {}
    for judgement in judgements:
        if judgement.key is None:
            rows.setdefault(judgement.table, []).append(judgement.row)
        else:
            rivals.setdefault(judgement.key, []).append(judgement)
    for key, group in rivals.items():
        pairs = settled.join(key, group) if settled and key in settled.in_force else projection.settle(group)
        for table, row in pairs:
            rows.setdefault(table, []).append(row)
    return rows


@attrs.frozen
class Settled:
    """Stored rows that events can join: for each key the row in force, and those of the others that may change."""

    joining: Joining
    in_force: Mapping[tuple[Any, ...], Any]
    others: Mapping[tuple[Any, ...], list[Any]]

    def join(self, key: tuple[Any, ...], judgements: Sequence[Judgement]) -> list[tuple[str, Any]]:
        """Return the (table name, row) pairs of a key once later events have joined those settled."""
        return self.joining.settle(self.in_force[key], self.others.get(key, ()), judgements)


def may_change(joining: Joining, in_force: Mapping[tuple[Any, ...], Any], judgements: Iterable[Judgement]) -> set[Any]:
    """Return the values in the joining's column that the other rows have which may change as events join."""
    groups: dict[tuple[Any, ...], list[Judgement]] = {}
    for judgement in judgements:
        if judgement.key is not None and judgement.key in in_force:
            groups.setdefault(judgement.key, []).append(judgement)
    return {value for key, group in groups.items() for value in joining.changing(in_force[key], group)}


def judgements_of(table: Table, columns: Columns) -> list[Judgement]:
    """Return rows, by column, as judgements."""
    return [Judgement(key, table.name, table.row(*values)) for key, *values in zip(_keys(table, columns), *columns, strict=True)]


def _keys(table: Table, columns: Columns) -> Iterable[Key]:
    subject, instant = table.subject_and_time or ("", "")
    return zip(columns[table.names.index(subject)], columns[table.names.index(instant)], strict=True)


def _parted(table: Table, columns: Columns, conflicts: Collection[Key]) -> tuple[Columns, list[Judgement]]:
    keys = list(_keys(table, columns))
    is_alone = [key not in conflicts for key in keys]
    rivals = [index for index, alone in enumerate(is_alone) if not alone]
    judgements = [Judgement(keys[index], table.name, table.row(*(column[index] for column in columns))) for index in rivals]
    return tuple(list(compress(column, is_alone)) for column in columns), judgements


def _without(times: Times, conflicts: Collection[Key]) -> Times:
    """Return times but for the conflicts; a subject may be left with none."""
    subjects = {subject for subject, _ in conflicts if subject in times}
    return {**times, **{subject: [at for at in times[subject] if (subject, at) not in conflicts] for subject in subjects}}
