"""Generated blocks in documents: finding them, and writing them anew.

A block of what the code says begins with `<!-- made from the code: NAME -->`, one of what commands printed with
`<!-- transcript: NAME -->`; each ends with `<!-- end -->`.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CODE, TRANSCRIPT = "made from the code", "transcript"
_BLOCK = re.compile(r"^<!-- (made from the code|transcript): (\w+) -->\n(.*?)^<!-- end -->\n", re.MULTILINE | re.DOTALL)
_OPENING = re.compile(r"^<!-- (?:made from the code|transcript): .*-->$", re.MULTILINE)


def documents(root: Path = ROOT) -> list[Path]:
    """Return every Markdown file of the tree; hidden folders and `var` are none of it."""
    found: list[Path] = []
    for folder, below, files in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".") and name != "var"]
        found += [Path(folder, name) for name in files if name.endswith(".md")]
    return sorted(found)


def blocks_of(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and content of each block of a document, in order."""
    for found in _BLOCK.finditer(text):
        yield found[1], found[2], found[3]


def openings_of(text: str) -> int:
    """Return how many blocks begin in a document; more than `blocks_of` yields means that one does not end."""
    return len(_OPENING.findall(text))


def refreshed(text: str, make: Callable[[str, str, str], str]) -> str:
    """Return the document with every block's content as `make` returns it for kind, name and present content."""
    return _BLOCK.sub(lambda found: f"<!-- {found[1]}: {found[2]} -->\n{make(found[1], found[2], found[3])}<!-- end -->\n", text)
