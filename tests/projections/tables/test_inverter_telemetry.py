import json
from collections import defaultdict
from hashlib import sha256

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.format.instant import read_instant
from projections.contract.flags import FLAGS
from projections.contract.reasons import REASONS
from projections.registry.registry import Registry
from projections.tables.inverter_telemetry import PROJECTION, CleanReading, RejectedEvent
from tests.support.contract_lines import GOOD, inverter_row, line, plant_row, recorded, registry

CLEAN, REJECTED = "inverter_telemetry_clean", "inverter_telemetry_rejected"


def project(events, known):
    """Judge and settle a whole log, the way any engine must come out."""
    claims, rows = defaultdict(list), []
    for event in events:
        judgement = PROJECTION.judge(event, known)
        if judgement.key is None:
            rows.append((judgement.table, judgement.row))
        else:
            claims[judgement.key].append(judgement)
    for judgements in claims.values():
        rows += PROJECTION.settle(judgements)
    return sorted(rows, key=lambda row: row[1].position)


def test_a_line_becomes_a_clean_reading():
    judgement = PROJECTION.judge(recorded(line(), position=9), registry())
    moment = read_instant("2025-04-01T06:00:00Z")
    assert judgement.key == ("inv_1", moment)
    assert judgement.table == CLEAN
    assert judgement.row == CleanReading(
        inverter_id="inv_1",
        event_time=moment,
        plant_id="p_1",
        event_id="t_1",
        source="mqtt",
        ac_power_w=12500.0,
        dc_power_w=13100.0,
        energy_wh_total=100000.0,
        temperature_c=35.2,
        status="running",
        status_raw="ok",
        flags="",
        position=9,
    )


def test_a_line_with_a_problem_becomes_a_rejected_event():
    judgement = PROJECTION.judge(recorded(line(ac_power=-5, plant_id="p_2"), position=9), registry())
    assert (judgement.key, judgement.table) == (None, REJECTED)
    assert judgement.row == RejectedEvent(
        position=9,
        inverter_id="inv_1",
        plant_id="p_2",
        event_time=read_instant("2025-04-01T06:00:00Z"),
        event_id="t_1",
        reason="plant_mismatch",
        reasons="negative_power,plant_mismatch",
        field="plant_id",
        value="p_2",
        measurement=None,
    )


def test_the_moment_that_the_log_writes_as_zero_is_a_moment():
    (row,) = project([recorded(line(event_time="1970-01-01T00:00:00Z"))], registry())
    assert (row[0], row[1].event_time) == (CLEAN, 0)


def test_one_moment_in_two_offsets_is_one_reading():
    events = [recorded(line(), position=0), recorded(line(event_time="2025-04-01T11:30:00+05:30"), position=1)]
    assert [getattr(row, "reason", "") for _, row in project(events, registry())] == ["", "duplicate_reading"]


def reasons_of(*lines):
    events = [recorded(payload, position=at) for at, payload in enumerate(lines)]
    return [getattr(row, "reason", "") for _, row in project(events, registry())]


def test_same_moment_reported_twice_counts_once():
    assert reasons_of(line(), line(event_id="t_2")) == ["", "duplicate_reading"]


def test_a_correction_replaces_the_reading_before():
    assert reasons_of(line(), line(ac_power=13)) == ["superseded", ""]


def test_a_correction_taken_back_makes_the_first_a_duplicate_of_the_last():
    assert reasons_of(line(), line(ac_power=13), line(event_id="t_3")) == ["duplicate_reading", "superseded", ""]


def test_a_rejected_line_supersedes_nothing():
    assert reasons_of(line(), line(ac_power=-5)) == ["", "negative_power"]


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": "t_2"}, {"source": "api"}, {"status": "Normal"}, {"ac_power": 12500, "ac_power_unit": "W"},
        {"ac_power": "12.5000000001"}, {"energy_wh_total": "100000"}, {"temperature_c": "35.20"}, {"extra": 1},
    ],
)  # fmt: skip
def test_events_that_say_the_same_are_equal(changes):
    assert reasons_of(line(), line(**changes)) == ["", "duplicate_reading"]


@pytest.mark.parametrize(
    "changes",
    [
        {"ac_power": 12.500001},
        {"dc_power": None},
        {"energy_wh_total": 100000.001},
        {"temperature_c": 35.3},
        {"status": "off"},
        {"dc_power": "x"},
    ],
)
def test_events_that_differ_in_what_was_measured_are_not(changes):
    assert reasons_of(line(), line(**changes)) == ["superseded", ""]


