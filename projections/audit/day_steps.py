"""What is stored of one inverter's day, read from one snapshot and retold."""

import difflib
from collections.abc import Iterator

import attrs
import msgspec
import sqlalchemy as sa

from ledger import log
from ledger.errors import LedgerError, VerificationError
from projections.audit.rows import NoDays, checkpoints, days_of, find_row, open_rows, require_readable
from projections.calendar.local_days import LocalDays, day_number
from projections.counter.day_book import Entry
from projections.counter.explained.retell import DayLine, MarkedEvent, Retold, retell
from projections.counter.explained.wording import LocalClock
from projections.counter.marks import GLITCH, GLITCH_ABOVE, PENDING, PLACEHOLDER, PLACEHOLDER_ROW
from projections.counter.state import Carry, Point
from projections.registry.inverter import Inverter
from projections.sql.reader import SqlReader
from projections.tables.counter_days import COUNTER_DAYS, COUNTER_MARKS, CounterDayRow, rules_of
from projections.tables.inverter_daily_summary.projection import SUMMARY
from projections.tables.inverter_daily_summary.row import InverterDailySummary
from projections.tables.inverter_telemetry import CLEAN, CleanReading
from projections.tables.inverters import INVERTERS

_NOT_ACCEPTED = frozenset({GLITCH, GLITCH_ABOVE, PENDING, PLACEHOLDER, PLACEHOLDER_ROW})
_NEAR_MAX = 3


@attrs.frozen(kw_only=True)
class InspectedDay:
    """A day's row, its readings and their counter line retold step by step; `applied` of the log's `size` events are in it."""

    inverter: Inverter
    row: InverterDailySummary
    clock: LocalClock
    line: DayLine
    readings: list[CleanReading]
    retold: Retold
    applied: int
    size: int


def read_day(connection: sa.Connection, inverter_id: str, local_date: str) -> InspectedDay:
    """Return a day; raise LedgerError, saying why, if it has no row or the tables are not of one position."""
    require_readable(connection)
    reader, positions = open_rows(connection), {checkpoint.position for checkpoint in checkpoints(connection).values()}
    if len(positions) > 1:
        raise LedgerError("the last run of tools/project did not finish, so the tables do not fit each other yet: run tools/project")
    inverter: Inverter | None = find_row(reader, INVERTERS, inverter_id)
    if inverter is None:
        raise LedgerError(_why_unknown(connection, inverter_id))
    days = days_of(reader, inverter_id)
    if isinstance(days, NoDays):
        raise LedgerError(f"{days.why}; state what is missing, append it and run tools/project")
    row: InverterDailySummary | None = find_row(reader, SUMMARY, inverter_id, local_date)
    if row is None:
        raise LedgerError(_why_no_row(reader, inverter_id, local_date))
    return _retold(reader, inverter, row, days, positions.pop(), log.head(connection).size)


def _retold(reader: SqlReader, inverter: Inverter, row: InverterDailySummary, days: LocalDays, applied: int, size: int) -> InspectedDay:  # noqa: PLR0917 - found one by one
    inverter_id, local_date, day = row.inverter_id, row.local_date, day_number(row.local_date)
    readings = list(reader.scan(CLEAN, CLEAN.key, (inverter_id,), row.day_start_utc, row.day_end_utc - 1))
    marks = _marks(reader, inverter_id, row.day_start_utc, row.day_end_utc - 1)
    before: CounterDayRow | None = reader.last_before(COUNTER_DAYS, (inverter_id,), local_date)
    line = DayLine(
        days=days,
        day=day,
        rules=rules_of(inverter),
        power_max_mw=0 if before is None else msgspec.json.decode(before.carry, type=Carry).power_max_mw,
        accepted_before=_accepted_before(reader, inverter_id, local_date),
        events=[_marked(reading, marks.get(reading.event_time)) for reading in readings],
        accepted_after=_first_after(reader, inverter_id, local_date),
    )
    return InspectedDay(
        inverter=inverter,
        row=row,
        clock=LocalClock(days, day),
        line=line,
        readings=readings,
        retold=retell(line),
        applied=applied,
        size=size,
    )


def _marked(reading: CleanReading, mark: str | None) -> MarkedEvent:
    mwh, mw = (None if value is None else round(value * 1e3) for value in (reading.energy_wh_total, reading.ac_power_w))
    return MarkedEvent(reading.event_time, mwh, mw, mark)


def _why_unknown(connection: sa.Connection, inverter_id: str) -> str:
    ids = sa.select(sa.column("inverter_id", sa.String)).select_from(sa.table(INVERTERS.name))
    known = list(connection.execute(ids).scalars())
    near = difflib.get_close_matches(inverter_id, known, _NEAR_MAX)
    hint = f"did you mean {' or '.join(near)}?" if near else f"{len(known)} inverters are registered, none with a name like it"
    return f"inverter {inverter_id} is not registered; {hint}"


def _why_no_row(reader: SqlReader, inverter_id: str, local_date: str) -> str:
    before, after = reader.last_before(SUMMARY, (inverter_id,), local_date), reader.first_from(SUMMARY, (inverter_id,), local_date)
    near = " and ".join(row.local_date for row in (before, after) if row is not None)
    rows = f"its nearest days with one are {near}" if near else "it has none on any day"
    return f"no daily row for {inverter_id} on {local_date}; {rows}"


def _marks(reader: SqlReader, inverter_id: str, start: int, end: int) -> dict[int, str]:
    return {row.event_time: row.mark for row in reader.scan(COUNTER_MARKS, COUNTER_MARKS.key, (inverter_id,), start, end)}


def _accepted_before(reader: SqlReader, inverter_id: str, local_date: str) -> Point | None:
    """Return the last accepted value before a day, by its marks: what was carried over may have been decided since."""
    row = next((row for row in _days_before(reader, inverter_id, local_date) if row.counter_last_wh is not None), None)
    if row is None or row.counter_last_wh is None:
        return None
    start, end = row.day_start_utc, row.day_end_utc - 1
    marks = _marks(reader, inverter_id, start, end)
    readings = reader.scan(CLEAN, CLEAN.key, (inverter_id,), start, end)
    valued = (reading.event_time for reading in readings if reading.energy_wh_total is not None)
    accepted = [at for at in valued if marks.get(at) not in _NOT_ACCEPTED]
    if not accepted:
        raise VerificationError(f"{row.local_date} has a last counter value and no accepted reading: run tools/project --verify")
    return Point(accepted[-1], round(row.counter_last_wh * 1e3))


def _days_before(reader: SqlReader, inverter_id: str, local_date: str) -> Iterator[CounterDayRow]:
    row: CounterDayRow | None = reader.last_before(COUNTER_DAYS, (inverter_id,), local_date)
    while row is not None:
        yield row
        row = reader.last_before(COUNTER_DAYS, (inverter_id,), row.local_date)


def _first_after(reader: SqlReader, inverter_id: str, local_date: str) -> Entry | None:
    rows = reader.scan(COUNTER_DAYS, COUNTER_DAYS.key, (inverter_id,), local_date, None)
    entries = (msgspec.json.decode(row.entry, type=Entry | None) for row in rows if row.local_date > local_date)
    return next((entry for entry in entries if entry is not None), None)
