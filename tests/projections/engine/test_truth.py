"""From a true curve over damaged lines to daily energy: units mixed, late, repeated, under registrations that were wrong before."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.format.instant import iso
from projections.calendar.local_days import DAY_US, iso_date
from tests.projections.counter.test_property import FIRST_DAY
from tests.projections.engine.conftest import NewBook
from tests.support.book import Line
from tests.support.counter_store import HOUR
from tests.support.damaged_counter import DAYS, STEP, DamagedCounter, Dealing, at_of, damaged_counters, day_of, dealings
from tests.support.replay import replay

HEADER = b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at,counter_modulus_wh\n"
PLANT = ("plant", b"plant_id,name,location,timezone\np,P,L,UTC")
INVERTER = ("inverter", HEADER + b"a,p,V,M,10,,")
wrong_before = st.sampled_from(
    [
        ("inverter", HEADER + b"a,p,V,M,0.1,,"),  # powers and steps beyond it
        ("inverter", HEADER + b"a,p,V,M,none,,"),
        ("inverter", HEADER + b"a,q,V,M,10,,"),  # all lines mismatch
        ("inverter", HEADER + b"a,p,V,M,10,2024-10-07T00:00:00Z,"),  # some come before it
        ("inverter", HEADER + b"a,p,V,M,10,,400000"),  # a counter that would start again
        ("plant", b"plant_id,name,location,timezone\np,P,L,Asia/Kathmandu"),
        ("plant", b"plant_id,name,location,timezone\np,P,L,"),
    ]
)


def line(rows: DamagedCounter, index: int) -> Line:
    """Return a row's line: power as it really was, in W or kW, as a number or a text."""
    watts = 2 * (rows.true[min(index + 1, len(rows.true) - 1)] - rows.true[index]) / 1000
    unit, power = ("kW", watts / 1000) if index % 3 else ("W", watts)
    counter = None if rows.arrived[index] is None else rows.arrived[index] / 1000  # type: ignore[operator]
    message = {
        "event_id": str(index),
        "plant_id": "p",
        "inverter_id": "a",
        "event_time": iso(at_of(index)),
        "ac_power": str(power) if index % 2 else power,
        "ac_power_unit": unit,
        "energy_wh_total": str(counter) if index % 5 == 0 else counter,
        "temperature_c": 20.0,
        "status": "ok",
    }
    return "telemetry", json.dumps(message).encode()


def deal(rows: DamagedCounter, dealing: Dealing, statements: list[tuple[int, Line]]) -> list[list[Line]]:
    """Deal the lines into deliveries, late ones last and twice; wrong registrations at their places, the right ones at the end."""
    index_of = {at_of(index): index for index in range(len(rows.arrived))}
    deliveries = [[line(rows, index_of[one.at]) for one in batch] for batch in dealing.batches(rows.samples())]
    for place, statement in statements:
        deliveries.insert(place, [statement])
    return [*deliveries, [PLANT, INVERTER]]


@pytest.mark.invariant("I11", "I13")
@given(rows=damaged_counters(), dealing=dealings, statements=st.lists(st.tuples(st.integers(0, 5), wrong_before), max_size=4))
@settings(max_examples=12)
def test_damaged_lines_give_the_true_days_whatever_the_registry_said_before(
    new_book: NewBook, rows: DamagedCounter, dealing: Dealing, statements: list[tuple[int, Line]]
) -> None:
    assume(not rows.passes_for_a_new_counter())
    with new_book() as book:
        for delivery in deal(rows, dealing, statements):
            book.append(delivery)
            book.project(batch=50)
        tables = book.tables()
        assert tables == replay(book.events()), "incremental = replay"
        check_truth({row.local_date: row for row in tables["inverter_daily_summary"]}, rows)
        book.rebuild(batch=70)
        assert book.tables() == tables, "incremental = rebuild"


def check_truth(days: dict[str, Any], rows: DamagedCounter) -> None:
    """Hold each day to the truth where the true readings determine it, and to its flags where they do not."""
    growing = [(low, high) for low, high in pairwise(rows.good_rows()) if rows.true[high] > rows.true[low]]
    crossing = [(low, high) for low, high in growing if day_of(low) != (at_of(high) - 1 - at_of(0)) // DAY_US]
    undetermined = {day for low, high in crossing for day in range(day_of(low), day_of(high) + 1)}
    for number in range(DAYS):
        row = days.get(iso_date(FIRST_DAY + number))
        if row is None or row.energy_source != "counter":
            continue
        made = rows.true_of_day(number) / 1000
        flags = set(row.flags.split(",")) & {"boundary_gap", "energy_is_lower_bound", "pending_counter"}
        if number not in undetermined:
            assert (row.energy_wh, row.gap_wh, flags) == (made, 0.0, set())
        elif any((high - low) * STEP > 20 * HOUR and number in {day_of(low), day_of(high)} for low, high in crossing):
            assert "energy_is_lower_bound" in flags
    told = sum((row.energy_wh or 0.0) * (row.energy_source == "counter") + row.gap_wh for row in days.values())
    assert round(told * 1000) == rows.true[-1]
