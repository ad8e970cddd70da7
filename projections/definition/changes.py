"""What has changed in a source, what that touches in a derived projection, and the three kinds of rule between the two. Pure."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from typing import Any

import attrs

from projections.registry.registry import Registry

BEGINNING, END = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The first and the last instant there is (µs since 1970 UTC): the ends of the years 1 and 9999."""


class RegistrySource(Enum):
    """What a derived projection reads beside other projections' tables."""

    REGISTRY = "registry"


REGISTRY = RegistrySource.REGISTRY
"""The registered plants and inverters, as a source in `DerivedProjection.on`."""


@attrs.frozen
class Touch:
    """A group (an inverter's or a plant's id) whose rows must be derived anew for all times between two instants (µs, inclusive).

    The span is the true one: whatever is derived from data outside of it stays as it is. A reading at 12:00 that can change figures up to
    90 minutes away touches 10:30 to 13:30.
    """

    group: str
    start: int
    end: int

    @property
    def is_everything(self) -> bool:
        """Whether the touch leaves out no time at all."""
        return self.start <= BEGINNING and self.end >= END


def everything(group: str) -> Touch:
    """Return the touch of a group from the beginning to the end of time."""
    return Touch(group, BEGINNING, END)


@attrs.frozen
class Change:
    """A row of a source table as it was (None: new) and as it is (None: gone)."""

    before: Any
    after: Any

    @property
    def rows(self) -> tuple[Any, ...]:
        """Return the one or two rows there are, the older one first."""
        return tuple(row for row in (self.before, self.after) if row is not None)


@attrs.frozen
class Span:
    """Rows of one subject (an inverter's id) changed, the earliest at `start` and the latest at `end` (µs, inclusive)."""

    subject: str
    start: int
    end: int


@attrs.frozen
class RowRule:
    """What changed rows touch; for tables without `subject_and_time`.

    Called with all rows of the table that changed in one step, and the registry in force. Example, for a source with a row per day:

        @RowRule
        def the_plants_day(changes, registry):
            for change in changes:
                for row in change.rows:
                    yield Touch(row.plant_id, row.day_start_utc, row.day_end_utc - 1)
    """

    touches: Callable[[Sequence[Change], Registry], Iterable[Touch]]


@attrs.frozen
class SpanRule:
    """What rows touch that changed at some instants; for tables with `subject_and_time`, whose rows are too many to be shown one by one.

    Called with where rows changed, changes a few hours apart as one span, and the registry in force. Example, for readings:

        @SpanRule
        def the_inverters_time(spans, registry):
            return (Touch(span.subject, span.start, span.end) for span in spans)
    """

    touches: Callable[[Sequence[Span], Registry], Iterable[Touch]]


@attrs.frozen
class RegistryRule:
    """What further registrations touch; for `REGISTRY`.

    Called with the registry before and after them. Example, for a projection by inverter that reads the nameplate:

        @RegistryRule
        def all_of_new_inverters(before, after):
            return map(everything, sorted(after.inverters.keys() - before.inverters.keys()))
    """

    touches: Callable[[Registry, Registry], Iterable[Touch]]


@RegistryRule
def registrations_touch_nothing(_before: Registry, _after: Registry) -> Iterable[Touch]:
    """Touch nothing: for a projection that reads nothing of the registry."""
    return ()


Rule = RowRule | SpanRule | RegistryRule
