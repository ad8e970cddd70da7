import sqlite3

import attrs
import pytest

from ledger.format.event import Recorded
from projections.contract.by_column.judge import judge_columns
from projections.registry.registry import Registry
from projections.tables.inverter_telemetry import CleanReading
from tests.support.by_column_oracle import ARRIVED, FLEET, judge_and_compare, lines_a_minute_apart, log_row, log_rows
from tests.support.contract_lines import ABSENT, line
from tests.test_real_data import run

MINUTE = 60_000_000


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"ac_power": [12.5, 12500], "ac_power_unit": ["kW", "W"], "dc_power": [13100, 13.1], "dc_power_unit": ["W", "kW"]},
        {"ac_power_unit": ["kw", " KW "]},
        {"ac_power": [0, 0.0, -0.0, -0.25, 1], "dc_power": [0, -0.0, -0.1, 0.5, 1]},
        {"ac_power": [36.5, 39.6]},
        {"ac_power": [1.23456789, 2.7925, 0.0123456, 1 / 3], "ac_power_unit": ["W"]},
        {"ac_power": ["12.5", " +13 ", "1e1"], "dc_power": ["12.5"], "energy_wh_total": ["100.25"], "temperature_c": ["-3"]},
        {"ac_power": ["12.5", 12.5, None, 12]},
        {"ac_power": [None]},
        {"dc_power": [None, 13.1], "dc_power_unit": [None, "kW"]},
        {"dc_power": [None], "energy_wh_total": [None], "temperature_c": [None], "status": [None]},
        {"energy_wh_total": [None, 0, 5_220_831_000, 12.3456, 99_999_999_999]},
        {"temperature_c": [-40, 100, -0.0, 21.55, 7]},
        {"status": ["ok", "NIGHT ", "unknown", "dreaming", "", None]},
        {"status": [5, 1, True, 1.5, "ok"]},
        {"event_id": [None, "t", 17, 1, True, 1.0], "source": [None, "mqtt", 2.5]},
        {"firmware": ["1.2"], "rssi": [-70, None, 3.5]},
        {"firmware": ["1.2"], "alarms": [None], "é:": [True]},
        {
            "inverter_id": ["inv_1", "inv_2", "inv_blank", "inv_free"],
            "plant_id": ["p_1", "p_2", "p_1", "p_9"],
            "ac_power": [0.5, 0.7],
            "dc_power": [0.6],
        },
    ],
)
def test_ordinary_lines_are_read_by_column(changes):
    rows = log_rows(lines_a_minute_apart(600, **changes))
    left = judge_and_compare(rows)
    # Lines with further members are read singly once, to learn their names, and are no less read.
    assert left == []


@pytest.mark.parametrize("field", ["event_id", "source", "dc_power", "dc_power_unit", "energy_wh_total", "temperature_c", "status"])
def test_a_field_that_is_absent_is_read_by_column(field):
    changes = {field: ABSENT} | ({"dc_power": ABSENT} if field == "dc_power_unit" else {})
    assert judge_and_compare(log_rows([line(), line(**changes), line()])) == []


def test_every_flag_that_is_common_is_told_by_column():
    payloads = [line(event_time="2025-04-01T06:01:00Z", ac_power=39, status="?"), line(ac_power=-1, status=0)]
    rows = log_rows(payloads)
    assert judge_and_compare(rows) == []
    assert judge_columns(rows, FLEET).columns[11] == ["clock_ahead,over_nameplate,status_unknown", "standby_negative,status_unknown"]


@pytest.mark.parametrize(
    ("power", "by_column"), [(-1.65, True), (-1.650001, False), (39.6, True), (39.600001, False), (1e300, False), (-1e300, False)]
)
def test_the_limits_of_ac_power_are_exact(power, by_column):
    assert judge_and_compare(log_rows([line(ac_power=power, dc_power=None)])) == ([] if by_column else [0])


@pytest.mark.parametrize("code", [65535, 65.535, "65535"])
def test_a_code_for_no_value_is_left_where_the_nameplate_is_unknown(code):
    unit = "kW" if code == 65.535 else "W"
    rows = log_rows([
        line(inverter_id="inv_blank", ac_power=code, ac_power_unit=unit),
        line(inverter_id="inv_blank", dc_power=code, dc_power_unit=unit),
        line(inverter_id="inv_blank"),
    ])  # fmt: skip
    assert judge_and_compare(rows) == [0, 1]


