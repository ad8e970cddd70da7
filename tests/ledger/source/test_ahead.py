"""A second process that reads ahead gives what reading here gives, and never outlives its parent."""

import gzip
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import log
from ledger.append.deliver import deliver
from ledger.database import Database, open_database, reading
from ledger.errors import LedgerError
from ledger.format.batch import telemetry_events
from ledger.format.event import LINE_BYTES_MAX
from ledger.source import ahead
from ledger.source.ahead import Task, pays, read_ahead
from ledger.source.ahead_frames import receive, send_batch, send_error
from ledger.source.ahead_process import main, write_all
from ledger.source.read import Batch, Place, Source, first_line, open_source, read_lines
from ledger.verification.run import verify
from tests.support.logged import payloads_of

ROOT = Path(__file__).resolve().parents[3]
Write = Callable[[str, bytes], str]
ODD = b'\xef\xbb\xbf{"event_time":"2025-04-01T06:00:00Z"}\r\n\n\x00\xff\n  \t\none\none\n' + b"x" * (LINE_BYTES_MAX + 1) + b"\nlast"
APPEND = """
import sys
from ledger.source import ahead, read as source
from ledger.database import open_database
from ledger.append.deliver import deliver
ahead.WORTH_BYTES = 0
ahead.count_cores = lambda: 2
with open_database(sys.argv[1], write=True) as db, source.open_source(sys.argv[2]) as opened:
    for outcome in deliver(db, opened, "telemetry"):
        print(outcome.size, flush=True)
"""


def plainly(path: str, after: Place | None, *, final: bool) -> list[tuple[Batch, object]]:
    with open_source(path) as source:
        return [(batch, telemetry_events(batch.lines)) for batch in read_lines(source, after=after, final=final)]


def without_lines(found: list[tuple[Batch, object]]) -> list[tuple[object, ...]]:
    return [(one.place, one.read, one.blank, one.oversize, one.waiting, one.last, events) for one, events in found]


def in_process(path: str, after: Place | None, *, final: bool) -> list[tuple[Batch, object]]:
    sent = io.BytesIO()
    with open_source(path) as source:
        first_line(source)
        task = Task(source.stream.fileno(), packed=path.endswith(".gz"), final=final, after=after)
        main(msgspec.json.encode(task).decode(), path, sent.write)
    stream, found = io.BufferedReader(io.BytesIO(sent.getvalue())), []  # type: ignore[var-annotated]
    while (one := receive(stream)) is not None:
        found.append(one)
    return found


@pytest.mark.parametrize("final", [False, True])
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_the_process_gives_what_reading_here_gives(write: Write, name: str, *, final: bool) -> None:
    path = write(name, gzip.compress(ODD) if name.endswith(".gz") else ODD)
    expected = plainly(path, None, final=final)
    with open_source(path) as source:
        first_line(source)
        found = list(read_ahead(source, final=final))
    assert without_lines(found) == without_lines(expected)  # type: ignore[arg-type]
    assert without_lines(in_process(path, None, final=final)) == without_lines(expected)
    after = expected[0][0].place
    write(name, gzip.compress(ODD + b"\nmore\n") if name.endswith(".gz") else ODD + b"\nmore\n")
    assert without_lines(in_process(path, after, final=final)) == without_lines(plainly(path, after, final=final))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line), max_size=8), st.booleans())
