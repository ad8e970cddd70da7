"""What the engine promises beside the rows themselves."""

from collections.abc import Sequence

import attrs
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError, UsageError
from ledger.format.event import LogRow
from ledger.proof.frontier import Frontier
from ledger.store.schema import log_head
from projections.definition.changes import END
from projections.definition.event_projection import EventProjection
from projections.engine.batch import JudgedBatch, judge_batch
from projections.engine.catalog import catalog, named, owner_of, with_dependents, with_sources
from projections.engine.event_step import EventStep
from projections.engine.log_reader import LogReader
from projections.engine.runner import Work, catch_up
from projections.engine.touches import _merge
from projections.registry.registry import Registry
from projections.sql import checkpoint as checkpoints
from projections.sql.columns import ISO, SINCE_2000, stored_key
from projections.sql.naming import Naming
from projections.sql.reader import SqlReader
from projections.sql.rows import delete_rows
from projections.sql.transactions import connected, reading_tables, transaction
from projections.table import Table, column
from projections.tables import counter_days, inverter_telemetry
from tests.support.book import Book, quiet
from tests.support.streams import START, curve, telemetry

LINES = [
    ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
    *curve("a", 2),
]


def raw(book: Book, statement: str) -> None:
    with connected(book.database) as connection, transaction(connection, write=True):
        connection.exec_driver_sql(statement)


def test_nothing_is_verified_before_the_first_run(book: Book) -> None:
    with pytest.raises(LedgerError, match="holds a log and no projections yet: run tools/project first"):
        book.verify()


def test_sources_come_before_what_rests_on_them() -> None:
    order = [projection.name for projection in catalog()]
    for projection in catalog():
        for source in getattr(projection, "sources", ()):
            assert order.index(owner_of(source).name) < order.index(projection.name)


def test_a_projection_is_named_by_itself_or_its_tables() -> None:
    assert named(["inverter_telemetry_clean", "plants"]) == {"inverter_telemetry", "plants"}
    with pytest.raises(UsageError, match=r"'clean'.*inverter_telemetry_clean"):
        named(["clean"])


def test_sources_and_dependents_are_found_through_others() -> None:
    assert with_sources(["counter_days"]) == {"counter_days", "inverter_telemetry"}
    assert "plant_daily_summary" in with_dependents(["inverter_telemetry"])
    assert with_dependents(["plants"]) == {"plants"}


@pytest.mark.invariant("I14")
def test_a_second_runner_applies_nothing_twice(book: Book) -> None:
    book.append(LINES)
    book.project()
    with connected(book.database) as connection, transaction(connection, write=True):
        found = checkpoints.read_checkpoint(connection, "plants")
        assert found is not None
        earlier = attrs.evolve(found, position=3, frontier=Frontier())
        with pytest.raises(LedgerError, match="another run"):
            checkpoints.advance(connection, earlier, found)


def test_another_version_is_rebuilt_by_itself(book: Book) -> None:
    book.append(LINES)
    book.project()
    before = book.tables()
    raw(book, "UPDATE checkpoint SET version = 0 WHERE projection = 'inverter_latest'")
    raw(book, "UPDATE inverter_latest SET ac_power_w = 1")
    book.project()
    assert book.tables() == before


@pytest.mark.parametrize("name", [projection.name for projection in catalog()])
def test_a_rebuild_of_one_projection_gives_its_rows_again(book: Book, name: str) -> None:
    dark = [telemetry("a", START + (48 + hour) * 3_600_000_000, 116_000.0, 0.0) for hour in range(24)]
    book.append([*LINES, *dark, ("plant", b"plant_id,name,location,timezone\n,P,L,UTC"), ("telemetry", b"not json")])
    book.project()
    before = book.tables()
    for table in next(projection for projection in catalog() if projection.name == name).tables:
        raw(book, f'DELETE FROM "{table.name}"')  # noqa: S608 - a name of ours
    book.rebuild(name)
    assert book.tables() == before
    book.rebuild(name)
    assert book.tables() == before


@pytest.mark.invariant("I16")
def test_what_a_rebuild_replaced_is_kept_beside_it(book: Book) -> None:
    book.append(LINES)
    book.project()
    raw(book, "UPDATE inverter_latest SET ac_power_w = 1")
    book.rebuild()
    with reading_tables(book.database) as connection:
        powers = [
            connection.execute(sa.text(f"SELECT ac_power_w FROM {name}")).scalars().all()  # noqa: S608 - names of our own
            for name in ("inverter_latest", "inverter_latest__previous")
        ]
    assert powers == [[0.0], [1.0]]


def test_tables_that_are_not_made_yet_can_be_asked_for(book: Book) -> None:
    with reading_tables(book.database) as connection:
        assert not sa.inspect(connection).has_table("checkpoint")


def test_single_columns_are_given_as_rows_hold_them(book: Book) -> None:
    book.append(LINES)
    book.project()
    rows = book.rows("counter_days")
    names = ("spanned", "day_start_utc", "local_date", "first_production_at")
    with reading_tables(book.database) as connection:
        reader = SqlReader(connection, lambda table: table.name, lambda _position, _instant: False)
        found = reader.columns(counter_days.COUNTER_DAYS, counter_days.COUNTER_DAYS.key, ("a",), (None, None), names)
    assert [list(column) for column in found] == [[getattr(row, name) for row in rows] for name in names]
    assert set(map(type, found[0])) == {bool}