def test_a_flag_alone_makes_events_differ():
    early = recorded(line(), arrival="2025-04-01T05:59:00Z", position=0)
    on_time = recorded(line(event_id="t_2"), position=1)
    assert [getattr(row, "reason", row.flags if table == CLEAN else "") for table, row in project([early, on_time], registry())] == [
        "superseded",
        "",
    ]


def test_readings_of_two_plants_are_not_equal_where_the_inverter_names_none():
    events = [recorded(line(), position=0), recorded(line(plant_id="p_2"), position=1)]
    assert [getattr(row, "reason", "") for _, row in project(events, registry(plant_id=""))] == ["superseded", ""]


def test_a_beaten_event_keeps_its_identity_and_names_no_field():
    ((table, row), _) = project([recorded(line(), position=3), recorded(line(ac_power=13), position=4)], registry())
    moment = read_instant("2025-04-01T06:00:00Z")
    measured = repr(("inv_1", moment, ("p_1", 12500.0, 13100.0, 100000.0, 35.2, "running", "")))
    assert table == REJECTED
    assert row == RejectedEvent(
        position=3,
        inverter_id="inv_1",
        plant_id="p_1",
        event_time=moment,
        event_id="t_1",
        reason="superseded",
        reasons="superseded",
        field=None,
        value=None,
        measurement=sha256(measured.encode()).hexdigest()[:32],
    )


def test_an_event_restored_by_a_corrected_capacity_stands_again():
    events = [recorded(line(), position=0), recorded(line(ac_power=38), position=1)]
    wrong, corrected = registry(capacity_kw="33"), registry(capacity_kw="20")
    assert [row.position for table, row in project(events, wrong) if table == CLEAN] == [1]
    assert [row.position for table, row in project(events, corrected) if table == CLEAN] == [0]


@pytest.mark.parametrize(
    "change",
    [{"plant_id": "p_2"}, {"plant_id": ""}, {"capacity_kw": "50"}, {"capacity_kw": "x"}, {"commissioned_at": "2024-01-01T00:00:00Z"}],
)
def test_a_registration_that_judging_reads_is_judged_again(change):
    assert PROJECTION.judged_again(registry(), registry(**change)) == {"inv_1"}


@pytest.mark.parametrize("change", [{"vendor": "X"}, {"model": "X"}, {"counter_modulus_wh": "4294967296"}, {"capacity_kw": "33.00"}, {}])
def test_a_registration_that_judging_does_not_read_is_not(change):
    assert PROJECTION.judged_again(registry(), registry(**change)) == set()


def test_an_inverter_that_appears_or_goes_is_judged_again():
    both = registry().extended([inverter_row(inverter_id="inv_2")])
    assert PROJECTION.judged_again(registry(), both) == {"inv_2"}
    assert PROJECTION.judged_again(both, Registry.empty()) == {"inv_1", "inv_2"}
    assert PROJECTION.judged_again(both, both.extended([plant_row(name="Two")])) == set()


