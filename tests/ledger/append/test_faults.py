"""What the log promises when the machine, or another program, gets in its way."""

import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from ledger import log
from ledger.append.deliver import deliver
from ledger.database import Database, open_database, reading, writing
from ledger.format.event import Recorded
from ledger.source.read import open_source
from ledger.store.schema import log_head
from ledger.verification.run import verify
from tests.support.logged import lines_of
from tests.support.servers import BACKENDS

ROOT = Path(__file__).resolve().parents[3]
LINES = [b'{"event_time":"2025-04-%02dT06:00:%02dZ","number":%d}\n' % (1 + number % 28, number % 60, number) for number in range(60_000)]
APPEND = """
import sys
from ledger.source import read as source
from ledger.database import open_database
from ledger.append.deliver import deliver
source.CHUNK_BYTES = 4096
source.read_lines.__kwdefaults__["lines_max"] = 50
with open_database(sys.argv[1], write=True) as db:
    for path in sys.argv[2:]:
        with source.open_source(path) as opened:
            for outcome in deliver(db, opened, "telemetry"):
                print(outcome.size, flush=True)
"""


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def start(url: str, *paths: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", APPEND, url, *paths], cwd=ROOT, stdout=subprocess.PIPE)


def content(url: str) -> list[Recorded]:
    with open_database(url, write=False) as db, reading(db) as conn:
        assert verify(conn) == []
        return log.read(conn, -1, 1_000_000)


@pytest.mark.invariant("I2", "I7")
def test_killed_while_appending_and_run_again_the_log_is_that_of_one_run(url: str, write: Callable[[str, bytes], str]) -> None:
    few = LINES[:12_000]
    path = write("a.jsonl", b"".join(few))
    for sizes in (1, 20, 45):
        running = start(url, path)
        assert running.stdout
        seen = [int(running.stdout.readline()) for _ in range(sizes)]
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stdout.close()
        assert len(content(url)) >= seen[-1]
    again = start(url, path)
    again.communicate()
    assert again.returncode == 0
    found = lines_of(content(url))
    assert [event.payload for event in found] == [line[:-1] for line in few]
    assert [event.line_number for event in found] == list(range(1, len(few) + 1))


@pytest.mark.invariant("I3")
def test_two_that_append_at_once_into_a_new_log_leave_each_line_once(url: str, write: Callable[[str, bytes], str]) -> None:
    lines = LINES[:6000]
    paths = [write("a.jsonl", b"".join(lines[:4000])), write("b.jsonl", b"".join(reversed(lines[2000:])))]
    both = [start(url, path) for path in paths]
    for running in both:
        running.communicate()
    assert [running.returncode for running in both] == [0, 0]
    found = content(url)
    assert sorted(event.payload for event in lines_of(found)) == sorted(line[:-1] for line in lines)
    assert [event.position for event in found] == list(range(len(found)))


def test_a_lock_held_by_another_is_waited_for(db: Database, url: str, write: Callable[[str, bytes], str]) -> None:
    path = write("a.jsonl", b"one\n")
    with writing(db) as other:
        other.execute(select(log_head).with_for_update())
        running = start(url, path)
        time.sleep(0.5)
        assert running.poll() is None
    running.communicate()
    assert running.returncode == 0
    assert [event.kind for event in content(url)] == ["telemetry", "delivery"]


def test_appending_takes_no_more_memory_for_a_longer_file(
    db: Database, tmp_path: Path, clock: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.source.read.CHUNK_BYTES", 1 << 14)
    monkeypatch.setattr(
        "ledger.source.read.read_lines.__kwdefaults__", {"after": None, "final": False, "lines_max": 1000, "bytes_max": 1 << 20}
    )
    peaks = []
    for number, count in enumerate((3_000, 30_000)):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(b"".join(line[:-2] + b',"file":%d}\n' % number for line in LINES[:count]))
        tracemalloc.start()
        with open_source(str(path)) as source:
            for _ in deliver(db, source, "telemetry", clock=clock):
                pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0]
