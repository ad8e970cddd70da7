"""The documents say what the code does: their generated blocks are current, their commands can be typed, and what they name is there."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from ledger.database import open_database, reading
from ledger.errors import UsageError
from projections.engine.prepare import prepare
from projections.sql.transactions import connected, transaction
from tests.support.cli import environ
from tests.support.documents import scenarios, server_scenarios
from tests.support.documents.blocks import CODE, ROOT, TRANSCRIPT, blocks_of, documents, openings_of, refreshed
from tests.support.documents.parts import PARTS
from tests.support.servers import NoServerError
from tools._cli.describe import all_commands
from tools._fleet.files import write_fleet

AT_MOST = {"README.md": 90, "DESIGN.md": 250, "RUNBOOK.md": 300, "CONTRIBUTING.md": 120}
STALE = "tools/document writes it anew"
_HEADING = re.compile(r"^#{3,4} `(\w+)`$(.*?)(?=^#{1,4} |\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"\btools/(\w+)((?: [^\n;|&)#`]*)?)")
_NAMED_FILE = re.compile(r"`((?:ledger|projections|tools|tests)/[\w/.]*\w/?)`")
_FOLDER_HEADING = re.compile(r"#+ ([\w/]+)/")
_ENTRY = re.compile(r"\s*(?:\| |[*-] |\d+\. )\W*?(`[^|:]*)")
_OWN_FILE = re.compile(r"`([\w/]+\.py)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")

DOCUMENTS = [str(path.relative_to(ROOT)) for path in documents()]
TRANSCRIPTS = sorted(scenarios.SCENARIOS)


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def blocks(kind: str) -> list[tuple[str, str, str]]:
    """Return document, name and content of every block of a kind, in all documents."""
    return [(document, name, content) for document in DOCUMENTS for found, name, content in blocks_of(text_of(document)) if found == kind]


# What is generated


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_block_that_begins_ends_and_has_a_known_name(document: str) -> None:
    known = {CODE: PARTS, TRANSCRIPT: {**scenarios.SCENARIOS, **server_scenarios.ACTS}}
    found = list(blocks_of(text_of(document)))
    assert len(found) == openings_of(text_of(document))
    assert [(kind, name) for kind, name, _ in found if name not in known[kind]] == []


@pytest.mark.parametrize("part", PARTS)
def test_what_is_made_from_the_code_is_in_a_document_and_current(part: str) -> None:
    shown = [(document, content) for document, name, content in blocks(CODE) if name == part]
    assert shown, f"no document shows {part}"
    made = PARTS[part]()
    assert [document for document, content in shown if content != made] == [], STALE


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with what every stage begins with."""
    folder = tmp_path_factory.mktemp("stage")
    scenarios.build(folder)
    return folder


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_transcript_is_what_its_commands_print(name: str, base: Path, tmp_path: Path) -> None:
    shown = [(document, content) for document, other, content in blocks(TRANSCRIPT) if other == name]
    assert shown, f"no document shows {name}"
    for _, content in shown:
        assert content == scenarios.play(name, base, tmp_path / "stage"), STALE


def test_transcripts_of_a_server_are_what_their_commands_print(base: Path, tmp_path: Path) -> None:
    shown = {name: content for _, name, content in blocks(TRANSCRIPT) if name in server_scenarios.ACTS}
    try:
        played = server_scenarios.play_all(base, tmp_path)
    except NoServerError as error:
        pytest.skip(f"PostgreSQL 15 absent: {error}")
    assert shown == played, STALE


def test_a_stale_block_is_written_anew_and_the_rest_is_left_alone() -> None:
    text = "a\n<!-- made from the code: reasons -->\nold\n<!-- end -->\nb\n<!-- transcript: run -->\n<!-- end -->\n"
    fresh = refreshed(text, lambda kind, name, content: f"{kind}, {name}, {content!r}\n")
    assert fresh == (
        "a\n<!-- made from the code: reasons -->\nmade from the code, reasons, 'old\\n'\n<!-- end -->\n"
        "b\n<!-- transcript: run -->\ntranscript, run, ''\n<!-- end -->\n"
    )