ODD = [
    line(inverter_id="inv_9"),
    line(inverter_id=None),
    line(inverter_id=7),
    line(inverter_id=[]),
    line(plant_id=""),
    line(plant_id="p_2"),
    line(event_time=""),
    line(event_time=ABSENT),
    line(event_time="2025-04-01T06:00:00"),
    line(event_time="1970-01-01T00:00:00Z"),
    line(event_time="2025-04-01T07:00:00Z"),
    line(inverter_id="inv_new"),
    line(ac_power=None, energy_wh_total=None),
    line(ac_power=True),
    line(ac_power="twelve"),
    line(ac_power=[12.5]),
    line(ac_power={"kW": 12.5}),
    line(ac_power_unit="MW"),
    line(ac_power=0, ac_power_unit=None),
    line(ac_power_unit=["kW"]),
    line(ac_power=10**17),
    line(ac_power=10**400),
    line(dc_power="x"),
    line(dc_power=False),
    line(dc_power=60),
    line(dc_power=44),
    line(ac_power=2, dc_power=6.1),
    line(energy_wh_total=-1),
    line(energy_wh_total=10**15),
    line(energy_wh_total=float("inf")),
    line(temperature_c=101),
    line(temperature_c=-1e9),
    line(temperature_c=float("nan")),
    line().replace(b"12.5", b"1e999"),
    line().replace(b"35.2", b"-1e999"),
    line().replace(b"35.2", b"0" * 400),
    line().replace(b"35.2", b"35.2,"),
    line()[:50],
    line()[1:],
    b"",
    b"{}",
    b"{",
    b"}",
    b"null",
    b"\xef\xbb\xbf" + line(),
    b" " + line(),
    line() + b"\r",
    line() + line(),
    line() + b" " + line(),
    line() + b"\n" + line(),
    line().replace(b'"ok"', b'"a\nb"'),
    line().replace(b'"ok"', b'"a\x00b"'),
    line().replace(b'"ok"', b'"a\xffb"'),
    line().replace(b'"ok"', b'"\xed\xa0\x80"'),
    line().replace(b'"ok"', rb'"\ud800"'),
    line().replace(b'"ok"', rb'"\u0000"'),
    line().replace(b'"ok"', b'"ok","x":"\xff"'),
    line().replace(b'"ok"', b'"ok","\xff":1'),
    line().replace(b'"ok"', b'"ok","status":"ok"'),
    line().replace(b'"ok"', b'"ok","x":1,"x":1'),
    line().replace(b'"ok"', b'"ok}'),
    line().replace(b'"status"', b'"status'),
    line().replace(b'"ok"', b"[" * 70 + b"]" * 70),
    line().replace(b'"ok"', b'{"x":' * 70 + b"1" + b"}" * 70),
]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_line_is_left_and_costs_only_itself(odd):
    assert judge_and_compare(log_rows([line(), odd, line(status="off"), odd, odd, line()])) == [1, 3, 4]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_line_is_found_out_without_the_log(odd):
    # The log finds no moment in a line that is no object; here it claims one.
    payloads = [line(), odd, line(status="off"), odd, line()]
    assert set(judge_and_compare(log_rows(payloads, event_time=ARRIVED))) <= {1, 3}
    assert set(judge_and_compare(log_rows([odd], event_time=ARRIVED))) <= {0}


@pytest.mark.parametrize(
    "unusual",
    [
        line().replace(b'"ok"', rb'"o\u006b"'),
        line().replace(b'"ok"', rb'"o\"k"'),
        line().replace(b'"ok"', b'"o{k}"'),
        line().replace(b'"ok"', b'"o[k]"'),
        line().replace(b'"ok"', b"[1,{}]"),
        line().replace(b'"ok"', b'"ok","x":{"y":"z"}'),
        line().replace(b'"ok"', b'"ok","x":["y","z"]'),
        line().replace(b'"ok"', rb'"ok","\t\"":1'),
        line().replace(b'"ok"', b'"ok","x":' + b"9" * 400),
        line().replace(b'"ok"', b'"ok","x":"' + b"a" * 400 + b'"'),
        line().replace(b",", b" ,\n\t").replace(b'":', b'" :').replace(b"{", b"{ ").replace(b"}", b" }"),
        line(ac_power=12 + 2**-40),
        line(status="é😀"),
    ],
)
def test_an_unusual_line_is_still_read(unusual):
    assert judge_and_compare(log_rows([line(), unusual, line(), unusual])) == []


