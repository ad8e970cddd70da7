"""How a projection declares a table: an attrs class whose fields are the columns. Pure."""

from collections.abc import Callable, Hashable
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

import attrs

_DOC = "heliolog_column"
_Row = TypeVar("_Row")


@attrs.frozen(kw_only=True)
class Column:
    """One column: its meaning, unit, when it is null, and how it is stored (`text`, `integer`, `real`, `instant` or `date`)."""

    name: str
    doc: str
    unit: str
    null: str
    store: str


def column(doc: str, *, unit: str = "", null: str = "", store: str = "") -> Any:  # noqa: ANN401 - attrs reads the annotation
    """Declare a column of a row class.

    `null` says when the value is null (empty: never). `store` is needed for an `instant` (µs since 1970 UTC, int) and a `date` (ISO text);
    other columns are stored as their annotation says.
    """
    return attrs.field(metadata={_DOC: (doc, unit, null, store)})


@dataclass_transform(frozen_default=True, field_specifiers=(column,))
def row_class(cls: type[_Row]) -> type[_Row]:
    """Make a class of columns a row class: frozen, with slots.

    To the type checker each `column(…)` is a value that must be given: a row that is made without one is an error there already.
    """
    return attrs.frozen(slots=True)(cls)


@attrs.frozen(kw_only=True)
class Table:
    """A table of a projection: its name, row class, primary key and the column tuples it is also looked up by.

    `subject_and_time` names two columns, for rows that are what one subject (an inverter) reported for one instant: such rows are many,
    and told to derived projections as spans of time. `counted_by` names the column by whose values a run counts the rows it added.
    """

    name: str
    row: type[Any]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    subject_and_time: tuple[str, str] | None = None
    counted_by: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns in declared order."""
        return _columns(self.row)  # type: ignore[arg-type]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the columns' names in declared order."""
        return tuple(column.name for column in self.columns)

    def key_of(self) -> Callable[[Any], Any]:
        """Return a function from a row to its key (a bare value if the key has one column)."""
        return attrgetter(*self.key)

    def values_of(self) -> Callable[[Any], Any]:
        """Return a function from a row to the tuple of its column values."""
        return attrgetter(*self.names)


Columns = tuple[list[Any], ...]
"""Rows of a table as one list for each column, in declared order. No rows at all may be written as no columns."""


@attrs.frozen
class RowsByColumn:
    """What a batch of events states, as far as it could be told by column: rows of one table, and which events gave none.

    `others` are the indices, within the batch and rising, of the events that are left to be judged one by one.
    """

    columns: Columns
    others: list[int]


@cache
def _columns(row: Hashable) -> tuple[Column, ...]:
    return tuple(map(_read_column, attrs.fields(row)))  # type: ignore[arg-type]


def _read_column(field: "attrs.Attribute[Any]") -> Column:
    doc, unit, null, store = field.metadata[_DOC]
    kinds = {str: "text", int: "integer", float: "real", bool: "integer"}
    annotation = field.type
    plain = next((kind for python, kind in kinds.items() if annotation in (python, python | None)), "")
    return Column(name=field.name, doc=doc, unit=unit, null=null, store=store or plain)