def test_a_block_without_an_end_is_noticed() -> None:
    text = "<!-- made from the code: reasons -->\nold\n"
    assert (openings_of(text), list(blocks_of(text))) == (1, [])


# What a reader may type


BEGINS = {"": ("tools/",), "console": ("$ ",), "cron": ("*", *"0123456789")}
"""How a line that is typed begins, by the language of the fenced block; others are printed."""


def typed_commands() -> Iterator[tuple[str, str, str, bool]]:
    """Yield document, tool, arguments and whether they are whole (in running text some may be missing) of each command in a document."""
    for document in DOCUMENTS:
        text = text_of(document)
        blocks_typed = [
            line for kind, block in _FENCED.findall(text) for line in block.splitlines() if line.startswith(BEGINS.get(kind, "\n"))
        ]
        for line in blocks_typed:
            yield from ((document, tool, rest.strip(), True) for tool, rest in _TYPED.findall(line.split(" # ")[0]))
        for line in re.findall(r"`(tools/\w+ [^`\n]+)`", _FENCED.sub("", text)):
            yield from ((document, tool, rest.strip(), False) for tool, rest in _TYPED.findall(line))


def test_every_command_in_a_document_can_be_given() -> None:
    shells = {"test", "document"}
    known = {words.split()[0] for words, _ in all_commands()} | shells
    found, wrong = set(), []
    for document, tool, arguments, whole in typed_commands():
        found.add(tool)
        error = None
        if tool not in known:
            error = "no such tool"
        elif tool not in shells:
            error = _parse_error(tool, arguments)
        if error and (whole or not re.search("Missing argument|requires an argument", error)):
            wrong.append((document, f"{tool} {arguments}", error))
    assert found >= {"append", "project", "inspect", "audit", "db", "test"}
    assert wrong == []


def _parse_error(tool: str, arguments: str) -> str | None:
    # A usage line is in capitals and brackets: of that, the options must be there.
    try:
        words = shlex.split(re.sub(r"[\[\]…]|\d?>>\S+", " ", arguments))
        command, words, context = _find_command(tool, words)
        command.make_context(context, [_sample(word) for word in words], resilient_parsing=False)
    except click.exceptions.Exit:
        return None  # --help
    except click.ClickException as error:
        return error.format_message()
    except (KeyError, UsageError, ValueError) as error:
        return repr(error)
    return None


def _find_command(tool: str, words: list[str]) -> tuple[click.Command, list[str], str]:
    commands = dict(all_commands())
    if words and f"{tool} {words[0]}" in commands:
        return commands[f"{tool} {words[0]}"], words[1:], f"{tool} {words[0]}"
    return commands[tool], words, tool


def _sample(word: str) -> str:
    return {"DATE": "2025-03-28", "DIR": "folder", "URL": "sqlite:///x.db", "N": "1"}.get(word, word)


def test_a_command_that_cannot_be_given_is_noticed() -> None:
    assert _parse_error("append", "fleet") is None
    assert "No such option" in str(_parse_error("append", "--fleet"))
    assert "Missing argument" in str(_parse_error("inspect", "energy inv"))


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    """Return a folder that holds the three files of the made-up fleet, under the names that the example in README uses."""
    write_fleet(tmp_path)
    return tmp_path


def _example() -> str:
    (block,) = [block for language, block in _FENCED.findall(text_of("README.md")) if language == "python"]
    return block


