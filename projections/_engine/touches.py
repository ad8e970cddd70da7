"""What changed rows touch in the projections that rest on them, gathered and merged."""

from collections.abc import Iterable, Sequence

from projections._contract.registry import Registry
from projections._engine.catalog import catalog, dependents_of, with_dependents
from projections._engine.projection import Change, DerivedProjection, Touch

_NEAR_US = 6 * 3_600_000_000
"""Touches of one group nearer than this become one: deriving the time between them again costs less than keeping them apart."""


class Touches:
    """Touches by projection and group."""

    def __init__(self) -> None:
        self._noted: dict[str, dict[str, list[tuple[int, int]]]] = {}

    def rows(self, table: str, changes: Sequence[Change], registry: Registry) -> None:
        """Note what changed rows of a table touch."""
        for projection in dependents_of(table) if changes else ():
            self._note(projection, projection.touched(table, changes, registry))

    def registry(self, base: str, before: Registry, after: Registry) -> None:
        """Note what a registry change touches in all that rests on one event projection."""
        resting = with_dependents({base})
        for projection in catalog():
            if isinstance(projection, DerivedProjection) and projection.name in resting:
                self._note(projection, projection.registry_touched(before, after))

    def merged(self) -> dict[str, list[Touch]]:
        """Give the touches of each projection, near ones merged."""
        return {name: [touch for group in sorted(groups) for touch in _merge(group, groups[group])] for name, groups in self._noted.items()}

    def _note(self, projection: DerivedProjection, touches: Iterable[Touch]) -> None:
        groups = self._noted.setdefault(projection.name, {})
        for touch in touches:
            groups.setdefault(touch.group, []).append((touch.start, touch.end))


def _merge(group: str, spans: list[tuple[int, int]]) -> list[Touch]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start - merged[-1][1] <= _NEAR_US:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return [Touch(group, start, end) for start, end in merged]
