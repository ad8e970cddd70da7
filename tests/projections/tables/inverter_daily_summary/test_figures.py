"""The figures of a day, computed on columns, are to the last bit what a loop over the readings makes of them (`day_oracle`)."""

import attrs
from hypothesis import given
from hypothesis import strategies as st

from projections.measures.readings import Readings, codes, instants, values
from projections.measures.sampling import gap_us_max
from projections.measures.window import Window
from projections.registry.inverter import Inverter
from projections.tables.inverter_daily_summary.figures import DayInputs, figures_of
from projections.tables.inverter_daily_summary.row import InverterDailySummary
from tests.support.day_oracle import OracleReading, oracle_figures

MINUTE = 60_000_000
DAY = (0, 23 * 60 * MINUTE)

powers = st.one_of(
    st.none(),
    st.sampled_from([0.0, -0.0, -20.0, 100.0, 10_000.0, 10_000.1, 9_999.95]),
    st.integers(-50_000, 12_000_000).map(lambda mw: mw / 1e3),
)
steps = st.one_of(st.sampled_from([5 * MINUTE, 5 * MINUTE, 10 * MINUTE, 90 * MINUTE]), st.integers(1, 240 * MINUTE))
statuses = st.sampled_from([None, "running", "fault", "off", "derated", "standby", "maintenance", "offline", "unknown"])
temperatures = st.one_of(st.none(), st.integers(-400, 1_000).map(lambda tenth: tenth / 10))


@st.composite
def days(draw: st.DrawFn) -> list[OracleReading]:
    """Draw readings from before the day to after it; powers come in runs, as those of a logger that hangs."""
    at = -95 * MINUTE + draw(st.integers(0, 180 * MINUTE))
    points: list[OracleReading] = []
    for step, power, count in draw(st.lists(st.tuples(steps, powers, st.sampled_from([1, 1, 1, 2, 6, 9])), max_size=30)):
        for _ in range(count):
            points.append(OracleReading(at, power, draw(temperatures), draw(statuses)))
            at += step
    return [point for point in points if point.at < DAY[1] + 90 * MINUTE]


def row_of(points: list[OracleReading], step_seconds: int, window: Window | None, capacity_kw: float | None) -> InverterDailySummary:
    readings = Readings(
        instants([point.at for point in points]),
        values([point.power for point in points]),
        values([point.temperature for point in points]),
        codes([point.status for point in points]),
    )
    known = {field.name: None for field in attrs.fields(Inverter)}
    day = DayInputs(
        inverter=Inverter(**{**known, "inverter_id": "a", "plant_id": "p", "capacity_kw": capacity_kw}),
        timezone="UTC",
        local_date="1970-01-01",
        start=DAY[0],
        end=DAY[1],
        readings=readings,
        step_seconds=step_seconds,
        counter=None,
        window=window,
        duplicate_count=0,
        rejected_count=0,
        log_position=0,
        restated=False,
    )
    return figures_of(day)


@given(
    points=days(),
    step_seconds=st.sampled_from([60, 300, 900, 3_600]),
    window=st.none() | st.tuples(st.integers(*DAY), st.integers(*DAY)).map(sorted),
    capacity_kw=st.sampled_from([None, 0.1, 10.0]),
)
def test_day_on_columns_is_the_day_reading_by_reading(
    points: list[OracleReading], step_seconds: int, window: list[int] | None, capacity_kw: float | None
) -> None:
    found = None if window is None else Window(window[0], window[1], start_closed=True, end_closed=True)
    row = row_of(points, step_seconds, found, capacity_kw)
    open_window = (window[0], window[1]) if window is not None and window[1] > window[0] else None
    expected = oracle_figures(points, gap_us_max(step_seconds), DAY, open_window, capacity_kw)
    assert {name: getattr(row, name) for name in expected} == expected


def test_rows_hold_plain_numbers() -> None:
    points = [OracleReading(number * 5 * MINUTE, 500.0, 20.0, "fault") for number in range(20)]
    row = row_of(points, 300, Window(0, 50 * MINUTE, start_closed=True, end_closed=True), 10.0)
    assert {type(value) for value in attrs.astuple(row)} == {str, int, float, type(None)}
    assert (row.stale_seconds, row.fault_seconds, row.availability, row.coverage_window) == (3_000.0, 6_300.0, 0.0, 1.0)
