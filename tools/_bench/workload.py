"""The benchmark's events as files: written once for their parameters, found again by the next run."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import msgspec

from tools._bench.events import Counts, blocks, healthy_lines
from tools._fleet.files import write_registry

_VERSION = 1
_MANIFEST = "workload.json"


@attrs.frozen
class Workload:
    """A folder with the registry's two files and `parts` files of telemetry: each as many lines, each continuing the one before in time."""

    folder: Path
    inverters: int
    parts: tuple[Counts, ...]

    @property
    def registry(self) -> list[Path]:
        """Return the registry's files."""
        return [self.folder / "plants.csv", self.folder / "inverters.csv"]

    def part(self, number: int) -> Path:
        """Return the telemetry file of a part; the first is 0."""
        return self.folder / f"telemetry-{number:03}.jsonl"


@contextmanager
def working_folder(named: Path | None) -> Iterator[Path]:
    """Yield the folder to work in: the one named, made if it is not there, or a temporary one that is removed at the end."""
    if named is not None:
        named.mkdir(parents=True, exist_ok=True)
        yield named
        return
    with tempfile.TemporaryDirectory(prefix="heliolog-bench-") as temporary:
        yield Path(temporary)


def prepare(folder: Path, events: int, inverters: int, parts: int, tell: Callable[[int, int], None]) -> Workload:
    """Return a workload of `parts` times `events` lines, written to a folder of its own under `folder` unless it is there.

    `tell` hears how many lines are written, and of how many.
    """
    place = folder / f"events-{events}-of-{inverters}"
    found = _read_manifest(place)
    if found is None or len(found) < parts:
        found = _write(place, events, inverters, parts, tell)
    return Workload(place, inverters, found)


def _read_manifest(place: Path) -> tuple[Counts, ...] | None:
    path = place / _MANIFEST
    if not path.is_file():
        return None
    found = msgspec.json.decode(path.read_bytes())
    return tuple(Counts(*part) for part in found["parts"]) if found["version"] == _VERSION else None


def _write(place: Path, events: int, inverters: int, parts: int, tell: Callable[[int, int], None]) -> tuple[Counts, ...]:
    healthy = healthy_lines(events * parts, inverters)
    place.mkdir(parents=True, exist_ok=True)
    # Without its manifest a folder is begun anew: an interrupted run leaves none.
    (place / _MANIFEST).unlink(missing_ok=True)
    write_registry(place, inverters)
    empty, written = Workload(place, inverters, ()), list[Counts]()
    for number in range(parts):
        counts = Counts()
        with empty.part(number).open("wb") as file:
            for block in blocks(healthy, events, number):
                file.writelines(line + b"\n" for line in block.lines)
                counts += block.counts
                tell(number * events + counts.lines, parts * events)
        written.append(counts)
    manifest = {"version": _VERSION, "parts": [attrs.astuple(part) for part in written]}
    (place / _MANIFEST).write_bytes(msgspec.json.encode(manifest))
    return tuple(written)
