"""The benchmark's events as files: written once for their parameters, then found again."""

from collections.abc import Callable
from pathlib import Path

import attrs
import msgspec

from tools._bench.events import Counts, blocks, healthy_lines
from tools._fleet.files import write_registry

_VERSION = 1
_MANIFEST = "workload.json"


@attrs.frozen
class Workload:
    """Files of telemetry lines, equally long and one after the other in time, with what each holds, and the registry's."""

    folder: Path
    inverters: int
    parts: tuple[Counts, ...]

    @property
    def registry(self) -> list[Path]:
        """Return the registry's files."""
        return [self.folder / "plants.csv", self.folder / "inverters.csv"]

    def part(self, number: int) -> Path:
        """Return the file of a part."""
        return self.folder / f"telemetry-{number:03}.jsonl"


def prepare(folder: Path, events: int, inverters: int, parts: int, tell: Callable[[int, int], None]) -> Workload:
    """Return `parts` files of as many events each in a folder of their own under `folder`, written where they are not there yet.

    `tell` hears how many lines of all are written.
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
