"""Many telemetry lines decoded at once into a column per field: the values that `ledger.format.grammar.read_object` reads. Pure.

Lines are decoded in chunks (`decode_chunk`). A chunk with a line that it cannot answer for is parted into four until few lines are left
with the odd one; those are read one by one with `read_object`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from ledger.format.grammar import read_object
from projections.contract.by_column.decode_chunk import FIELDS, IDENTITY, FieldColumn, column_of, decode_chunk

_CHUNK_LINES = 256
"""Few enough for a chunk to stay in the processor's cache."""

_PARTS, _FEW_LINES = 4, 16
"""Into how many parts a chunk with an odd line is cut, and how few lines are read one by one rather than parted again."""

_PAGE_LINES = 8 * _CHUNK_LINES
"""Lines judged together: enough that what is done once per column costs little, few enough for the cache again."""

_EXTRAS_MAX = 32
"""More names of further members than this, and lines that have any are read one by one."""

_NEEDS_ESCAPE = re.compile(r'[\x00-\x1f"\\]')


@attrs.frozen
class Lines:
    """The lines that are one JSON object and name plant, inverter and time.

    `places` are their indices among the payloads, ascending; `columns` holds one column for each of FIELDS, an element per place.
    """

    places: list[int]
    columns: Mapping[str, FieldColumn]


def decode_lines(payloads: Sequence[bytes]) -> Iterator[Lines]:
    """Yield the payloads that are lines with an identity, a page at a time.

    Left out is every line that does not begin with `{` and end with `}`, even if a space around it is all that is odd.
    """
    bare = [place for place, payload in enumerate(payloads) if payload[:1] == b"{" and payload[-1:] == b"}"]
    reader = _LineReader()
    for start in range(0, len(bare), _PAGE_LINES):
        yield reader.read_page(payloads, bare[start : start + _PAGE_LINES])


@attrs.define
class _LineReader:
    """Reads lines; remembers which further members senders add, so that only the first chunk that has them is read line by line.

    `_extras` are the names of those members; None once they were too many to remember.
    """

    _extras: tuple[str, ...] | None = ()

    def read_page(self, payloads: Sequence[bytes], bare: list[int]) -> Lines:
        places: list[int] = []
        values: list[list[Any]] = [[] for _ in FIELDS]
        kinds: list[set[type]] = [set() for _ in FIELDS]
        for start in range(0, len(bare), _CHUNK_LINES):
            for here, columns in self._read_chunk(payloads, bare[start : start + _CHUNK_LINES]):
                places += here
                for number, column in enumerate(columns):
                    values[number] += column.values
                    kinds[number] |= column.kinds
        return Lines(places, dict(zip(FIELDS, map(FieldColumn, values, kinds), strict=True)))

    def _read_chunk(self, payloads: Sequence[bytes], places: list[int]) -> Iterator[tuple[list[int], list[FieldColumn]]]:
        columns = decode_chunk([payloads[place] for place in places], self._extras or ())
        if columns is not None:
            yield places, columns
        elif len(places) <= _FEW_LINES:
            yield self._read_each(payloads, places)
        else:
            size = -(-len(places) // _PARTS)
            for start in range(0, len(places), size):
                yield from self._read_chunk(payloads, places[start : start + size])

    def _read_each(self, payloads: Sequence[bytes], places: list[int]) -> tuple[list[int], list[FieldColumn]]:
        read = [(place, line) for place in places if (line := read_object(payloads[place])) and _is_identified(line)]
        if self._extras is not None:
            self._extras = _with_names(self._extras, (line for _, line in read))
        return [place for place, _ in read], [column_of([line.get(name) for _, line in read]) for name in FIELDS]


def _is_identified(line: Mapping[str, Any]) -> bool:
    return all(isinstance(line.get(name), str) and line[name] for name in IDENTITY)


def _with_names(extras: tuple[str, ...], lines: Iterable[Mapping[str, Any]]) -> tuple[str, ...] | None:
    """Return the names with those of the further members that lines have; None if they are more than _EXTRAS_MAX."""
    names = {name for line in lines for name in line.keys() - FIELDS if not _NEEDS_ESCAPE.search(name)}.union(extras)
    return tuple(sorted(names)) if len(names) <= _EXTRAS_MAX else None
