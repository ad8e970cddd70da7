"""The example of projections/README.md works as it stands there: in a copy of the tree, and on a database that exists."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.added import Add
from tests.support.book import Book
from tests.support.replay import replay
from tests.support.streams import HOUR, START, curve, telemetry

ROOT = Path(__file__).resolve().parents[2]
_FILE = re.compile(r"<!-- file: (\S+) -->\n```python\n(.*?)```\n", re.DOTALL)
_RUN = re.compile(r"<!-- run -->\n```sh\n(.*?)```\n", re.DOTALL)
REGISTERED = [
    ("plant", b"plant_id,name,location,timezone\np,P,L,Europe/Madrid"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\na,p,V,M,10,"),
    ("inverter", b"inverter_id,plant_id,vendor,model,capacity_kw,commissioned_at\nb,p,V,M,10,"),
]


def readme() -> str:
    return (ROOT / "projections" / "README.md").read_text(encoding="utf-8")


def example() -> str:
    """Return the projection's text."""
    files = dict(_FILE.findall(readme()))
    return files["projections/tables/inverter_monthly_summary.py"]


def test_its_files_and_commands_work_in_a_copy_of_the_tree(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", ".*cache")
    for name in ("ledger", "projections", "tests", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in _FILE.findall(readme()):
        assert not (ROOT / name).exists()
        (tmp_path / name).write_text(text, encoding="utf-8")
    (commands,) = _RUN.findall(readme())
    for command in commands.splitlines():
        ran = command.replace(".venv/test/bin/python", sys.executable).removeprefix("PYTHONPATH=. ").split()
        subprocess.run([*ran, *(["-p", "no:cacheprovider"] if "pytest" in ran else [])], cwd=tmp_path, check=True, env={"PYTHONPATH": "."})
    checked = [name for name, _ in _FILE.findall(readme())]
    for check in (["check"], ["format", "--check"]):
        subprocess.run([sys.executable, "-P", "-m", "ruff", *check, "--no-cache", *checked], cwd=tmp_path, check=True)


def test_it_is_derived_whole_on_a_database_that_exists_and_kept_up_to_date(book: Book, add_projection: Add) -> None:
    book.append([*REGISTERED, *curve("a", 40), *curve("b", 3)])
    book.project()
    days = book.rows("inverter_daily_summary")
    add_projection("inverter_monthly_summary", example())
    book.project()
    expected: dict[tuple[str, str], float] = {}
    for day in days:
        key = (day.inverter_id, day.local_date[:7])
        expected[key] = expected.get(key, 0.0) + (day.energy_wh or 0.0)
    assert {(row.inverter_id, row.month): row.energy_wh for row in book.rows("inverter_monthly_summary")} == expected
    assert len(expected) == 5

    late = [telemetry("a", START + day * 24 * HOUR + 12 * HOUR + 1, None, 2_000.0) for day in (1, 3, 30)]
    moved = ("plant", b"plant_id,name,location,timezone\np,P,L,Asia/Tokyo")
    for lines in (late, [moved], [*curve("b", 5), *late[:1]]):
        book.append(lines)
        book.project(batch=7)
        assert book.tables() == replay(book.events())
    incremental = book.tables()
    book.rebuild("inverter_monthly_summary")
    assert book.tables() == incremental
    assert book.verify().differences == []
