"""The parts of a table, read from the text that made it: SQLite keeps that text, and rewrites it when a column is renamed. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

from projections.sql.made import Parts

_WORD = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|[(),]|[^\s'"`\[(),]+""", re.DOTALL)
_PLAIN_NAME = re.compile(r'^["`\[](\w+)["`\]]$')
_CONSTRAINTS = frozenset({"PRIMARY", "CHECK", "UNIQUE", "FOREIGN", "CONSTRAINT"})
_OLDER_TYPES = {"BIGINT": "INTEGER", "DOUBLE": "REAL"}


@lru_cache(maxsize=256)
def parts_of_table(text: str) -> Parts:
    """Return the parts of the table that a CREATE TABLE makes."""
    words = _words(text)
    if "(" not in words:
        return {"table": _joined(words)}
    elements, options = _elements(words[words.index("(") :])
    found = {"table": ", ".join(sorted(" ".join(option).upper() for option in options)) or "plain"}
    for element in elements:
        if element[0].upper() in _CONSTRAINTS:
            found[_joined(element)] = "so"
        else:
            found[f"column {element[0]}"] = _joined(element[1:]) or "of no type"
    return found


def part_of_index(text: str) -> tuple[str, str]:
    """Return the part that a CREATE INDEX makes: by what it is over, whatever its name."""
    words = _words(text)
    over = next((number for number, word in enumerate(words) if word.upper() == "ON"), 0)
    return f"index {_joined(words[over + 2 :])}", "unique" if "UNIQUE" in map(str.upper, words[:over]) else "plain"


def plain_text(text: str) -> str:
    """Return a statement with its white space made one, in which nothing but that may differ."""
    return " ".join(text.split())


def is_of_older_make(found: Parts, wanted: Parts) -> bool:
    """Return whether a table is as wanted but for being STRICT, and for the names of types that a STRICT table does not take."""

    def loose(parts: Parts) -> dict[str, str]:
        options = ", ".join(option for option in parts.get("table", "").split(", ") if option not in {"STRICT", "plain"})
        return {**{part: _in_new_words(text) for part, text in parts.items()}, "table": options}

    return found != wanted and loose(found) == loose(wanted)


def _in_new_words(text: str) -> str:
    kind, space, rest = text.partition(" ")
    return _OLDER_TYPES.get(kind, kind) + space + rest


def _words(text: str) -> list[str]:
    found = (match.group() for match in _WORD.finditer(text))
    return [_PLAIN_NAME.sub(r"\1", word) for word in found if not word.startswith(("--", "/*"))]


def _elements(words: list[str]) -> tuple[list[list[str]], list[list[str]]]:
    """Part words that begin with a bracket into what lies between commas within it, and after it."""
    depths = list(accumulate((word == "(") - (word == ")") for word in words))
    end = depths.index(0) if 0 in depths else len(words)
    return list(_between_commas(words[1:end])), list(_between_commas(words[end + 1 :]))


def _between_commas(words: list[str]) -> Iterator[list[str]]:
    depth, element = 0, list[str]()
    for word in [*words, ","]:
        depth += (word == "(") - (word == ")")
        if word == "," and not depth and element:
            yield element
            element = []
        elif word != "," or depth:
            element.append(word)


def _joined(words: list[str]) -> str:
    return " ".join(words).replace("( ", "(").replace(" )", ")").replace(" ,", ",")
