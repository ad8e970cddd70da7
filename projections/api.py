"""The supported way to ask for figures and where they come from. Everything else in this package may change."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import date
from functools import partial
from types import TracebackType
from typing import Self

from ledger.database import LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS, Database, open_database
from ledger.errors import UsageError
from ledger.format.instant import BadInstant, read_instant
from ledger.source.ahead import count_cores
from projections.audit.day_steps import InspectedDay, read_day
from projections.audit.day_trace import DayTrace, trace_day
from projections.audit.event_trace import EventTrace, trace_event
from projections.audit.figures import daily_rows, readings_of
from projections.audit.find import find_events
from projections.audit.overview import Overview, read_overview
from projections.audit.rejected import ALL_REASONS, By, Rejected, RejectedGroup, group_rejected, read_rejected
from projections.engine import commands
from projections.engine.catalog import named
from projections.engine.compare import Comparison
from projections.engine.runner import BATCH_EVENTS, Progress, ProjectionOutcome
from projections.sql.patience import Patience
from projections.sql.transactions import reading_tables
from projections.tables.inverter_daily_summary.row import InverterDailySummary
from projections.tables.inverter_telemetry import CleanReading


def _show_nothing(_name: str, _done: int, _total: int, /) -> None:
    pass


def open(  # noqa: A001 - read as projections.open
    url: str,
    *,
    write: bool = False,
    lock_timeout_ms: int = LOCK_TIMEOUT_MS,
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
) -> "Book":
    """Return the book of the database at `url`: `sqlite:///PATH` or `postgresql+psycopg://USER@HOST/NAME`.

    `write` allows to project and rebuild. `lock_timeout_ms` is how long another program's lock is waited for, `statement_timeout_ms`
    how long a server may work at one statement. Close the book, or use it in a `with`.

    Raise UsageError for another kind of URL, LedgerError if the database is missing, cannot be reached, is of another version or is locked.

    Example: `with projections.open("sqlite:///var/data.db") as book: print(book.daily("inv_1"))`
    """
    return Book(open_database(url, write=write, busy_timeout_ms=lock_timeout_ms, statement_timeout_ms=statement_timeout_ms))


class Book:
    """A database's projections: brought up to the log, and asked for figures and their origin.

    Each question is answered from one unchanging state of log and tables. Instants are µs since 1970 UTC, dates local dates of the
    inverter's plant. An instant asked for may be µs or ISO 8601 text with a zone, `2025-04-01T06:00:00Z`; a date a `date` or `2025-04-01`.
    If the tables have not been projected by this version yet, `overview` and `event` say so in what they return; all other questions raise
    LedgerError, saying what to run.
    """

    def __init__(self, opening: AbstractContextManager[Database]) -> None:
        """Open a database; `projections.open` is the way to do it."""
        with ExitStack() as stack:
            self._database = stack.enter_context(opening)
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, trace)

    def close(self) -> None:
        """Close the database. Whatever is asked of the book afterwards raises UsageError."""
        self._stack.close()

    @property
    def url(self) -> str:
        """Return the database's URL without its password."""
        return self._database.url

    def project(
        self,
        *names: str,
        progress: Progress = _show_nothing,
        batch_events: int = BATCH_EVENTS,
        processes: int = 1,
        wait_s: float = 600.0,
        waiting: Callable[[str], None] = lambda _whom: None,
        mended: Callable[[str], None] = lambda _what: None,
    ) -> list[ProjectionOutcome]:
        """Bring projections up to the log, and return what was done for each: its position, the events it took, the rows it changed.

        `names` are projections or tables of theirs; what they depend on is projected too. None: all. `progress` is called with a name, how
        much is done, and of how much. `batch_events` events are applied in one transaction, by `processes` processes (0: as many as there
        are cores). Another run is waited for, `wait_s` seconds at most, and `waiting` is told for whom. `mended` is told of each view or
        index that was missing, and is made again.

        Raise UsageError for an unknown name or a book opened to read, LedgerError if the log is not the one projected before, or if a
        table, column or checkpoint is missing or altered: nothing is done then, and a rebuild makes it again.

        Example: `book.project("inverter_daily_summary")`
        """
        return self._run(partial(commands.project, mended=mended), names, progress, batch_events, processes, Patience(wait_s, waiting))

    def rebuild(
        self,
        *names: str,
        progress: Progress = _show_nothing,
        batch_events: int = BATCH_EVENTS,
        processes: int = 1,
        wait_s: float = 600.0,
        waiting: Callable[[str], None] = lambda _whom: None,
    ) -> list[ProjectionOutcome]:
        """Make projections (None named: all), and what depends on them, anew from the log; readers keep the old tables until the end.

        So is every other projection of which a table, column or checkpoint is missing or altered. Parameters and result are those of
        `project`. Raise LedgerError if something of another program's is in the way, naming it.
        """
        return self._run(commands.rebuild, names, progress, batch_events, processes, Patience(wait_s, waiting))

    def verify(self, *names: str, progress: Progress = _show_nothing, batch_events: int = BATCH_EVENTS, processes: int = 1) -> Comparison:
        """Replay the log into scratch tables and compare all that is stored; return the rows compared, the first differences, digests.

        Tables, columns, keys, indexes, views and checkpoints are compared, too, and each value by its type and bytes. The database is not
        written. Parameters are those of `project`.

        Example: `book.verify().differences == []`
        """
        return commands.verify(self._database, named(names), progress, batch_events, processes or count_cores())

    def daily(
        self,
        inverter: str | None = None,
        *,
        plant: str | None = None,
        first: date | str | None = None,
        last: date | str | None = None,
    ) -> list[InverterDailySummary]:
        """Return daily rows by inverter and date: of one inverter or plant (None: of all), from date `first` to `last`, both included.

        Energies are in Wh, powers in W, times in s; each column says its unit and when it is None.

        Example: `book.daily(plant="p_noida_01", first="2025-04-01", last="2025-04-30")`
        """
        with reading_tables(self._database) as connection:
            bounds = {"first": None if first is None else _date(first), "last": None if last is None else _date(last)}
            return daily_rows(connection, inverter_id=inverter, plant_id=plant, **bounds)

    def readings(self, inverter: str, start: int | str | None = None, end: int | str | None = None) -> list[CleanReading]:
        """Return an inverter's readings by time, from `start` to before `end` (None: no bound); powers in W, counter in Wh, °C.

        Example: `book.readings("inv_noida_01_a", "2025-04-01T00:00:00Z", "2025-04-02T00:00:00Z")`
        """
        with reading_tables(self._database) as connection:
            return readings_of(connection, inverter, _instant(start), _instant(end))

    def rejected(self, *, reasons: Collection[str] = (), inverter: str | None = None, since: int | str | None = None) -> Iterator[Rejected]:
        """Yield rejected events by position: of these primary reasons, this inverter, arrived at `since` or later; all if nothing is said.

        One state of the database is held until the last event is read or the iterator is closed. Raise UsageError for an unknown reason.

        Example: `next(book.rejected(reasons=["negative_power"])).line_number`
        """
        with reading_tables(self._database) as connection:
            yield from read_rejected(connection, _known(reasons), inverter, _instant(since))

    def count_rejected(
        self, by: By, *, reasons: Collection[str] = (), inverter: str | None = None, since: int | str | None = None
    ) -> list[RejectedGroup]:
        """Return how many events were rejected by `reason`, `inverter`, `day` or `source`, those with most events first.

        What counts is narrowed as in `rejected`. A day is the local day of the inverter's plant.

        Example: `book.count_rejected("day", reasons=["negative_power"])`
        """
        with reading_tables(self._database) as connection:
            return group_rejected(connection, read_rejected(connection, _known(reasons), inverter, _instant(since)), by)

    def trace(self, inverter: str, local_date: date | str) -> DayTrace:
        """Return the daily row of an inverter with the readings, rejected events and statements it was made of, each with its line.

        Raise LedgerError, saying why, if there is no such row.

        Example: `book.trace("inv_noida_01_a", "2025-04-01").readings[0].line.line_number`
        """
        with reading_tables(self._database) as connection:
            return trace_day(connection, inverter, _date(local_date))

    def energy(self, inverter: str, local_date: date | str) -> InspectedDay:
        """Return an inverter's day with its counter line retold: why each value is or is not accepted, and where each step's energy goes.

        Raise LedgerError, saying why, if there is no such row, VerificationError if the marks of a day before do not fit its row.

        Example: `book.energy("inv_noida_01_a", "2025-04-01").retold.mwh`
        """
        with reading_tables(self._database) as connection:
            return read_day(connection, inverter, _date(local_date))

    def event(self, name: int | str) -> list[EventTrace]:
        """Return the events called `name`, and what became of each: a position, the first 8 hex digits or more of a key, or SOURCE:LINE.

        A position or a whole key names one event; a line of a source that changed between deliveries may name several. Of a log without
        projections, the event is returned, and a note says what to run. Raise UsageError for what is no such name, LedgerError if there is
        no such event.

        Example: `book.event("data/inverter_telemetry.jsonl:5")[0].row`
        """
        with reading_tables(self._database) as connection:
            return [trace_event(connection, found) for found in find_events(connection, str(name))]

    def overview(self, sample: int = 12) -> Overview:
        """Return what the database holds, and how far its projections have come; before the first projection, the log alone.

        Rows by table, each projection's lag, rejected events by reason, held plants, the newest deliveries, at most `sample` daily rows.

        Example: `max(lag.lag_events for lag in book.overview().projections)`
        """
        with reading_tables(self._database) as connection:
            return read_overview(connection, self.url, sample)

    def _run(  # noqa: PLR0917 - handed on
        self,
        act: Callable[[Database, Collection[str], Progress, int, int, Patience], list[ProjectionOutcome]],
        names: tuple[str, ...],
        progress: Progress,
        batch_events: int,
        processes: int,
        patience: Patience,
    ) -> list[ProjectionOutcome]:
        if not self._database.write:
            raise UsageError(f"{self.url} was opened to read only: open it with write=True to project")
        return act(self._database, named(names), progress, batch_events, processes or count_cores(), patience)


def _known(reasons: Collection[str]) -> Collection[str]:
    for reason in reasons:
        if reason not in ALL_REASONS:
            raise UsageError(f"no reason is called {reason!r}; there are: {', '.join(ALL_REASONS)}")
    return reasons


def _date(value: date | str) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise UsageError(f"not a date: {value!r}; write YYYY-MM-DD") from None


def _instant(value: int | str | None) -> int | None:
    try:
        return read_instant(value) if isinstance(value, str) else value
    except BadInstant as error:
        raise UsageError(f"{error}; write for example 2025-04-01T06:00:00Z") from None