@pytest.mark.parametrize(
    "parts",
    [
        [line() + b"\n" + line()[:-1] + b",", b'"x":1}'],
        [line()[:-4] + b"}", line()],
        [line().replace(b'"ok"', b'"ok}'), b'{"}'],
        [line().replace(b'"status"', b'"st}'), b'{":1}'],
        [line() + line(), b"{}"],
        [line() + line().replace(b'"ok"', b'"}'), b'{"}'],
        [line()[:-1], b"}" + line()],
        [b"{}", b"", b"{}"],
    ],
)
def test_lines_that_join_badly_are_not_read_across_their_ends(parts):
    rows = log_rows([line(), *parts, line()], event_time=ARRIVED)
    assert not {0, len(rows) - 1} & set(judge_and_compare(rows))


def test_one_member_too_many_in_a_line_does_not_hide_one_too_few_in_another():
    fewer, twice = line(status=ABSENT), line().replace(b'"ok"', b'"ok","status":"ok"')
    assert judge_and_compare(log_rows([fewer, twice, fewer, twice])) == [1, 3]


def test_a_further_member_of_any_name_is_read():
    payloads = [line(**{name: 1}) for name in ('"', "\t", "é", "", "\\", "extra_0")] * 50 + [line(extra_1=2)] * 300
    assert judge_and_compare(log_rows(payloads)) == []


def test_many_different_further_members_are_read():
    payloads = [line(**{f"field_{number}": number}) for number in range(700)]
    assert judge_and_compare(log_rows(payloads)) == []


def test_long_batches_keep_their_order_and_leave_only_what_is_odd():
    payloads = lines_a_minute_apart(5_000, firmware=["1", "2"], status=["ok", "off", None])
    for place in range(0, 5_000, 499):
        payloads[place] = payloads[place].replace(b'"status"', b'"inverter_id":"inv_1","status"')
    payloads[77] = payloads[77][:60]
    payloads[4_000] = payloads[4_000].replace(b"firmware", b"hardware")
    assert judge_and_compare(log_rows(payloads)) == sorted([77, *range(0, 5_000, 499)])


def test_no_rows_give_no_columns():
    found = judge_columns([], FLEET)
    assert (found.columns, found.others) == (tuple([] for _ in attrs.fields(CleanReading)), [])


def test_an_unknown_registry_leaves_everything():
    assert judge_and_compare(log_rows([line(), line()]), Registry.empty()) == [0, 1]


def test_what_is_no_telemetry_is_left():
    rows = [log_row(line(), kind="inverter"), log_row(line()), log_row(line(), kind="plant"), log_row(line(), kind="delivery")]
    assert judge_and_compare(rows) == [0, 2, 3]


@pytest.mark.parametrize(
    ("event_time", "left"),
    [(0, [0]), (ARRIVED, []), (ARRIVED + 5 * MINUTE, []), (ARRIVED + 5 * MINUTE + 1, [0]), (-62_135_596_800_000_000, [])],
)
def test_the_moment_is_the_one_the_log_found(event_time, left):
    assert judge_and_compare([log_row(line(), event_time=event_time)]) == left


@pytest.mark.parametrize(("moment", "left"), [("2025-05-31T00:00:00Z", []), ("2025-05-30T23:59:59.999999Z", [0])])
def test_a_reading_may_be_a_day_older_than_its_inverter(moment, left):
    row = log_row(line(inverter_id="inv_new", event_time=moment), recorded_at=ARRIVED + 365 * 86_400_000_000)
    assert judge_and_compare([row]) == left


@pytest.mark.parametrize("name", ["pvanalytics_nrel", "pvcaptest_8inv", "pvops_meter", "sdt_us_2inv"])
def test_real_data_are_read_by_column(shared, tmp_path, name):
    folder = shared / "real" / name
    db = tmp_path / "x.db"
    run("append", *(str(file) for file in folder.iterdir() if ".csv" in file.name or ".jsonl" in file.name), "--db", f"sqlite:///{db}")
    query = (
        "SELECT position, event_time, CAST(payload AS BLOB), recorded_at, kind, CAST(leaf_hash AS BLOB) FROM event_log ORDER BY position"
    )
    rows = sqlite3.connect(db).execute(query).fetchall()
    known = Registry.empty().extended(Recorded(row[0], row[1], b"", row[4], row[2], row[3], 1, 1, row[5]) for row in rows)
    telemetry = [row for row in rows if row[4] == "telemetry"]
    assert len(judge_and_compare(telemetry, known)) <= 0.03 * len(telemetry)
