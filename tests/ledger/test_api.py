"""The supported names, and what a program does with them: from lines to a proof."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ledger
from tests.ledger.conftest import NewUrl
from tests.support.logged import lines_of
from tests.support.servers import BACKENDS

ROOT = Path(__file__).resolve().parents[2]
LINES = [b'{"event_time":"2025-04-01T06:%02d:00Z","n":%d}' % (number, number) for number in range(7)]
SUPPORTED = {
    "AppendResult",
    "Delivery",
    "Finding",
    "GrowthProof",
    "Head",
    "InclusionProof",
    "LedgerError",
    "Log",
    "Recorded",
    "Status",
    "UsageError",
    "Verification",
    "VerificationError",
    "find_sources",
    "initialise",
    "open",
    "rights_to_revoke",
    "status",
    "upgrade",
}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def log(new_url: NewUrl) -> Iterator[ledger.Log]:
    with new_url() as url, ledger.open(url, write=True) as opened:
        yield opened


def append(log: ledger.Log, *lines: bytes) -> ledger.AppendResult:
    (result,) = log.append_lines("gateway", lines)
    return result


def test_a_closed_log_is_no_longer_read_or_written(new_url: NewUrl) -> None:
    with new_url() as url:
        log = ledger.open(url, write=True)
        append(log, *LINES)
        log.close()
        log.close()
        for act in (log.head, log.verify, lambda: append(log, *LINES)):
            with pytest.raises(ledger.UsageError, match="was closed: open it again"):
                act()


def test_paths_may_be_one_or_several_of_either_kind(log: ledger.Log, tmp_path: Path) -> None:
    file = tmp_path / "plants.csv"
    file.write_text("plant_id,name,location,timezone\np,P,L,UTC\n")
    counts = [[result.appended for result in log.append(paths)] for paths in (file, str(file), [file], [str(file)])]
    assert counts == [[1], [0], [0], [0]]


def test_a_kind_that_is_none_is_refused_with_those_there_are(log: ledger.Log) -> None:
    with pytest.raises(ledger.UsageError, match="no kind of line is called 'plants'; there are: plant, inverter, telemetry"):
        list(log.append("plants.csv", kind="plants"))


def test_exactly_these_names_are_supported_each_with_words_that_say_what_it_is() -> None:
    assert set(ledger.__all__) == SUPPORTED
    assert [name for name in ledger.__all__ if not getattr(ledger, name).__doc__] == []
    methods = [name for name in vars(ledger.Log) if not name.startswith("_") and name != "database"]
    assert [name for name in methods if not getattr(ledger.Log, name).__doc__] == []


def test_another_name_is_no_part_of_the_package() -> None:
    with pytest.raises(AttributeError, match="module 'ledger' has no attribute 'append_prepared'"):
        ledger.append_prepared  # type: ignore[attr-defined]  # noqa: B018 - asked for


def test_importing_the_package_loads_nothing_of_a_database() -> None:
    script = "import sys, ledger; print(sorted({'sqlalchemy', 'psycopg', 'alembic', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT)
    assert done.stdout == b"[]\n"


def test_opening_a_file_loads_neither_a_servers_driver_nor_the_migrations(tmp_path: Path) -> None:
    script = """import sys, ledger
