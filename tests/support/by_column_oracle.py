"""The oracle for judging by column: whatever is judged there is held to what `judge` says of the line alone."""

import json
from itertools import cycle

import attrs

from ledger.format.event import Recorded
from ledger.format.grammar import event_time_of
from ledger.format.instant import read_instant
from projections.contract.by_column.judge import judge_columns
from projections.registry.registry import Registry
from projections.tables.inverter_telemetry import CLEAN, PROJECTION
from tests.support.contract_lines import ARRIVAL, GOOD, inverter_row, plant_row

ARRIVED = read_instant(ARRIVAL)

FLEET = Registry.empty().extended([
    plant_row(),
    inverter_row(),
    inverter_row(inverter_id="inv_2", plant_id="p_2", capacity_kw="0.8", commissioned_at="2024-11-01T00:00:00Z"),
    inverter_row(inverter_id="inv_blank", capacity_kw=""),
    inverter_row(inverter_id="inv_free", plant_id=""),
    inverter_row(inverter_id="inv_new", commissioned_at="2025-06-01T00:00:00Z"),
])  # fmt: skip


def log_row(payload, position=7, *, kind="telemetry", event_time=None, recorded_at=ARRIVED):
    moment = event_time_of(payload) if event_time is None else event_time
    return (position, moment, payload, recorded_at, kind, b"")


def log_rows(payloads, **changes):
    return [log_row(payload, position, **changes) for position, payload in enumerate(payloads, 100)]


def lines_a_minute_apart(count, **changes):
    """Return lines a minute apart, each changed field taking its values in turn."""
    turns = {name: cycle(values) for name, values in changes.items()}
    written = []
    for number in range(count):
        fields = GOOD | {"event_time": f"2025-03-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"}
        fields |= {name: next(values) for name, values in turns.items()}
        written.append(json.dumps(fields, separators=(",", ":")).encode())
    return written


def exact(values):
    """Make equality strict: types and signs of zero count."""
    return [(type(value), repr(value)) for value in values]


def judge_and_compare(rows, registry=FLEET):
    """Judge by column, hold every row judged there to what `judge` says of it, and return the indices of the rows left to `judge`."""
    by_column = judge_columns(rows, registry)
    assert by_column.others == sorted(set(by_column.others))
    left = set(by_column.others)
    kept = [row for index, row in enumerate(rows) if index not in left]
    found = list(zip(*by_column.columns, strict=True))
    assert len(found) == len(kept)
    for (position, event_time, payload, recorded_at, kind, _), values in zip(kept, found, strict=True):
        assert kind == "telemetry"
        judgement = PROJECTION.judge(Recorded(position, event_time, b"", kind, payload, recorded_at, 1, 1, b""), registry)
        assert judgement.table == CLEAN.name
        assert exact(values) == exact(attrs.astuple(judgement.row))
    return by_column.others