def _run_example(folder: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-P", "-c", _example()], cwd=folder, env=environ(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_the_example_in_readme_prints_the_daily_figures(delivered: Path) -> None:
    printed = _run_example(delivered)
    assert any("inv_kutch_a" in line and "2025-03-30" in line and "1352" in line for line in printed)


def test_the_example_in_readme_works_on_the_original_data(tmp_path: Path, shared: Path) -> None:
    for name in ("plants.csv", "inverters.csv", "inverter_telemetry.jsonl"):
        (tmp_path / name).symlink_to(shared / "seed" / name)
    assert _run_example(tmp_path)


# What a document names


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_a_document_names_is_there(document: str) -> None:
    named = {name for name in _NAMED_FILE.findall(text_of(document)) if not re.search("NAME|NNNN", name)}  # those are the reader's own
    places = (ROOT, (ROOT / document).parent)
    assert {name for name in named if not any((place / name).exists() for place in places)} == set()


@pytest.mark.parametrize("document", [document for document in DOCUMENTS if Path(document).name == "README.md"])
def test_every_file_that_a_folder_lists_as_its_own_is_in_it(document: str) -> None:
    assert [name for name in _listed_files(text_of(document)) if not ((ROOT / document).parent / name).is_file()] == []


def _listed_files(text: str) -> list[str]:
    """Return the files that begin rows of tables and items of lists; those under a heading such as `## support/` are in that folder."""
    folder, found = "", []
    for line in _FENCED.sub("", text).splitlines():
        if line.startswith("#"):
            heading = _FOLDER_HEADING.fullmatch(line)
            folder = f"{heading[1]}/" if heading else ""
        elif entry := _ENTRY.match(line):
            found += [f"{folder}{name}" for name in _OWN_FILE.findall(entry[1])]
    return found


def test_files_are_found_in_tables_and_lists_and_under_the_heading_of_their_folder() -> None:
    text = "| `a.py`, `b.py` | as `no.py` |\n## sub/\n* `c.py`: not `no.py`\n1. **`d.py`**\n## More\n- `e/f.py`\nnor `no.py`\n"
    assert _listed_files(text) == ["a.py", "b.py", "sub/c.py", "sub/d.py", "e/f.py"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_of_a_document_leads_somewhere(document: str) -> None:
    here, broken = (ROOT / document).parent, []
    for link in _LINK.findall(_FENCED.sub("", text_of(document))):
        path, _, part = link.partition("#")
        target = (here / path) if path else ROOT / document
        if "://" not in link and not (target.exists() and (not part or part in _anchors(target))):
            broken.append(link)
    assert broken == []


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", AT_MOST)
def test_a_document_stays_as_short_as_it_was_meant_to_be(document: str) -> None:
    assert len(text_of(document).splitlines()) <= AT_MOST[document]


def test_every_folder_says_what_is_in_it() -> None:
    packages = {path.parent for top in ("ledger", "projections", "tools") for path in (ROOT / top).rglob("*.py")}
    packages.discard(ROOT / "ledger" / "migrations" / "versions")  # where Alembic wants its steps; the folder above tells of them
    assert {str(folder.relative_to(ROOT)) for folder in packages if not (folder / "README.md").exists()} == set()


def test_every_table_view_and_column_of_a_database_is_documented_and_no_other(tmp_path: Path) -> None:
    documented: dict[str, set[str]] = {}
    for document in DOCUMENTS:
        for name, text in _HEADING.findall(text_of(document)):
            if columns := set(_ROW.findall(text)):
                assert documented.setdefault(name, columns) == columns, f"two documents differ on {name}"
    documented["inverter_daily_summary_final"] |= documented["inverter_daily_summary"]
    with open_database(f"sqlite:///{tmp_path / 'docs.db'}", write=True) as database:
        with connected(database) as connection, transaction(connection, write=True):
            prepare(connection)
        with reading(database) as connection:
            there = {name: _columns_of(connection, name) for name in _tables_and_views(connection)}
    assert documented == there


def _tables_and_views(connection: Connection) -> list[str]:
    query = sa.text("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'")
    return list(connection.execute(query).scalars())


def _columns_of(connection: Connection, name: str) -> set[str]:
    return set(connection.execute(sa.text("SELECT name FROM pragma_table_info(:name)"), {"name": name}).scalars())


def test_every_log_line_and_json_document_of_the_tools_is_documented() -> None:
    code = "".join(file.read_text(encoding="utf-8") for top in ("tools", "projections") for file in sorted((ROOT / top).rglob("*.py")))
    said = set(re.findall(r'\b(?:note|warn)\(\s*"([^"]+)"', code)) | set(re.findall(r'"(heliolog\.[\w.]+/\d+)"', code))
    assert {"appended", "projected", "heliolog.append/1"} <= said
    documents_of_tools = text_of("RUNBOOK.md") + text_of("tools/README.md")
    assert {name for name in said if f"`{name}`" not in documents_of_tools} == set()
