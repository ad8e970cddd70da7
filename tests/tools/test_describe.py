"""What tools/README.md says of commands, settings, exit codes and JSON documents is what the code does."""

import json
import re
from pathlib import Path
from typing import Any, get_type_hints

import attrs
import click
import pytest

from tests.support.cli import ROOT, tool
from tools._cli import describe
from tools._cli.run import EXIT_CODES
from tools._cli.settings import Settings

README = ROOT / "tools" / "README.md"
PARTS = {
    "commands": describe.commands,
    "settings": describe.settings,
    "exit_codes": describe.exit_codes,
    "json": describe.documents,
}
_PART = re.compile(r"<!-- made from the code: (\w+) -->\n(.*?)<!-- end -->\n", re.DOTALL)


@pytest.mark.parametrize("part", PARTS)
def test_the_readme_holds_what_the_code_says(part: str) -> None:
    assert dict(_PART.findall(README.read_text("utf-8"))).get(part) == PARTS[part]()


def test_every_command_has_help_every_option_too_and_all_are_in_the_readme() -> None:
    text, found = README.read_text("utf-8"), dict(describe.all_commands())
    assert {"append", "audit event", "db init", "demo", "inspect", "inspect energy", "project"} <= set(found)
    for words, one in found.items():
        assert one.help, words
        assert f"Example: tools/{words.split()[0]}" in one.help, words
        assert f"### `tools/{words}" in text
        assert [part.name for part in one.params if isinstance(part, click.Option) and not part.help] == [], words


def test_every_launcher_is_described() -> None:
    launchers = {file.stem for file in (ROOT / "tools").glob("[a-z]*.py") if file.with_suffix("").is_file()}
    assert "append" in launchers
    assert {words.split()[0] for words, _ in describe.all_commands()} == launchers


def test_every_setting_says_what_it_decides_and_where_it_may_be_set() -> None:
    for field in attrs.fields(Settings):
        row = next(line for line in describe.settings().splitlines() if line.startswith(f"| `{field.name}`"))
        assert f"`LEDGER_{field.name.upper()}`" in row
        assert ("`--" in row) == (field.name in {"db", "log_format"})


def test_every_schema_that_the_tools_print_is_described() -> None:
    code = "".join(file.read_text("utf-8") for file in (ROOT / "tools").glob("*.py"))
    printed = set(re.findall(r'print_json\(\s*"(heliolog\.[\w.]+/\d+)"', code))
    assert len(printed) >= 9
    assert set(describe.all_schemas()) == printed


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert tool("demo", "--folder", folder).returncode == 0
    return folder / "demo.db"


@pytest.mark.parametrize(
    "arguments",
    [
        ("append", "-"),
        ("audit", "event", "5"),
        ("audit", "event", "900"),
        ("audit", "trace", "inv_kutch_a", "2025-03-29"),
        ("audit", "verify"),
        ("db", "status"),
        ("inspect",),
        ("inspect", "energy", "inv_kutch_a", "2025-03-29"),
        ("project",),
        ("project", "--verify"),
    ],
    ids=" ".join,
)
def test_a_document_has_the_fields_that_are_described(db: Path, arguments: tuple[str, ...]) -> None:
    done = tool(*arguments, "--json", db=db)
    assert done.returncode == 0, done.stderr.decode()
    document = json.loads(done.stdout)
    check(document, describe.all_schemas()[document.pop("schema")])


def check(document: dict[str, Any], kind: type[Any]) -> None:
    hints = get_type_hints(kind)
    assert set(document) == set(hints), kind
    for name, annotation in hints.items():
        many, inner = describe.holds(annotation)
        if inner is not None and document[name] is not None:
            for one in document[name] if many else [document[name]]:
                check(one, inner)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("db", "status"), 0), (("audit", "trace", "nobody", "2025-03-29"), 1), (("audit", "trace", "inv_kutch_a", "soon"), 2)],
)
def test_exit_codes_are_those_described(db: Path, arguments: tuple[str, ...], code: int) -> None:
    assert tool(*arguments, db=db).returncode == code
    assert code in EXIT_CODES
    assert f"| {code} |" in describe.exit_codes()
