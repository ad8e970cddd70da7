"""The command behind `tools/document`: write the generated blocks of every document anew, and name the documents that changed."""

import atexit
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.support.documents import scenarios, server_scenarios
from tests.support.documents.blocks import CODE, ROOT, documents, refreshed
from tests.support.documents.parts import PARTS
from tests.support.servers import NoServerError

USAGE = """usage: tools/document [FILE ...]

Write anew what is generated in the Markdown files of the project (or in those named): parts made from the code, and transcripts of
commands, which are run for that. Each document that changed is named. Transcripts of PostgreSQL stay as they are where there is no server.
"""


@cache
def _base() -> Path:
    scratch = tempfile.TemporaryDirectory(prefix="heliolog-documents-")
    atexit.register(scratch.cleanup)
    base = Path(scratch.name, "base")
    scenarios.build(base)
    return base


@cache
def _of_servers() -> dict[str, str]:
    try:
        return server_scenarios.play_all(_base(), Path(tempfile.mkdtemp(dir=_base().parent)))
    except NoServerError as error:
        sys.stderr.write(f"transcripts of servers stay as they are: {error}\n")
        return {}


@cache
def content(kind: str, name: str, now: str) -> str:
    """Return what a block should hold; `now` is what it holds."""
    if kind == CODE:
        return PARTS[name]() if name in PARTS else _unknown(kind, name)
    if name in server_scenarios.ACTS:
        return _of_servers().get(name, now)
    if name in scenarios.SCENARIOS:
        return scenarios.play(name, _base(), Path(tempfile.mkdtemp(dir=_base().parent)))
    return _unknown(kind, name)


def _unknown(kind: str, name: str) -> str:
    sys.exit(f"tools/document: nothing is known as '{kind}: {name}'")


def main(arguments: list[str]) -> None:
    """Refresh the documents named, or all."""
    if any(one.startswith("-") for one in arguments):
        sys.stdout.write(USAGE)
        return
    for path in [Path(one).resolve() for one in arguments] or documents():
        before = path.read_text(encoding="utf-8")
        after = refreshed(before, content)
        if after != before:
            path.write_text(after, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
