"""The supported names, and a book from lines to daily figures."""

import inspect
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import attrs
import pytest

import projections
from ledger.errors import LedgerError, UsageError
from tests.support.cli import line, tool
from tests.support.servers import BACKENDS, Cluster, new_log
from tests.tools.conftest import INVERTERS, PLANTS

NAMES = {
    "Book", "CleanReading", "Comparison", "DayTrace", "EventTrace", "InspectedDay", "InverterDailySummary", "ProjectionOutcome", "Overview",
    "Rejected", "RejectedGroup", "open",
}  # fmt: skip
QUESTIONS = {"count_rejected", "daily", "energy", "event", "overview", "readings", "rejected", "trace"}
BOOK = QUESTIONS | {"close", "project", "rebuild", "url", "verify"}


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path, clusters: Callable[[str], Cluster]) -> Iterator[str]:
    """A database with a small plant's two registry files, ten minutes of telemetry and a line that is none."""
    if request.param == "sqlite":
        yield filled(f"sqlite:///{tmp_path / 'log.db'}", tmp_path)
        return
    with new_log(clusters(request.param)) as made:
        yield filled(made, tmp_path)


def filled(url: str, folder: Path) -> str:
    (folder / "plants.csv").write_text(PLANTS)
    (folder / "inverters.csv").write_text(INVERTERS)
    (folder / "telemetry.jsonl").write_text("".join(line(number) for number in range(10)) + "no json\n")
    done = tool("append", *(folder / name for name in ("plants.csv", "inverters.csv", "telemetry.jsonl")), "--db", url)
    assert done.returncode == 0, done.stderr.decode()
    return url


def test_exactly_the_supported_names_are_there_and_each_is_documented() -> None:
    assert set(projections.__all__) == NAMES
    assert list(projections.__all__) == sorted(projections.__all__)
    for name in NAMES:
        assert inspect.getdoc(getattr(projections, name)), name
    with pytest.raises(AttributeError, match="module 'projections' has no attribute 'nothing'"):
        projections.nothing  # noqa: B018 - what is tried


def test_values_are_frozen_classes_of_attrs() -> None:
    values = [getattr(projections, name) for name in NAMES - {"Book", "open", "Comparison"}]
    assert all(attrs.has(value) and value.__setattr__ is not object.__setattr__ for value in values)


def test_each_question_is_documented_with_an_example_and_returns_a_declared_type() -> None:
    public = {name for name in vars(projections.Book) if not name.startswith("_")}
    assert public == BOOK
    for name in BOOK - {"url", "close"}:
        method = getattr(projections.Book, name)
        assert inspect.signature(method).return_annotation is not inspect.Signature.empty, name
        assert "Example: `" in (inspect.getdoc(method) or "") or name == "rebuild", name


def test_a_book_leads_from_lines_to_daily_figures(url: str) -> None:
    with projections.open(url, write=True) as book:
        told = []
        outcomes = book.project(progress=lambda *done: told.append(done), processes=0)
        assert {outcome.position for outcome in outcomes} == {14 + 3}, "14 lines, and the events that state their three deliveries"
        assert told
        (day,) = book.daily("a")
        assert (day.local_date, day.energy_wh, day.reading_count) == ("2025-04-01", 9 * 17, 10)
        assert book.daily(first=date(2025, 4, 1), last="2025-04-01", plant="p") == [day]
        assert [reading.ac_power_w for reading in book.readings("a", end="2025-04-01T06:02:00Z")] == [1000, 1000]
        assert [event.reason for event in book.rejected()] == ["malformed_json"]
        assert book.count_rejected("source")[0].events == 1
        assert len(book.trace("a", date(2025, 4, 1)).readings) == len(book.energy("a", "2025-04-01").readings) == 10
        assert book.event(15)[0].row.row.reason == "malformed_json"
        assert {lag.lag_events for lag in book.overview().projections} == {0}
        assert book.verify().differences == []
        rebuilt = book.rebuild("inverter_daily_summary", waiting=told.append)
        assert [outcome.projection for outcome in rebuilt] == ["inverter_daily_summary", "plant_daily_summary"]
        assert book.daily("a") == [day]
        assert book.project("inverter_daily_summary")[-1].events == 0


def test_the_result_of_a_run_names_rejected_events_by_reason(url: str) -> None:
    with projections.open(url, write=True) as book:
        outcomes = {outcome.projection: outcome.reasons for outcome in book.project("inverter_telemetry_clean")}
    assert outcomes["inverter_telemetry"] == {"malformed_json": 1}


@pytest.fixture
def small(tmp_path: Path) -> str:
    url = filled(f"sqlite:///{tmp_path / 'small.db'}", tmp_path)
    with projections.open(url, write=True) as book:
        book.project()
    return url


def test_a_closed_book_is_no_longer_asked(small: str) -> None:
    book = projections.open(small, write=True)
    book.close()
    for act in (book.daily, book.verify, book.project):
        with pytest.raises(UsageError, match="was closed: open it again"):
            act()


def test_a_book_opened_to_read_is_not_projected(small: str) -> None:
    with projections.open(small) as book:
        for act in (book.project, book.rebuild):
            with pytest.raises(UsageError, match="was opened to read only: open it with write=True to project"):
                act()
        assert book.verify("plants").differences == []


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda book: book.project("daily"), "no projection or table is called 'daily'; there are: "),
        (lambda book: book.verify("daily"), "no projection or table is called 'daily'; there are: "),
        (
            lambda book: next(book.rejected(reasons=["bad_mood"])),
            "no reason is called 'bad_mood'; there are: oversize_line, malformed_json, ",
        ),
        (lambda book: book.count_rejected("day", reasons=["bad_mood"]), "no reason is called 'bad_mood'"),
        (lambda book: book.count_rejected("mood"), "rejected events are not counted by 'mood', but by one of: reason, inverter"),
        (lambda book: book.trace("a", "yesterday"), "not a date: 'yesterday'; write YYYY-MM-DD"),
        (lambda book: book.daily(first="soon"), "not a date: 'soon'"),
        (lambda book: book.readings("a", "2025-04-01"), "not an instant: "),
        (lambda book: book.event("abc"), "not a position, a key of at least 8 hex digits"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(small: str, ask: Callable[[projections.Book], object], said: str) -> None:
    with projections.open(small, write=True) as book, pytest.raises(UsageError) as caught:
        ask(book)
    assert str(caught.value).startswith(said)


def test_a_rejected_event_left_unread_keeps_nobody_from_writing(small: str) -> None:
    with projections.open(small, write=True) as book:
        next(book.rejected())
        assert book.rebuild("plants")


def test_a_book_can_be_closed_and_opened_again(small: str, tmp_path: Path) -> None:
    book = projections.open(small, lock_timeout_ms=500, statement_timeout_ms=60_000)
    assert book.url == f"sqlite:///{tmp_path / 'small.db'}"
    assert book.daily()
    book.close()
    with projections.open(small) as again:
        assert again.daily()


def test_a_database_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"nowhere\.db"):
        projections.open(f"sqlite:///{tmp_path / 'nowhere.db'}")


def test_importing_a_module_of_the_package_does_not_load_the_api(tmp_path: Path) -> None:
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    from tests.support.cli import environ  # noqa: PLC0415

    script = "import sys, projections.calendar.zones; print(sorted({'numpy', 'sqlalchemy', 'projections.api'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, check=True, env=environ(), cwd=tmp_path)
    assert done.stdout == b"[]\n"
