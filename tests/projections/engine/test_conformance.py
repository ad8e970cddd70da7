"""Every projection, every way of getting there: incremental, rebuilt and replayed in memory are the same rows."""

from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.engine import commands
from projections.engine.catalog import catalog
from tests.projections.engine.conftest import NewBook
from tests.support.book import Book, Line, quiet
from tests.support.replay import replay
from tests.support.streams import START, curve, streams, telemetry

FEW = settings(max_examples=15)
PROVENANCE = {"position", "event_id", "source", "status_raw", "log_position", "entry", "carry", "field", "value"}


def telemetry_of(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line[0] == "telemetry"]


@pytest.mark.invariant("I10", "I11")
@given(stream=streams, cuts=st.sets(st.integers(1, 59), max_size=6), batch=st.integers(1, 140), again=st.integers(0, 3))
@FEW
def test_incremental_equals_rebuild_equals_replay(new_book: NewBook, stream: list[Any], cuts: set[int], batch: int, again: int) -> None:
    with new_book() as book:
        ends = [*sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
        for start, end in zip([0, *ends], ends, strict=False):
            # What the log holds brings nothing but the events that state its deliveries, here between batches and in them.
            book.append([*telemetry_of(stream[:start])[:again], *stream[start:end], *telemetry_of(stream[:end])[:again]])
            book.project(batch=batch)
        incremental = book.tables()
        assert incremental == replay(book.events())
        book.rebuild(batch=batch)
        assert book.tables() == incremental
        assert book.verify().differences == []


versions = st.lists(
    st.builds(
        telemetry,
        st.just("a"),
        st.sampled_from([START, START + 3_600_000_000]),
        st.sampled_from([100_000.0, 100_500.0]),
        st.sampled_from([5.0, 500.0, 12_500.0]),
        event_id=st.integers(0, 1_000).map(str),
    ),
    min_size=10,
    max_size=30,
)
"""Versions of two readings, few of them different; one power is above what the inverter can have."""


@pytest.mark.invariant("I11")
@given(lines=versions, sizes=st.lists(st.integers(1, 8), min_size=1, max_size=6), smaller=st.integers(0, 30))
@settings(max_examples=10)
def test_versions_of_a_reading_that_come_one_after_the_other_are_settled_as_all_at_once(
    new_book: NewBook, lines: list[Any], sizes: list[int], smaller: int
) -> None:
    registry = [
        ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
        ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,20,"),
    ]
    again = ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,")
    stream = [*registry, *lines[:smaller], again, *lines[smaller:]]
    with new_book() as book:
        while stream:
            for size in sizes:
                book.append(stream[:size])
                book.project(batch=5)
                del stream[:size]
        assert book.tables() == replay(book.events())


@pytest.mark.invariant("I9")
@given(stream=streams)
@FEW
def test_every_telemetry_event_is_clean_or_rejected(new_book: NewBook, stream: list[Any]) -> None:
    with new_book() as book:
        book.append(stream)
        book.project(batch=7)
        tables = book.tables()
        positions = [row.position for name in ("inverter_telemetry_clean", "inverter_telemetry_rejected") for row in tables[name]]
        assert sorted(positions) == [event.position for event in book.events() if event.kind == "telemetry"]


@st.composite
def orders(draw: st.DrawFn) -> tuple[list[Line], list[Line]]:
    """Return lines in order, and the same in another order, some of them again.

    Each id is registered once and each instant measured once: what order itself states is left out.
    """
    lines = {line for line in [*curve("a", 3, 2), *curve("b", 2, 3)] if draw(st.booleans())}
    lines |= {telemetry("a", START + 30_000_000_000, 0.0, 0.0), telemetry("b", START + 90_000_000_000, 3.5, 10.0)}
    registry = [
        ("plant", b"plant_id,name,location,timezone\np,P,L,Europe/Madrid"),
        ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
        ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\nb,p,V,M,,"),
    ]
    stream = sorted(lines) + registry
    again = draw(st.lists(st.sampled_from(sorted(lines)), max_size=5))
    return stream, draw(st.permutations([*stream, *again]))


@pytest.mark.invariant("I12")
@given(order=orders())
@FEW
def test_order_and_repeats_do_not_show(new_book: NewBook, order: tuple[list[Line], list[Line]]) -> None:
    stream, shuffled = order
    with new_book() as one, new_book() as other:
        one.append(stream)
        one.project()
        for start in range(0, len(shuffled), 17):
            other.append(shuffled[start : start + 17])
            other.project(batch=11)
        assert without_provenance(one.tables()) == without_provenance(other.tables())


def without_provenance(tables: dict[str, set[Any]]) -> dict[str, set[Any]]:
    kept = {}
    for name, rows in tables.items():
        kept[name] = {tuple(sorted((key, value) for key, value in attrs.asdict(row).items() if key not in PROVENANCE)) for row in rows}
    return {name: {repr(row) for row in rows} for name, rows in kept.items()}


def test_every_table_is_reached_by_some_lines(book: Book) -> None:
    book.append(
        [
            ("plant", b"plant_id,name,location,timezone\np,P,L,Europe/Madrid"),
            ("plant", b"plant_id,name,location,timezone\n,P,L,Europe/Madrid"),
            ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
            *curve("a", 2),
            telemetry("a", START + 5_400_000_000, 0.0, 0.0, temperature_c=0),
            telemetry("a", START + 1, None, 65_535_000.0),
            ("telemetry", b"not json"),
        ]
    )
    book.project()
    empty = [name for name, rows in book.tables().items() if not rows]
    assert empty == []


def test_a_late_event_changes_only_the_days_it_touches(book: Book) -> None:
    book.append(
        [
            ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
            ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
            *curve("a", 20),
        ]
    )
    book.project()
    before = {row.local_date: row for row in book.rows("inverter_daily_summary")}
    book.append([telemetry("a", START + (10 * 24 + 12) * 3_600_000_000 + 1_800_000_000, None, 1_000.0)])
    book.project()
    after = {row.local_date: row for row in book.rows("inverter_daily_summary")}
    assert [date for date in after if after[date] != before[date]] == ["2025-04-08"]


def test_a_backlog_visits_each_inverter_day_once(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    from projections.tables.inverter_daily_summary import projection as summary  # noqa: PLC0415 - patched here alone

    seen: list[tuple[str, str]] = []
    figures = summary.figures_of
    monkeypatch.setattr(summary, "figures_of", lambda day: (seen.append((day.inverter.inverter_id, day.local_date)), figures(day))[1])
    book.append(
        [
            ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
            ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
            *curve("a", 30),
        ]
    )
    book.project(batch=50)
    assert len(seen) == len(set(seen)) == 30


def test_projecting_again_changes_nothing(book: Book) -> None:
    book.append(curve("a", 2))
    book.project()
    before = book.tables()
    book.project()
    assert book.tables() == before


@pytest.mark.parametrize("batch", [1, 2, 20_000])
def test_deliveries_that_bring_nothing_new_move_checkpoints_and_no_row(book: Book, batch: int) -> None:
    lines = curve("a", 1, 4)
    book.append(
        [
            ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
            ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
            *lines,
        ]
    )
    book.project(batch=batch)
    size, rows = len(book.events()), book.tables()
    assert rows == replay(book.events())
    book.append(lines)
    assert [event.kind for event in book.events()[size:]] == ["delivery"] * len(lines)
    outcomes = commands.project(book.database, (), quiet, batch)
    assert {(outcome.position, outcome.events, outcome.rows) for outcome in outcomes} == {(size + len(lines), len(lines), 0)}
    assert book.tables() == rows == replay(book.events())
    book.rebuild(batch=batch)
    assert book.tables() == rows
    assert book.verify().differences == []


def test_every_projection_has_a_checkpoint_at_the_log_s_end(book: Book) -> None:
    book.append(curve("a", 1))
    book.project()
    with book.database.engine.connect() as connection:
        found = dict(connection.exec_driver_sql("SELECT projection, position FROM checkpoint").fetchall())
    assert found == {projection.name: 2 * 24 for projection in catalog()}, "24 lines, each with the event that states its delivery"
