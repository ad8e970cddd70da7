"""A derived projection says for every source what its changes touch; a rule that would never be called is refused when it is declared."""

from typing import Any

import attrs
import pytest

from projections.definition.changes import (
    BEGINNING,
    END,
    REGISTRY,
    Change,
    RowRule,
    SpanRule,
    Touch,
    everything,
    registrations_touch_nothing,
)
from projections.definition.derived_projection import DerivedProjection
from projections.registry.registry import Registry
from projections.table import Table, column


@attrs.frozen
class Row:
    """A row."""

    name: str = column("A name.")
    at: int = column("An instant.", store="instant")


DAYS = Table(name="days", row=Row, key=("name",))
READINGS = Table(name="readings", row=Row, key=("name", "at"), subject_and_time=("name", "at"))
by_row, by_span = RowRule(lambda _changes, _registry: ()), SpanRule(lambda _spans, _registry: ())


def declare(on: dict[Any, Any]) -> DerivedProjection:
    return DerivedProjection(name="one", version=1, tables=(), on=on, groups=lambda _registry: (), derive=lambda *_: ())


def test_its_sources_are_the_tables_it_has_rules_for() -> None:
    assert declare({DAYS: by_row, READINGS: by_span, REGISTRY: registrations_touch_nothing}).sources == ("days", "readings")


def test_registrations_must_have_a_rule() -> None:
    with pytest.raises(
        ValueError, match=r"one: `on` has no rule for REGISTRY; if registrations do not matter, registrations_touch_nothing"
    ):
        declare({DAYS: by_row})


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ({DAYS: by_span}, "for days a SpanRule where a RowRule belongs"),
        ({READINGS: by_row}, "for readings a RowRule where a SpanRule belongs"),
        ({READINGS: registrations_touch_nothing}, "for readings a RegistryRule where a SpanRule belongs"),
        ({REGISTRY: by_row}, "for REGISTRY a RowRule where a RegistryRule belongs"),
    ],
)
def test_a_rule_of_another_kind_than_the_source_needs_is_refused(on: dict[Any, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"one: `on` has {said}"):
        declare({REGISTRY: registrations_touch_nothing, **on})


@pytest.mark.parametrize(
    ("start", "end", "all_time"),
    [(BEGINNING, END, True), (BEGINNING - 1, END + 1, True), (BEGINNING + 1, END, False), (BEGINNING, END - 1, False)],
)
def test_a_touch_is_of_everything_if_it_leaves_out_no_time(start: int, end: int, *, all_time: bool) -> None:
    assert Touch("a", start, end).is_everything is all_time
    assert everything("a").is_everything


def test_a_change_has_the_rows_there_are() -> None:
    assert [Change(*rows).rows for rows in [(1, 2), (None, 2), (1, None)]] == [(1, 2), (2,), (1,)]


def test_registrations_can_touch_nothing() -> None:
    assert list(registrations_touch_nothing.touches(Registry.empty(), Registry.empty())) == []
