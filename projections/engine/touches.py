"""What changed rows touch in the projections that rest on them, gathered and merged."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from projections.definition.derived_projection import Change, DerivedProjection, Stretch, Touch
from projections.engine.catalog import catalog, dependents_of, with_dependents
from projections.registry.registry import Registry
from projections.table import Table

_NEAR_US = 6 * 3_600_000_000
"""Touches of one group nearer than this become one: deriving the time between them again costs less than keeping them apart."""


class Touches:
    """Touches by projection and group."""

    def __init__(self) -> None:
        self._noted: dict[str, dict[str, list[tuple[int, int]]]] = {}

    def rows(self, table: Table, changes: Sequence[Change], registry: Registry) -> None:
        """Note what changed rows of a table touch."""
        if table.moment is not None:
            moment_of, moments = attrgetter(*table.moment), dict[str, list[int]]()
            for subject, instant in (moment_of(row) for change in changes for row in change.rows):
                if subject is not None and instant is not None:
                    moments.setdefault(subject, []).append(instant)
            self.moments(table, moments, registry)
            return
        for projection in dependents_of(table.name) if changes else ():
            self._note(projection, projection.touched(table.name, changes, registry))

    def moments(self, table: Table, moments: Mapping[str, list[int]], registry: Registry) -> None:
        """Note what changed rows touch, given the instants they are about by subject."""
        stretches = [Stretch(subject, start, end) for subject in sorted(moments) for start, end in _stretches(moments[subject])]
        for projection in dependents_of(table.name) if stretches else ():
            self._note(projection, projection.reached(stretches, registry))

    def registry(self, base: str, before: Registry, after: Registry) -> None:
        """Note what a registry change touches in all that rests on one event projection."""
        resting = with_dependents({base})
        for projection in catalog():
            if isinstance(projection, DerivedProjection) and projection.name in resting:
                self._note(projection, projection.registry_touched(before, after))

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


def _stretches(instants: list[int]) -> list[tuple[int, int]]:
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