with ledger.open(sys.argv[1], write=True) as log: log.status()
print(sorted({'psycopg', 'alembic', 'numpy'} & set(sys.modules)))"""
    done = subprocess.run([sys.executable, "-c", script, f"sqlite:///{tmp_path}/a.db"], capture_output=True, check=True, cwd=ROOT)
    assert done.stdout == b"[]\n"


def test_lines_go_in_once_and_come_out_in_order(log: ledger.Log) -> None:
    first = append(log, *LINES[:5])
    second = append(log, *LINES[3:], b"broken")
    assert (first.source, first.lines, first.appended, first.size, first.complete) == ("gateway", 5, 5, 6, True)
    assert (second.appended, second.duplicates, second.first_position, second.last_position) == (3, 2, 6, 8)
    assert [event.payload for event in lines_of(log)] == [*LINES, b"broken"]
    assert log.read(5, 2) == [log.event(6), log.event(7)]
    assert [one.lines for one in log.deliveries()] == [5, 5]
    assert log.deliveries(1)[0].last_position == 8


def test_lines_are_taken_from_a_generator_in_bounded_pieces(log: ledger.Log) -> None:
    results = list(log.append_lines("gateway", (b"%06d" % number for number in range(50_000))))
    assert len(results) > 1
    assert sum(result.appended for result in results) == log.head().size - len(results) == 50_000
    assert [event.payload for event in lines_of(log)] == [b"%06d" % number for number in range(50_000)]
    assert [event.position for event in log] == list(range(50_000 + len(results)))


def test_a_source_whose_name_is_not_utf_8_is_recorded_readable_and_found_again(log: ledger.Log) -> None:
    for _ in range(2):
        (result,) = log.append_lines("gate\udcff\0way", LINES)
        assert result.source == "gate\\xff\\x00way"
    assert log.deliveries(1)[0].source == "gate\\xff\\x00way"


def test_files_and_folders_go_in_by_their_kind(log: ledger.Log, tmp_path: Path) -> None:
    (tmp_path / "plants.csv").write_bytes(b"plant_id,name,location,timezone\np,P,L,UTC\n")
    (tmp_path / "a.jsonl").write_bytes(LINES[0] + b"\n" + LINES[1])
    results = list(log.append([str(tmp_path)]))
    assert [(Path(one.source).name, one.appended, one.waiting) for one in results] == [("plants.csv", 1, False), ("a.jsonl", 1, True)]
    assert [event.kind for event in log] == ["plant", "delivery", "telemetry", "delivery"]
    (rest,) = log.append([str(tmp_path / "a.jsonl")], final=True)
    assert rest.appended == 1
    (named,) = log.append([str(tmp_path / "a.jsonl")], source="gateway", kind="telemetry")
    assert (named.source, named.duplicates) == ("gateway", 1)
    with pytest.raises(ledger.UsageError, match="one source name"):
        list(log.append([str(tmp_path)], source="gateway"))
    (tmp_path / "notes.csv").write_bytes(b"some notes\n")
    with pytest.raises(ledger.LedgerError, match="neither telemetry nor a registry file"):
        list(log.append([str(tmp_path / "notes.csv")]))


def test_an_empty_file_of_no_known_name_is_taken_for_telemetry_that_is_still_to_come(log: ledger.Log, tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(b"")
    (result,) = log.append([str(tmp_path / "new")])
    assert (result.lines, result.delivery_id, result.complete) == (0, None, True)


def test_an_open_log_knows_what_keeps_it(log: ledger.Log, backend: str) -> None:
    found = log.database
    expected = ("sqlite", False) if backend == "sqlite" else ("postgresql", True)
    assert (found.backend.name, found.on_server) == expected


def test_a_key_is_found_by_its_first_digits(log: ledger.Log) -> None:
    append(log, *LINES)
    event = log.event(4)
    assert log.find(event.event_hash.hex()[:12]) == [event]
    with pytest.raises(ledger.UsageError, match="not a key"):
        log.find("xyz")


@pytest.mark.parametrize("page", [1, 3, 10_000])
def test_every_event_is_proven_to_be_in_the_log_and_every_size_to_have_grown_into_it(
    log: ledger.Log, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr("ledger.api._PAGE", page)
    old = []
    for line in LINES:
        old.append(log.head())
        append(log, line)
    head = log.head()
    for position in range(head.size):
        proof = log.prove(position)
        assert (proof.leaf_hash, proof.size, proof.root) == (log.event(position).leaf_hash, head.size, head.root)
        assert proof.holds()
    for before in [*old, head]:
        grown = log.prove_growth(before.size)
        assert (grown.old_root, grown.root) == (before.root, head.root)
        assert grown.holds()


@pytest.mark.parametrize("position", [-1, 8])
def test_what_is_not_in_the_log_is_neither_found_nor_proven(log: ledger.Log, position: int) -> None:
    append(log, *LINES)
    with pytest.raises(ledger.UsageError, match=f"no event at position {position} in "):
        log.event(position)
    with pytest.raises(ledger.UsageError, match=f"no event at position {position} in .*, which has 8"):
        log.prove(position)
    with pytest.raises(ledger.UsageError, match="is the beginning of"):
        log.prove_growth(position if position < 0 else 9)


def test_a_whole_log_verifies_and_says_what_it_is(log: ledger.Log) -> None:
    append(log, *LINES)
    told: list[tuple[int, int]] = []
    assert log.verify(lambda done, total: told.append((done, total))) == ledger.Verification(log.head(), [])
    assert told == [(8, 8)]
    found = log.status()
    assert (found.events, found.version) == (8, found.version_needed)


def test_a_closed_log_can_be_closed_again_and_what_is_read_only_is_not_written(new_url: NewUrl) -> None:
    with new_url() as url:
        written = ledger.open(url, write=True)
        append(written, *LINES)
        written.close()
        written.close()
        with ledger.open(url) as log, pytest.raises(ledger.UsageError, match="opened to read only"):
            append(log, b"more")


def test_what_was_altered_is_found(tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415

    file = tmp_path / "a.db"
    with ledger.open(f"sqlite:///{file}", write=True) as log:
        append(log, *LINES)
        with sqlite3.connect(file) as other:
            other.execute("DROP TRIGGER event_log_refuses_update")
            other.execute("UPDATE event_log SET payload = x'00' WHERE position = 3")
        found = log.verify().findings
        assert [finding.position for finding in found] == [None, 3, 3]
        assert found[0].what == "trigger event_log_refuses_update of event_log is missing"


def test_the_example_of_the_readme_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "plants.csv").write_bytes(b"plant_id,name,location,timezone\np,P,L,UTC\n")
    (tmp_path / "telemetry.jsonl").write_bytes(b"".join(line + b"\n" for line in LINES[:3]))
    monkeypatch.chdir(tmp_path)
    example = (ROOT / "ledger" / "README.md").read_text().split("```python\n", 1)[1].split("```", 1)[0]
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 - our own
    assert capsys.readouterr().out.splitlines() == ["1 new events, 0 known ones", "3 new events, 0 known ones", "True", "True"]
