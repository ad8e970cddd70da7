"""From a group's touches to the rows that change. This only reads tables, so that any process can do it."""

from collections.abc import Iterator

import attrs
import sqlalchemy as sa

from ledger.errors import LedgerError
from projections.definition.changes import Change, Touch
from projections.definition.derived_projection import DerivedProjection, Reader, Replacement
from projections.engine.catalog import catalog, owner_of
from projections.engine.log_reader import LogReader
from projections.sql import checkpoint as checkpoints
from projections.sql.checkpoint import Checkpoint
from projections.sql.naming import Naming
from projections.sql.reader import SqlReader
from projections.sql.rows import diff
from projections.sql.transactions import transaction
from projections.table import Table

TableChanges = tuple[str, list[Change]]
"""A table's name and its rows that change."""


@attrs.frozen
class Derivation:
    """What is to be derived: a projection's name, from sources at their checkpoints, in tables named so."""

    projection: str
    naming: Naming
    sources: tuple[Checkpoint, ...]

    @property
    def declared(self) -> DerivedProjection:
        """Return the projection."""
        return next(one for one in catalog() if isinstance(one, DerivedProjection) and one.name == self.projection)

    def reader(self, connection: sa.Connection, log: LogReader) -> SqlReader:
        """Return read access to the projection's sources and its own tables; to read another table is a defect: AssertionError."""
        declared = self.declared
        readable = {*declared.sources, *(table.name for table in declared.tables)}

        def name_of(table: Table) -> str:
            if table.name not in readable:
                raise AssertionError(f"{self.projection} reads {table.name} and has no rule for it in `on`: its changes would go unnoticed")
            return self.naming.table(table, owner_of(table.name).name)

        return SqlReader(connection, name_of, log.arrived_after)


def derive_here(
    connection: sa.Connection, log: LogReader, derivation: Derivation, groups: list[tuple[str, list[Touch]]]
) -> Iterator[list[TableChanges]]:
    """Derive groups one by one, in the transaction at hand; yield for each the rows that differ from the stored ones."""
    projection = derivation.declared
    reader, registry = derivation.reader(connection, log), log.registry(derivation.sources[0].position)
    for group, touches in groups:
        yield [_changes(replacement, reader) for replacement in projection.derive(group, touches, reader, registry)]


def derive_apart(
    connection: sa.Connection, log: LogReader, derivation: Derivation, groups: list[tuple[str, list[Touch]]]
) -> list[list[TableChanges]]:
    """Derive groups in a transaction of their own; LedgerError if the sources are no longer at the checkpoints."""
    with transaction(connection, write=False):
        if any(checkpoints.read_checkpoint(connection, source.projection) != source for source in derivation.sources):
            raise LedgerError(f"another run of tools/project has moved the sources of {derivation.projection} on; run it again")
        return list(derive_here(connection, log, derivation, groups))


def _changes(replacement: Replacement, reader: Reader) -> TableChanges:
    table = replacement.table
    stored = reader.scan(table, table.key, replacement.prefix, replacement.low, replacement.high)
    return table.name, diff(table, stored, replacement.rows)
