"""A projection that is added to a database, or declared otherwise than it was, is made whole at the next run."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.errors import LedgerError
from projections import tables
from projections.audit.rows import why_unreadable
from projections.engine import commands
from projections.engine.catalog import all_views, catalog
from projections.sql.checkpoint import CHECKPOINT
from projections.sql.transactions import connected, reading_tables, transaction
from tests.support.added import Add
from tests.support.book import Book, quiet
from tests.support.replay import replay
from tests.support.streams import HOUR, START, curve, telemetry

LINES = [
    ("plant", b"plant_id,name,location,timezone\np,P,L,UTC"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
    *curve("a", 2),
]
MORE = [
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\nb,p,V,M,10,"),
    telemetry("a", START + 30 * HOUR + 1, None, 2_000.0),
    *curve("b", 1),
]

TOTALS = '''
"""What each inverter made in all."""

import attrs

from projections.definition.changes import REGISTRY, registrations_touch_nothing
from projections.definition.derived_projection import DerivedProjection, Replacement
from projections.table import Table, column
from projections.tables._days import day_of_row
from projections.tables._groups import every_inverter
from projections.tables.inverter_daily_summary.projection import SUMMARY


@attrs.frozen(slots=True)
class Total:
    """What one inverter made."""

    inverter_id: str = column("The inverter.")
    days: int = column("Days with a row.")


TOTALS = Table(name="totals", row=Total, key=("inverter_id",))


def _derive(inverter_id, _touches, reader, _registry):
    days = len(list(reader.scan(SUMMARY, SUMMARY.key, (inverter_id,), None, None)))
    return [Replacement(TOTALS, (), inverter_id, inverter_id, [Total(inverter_id, days)] if days else [])]


PROJECTION = DerivedProjection(
    name="totals",
    version=1,
    tables=(TOTALS,),
    on={SUMMARY: day_of_row("inverter_id"), REGISTRY: registrations_touch_nothing},
    groups=every_inverter,
    derive=_derive,
)
'''

LENGTHS = '''
"""How long each line is."""

import attrs

from projections.definition.event_projection import EventProjection, Judgement, last_statement_wins, registry_does_not_matter
from projections.table import Table, column


@attrs.frozen(slots=True)
class Length:
    """How long one line is."""

    position: int = column("Its log position.")
    length: int = column("Its length.", unit="byte")


LENGTHS = Table(name="lengths", row=Length, key=("position",))


def _judge(event, _registry):
    return Judgement((event.position,), LENGTHS.name, Length(event.position, len(event.payload)))


PROJECTION = EventProjection(
    name="lengths",
    version=1,
    tables=(LENGTHS,),
    kinds=frozenset({"telemetry"}),
    conflict_key=("position",),
    judge=_judge,
    settle=last_statement_wins,
    judged_again=registry_does_not_matter,
)
'''


def on_top(text: str) -> str:
    """Return what counts the rows of TOTALS, or of LENGTHS, in one group."""
    source, module = ("TOTALS", "totals") if "TOTALS" in text else ("LENGTHS", "lengths")
    return f'''
"""How many rows there are below."""

import attrs

from projections.definition.changes import REGISTRY, RowRule, everything, registrations_touch_nothing
from projections.definition.derived_projection import DerivedProjection, Replacement
from projections.table import Table, column
from projections.tables.{module} import {source}


@attrs.frozen(slots=True)
class Number:
    """How many there are."""

    name: str = column("The only one.")
    rows: int = column("How many rows.")


NUMBERS = Table(name="numbers", row=Number, key=("name",))


@RowRule
def _all(_changes, _registry):
    return [everything("all")]


def _derive(_group, _touches, reader, _registry):
    found = len(list(reader.scan({source}, {source}.key, (), None, None)))
    return [Replacement(NUMBERS, (), "all", "all", [Number("all", found)] if found else [])]


PROJECTION = DerivedProjection(
    name="numbers",
    version=1,
    tables=(NUMBERS,),
    on={{{source}: _all, REGISTRY: registrations_touch_nothing}},
    groups=lambda _registry: ["all"],
    derive=_derive,
)
'''


def check_whole(book: Book) -> None:
    """Hold all tables against a replay, as they are and after more lines."""
    assert book.tables() == replay(book.events())
    book.append(MORE)
    book.project()
    assert book.tables() == replay(book.events())
    assert book.verify().differences == []


@pytest.mark.parametrize("batch", [7, 20_000])
def test_an_added_derived_projection_is_derived_whole(book: Book, add_projection: Add, batch: int) -> None:
    book.append(LINES)
    book.project()
    add_projection("totals", TOTALS)
    book.project(batch=batch)
    assert [row.days for row in book.rows("totals")] == [2]
    check_whole(book)


def test_projections_added_on_top_of_each_other_are_derived_whole(book: Book, add_projection: Add) -> None:
    book.append(LINES)
    book.project()
    add_projection("totals", TOTALS)
    add_projection("numbers", on_top(TOTALS))
    book.project()
    assert [row.rows for row in book.rows("numbers")] == [1]
    check_whole(book)


def test_a_projection_added_on_top_of_an_added_one_is_derived_whole(book: Book, add_projection: Add) -> None:
    book.append(LINES)
    book.project()
    add_projection("totals", TOTALS)
    book.project()
    add_projection("numbers", on_top(TOTALS))
    book.project("numbers")
    assert [row.rows for row in book.rows("numbers")] == [1]
    check_whole(book)


def test_an_added_event_projection_reads_the_log_from_its_beginning_and_what_is_on_top_follows(book: Book, add_projection: Add) -> None:
    book.append(LINES)
    book.project()
    add_projection("lengths", LENGTHS)
    add_projection("numbers", on_top(LENGTHS))
    book.project(batch=7)
    assert [row.rows for row in book.rows("numbers")] == [48]
    check_whole(book)


def test_a_projection_is_added_whole_although_its_sources_are_behind_the_log(book: Book, add_projection: Add) -> None:
    book.append(LINES)
    book.project()
    book.append([MORE[0], *MORE[2:]])
    add_projection("totals", TOTALS)
    book.project("totals")
    assert [(row.inverter_id, row.days) for row in book.rows("totals")] == [("a", 2), ("b", 1)]


def test_a_projection_is_added_whole_although_another_was_projected_first(book: Book, add_projection: Add) -> None:
    book.append(LINES)
    book.project()
    add_projection("totals", TOTALS)
    book.project("plants")
    book.project("totals")
    assert [row.days for row in book.rows("totals")] == [2]


def test_a_projection_is_added_whole_by_a_rebuild(book: Book, add_projection: Add) -> None:
    book.append(LINES)
    book.project()
    add_projection("totals", TOTALS)
    book.rebuild("plants")
    book.project()
    check_whole(book)


ONE_MORE = (
    ('"Its length.", unit="byte")', '"Its length.", unit="byte")\n    kind: str = column("Its kind.")'),
    ("len(event.payload))", "len(event.payload), event.kind)"),
)
NULLABLE = (("length: int = column(", 'length: int | None = column(null="never", doc='),)
REAL = (("length: int =", "length: float ="), ("len(event.payload))", "float(len(event.payload)))"))
INDEXED = (('key=("position",))', 'key=("position",), indexes=(("length",),))'),)
OTHER_KEY = (('key=("position",))', 'key=("position", "length"))'),)


@pytest.mark.parametrize("edits", [ONE_MORE, NULLABLE, REAL, INDEXED, OTHER_KEY])
def test_a_table_declared_otherwise_is_rebuilt_without_another_version(
    book: Book, add_projection: Add, edits: tuple[tuple[str, str], ...]
) -> None:
    add_projection("lengths", LENGTHS)
    add_projection("numbers", on_top(LENGTHS))
    book.append(LINES)
    book.project()
    text = LENGTHS
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    add_projection("lengths", text)
    add_projection("numbers", on_top(LENGTHS))
    book.append(MORE[:2])
    told: list[str] = []
    commands.project(book.database, (), lambda name, _done, _total: told.append(name))
    assert "lengths" in told
    assert generations(book)["lengths"] == generations(book)["numbers"] == 1
    assert generations(book)["inverter_telemetry"] == 0
    check_whole(book)


def test_a_table_without_a_rule_cannot_be_read(book: Book, add_projection: Add) -> None:
    add_projection(
        "totals", TOTALS.replace("reader.scan(SUMMARY, SUMMARY.key, (inverter_id,), None", "reader.scan(TOTALS, TOTALS.key, (), None")
    )
    book.append(LINES)
    book.project()
    unseen = "import PLANTS\nfrom projections.tables.inverter_daily_summary.projection import SUMMARY"
    text = TOTALS.replace("inverter_daily_summary.projection import SUMMARY", f"plants {unseen}").replace(
        "scan(SUMMARY, SUMMARY", "scan(PLANTS, PLANTS"
    )
    add_projection("totals", text)
    book.append(MORE)
    with pytest.raises(AssertionError, match="totals reads plants and has no rule for it in `on`"):
        book.project()


def test_tables_declared_otherwise_are_not_verified_before_they_are_rebuilt(book: Book, add_projection: Add) -> None:
    add_projection("lengths", LENGTHS)
    book.append(LINES)
    book.project()
    add_projection("lengths", LENGTHS.replace(*INDEXED[0]))
    with reading_tables(book.database) as connection:
        assert why_unreadable(connection) == "lengths was not made by this version of its code: run tools/project"
    with pytest.raises(LedgerError, match="the tables of lengths are not in the layout of this version of the code: run tools/project"):
        book.verify()


def test_a_projection_that_was_gone_for_a_while_is_made_anew(book: Book, add_projection: Add) -> None:
    book.append(LINES)
    book.project()
    add_projection("totals", TOTALS)
    book.project()
    (Path(tables.__path__[-1]) / "totals.py").rename(aside := Path(tables.__path__[-1]) / "totals.txt")
    catalog.cache_clear()
    book.append(MORE)
    book.project()
    add_projection("totals", aside.read_text())
    book.project()
    assert {(row.inverter_id, row.days) for row in book.rows("totals")} == {("a", 2), ("b", 1)}


VIEW = "SELECT totals.days, d.local_date FROM totals JOIN inverter_daily_summary d USING (inverter_id)"
WITH_A_VIEW = TOTALS.replace("    derive=_derive,", f'    derive=_derive,\n    views={{"totals_by_day": "{VIEW}"}},')


def test_the_view_of_a_projection_that_is_no_more_goes_and_others_are_rebuilt(book: Book, add_projection: Add) -> None:
    book.append(LINES)
    add_projection("totals", WITH_A_VIEW)
    book.project()
    with book.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM totals_by_day").scalar() == 2
    (Path(tables.__path__[-1]) / "totals.py").rename(aside := Path(tables.__path__[-1]) / "totals.txt")
    catalog.cache_clear()
    book.rebuild()
    with book.database.engine.connect() as connection:
        assert set(sa.inspect(connection).get_view_names()) == {*all_views(), "event_log_readable"}
    aside.rename(aside.with_suffix(".py"))


def test_the_view_of_a_projection_that_is_called_otherwise_now_goes(book: Book, add_projection: Add) -> None:
    book.append(LINES)
    add_projection("totals", WITH_A_VIEW)
    book.project()
    add_projection("totals", WITH_A_VIEW.replace("totals_by_day", "totals_a_day"))
    book.project()
    with book.database.engine.connect() as connection:
        assert set(sa.inspect(connection).get_view_names()) == {*all_views(), "event_log_readable"}
    assert "totals_a_day" in all_views()


def test_a_projection_is_added_while_others_read(book: Book, add_projection: Add) -> None:
    book.append(LINES)
    book.project()
    with reading_tables(book.database) as reader:
        held = reader.exec_driver_sql("SELECT count(*) FROM held_plants").scalar()
        add_projection("totals", TOTALS)
        book.project()
        assert held == 0
    assert {(row.inverter_id, row.days) for row in book.rows("totals")} == {("a", 2)}


@pytest.mark.parametrize("name", ["delivery", "checkpoint", "heliolog_version", "totals__next"])
def test_a_table_with_a_name_of_the_log_or_the_engine_is_refused(add_projection: Add, name: str) -> None:
    add_projection("totals", TOTALS.replace('Table(name="totals"', f'Table(name="{name}"'))
    with pytest.raises(ValueError, match=f"totals: a table cannot be called {name}"):
        catalog()


def test_tables_declared_as_they_were_are_not_rebuilt(book: Book) -> None:
    book.append(LINES)
    book.project()
    book.append(MORE)
    book.project()
    assert set(generations(book).values()) == {0}


def generations(book: Book) -> dict[str, int]:
    with book.database.engine.connect() as connection:
        return dict(connection.execute(CHECKPOINT.select().with_only_columns(CHECKPOINT.c.projection, CHECKPOINT.c.generation)).all())


def test_a_database_of_code_that_kept_no_layout_is_rebuilt_once(book: Book) -> None:
    book.append(LINES)
    book.project()
    with connected(book.database) as connection, transaction(connection, write=True):
        connection.exec_driver_sql("ALTER TABLE checkpoint DROP COLUMN layout")
        connection.exec_driver_sql("ALTER TABLE checkpoint DROP COLUMN views")
        connection.exec_driver_sql("DELETE FROM inverter_latest")
    assert book.verify().rows > 0
    for _ in range(2):
        commands.project(book.database, (), quiet)
        assert set(generations_in_use(book).values()) == {1}
    check_whole(book)


def generations_in_use(book: Book) -> dict[str, int]:
    return {name: generation for name, generation in generations(book).items() if not name.endswith("__previous")}