def test_every_column_says_what_it_means():
    assert all(column.doc and column.store for table in PROJECTION.tables for column in table.columns)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(10**400), 10**400) | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.sampled_from(["p_1", "inv_1", "2025-04-01T06:00:00Z", "2025-04-01T06:00:00", "12.5", "kW", "W", "MW", -32768, 65535, -0.0, 1e308]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
objects = st.dictionaries(st.sampled_from(sorted(GOOD)) | st.text(max_size=5), values, max_size=12).map(lambda changes: GOOD | changes)
payloads = st.binary(max_size=300) | objects.map(lambda fields: json.dumps(fields).encode())
registries = st.sampled_from(
    [Registry.empty(), registry(), registry(capacity_kw="x"), registry(plant_id="", commissioned_at="2025-04-02T07:00:00Z")]
)


@pytest.mark.invariant("I9")
@given(payloads, registries)
def test_any_line_ends_in_exactly_one_place_with_documented_names(payload, known):
    ((table, row),) = project([recorded(payload)], known)
    if table == CLEAN:
        assert isinstance(row, CleanReading)
        assert set(row.flags.split(",")) <= {*FLAGS, ""}
        assert row.ac_power_w is not None or row.energy_wh_total is not None
    else:
        assert isinstance(row, RejectedEvent)
        assert row.reason in row.reasons.split(",")
        assert row.reason == min(row.reasons.split(","), key=list(REASONS).index)
        assert row.value is None or len(row.value) <= 200


def what_is_known(row):
    """Leave out what the order of arrival itself states: position and the sender's numbering, channel and wording."""
    table, values_ = row
    fields = attrs.asdict(values_)
    return table, tuple(value for name, value in fields.items() if name not in {"position", "event_id", "source", "status_raw"})


moments = st.sampled_from(["2025-04-01T06:00:00Z", "2025-04-01T06:01:00+00:00", "2025-04-01T05:00:00Z", "never"])
streams = st.lists(st.builds(lambda moment, number: line(event_time=moment, event_id=str(number)), moments, st.integers(0, 9)), max_size=8)


orders = streams.flatmap(lambda stream: st.tuples(st.just(stream), st.permutations(stream)))


@pytest.mark.invariant("I12")
@given(orders)
def test_any_order_of_lines_gives_the_same_rows(order):
    outcomes = [
        sorted(map(what_is_known, project([recorded(payload, position=at) for at, payload in enumerate(lines)], registry())), key=repr)
        for lines in order
    ]
    assert outcomes[0] == outcomes[1]


def read_seed(shared):
    folder = shared / "seed"
    registered = []
    for kind in ("plant", "inverter"):
        header, *records = [record for record in (folder / f"{kind}s.csv").read_bytes().split(b"\n") if record]
        registered += [recorded(header + b"\n" + record, kind=kind, position=at) for at, record in enumerate(records)]
    lines = [payload for payload in (folder / "inverter_telemetry.jsonl").read_bytes().split(b"\n") if payload.strip()]
    return Registry.empty().extended(registered), lines


def test_the_sample_comes_out_as_specified(shared):
    known, lines = read_seed(shared)
    assert (known.inverters["inv_unknown"].capacity_kw, known.inverters["inv_unknown"].issues) == (None, "bad_capacity")
    rows = project([recorded(payload, position=at, arrival="2025-04-02T00:00:00Z") for at, payload in enumerate(lines)], known)
    rejected = [(row.event_id, row.reason) for table, row in rows if table == REJECTED]
    assert rejected == [
        ("t_0005", "negative_power"),
        ("t_0009", "duplicate_reading"),
        (None, "malformed_json"),
        ("t_0010", "unknown_inverter"),
    ]
    clean = [row for table, row in rows if table == CLEAN]
    assert [row.event_id for row in clean] == ["t_0001", "t_0002", "t_0003", "t_0004", "t_0006", "t_0007", "t_0008"]
    assert [row.ac_power_w for row in clean] == [12500.0, 12500.0, 12800.0, 11900.0, 14200.0, 14000.0, 14400.0]
    assert {row.flags for row in clean} == {""}


def test_the_sample_comes_out_the_same_backwards(shared):
    known, lines = read_seed(shared)
    outcomes = [
        sorted(map(what_is_known, project([recorded(payload, position=at) for at, payload in enumerate(order)], known)), key=repr)
        for order in (lines, lines[::-1])
    ]
    assert outcomes[0] == outcomes[1]


@st.composite
def versions_in_parts(draw):
    """Return judgements of several readings for one moment, with few different values, in parts."""
    values = draw(st.lists(st.integers(0, 3), min_size=1, max_size=12))
    cuts = draw(st.sets(st.integers(1, 11), max_size=4))
    lines = [recorded(line(temperature_c=value, event_id=f"t_{place}"), position=place) for place, value in enumerate(values)]
    judgements = [PROJECTION.judge(event, registry()) for event in lines]
    ends = [*sorted(cut for cut in cuts if cut < len(values)), len(values)]
    return [judgements[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@given(versions_in_parts())
def test_events_that_join_settled_ones_leave_the_rows_of_all_settled_at_once(parts):
    joining = PROJECTION.joining
    rows = {row.position: (table, row) for table, row in PROJECTION.settle(parts[0])}
    for part in parts[1:]:
        (in_force,) = (row for table, row in rows.values() if table == CLEAN)
        changing = joining.changing(in_force, part)
        others = [row for table, row in rows.values() if table == REJECTED and row.measurement in changing]
        rows |= {row.position: (table, row) for table, row in joining.settle(in_force, others, part)}
    assert sorted(rows.values(), key=lambda row: row[1].position) == sorted(
        PROJECTION.settle([judgement for part in parts for judgement in part]), key=lambda row: row[1].position
    )


def test_a_repetition_of_the_reading_in_force_changes_no_other_row():
    first, again = (PROJECTION.judge(recorded(line(event_id=name), position=9), registry()) for name in ("t_1", "t_2"))
    assert PROJECTION.joining.changing(first.row, [again]) == set()
