"""Search at random: run the property tests round after round, each with another seed, and print what fails as an example to paste."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import click

_RAN, _SOME_FAILED, _NOTHING_TO_RUN = 0, 1, 5
_ENDS_WITHIN_S = 20


@attrs.define
class _Search:
    """What was tried and found so far; `ends_at` is an instant of `time.monotonic`."""

    paths: Sequence[str]
    ends_at: float
    rounds: int = 0
    tests_run: int = 0
    finds: dict[tuple[str, str], dict[str, Any]] = attrs.field(factory=dict)

    def seconds_left(self) -> float:
        return self.ends_at - time.monotonic()

    def note(self, seed: int, lines: Sequence[str]) -> None:
        """Count what a round ran, and print what it found for the first time."""
        for line in lines:
            ran = json.loads(line)
            self.tests_run += 1
            if ran["error"] is not None and (ran["test"], ran["error"]) not in self.finds:
                self.finds[ran["test"], ran["error"]] = ran
                click.echo(_shown(ran, seed))


def run(paths: Sequence[str], *, seconds: int, seed: int) -> int:
    """Explore the property tests under `paths` (none: all) and return the exit code: 1 if a test failed, or none was run."""
    began = time.monotonic()
    search = _Search(paths, began + seconds)
    click.echo(f"exploring for {seconds} s from seed {seed} (Ctrl-C ends it sooner)", err=True)
    trouble = None
    try:
        while search.seconds_left() > 0 and trouble is None:
            trouble = _run_round(search, (seed + search.rounds) % 2**32)
            search.rounds += 1
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
    if trouble is not None:
        click.echo(trouble, err=True)
        return 1
    counts = f"rounds={search.rounds} tests_run={search.tests_run} finds={len(search.finds)}"
    click.echo(f"explored for {time.monotonic() - began:.0f} s: {counts}")
    if not search.tests_run:
        click.echo("no test came to its end: allow more --seconds", err=True)
    return 1 if search.finds or not search.tests_run else 0


def _shown(ran: dict[str, Any], seed: int) -> str:
    examples = "\n".join(ran["examples"]) or "(nothing to paste: it fails on an explicit example, or before it draws one)"
    return f"\n{ran['test']}\n  {ran['error']}\n  again: tools/test --explore --seed {seed} '{ran['test']}'\n{examples}\n"


def _run_round(search: _Search, seed: int) -> str | None:
    """Run each test once, as far as the time reaches; return what kept the tests from running, if something did."""
    with TemporaryDirectory(prefix="heliolog-explore-") as folder:
        finds, output = Path(folder, "finds"), Path(folder, "output")
        finds.touch()
        with output.open("wb") as told:
            command = _command(search.paths, seed, finds)
            process = subprocess.Popen(  # noqa: S603 - our own words
                command, env={**os.environ, "PYTHONHASHSEED": str(seed)}, stdout=told, stderr=subprocess.STDOUT, start_new_session=True
            )
        read = 0
        try:
            while process.poll() is None and search.seconds_left() > 0:
                time.sleep(0.2)
                read = _note_new(search, seed, finds, read)
        finally:
            ended_itself = process.poll() is not None
            _end(process)
            _note_new(search, seed, finds, read)
        if ended_itself and process.returncode == _NOTHING_TO_RUN:
            return f"there is no property test in {' '.join(search.paths)}"
        if ended_itself and process.returncode not in {_RAN, _SOME_FAILED}:
            return f"{output.read_text(encoding='utf-8', errors='replace')}\npytest ended with {process.returncode}: what it said is above"
    return None


def _note_new(search: _Search, seed: int, finds: Path, read: int) -> int:
    """Note the lines written since `read`, those that are whole, and return up to where they reach."""
    with finds.open("rb") as file:
        file.seek(read)
        whole = file.read().rpartition(b"\n")[0]
    search.note(seed, whole.decode().splitlines())
    return read + len(whole) + (1 if whole else 0)


def _command(paths: Sequence[str], seed: int, finds: Path) -> list[str]:
    examples = ["--hypothesis-profile=explore", f"--hypothesis-seed={seed}", "-p", "tools._test.finds", f"--finds={finds}"]
    return [sys.executable, "-P", "-m", "pytest", "-n", "auto", "-q", "-p", "no:cacheprovider", "-m", "hypothesis", *examples, *paths]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the tests and their workers, as Ctrl-C would: fixtures take down what they set up."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
