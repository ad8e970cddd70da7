"""What a verify that was killed leaves in the temporary directory is removed by the next, and nothing else is."""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from projections.engine.scratch import scratch_folder
from tests.support.cli import ROOT, environ

PROGRAM = """
import time
from projections.engine.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "scratch.db").write_text("half")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(place: Path) -> list[str]:
    return sorted(entry.name for entry in place.iterdir())


def test_a_folder_is_gone_at_the_end(place: Path) -> None:
    with scratch_folder() as folder:
        (folder / "scratch.db").write_text("x")
        assert left(place) == [folder.name]
    assert left(place) == []


def test_a_folder_is_gone_after_an_error(place: Path) -> None:
    with pytest.raises(KeyboardInterrupt), scratch_folder():
        raise KeyboardInterrupt
    assert left(place) == []


def test_the_folder_of_a_run_that_was_killed_is_removed_and_that_of_one_that_lives_is_not(place: Path) -> None:
    command = [sys.executable, "-P", "-c", PROGRAM]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environ(TMPDIR=str(place))) for _ in range(2)]
    try:
        folders = [Path(run.stdout.readline().strip()).name for run in runs if run.stdout]
        runs[0].send_signal(signal.SIGKILL)
        runs[0].wait()
        with scratch_folder() as folder:
            assert left(place) == sorted([folders[1], folder.name])
    finally:
        for run in runs:
            run.kill()
            run.communicate()
    with scratch_folder():
        pass
    assert left(place) == []


def test_what_is_not_ours_is_left_alone(place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "lock").touch()
    (place / "heliolog-verify-link").symlink_to(elsewhere)
    (place / "heliolog-verify-without-lock").mkdir()
    (place / "heliolog-verify-a-file").touch()
    other = place / "heliolog-verify-other"
    other.mkdir()
    (other / "lock").touch()
    names = left(place)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 12345)
        with scratch_folder():
            pass
    assert left(place) == names
    with (other / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with scratch_folder():
            pass
        assert left(place) == names
    with scratch_folder():
        pass
    assert left(place) == [name for name in names if name != other.name]
    assert (elsewhere / "lock").exists()


def test_a_folder_that_a_run_only_began_is_removed_when_it_is_old(
    place: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (place / "heliolog-begun-link").symlink_to(elsewhere)
    (place / "heliolog-begun-a-file").touch()
    for name in ("old", "new", "unlocked"):
        (place / f"heliolog-begun-{name}").mkdir()
    (place / "heliolog-begun-unlocked" / "lock").touch()
    for name in ("a-file", "old", "unlocked"):
        os.utime(place / f"heliolog-begun-{name}", (0, 0))
    os.utime(elsewhere, (0, 0))
    names = left(place)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 12345)
        with scratch_folder():
            pass
    assert left(place) == names
    with scratch_folder():
        pass
    assert left(place) == ["heliolog-begun-a-file", "heliolog-begun-link", "heliolog-begun-new"]
    assert elsewhere.exists()
