from hypothesis import given
from hypothesis import strategies as st

from ledger.format.batch import Events, event_hashes, leaf_hashes, telemetry_events
from ledger.format.event import KINDS, event_hash, leaf_hash
from ledger.format.grammar import event_time_of

INTEGER = st.integers(-(1 << 63), (1 << 63) - 1)
payloads = st.lists(
    st.one_of(st.binary(max_size=400), st.sampled_from([b"", b'{"event_time":"2025-04-01T06:00:00Z"}', b"x" * 70_000])), max_size=6
)


@given(st.sampled_from(KINDS), payloads)
def test_keys_of_many_are_those_of_each(kind: str, found: list[bytes]) -> None:
    assert event_hashes(kind, found) == [event_hash(kind, payload) for payload in found]


@given(st.sampled_from(KINDS), st.lists(st.tuples(INTEGER, st.binary(min_size=32, max_size=32), INTEGER), max_size=5), INTEGER, INTEGER)
def test_leaves_of_many_are_those_of_each(kind: str, found: list[tuple[int, bytes, int]], recorded_at: int, delivery_id: int) -> None:
    times, keys, numbers = ([one[place] for one in found] for place in range(3))
    events = Events(kind, times, keys, [b""] * len(found), numbers)
    one_by_one = [
        leaf_hash(position, time, key, kind, recorded_at, delivery_id, number) for position, (time, key, number) in enumerate(found, 77)
    ]
    assert leaf_hashes(events, 77, recorded_at, delivery_id) == one_by_one


@given(payloads)
def test_telemetry_of_many_lines_is_that_of_each_without_repeats(found: list[bytes]) -> None:
    events = telemetry_events(list(enumerate(found, 5)))
    once = list(dict.fromkeys(found))
    assert (events.kind, events.payloads, events.repeats) == ("telemetry", once, len(found) - len(once))
    assert events.line_numbers == [found.index(payload) + 5 for payload in once]
    assert events.event_times == [event_time_of(payload) for payload in once]
    assert events.event_hashes == [event_hash("telemetry", payload) for payload in once]


def test_what_is_chosen_stays_together_and_in_order() -> None:
    events = telemetry_events([(1, b"a"), (3, b"b"), (7, b'{"event_time":"2025-04-01T06:00:00Z"}')])
    chosen = events.chosen([True, False, True])
    assert chosen == telemetry_events([(1, b"a"), (7, b'{"event_time":"2025-04-01T06:00:00Z"}')])
    assert len(chosen) == 2
