"""A ledger under test: a log in a database of its own, filled line by line, and its projections."""

from typing import Any

from ledger import log
from ledger.database import Database, reading
from ledger.format.instant import read_instant
from ledger.source.read import Batch, Place
from ledger.source.registry_file import RegistryFile
from projections.engine import commands
from projections.engine.catalog import all_tables
from projections.sql.columns import decoder, sql_table
from projections.sql.drivers import driver_of
from projections.sql.transactions import reading_tables

Line = tuple[str, bytes]
ARRIVAL = read_instant("2025-05-01T00:00:00Z")


def quiet(_name: str, _done: int, _total: int, /) -> None:
    """Show no progress."""


def one_line(number: int, payload: bytes) -> Batch:
    """Return what one transaction appends of telemetry: one line, the last of its source."""
    return Batch(lines=[(number, payload)], place=Place(number, bytes(32), number), read=1, blank=0, oversize=0, last=True)


class Book:
    """A ledger under test."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def append(self, lines: list[Line], at: int = ARRIVAL) -> None:
        """Append lines one delivery after the other, all arriving at one instant."""
        for number, (kind, payload) in enumerate(lines, 1):
            if kind == "telemetry":
                list(log.append_telemetry(self.database, "made up", [one_line(number, payload)], clock=lambda: at))
            else:
                file = RegistryFile(kind=kind, rows=[(number, payload)], place=Place(), read=1, blank=0, oversize=0)
                log.append_registry(self.database, "made up", file, clock=lambda: at)

    def project(self, *names: str, batch: int = 20_000) -> None:
        commands.project(self.database, names, quiet, batch)

    def rebuild(self, *names: str, batch: int = 20_000) -> None:
        commands.rebuild(self.database, names, quiet, batch)

    def verify(self) -> Any:
        return commands.verify(self.database, (), quiet)

    def events(self) -> list[Any]:
        with reading(self.database) as connection:
            return log.read(connection, -1, 1_000_000)

    def line_positions(self) -> list[int]:
        """Return where the events are that come from lines: all but those that state a delivery."""
        return [event.position for event in self.events() if event.line_number]

    def rows(self, name: str) -> list[Any]:
        return sorted(self.tables()[name], key=repr)

    def tables(self) -> dict[str, set[Any]]:
        """Return all rows of all projections."""
        with reading_tables(self.database) as connection:
            found = {}
            for table in all_tables():
                rows = connection.execute(sql_table(table, table.name).select())
                found[table.name] = set(map(decoder(table, driver_of(connection).codec), rows))
            return found
