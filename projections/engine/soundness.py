"""Whether tables, views, indexes and checkpoints are there, and as this code makes them. This only reads."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import attrs
import sqlalchemy as sa

from projections.engine.catalog import Projection, all_tables, catalog
from projections.sql.checkpoint import CHECKPOINT, OWN, is_readable
from projections.sql.drivers import driver_of
from projections.sql.made import NOTHING, Made, Parts, differing, made
from projections.sql.stored import columns_of, stored_pages
from projections.sql.views import text_of

_BESIDE = ("index", "trigger", "rule", "what it tells")
"""Parts without which, or with which, rows are written and read all the same."""


@attrs.frozen
class Fault:
    """A part of a table or view, or a checkpoint, that is not as this code makes it.

    `projection` says whose it is (empty: the engine's own), `name` is the table's or view's. `part` is for example `table`,
    `column plant_id`, `index (plant_id)`, `view`, or `row plants` of the table `checkpoint`. `older`: it is only of an older make.
    """

    projection: str
    name: str
    part: str
    stored: str
    wanted: str
    older: bool = False

    @property
    def is_soon_made(self) -> bool:
        """Whether a view or an index is missing, which can be made again from what is there."""
        return self.stored == NOTHING and self.part.startswith(("view", "index"))

    @property
    def hinders(self) -> bool:
        """Whether no run can rely on the table, or go on, before it is made anew."""
        return not (self.older or self.is_soon_made or self.part.startswith(_BESIDE))

    def __str__(self) -> str:
        """Return it in words, for example `plants: column plant_id is missing`."""
        if self.stored == NOTHING:
            return f"{self.name}: {self.part} is missing"
        return f"{self.name}: {self.part} is {self.stored} where {self.wanted} belongs"


def faults_of(connection: sa.Connection, names: Collection[str]) -> list[Fault]:
    """Return what is wrong with the engine's own tables, and with the named projections that have begun here."""
    there, begun = _There.seen(connection), checkpoint_rows(connection)
    found = there.faults_of_own()
    for one in (one for one in catalog() if one.name in names and (one.name in begun or there.has_tables(one))):
        if CHECKPOINT.name in there.relations and not (one.name in begun and is_readable(begun[one.name])):
            found.append(Fault(one.name, CHECKPOINT.name, f"row {one.name}", "damaged" if one.name in begun else NOTHING, "a checkpoint"))
        for table in one.tables:
            found += there.faults_of_table(one.name, made(table, table.name))
        for view, text in one.views.items():
            found += there.faults_of_view(one.name, view, text)
    return found


def own_faults(connection: sa.Connection) -> list[Fault]:
    """Return what is wrong with the engine's own tables; nothing before the first run."""
    return _There.seen(connection).faults_of_own()


def has_tables(connection: sa.Connection, projection: Projection) -> bool:
    """Return whether anything is called like a table of the projection."""
    relations = driver_of(connection).relations(connection)
    return any(table.name in relations for table in projection.tables)


def checkpoint_rows(connection: sa.Connection) -> dict[Any, dict[str, Any]]:
    """Return the rows of `checkpoint` by projection, whatever they hold; none if there is no such table, or no such column."""
    return {row["projection"]: row for row in own_rows(connection, CHECKPOINT) if row["projection"] is not None}


def own_rows(connection: sa.Connection, own: sa.Table) -> Iterator[dict[str, Any]]:
    """Return the rows of one of the engine's own tables, by column, whatever they hold; a column that is not there is None.

    They are read some thousand at a time: there may be a million notes of what to derive.
    """
    there = driver_of(connection).found_parts(connection, [own.name]).get(own.name, {})
    columns = [column for column in columns_of(own) if f"column {column[0]}" in there]
    names, nothing = [name for name, _ in columns], dict.fromkeys(own.columns.keys())
    pages = stored_pages(connection, own.name, columns, names[:1], any_bytes=True) if columns else ()
    return ({**nothing, **dict(zip(names, row, strict=True))} for page in pages for row in page)


@attrs.frozen
class _There:
    """What is in a database: kinds by name, and the parts of tables that are called like ours."""

    connection: sa.Connection
    relations: Mapping[str, str]
    parts: Mapping[str, Parts]

    @classmethod
    def seen(cls, connection: sa.Connection) -> "_There":
        driver = driver_of(connection)
        names = [*(table.name for table in all_tables()), *(str(own.target.name) for own in OWN)]
        return cls(connection, driver.relations(connection), driver.found_parts(connection, names))

    def has_tables(self, projection: Projection) -> bool:
        return any(table.name in self.relations for table in projection.tables)

    def faults_of_own(self) -> list[Fault]:
        has_begun = CHECKPOINT.name in self.relations or any(map(self.has_tables, catalog()))
        return [fault for own in OWN for fault in self.faults_of_table("", own)] if has_begun else []

    def faults_of_table(self, projection: str, wanted: Made) -> Iterator[Fault]:
        driver, name = driver_of(self.connection), str(wanted.target.name)
        if name not in self.parts:
            kind = self.relations.get(name)
            yield Fault(projection, name, "table", NOTHING if kind is None else f"a {kind}", "a table")
            return
        found, parts = self.parts[name], driver.wanted_parts(self.connection, wanted)
        if driver.is_of_older_make(found, parts):
            yield Fault(projection, name, "table", found["table"], parts["table"], older=True)
            return
        for part, stored, should_be in differing(found, parts):
            yield Fault(projection, name, part, stored, should_be)

    def faults_of_view(self, projection: str, view: str, text: str) -> Iterator[Fault]:
        kind = self.relations.get(view)
        if kind != "view":
            yield Fault(projection, view, "view", NOTHING if kind is None else f"a {kind}", "a view")
            return
        stored, should_be = driver_of(self.connection).tells(self.connection, view, text_of(self.connection, text))
        if stored != should_be:
            yield Fault(projection, view, "what it tells", stored, should_be)