def test_any_lines_arrive_as_they_are(tmp_path: Path, lines: list[bytes], final: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    path = tmp_path / "any.jsonl"
    path.write_bytes(b"\n".join(lines))
    assert without_lines(in_process(str(path), None, final=final)) == without_lines(plainly(str(path), None, final=final))


def test_a_source_that_fails_fails_here_with_its_one_line_after_what_came_before(write: Write) -> None:
    packed = gzip.compress(b"".join(b"%x\n" % (number * 7919**3) for number in range(200_000)))
    path = write("a\udcff.jsonl.gz", packed[: len(packed) // 2])
    with pytest.raises(LedgerError) as plain:
        plainly(path, None, final=False)
    found: list[tuple[Batch, object]] = []
    with open_source(path) as source, pytest.raises(LedgerError) as told:
        found.extend(read_ahead(source))
    assert str(told.value) == str(plain.value)
    assert found
    assert not any(batch.last for batch, _ in found)
    with pytest.raises(LedgerError, match="damaged or cut off"):
        in_process(path, None, final=False)


def test_a_process_that_ends_by_itself_is_told_in_one_line(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with open_source(write("a.jsonl", b"one\n")) as source, pytest.raises(LedgerError, match=r"a\.jsonl: the process that reads it ended"):
        list(read_ahead(source))


def test_a_frame_cut_off_is_no_batch() -> None:
    sent = io.BytesIO()
    batch = Batch(lines=[], place=Place(), read=1, blank=0, oversize=0)
    send_batch(sent.write, batch, telemetry_events([(1, b"one")]))
    for end in (0, 5, 8, len(sent.getvalue()) - 1):
        assert receive(io.BufferedReader(io.BytesIO(sent.getvalue()[:end]))) is None  # type: ignore[arg-type]
    send_error(sent.write, LedgerError("what was wrong"))
    stream = io.BufferedReader(io.BytesIO(sent.getvalue()))  # type: ignore[arg-type]
    assert receive(stream) == (batch, telemetry_events([(1, b"one")]))
    with pytest.raises(LedgerError, match="what was wrong"):
        receive(stream)


def test_what_nobody_takes_ends_the_process_quietly() -> None:
    taken, given_to = os.pipe()
    write_all(given_to, b"some")
    assert os.read(taken, 9) == b"some"
    os.close(taken)
    with pytest.raises(SystemExit) as end:
        write_all(given_to, b"more")
    os.close(given_to)
    assert end.value.code == 0


def test_a_second_process_is_for_large_files_and_several_cores(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "WORTH_BYTES", 80)
    monkeypatch.setattr(ahead, "count_cores", lambda: 2)
    with open_source(write("a.jsonl", b"x" * 80)) as source, open_source(write("a.gz", b"x" * 10)) as packed:
        assert pays(source, None)
        assert not pays(source, Place(1))
        assert pays(packed, None)
        assert not pays(packed, Place(1))
        monkeypatch.setattr(ahead, "count_cores", lambda: 1)
        assert not pays(source, None)
    assert not pays(Source("-", io.BufferedReader(io.BytesIO()), complete=True, resumable=False), None)  # type: ignore[arg-type]
    monkeypatch.undo()
    assert ahead.count_cores() >= 1


def test_appended_ahead_a_file_is_what_it_is_appended_plainly(
    db: Database, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = write("a.jsonl", ODD)
    monkeypatch.setattr(ahead, "WORTH_BYTES", 0)
    tables = []
    for cores in (1, 2):
        monkeypatch.setattr(ahead, "count_cores", lambda cores=cores: cores)
        with open_database(f"sqlite:///{tmp_path}/{cores}.db", write=True) as opened:
            with open_source(path) as source:
                outcomes = list(deliver(opened, source, "telemetry", final=True, clock=lambda: 1_795_521_600_000_000))
            with reading(opened) as conn:
                assert verify(conn) == []
                tables.append((outcomes, log.head(conn), log.read(conn, -1, 99), log.deliveries(conn, 9)))
    assert tables[0] == tables[1]
    assert [event.kind for event in tables[0][2]] == ["telemetry"] * 5 + ["delivery"]
    assert db.write


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_the_process_dies_with_the_one_that_writes_and_the_next_run_completes_it(url: str, write: Write, sent: signal.Signals) -> None:
    lines = [b'{"event_time":"2025-04-%02dT06:00:%02dZ","number":%d}' % (1 + number % 28, number % 60, number) for number in range(150_000)]
    path = write("a.jsonl", b"\n".join(lines) + b"\n")
    running = subprocess.Popen([sys.executable, "-c", APPEND, url, path], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert running.stdout
    running.stdout.readline()
    (child,) = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    assert b"ledger.source.ahead_process" in Path(f"/proc/{child}/cmdline").read_bytes()
    running.send_signal(sent)
    running.communicate()
    deadline = time.monotonic() + 30
    while _runs(child):
        assert time.monotonic() < deadline, "the second process is still there"
        time.sleep(0.01)
    with open_database(url, write=False) as db, reading(db) as conn:
        assert verify(conn) == []
        assert 0 < log.head(conn).size < len(lines)
    subprocess.run([sys.executable, "-c", APPEND, url, path], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with open_database(url, write=False) as db, reading(db) as conn:
        assert verify(conn) == []
        assert payloads_of(log.read_rows(conn, -1, 999_999)) == lines


def _runs(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
