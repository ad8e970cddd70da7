"""What changed rows and registrations touch in the projections derived from them: gathered during a step, merged at its end."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import cast

from projections.definition.changes import REGISTRY, Change, RegistryRule, RowRule, Span, SpanRule, Touch
from projections.definition.derived_projection import DerivedProjection
from projections.engine.catalog import catalog, dependents_of, with_dependents
from projections.registry.registry import Registry
from projections.table import Table

_NEAR_US = 6 * 3_600_000_000
"""Touches of one group nearer than this become one: deriving the time between them again costs less than keeping them apart."""


class Touches:
    """Touches by projection and group. Each projection's `on` was checked, when it was declared, to hold rules of the right kind."""

    def __init__(self) -> None:
        self._noted: dict[str, dict[str, list[tuple[int, int]]]] = {}

    def rows(self, table: Table, changes: Sequence[Change], registry: Registry) -> None:
        """Note what changed rows of a table touch."""
        if table.subject_and_time is not None:
            key_of, times = attrgetter(*table.subject_and_time), dict[str, list[int]]()
            for subject, instant in (key_of(row) for change in changes for row in change.rows):
                if subject is not None and instant is not None:
                    times.setdefault(subject, []).append(instant)
            self.times(table, times, registry)
            return
        for projection in dependents_of(table.name) if changes else ():
            self._note(projection, cast("RowRule", projection.on[table]).touches(changes, registry))

    def times(self, table: Table, times: Mapping[str, list[int]], registry: Registry) -> None:
        """Note what rows of a table with `subject_and_time` touch that changed at some instants (µs), by subject."""
        spans = [Span(subject, start, end) for subject in sorted(times) for start, end in _spans(times[subject])]
        for projection in dependents_of(table.name) if spans else ():
            self._note(projection, cast("SpanRule", projection.on[table]).touches(spans, registry))

    def registry(self, base: str, before: Registry, after: Registry) -> None:
        """Note what registrations touch in all that is derived, at first or second hand, from one event projection."""
        dependents = with_dependents({base})
        for projection in catalog():
            if isinstance(projection, DerivedProjection) and projection.name in dependents:
                self._note(projection, cast("RegistryRule", projection.on[REGISTRY]).touches(before, after))

    def merged(self) -> dict[str, list[Touch]]:
        """Return the touches of each projection, near ones merged."""
        return {
            name: [Touch(group, start, end) for group in sorted(groups) for start, end in _merge(groups[group])]
            for name, groups in self._noted.items()
        }

    def _note(self, projection: DerivedProjection, touches: Iterable[Touch]) -> None:
        groups = self._noted.setdefault(projection.name, {})
        for touch in touches:
            groups.setdefault(touch.group, []).append((touch.start, touch.end))


def _spans(instants: list[int]) -> list[tuple[int, int]]:
    if not instants:
        return []
    first, last = min(instants), max(instants)
    return [(first, last)] if last - first <= _NEAR_US else _merge([(instant, instant) for instant in instants])


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start - merged[-1][1] <= _NEAR_US:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