def test_a_position_without_an_event_is_refused(book: Book) -> None:
    book.append(LINES)
    with pytest.raises(LedgerError, match="no event at some position from 0 to 100"):
        LogReader(book.database).rows(0, 2 * len(LINES) + 1)


@pytest.mark.invariant("I15")
def test_a_log_that_is_shorter_than_what_was_read_is_refused(book: Book) -> None:
    with pytest.raises(LedgerError, match="not the one"):
        LogReader(book.database).check_grown_from(Frontier().extended([bytes(32)]))


@pytest.mark.invariant("I15")
def test_leaves_that_do_not_give_the_root_are_refused(book: Book) -> None:
    book.append(LINES)
    with connected(book.database) as connection, transaction(connection, write=True):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # as somebody may whom no trigger binds
        connection.execute(log_head.update().values(root=bytes(32)))
    with pytest.raises(LedgerError, match="do not give its root"):
        book.project()


def test_an_event_without_a_row_is_a_crash_not_a_log_line(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    book.append(LINES)
    monkeypatch.setattr(EventStep, "apply", lambda *_: 0)
    with pytest.raises(AssertionError, match="48 events became 0 rows"):
        book.project()


def test_rows_by_column_conflict_with_those_of_an_earlier_batch_that_had_none(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    by_column = inverter_telemetry.PROJECTION.judge_by_column
    ways = iter([by_column, None, by_column])

    def judge(projection: EventProjection, rows: Sequence[LogRow], registry: Registry) -> JudgedBatch:
        return judge_batch(attrs.evolve(projection, judge_by_column=next(ways)), rows, registry)

    monkeypatch.setattr("projections.engine.judging.judge_batch", judge)
    counters = (100_000.0, 100_001.0, 100_002.0, 100_003.0)
    told = [telemetry("a", START + number * 1_000_000, wh, 0.0) for number, wh in enumerate(counters)]
    book.append([*LINES[:2], *told, telemetry("a", START + 3_000_000, 100_004.0, 0.0)])
    book.project("inverter_telemetry", batch=3 * 2)  # three lines, each with the event that states its delivery
    assert [row.energy_wh_total for row in book.rows("inverter_telemetry_clean")] == [*counters[:3], 100_004.0]
    assert [row.reason for row in book.rows("inverter_telemetry_rejected")] == ["superseded"]


def test_a_row_that_is_gone_is_noticed_when_it_is_replaced(book: Book) -> None:
    book.append(LINES)
    book.project()
    table = inverter_telemetry.CLEAN
    with connected(book.database) as connection, transaction(connection, write=True), pytest.raises(AssertionError, match="0 were there"):
        delete_rows(connection, table, table.name, [("nobody", START)])


def test_a_run_without_preparation_is_a_defect(book: Book) -> None:
    book.project()
    raw(book, "DELETE FROM checkpoint WHERE projection = 'plants'")
    with pytest.raises(AssertionError, match="not prepared"):
        catch_up(Work(book.database, LogReader(book.database), Naming(), quiet), {"plants"})


def test_verification_shows_missing_rows_rows_too_many_and_other_values(book: Book) -> None:
    book.append(LINES)
    book.project()
    raw(book, "UPDATE inverter_latest SET ac_power_w = 12345")
    raw(book, "DELETE FROM plants")
    raw(book, "INSERT INTO inverters SELECT 'ghost', plant_id, vendor, model, capacity_kw, NULL, NULL, issues, position FROM inverters")
    found = {(one.table, one.column, one.stored) for one in book.verify().differences}
    assert found == {("plants", "", "no row"), ("inverters", "", "a row"), ("inverter_latest", "ac_power_w", "12345.0")}


def test_verification_of_an_empty_database_finds_nothing(book: Book) -> None:
    book.project()
    assert book.verify().differences == []


def test_projections_at_different_positions_are_verified_each_at_its_own(book: Book) -> None:
    book.append(LINES)
    book.project("plants")
    book.append(curve("a", 3))
    book.project("inverter_telemetry")
    assert book.verify().differences == []


def test_a_bound_beyond_all_instants_is_the_last_one() -> None:
    table = inverter_telemetry.CLEAN
    for codec in (ISO, SINCE_2000):
        assert stored_key(table, codec, "event_time", END + 5) == stored_key(table, codec, "event_time", END)
        assert stored_key(table, codec, "inverter_id", "a") == "a"


@given(st.lists(st.tuples(st.integers(-100, 100), st.integers(0, 30)), min_size=1))
def test_merged_touches_hold_every_touch(spans: list[tuple[int, int]]) -> None:
    hours = [(start * 3_600_000_000, (start + length) * 3_600_000_000) for start, length in spans]
    merged = _merge(list(hours))
    assert all(any(first <= start and end <= last for first, last in merged) for start, end in hours)
    assert merged == sorted(merged)


def test_a_column_knows_how_it_is_stored() -> None:
    @attrs.frozen
    class Row:
        key: str = column("A key.")
        at: int | None = column("An instant.", null="never", store="instant")

    found = Table(name="t", row=Row, key=("key",)).columns
    assert [(one.name, one.store, one.null) for one in found] == [("key", "text", ""), ("at", "instant", "never")]


def test_a_reading_of_the_year_one_has_a_day(book: Book) -> None:
    book.append([*LINES, telemetry("a", -62_135_596_800_000_000, 5.0, 1.0), telemetry("a", -31_536_000_000_000, 6.0, 1.0)])
    book.project()
    assert [row.local_date for row in book.rows("inverter_daily_summary")][:2] == ["0001-01-01", "1969-01-01"]
