"""Daily summaries and readings as they are stored, picked by inverter, plant and time."""

from operator import eq, ge, le

import sqlalchemy as sa

from projections.audit.rows import open_rows, require_readable
from projections.sql.columns import decoder, sql_table
from projections.sql.drivers import driver_of
from projections.tables.inverter_daily_summary.projection import SUMMARY
from projections.tables.inverter_daily_summary.row import InverterDailySummary
from projections.tables.inverter_telemetry import CLEAN, CleanReading


def daily_rows(
    connection: sa.Connection, *, inverter_id: str | None, plant_id: str | None, first: str | None, last: str | None
) -> list[InverterDailySummary]:
    """Return the daily rows of an inverter, or a plant's inverters (None: of any), from the local date `first` to `last`, both included.

    They come by inverter and date. Raise LedgerError if the projections cannot be read.
    """
    require_readable(connection)
    table = sql_table(SUMMARY, SUMMARY.name)
    bounds = [(eq, "inverter_id", inverter_id), (eq, "plant_id", plant_id), (ge, "local_date", first), (le, "local_date", last)]
    wanted = [compare(table.c[name], value) for compare, name, value in bounds if value is not None]
    rows = connection.execute(sa.select(table).where(*wanted).order_by(table.c.inverter_id, table.c.local_date))
    return list(map(decoder(SUMMARY, driver_of(connection).codec), rows))


def readings_of(connection: sa.Connection, inverter_id: str, start: int | None, end: int | None) -> list[CleanReading]:
    """Return an inverter's readings from the instant `start` (µs) to before `end`, by time; None: no bound.

    Raise LedgerError if the projections cannot be read.
    """
    require_readable(connection)
    return list(open_rows(connection).scan(CLEAN, CLEAN.key, (inverter_id,), start, None if end is None else end - 1))
