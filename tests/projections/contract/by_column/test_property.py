import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from projections.registry.registry import Registry
from tests.support.by_column_oracle import ARRIVED, FLEET, judge_and_compare, log_row, log_rows
from tests.support.contract_lines import GOOD, inverter_row, line, registry

REGISTRIES = [
    FLEET, registry(), registry(capacity_kw=""), registry(plant_id=""), registry(commissioned_at="2025-04-01T06:00:00Z"),
    registry(plant_id="p_2"), Registry.empty(), Registry.empty().extended([inverter_row(capacity_kw="0.0001")]),
]  # fmt: skip

integers = st.integers(-(10**20), 10**20) | st.integers(-50, 50) | st.sampled_from([65535, -32768, 2**63, 2**64, 10**22, 10**308])
decimals = st.decimals(-100, 100_000, places=4).map(str)
numerals = st.one_of(
    integers.map(str), decimals, st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["-0", "-0.0", "1e999", "-1e999", "1e-400", "NaN", "Infinity", "01", "1.", ".5", "+1", "9" * 299, "9" * 400]),
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=6).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.text(max_size=6).map(json.dumps),
    st.sampled_from(['"kW"', '"W"', '" kw"', '"p_1"', '"p_2"', '"inv_1"', '"inv_2"', '"inv_blank"', '"inv_free"', '"ok"', '"night"', '""']),
    st.sampled_from([r'"\ud800"', r'"\u0000"', r'"\ud83d\ude00"', '"a\nb"', '"}"', '"{"', '"["', '"}\n{"']),
    numerals.map(lambda text: f'"{text}"'),
)
values = st.one_of(numerals, texts, st.sampled_from(["null", "true", "false", "[]", "{}", '{"a":"b"}', '["a"]', "[1,2]"]))
fitting = {
    name: st.one_of(numerals, st.floats(-1, 40).map(repr), st.just("null")) if isinstance(value, float) else texts | st.just("null")
    for name, value in GOOD.items()
}
names = st.sampled_from([*GOOD, "x", "y", "é", "", 'a"', "event_time "])


@st.composite
def objects(draw):
    """Write a good line with a few members changed, dropped, added or given twice."""
    members = [(json.dumps(name), json.dumps(value)) for name, value in GOOD.items()]
    for name in draw(st.lists(st.sampled_from(sorted(GOOD)), max_size=4)):
        members = [(key, draw(fitting[name]) if key == json.dumps(name) else value) for key, value in members]
    for name in draw(st.lists(st.sampled_from(sorted(GOOD)), max_size=2)):
        members = [member for member in members if member[0] != json.dumps(name)]
    for name in draw(st.lists(names, max_size=2)):
        members.insert(draw(st.integers(0, len(members))), (json.dumps(name, ensure_ascii=draw(st.booleans())), draw(values)))
    gap = draw(st.sampled_from(["", "", "", " ", "\n", "\t"]))
    return ("{" + f",{gap}".join(f"{key}{gap}:{value}" for key, value in members) + "}").encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw):
    payload = bytearray(draw(objects()))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(payload)))
        tokens = [b"", b'"', b":", b",", b"{", b"}", b"[", b"]", b"\\", b"\xff", b"0", b"\n", b"\x00", b"}\n{", b'"}\n{"', b"}{"]
        payload[at : at + draw(st.integers(0, 2))] = draw(st.sampled_from(tokens))
    return bytes(payload)


fragments = st.lists(
    st.sampled_from([b"{", b"}", b"}\n{", b'"', b'"x"', b":", b",", b"1", b"\n", b'"status":"ok"', line()[:-1], line()[1:]]), max_size=6
).map(b"".join)
good = st.just(line())
payloads = st.one_of(good, objects(), objects(), damaged(), fragments, st.binary(max_size=12))


@st.composite
def rows(draw):
    """Make rows of a log that tells the truth, or claims one moment of every line, or something else of each."""
    # Repeated, they are enough lines to be parted around the odd ones.
    found = draw(st.lists(payloads, max_size=8)) * draw(st.sampled_from([1, 1, 4]))
    claims = draw(st.sampled_from(["true", "one", "any"]))
    if claims != "any":
        return log_rows(found, event_time=ARRIVED if claims == "one" else None)
    moments = st.sampled_from([None, 0, 1, ARRIVED, ARRIVED + 1, ARRIVED + 400_000_000])
    kinds = st.sampled_from(["telemetry", "telemetry", "telemetry", "inverter", "delivery"])
    return [log_row(payload, place, kind=draw(kinds), event_time=draw(moments)) for place, payload in enumerate(found)]


@settings(max_examples=400)
@given(rows(), st.sampled_from(REGISTRIES))
@example(log_rows([line()]), REGISTRIES[1])
def test_every_row_read_by_column_is_the_row_of_the_definition(batch, known):
    judge_and_compare(batch, known)


@settings(max_examples=150)
@given(st.lists(objects(), min_size=1, max_size=4))
def test_an_object_reads_the_same_alone_and_among_others(batch):
    rows_together = log_rows(batch)
    together = judge_and_compare(rows_together)
    alone = [index for index, row in enumerate(rows_together) if judge_and_compare([row])]
    assert together == alone
