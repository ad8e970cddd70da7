"""The parts of documents that are made from the code: a name, and the function that returns its Markdown."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger import Head, Log
from ledger.append.deliver import deliver
from ledger.database import open_database
from ledger.format.event import Recorded, leaf_data, oversize_stub
from ledger.format.instant import iso, read_instant
from ledger.source.read import open_source
from projections.calendar.local_days import LocalDays, day_number
from projections.contract.flags import FLAGS, FLAGS_VERSION
from projections.contract.reasons import ISSUES, REASONS, REGISTRY_REASONS
from projections.counter.marks import MARKS
from projections.engine.catalog import all_tables, catalog, owner_of
from projections.table import Table
from projections.tables.inverter_daily_summary.row import FLAGS as DAY_FLAGS
from projections.values.status import STATUSES
from tests.support import invariants
from tests.support.documents.blocks import ROOT
from tools._cli import describe

ODD_DAYS = (
    ("Asia/Kolkata", "2025-04-01"),
    ("Asia/Kathmandu", "2025-04-01"),
    ("America/New_York", "2025-03-09"),
    ("America/New_York", "2025-11-02"),
    ("Australia/Lord_Howe", "2025-04-06"),
    ("Australia/Lord_Howe", "2025-10-05"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Havana", "2025-11-02"),
    ("Africa/Cairo", "2024-04-26"),
    ("America/St_Johns", "2010-11-07"),
    ("Pacific/Apia", "2011-12-30"),
)


def _grid(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    cells = [list(columns), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    cells.insert(1, ["---"] * len(cells[0]))
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def _names(heading: str, meanings: Iterable[tuple[str, str]]) -> str:
    return _grid((heading, "meaning"), ((f"`{name}`", meaning) for name, meaning in meanings))


def _reasons() -> str:
    rows = ((number, f"`{name}`", meaning) for number, (name, meaning) in enumerate(REASONS.items(), 1))
    return _grid(("", "reason", "meaning"), rows)


def _reading_flags() -> str:
    return f"Version {FLAGS_VERSION} of the set:\n\n" + _names("flag", FLAGS.items())


def _statuses() -> str:
    return _grid(("status", "words that mean it"), ((f"`{name}`", ", ".join(words)) for name, words in STATUSES.items()))


def _odd_days() -> str:
    rows = []
    for zone, date in ODD_DAYS:
        days, day = LocalDays(zone), day_number(date)
        hours = days.length_us(day) / 3_600_000_000
        rows.append((zone, date, iso(days.start(day)) if hours else "–", f"{hours:g}" if hours else "0: no row"))
    return _grid(("zone", "local date", "first instant", "hours"), rows)


def _projections() -> str:
    rows = (
        (f"`{one.name}`", f"`{_file_of(one.name)}`", ", ".join(f"`{table.name}`" for table in one.tables), one.version) for one in catalog()
    )
    return _grid(("projection", "file", "tables", "version"), rows)


def _file_of(name: str) -> str:
    place = Path("projections", "tables", name)
    return str(place / "projection.py" if (ROOT / place).is_dir() else place.with_suffix(".py"))


def _tables() -> str:
    return "\n".join(map(_table, all_tables()))


def _table(table: Table) -> str:
    keys = f"Key: {', '.join(table.key)}. Kept by the projection `{owner_of(table.name).name}`."
    rows = (
        (f"`{one.name}`", one.store, one.unit or "–", one.doc, one.null or "never")
        for one in table.columns
    )  # fmt: skip
    return f"#### `{table.name}`\n\n{table.row.__doc__} {keys}\n\n{_grid(('column', 'type', 'unit', 'meaning', 'null when'), rows)}"


def worked_example() -> str:
    """Return the byte formats at work on three files of one line each, appended one after the other, and on a stub."""
    plant = b"plant_id,name,location,timezone\nplant_delhi,Delhi Roof,Delhi,Asia/Kolkata"
    line = b'{"plant_id":"plant_delhi","inverter_id":"inv_1","event_time":"2025-04-01T06:00:00Z","ac_power":12.5,"ac_power_unit":"kW"}'
    renamed = plant.replace(b"Delhi Roof", b"Delhi Rooftop")
    stub = oversize_stub((1 << 20) + 1, sha256(b"x" * ((1 << 20) + 1)).digest())
    files = [("plants.csv", "plant", plant), ("telemetry.jsonl", "telemetry", line), ("renamed.csv", "plant", renamed)]
    head, events = _append_alone(files, read_instant("2025-04-01T06:00:05Z"))
    text = "".join(map(_event_shown, events))
    frontier = head.frontier.to_bytes()
    text += f"frontier of {head.size} leaves\n  {frontier[:32].hex()}  (leaves 0 to 3)\n  {frontier[32:].hex()}  (leaves 4 and 5)\n"
    text += f"root         {head.root.hex()}\n"
    text += f"stub of a line of 1 048 577 letters x\n  {stub[1:].decode()}  (after a zero byte)\n"
    return f"```text\n{text}```\n"


def _append_alone(files: Iterable[tuple[str, str, bytes]], arrived: int) -> tuple[Head, list[Recorded]]:
    """Append files, each a name, a kind and a content, to a log of their own at one time, and return its head and its events."""
    with TemporaryDirectory() as folder, open_database(f"sqlite:///{folder}/example.db", write=True) as database:
        for name, kind, content in files:
            file = Path(folder, name)
            file.write_bytes(content + b"\n")
            with open_source(str(file)) as source:
                list(deliver(database, source, kind, name=name, clock=lambda: arrived))
        log = Log(database)
        return log.head(), list(log)


def _event_shown(event: Recorded) -> str:
    columns = (event.position, event.event_time, event.event_hash, event.kind, event.recorded_at, event.delivery_id, event.line_number)
    return (
        f"position {event.position}   {event.kind}, delivery {event.delivery_id}, line {event.line_number}, "
        f"recorded_at {event.recorded_at}, event_time {event.event_time}\n"
        f"  payload    {event.payload.decode().replace(chr(10), '⏎')}\n"
        f"  event_hash {event.event_hash.hex()}\n"
        f"  leaf data  {leaf_data(*columns).hex()}\n"
        f"  leaf_hash  {event.leaf_hash.hex()}\n"
    )


PARTS: dict[str, Callable[[], str]] = {
    "reasons": _reasons,
    "registry_reasons": lambda: _names("reason", REGISTRY_REASONS.items()),
    "issues": lambda: _names("issue", ISSUES.items()),
    "reading_flags": _reading_flags,
    "day_flags": lambda: _names("flag", DAY_FLAGS.items()),
    "marks": lambda: _names("mark", MARKS.items()),
    "statuses": _statuses,
    "odd_days": _odd_days,
    "projections": _projections,
    "tables": _tables,
    "worked_example": worked_example,
    "commands": describe.commands,
    "settings": describe.settings,
    "exit_codes": describe.exit_codes,
    "json": describe.documents,
    "invariants": invariants.table,
}
