from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import log
from ledger.append.deliver import deliver
from ledger.database import Database, open_database, reading
from ledger.format.event import event_hash
from ledger.source.read import open_source
from ledger.verification.run import verify
from tests.ledger.conftest import NewUrl
from tests.support.servers import BACKENDS

HEADER = b"plant_id,name,location,timezone\n"
INVERTERS = b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\n"
A, B, C = b"p1,A,x,UTC\n", b"p1,B,x,UTC\n", b"p1,C,x,UTC\n"
Load = Callable[..., log.AppendResult]


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def load(db: Database, write: Callable[[str, bytes], str], clock: Callable[[], int]) -> Iterator[Load]:
    def append(*rows: bytes, header: bytes = HEADER, kind: str = "plant") -> log.AppendResult:
        with open_source(write("registry.csv", header + b"".join(rows))) as source:
            (outcome,) = deliver(db, source, kind, clock=clock)
        return outcome

    yield append
    with reading(db) as conn:
        assert verify(conn) == []


def stated(db: Database) -> list[bytes]:
    with reading(db) as conn:
        return [event.payload.split(b"\n", 1)[1] + b"\n" for event in log.statements(conn, log.head(conn).size)]


@pytest.mark.invariant("I4")
def test_a_b_a_are_three_statements_and_each_names_the_one_it_replaces(db: Database, load: Load) -> None:
    for row in (A, B, A, B):
        assert load(row).appended == 1
    assert stated(db) == [A, B, A, B]
    with reading(db) as conn:
        keys = [event.event_hash for event in log.statements(conn, 8)]
        assert len(log.statements(conn, 3)) == 2
    payload = HEADER + A[:-1]
    assert keys[0] == event_hash("plant", payload)
    assert keys[2] == event_hash("plant", payload, keys[1])


@pytest.mark.invariant("I4")
def test_the_same_file_again_records_nothing_not_even_a_delivery(db: Database, load: Load) -> None:
    first = load(A, b"\n", b"p2,x,y,UTC\n")
    again = load(A, b"\n", b"p2,x,y,UTC\n")
    assert (first.lines, first.appended, first.blank, first.complete) == (3, 2, 1, True)
    assert (again.delivery_id, again.lines, again.appended, again.duplicates, again.blank, again.size) == (None, 3, 0, 2, 1, 3)
    with reading(db) as conn:
        assert [delivery.kind for delivery in log.deliveries(conn, 9)] == ["plant"]


def test_a_file_that_names_an_id_several_times_is_settled_by_its_last_row(db: Database, load: Load) -> None:
    load(A, B, A, B)
    assert load(A, B, A, B).appended == 0
    assert load(C, B).appended == 0
    assert load(B, B, C, C).appended == 1
    assert load(C, A, C, A).appended == 3
    assert stated(db) == [A, B, A, B, C, A, C, A]


def test_plants_and_inverters_of_one_name_do_not_replace_each_other(db: Database, load: Load) -> None:
    load(A)
    load(b"p1,p1,v,m,5,2024-01-01T00:00:00Z\n", header=INVERTERS, kind="inverter")
    assert load(A).appended == 0
    assert len(stated(db)) == 2


def test_rows_without_a_usable_id_are_known_by_their_bytes(db: Database, load: Load) -> None:
    rows = (b",no id,x,UTC\n", b"p1,too,many,fields,here\n", b"p9,\xff,x,UTC\n", b",no id,x,UTC\n")
    assert load(*rows).appended == 3
    assert load(*rows, b",other,x,UTC\n").appended == 1
    assert len(stated(db)) == 4


def test_the_same_values_under_another_header_are_a_new_statement(db: Database, load: Load) -> None:
    load(A)
    assert load(b"p1,A,x,UTC,\n", header=b"plant_id,name,location,timezone,note\n").appended == 1
    assert len(stated(db)) == 2


def test_a_warning_and_positions_come_with_the_outcome(load: Load) -> None:
    outcome = load(A, b"p2,x,y,UTC\n")
    assert (outcome.first_position, outcome.last_position, outcome.clock_warning, outcome.delivery_id) == (0, 1, None, 1)


rows = st.lists(st.sampled_from([A, B, b"p2,A,x,UTC\n", b"p2,B,x,UTC\n", b",,x,UTC\n"]), max_size=6)


@pytest.mark.invariant("I4")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, min_size=1, max_size=4))
def test_the_last_row_of_the_last_file_is_in_force_and_loading_it_again_changes_nothing(
    new_url: NewUrl, write: Callable[[str, bytes], str], clock: Callable[[], int], files: list[list[bytes]]
) -> None:
    with new_url() as url, open_database(url, write=True) as db:
        for content in [*files, files[-1]]:
            before = stated(db)
            with open_source(write("registry.csv", HEADER + b"".join(content))) as source:
                list(deliver(db, source, "plant", clock=clock))
            for name in (b"p1", b"p2"):
                named = [row for row in content if row.startswith(name)]
                found = [row for row in stated(db) if row.startswith(name)]
                assert not named or found[-1] == named[-1]
        assert stated(db) == before
        with reading(db) as conn:
            assert verify(conn) == []
