"""Bring a derived projection to the position of its sources: derive every touched group once, then show all of it at once."""

from collections.abc import Callable

import attrs
import sqlalchemy as sa

from projections._contract.registry import Registry
from projections._engine.projection import DerivedProjection, Reader, Replacement, Touch
from projections._engine.sql_store import Naming, diff
from projections._engine.sql_tables import encoder
from projections._engine.touches import Touches
from projections._table import Table


@attrs.frozen
class DerivedStep:
    """One derived projection at work: changed rows are staged beside the database first, so that the write itself is short."""

    projection: DerivedProjection
    connection: sa.Connection
    naming: Naming
    touches: Touches

    def stage(self, groups: dict[str, list[Touch]], reader: Reader, registry: Registry, progress: Callable[[int], None]) -> int:
        """Derive each group and stage the rows that differ from the stored ones; give their number."""
        for table in self.projection.tables:
            self._open_stage(table)
        changed = 0
        for number, group in enumerate(sorted(groups), start=1):
            for replacement in self.projection.derive(group, groups[group], reader, registry):
                changed += self._stage(replacement, reader, registry)
            progress(number)
        return changed

    def write(self) -> None:
        """Write what was staged."""
        for table in self.projection.tables:
            name, stage = self._name(table), _stage_of(table)
            key, columns = ", ".join(table.key), ", ".join(table.names)
            self._run(f'DELETE FROM "{name}" WHERE ({key}) IN (SELECT {key} FROM {stage})')
            self._run(f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM {stage} WHERE stands')

    def _stage(self, replacement: Replacement, reader: Reader, registry: Registry) -> int:
        table = replacement.table
        stored = reader.scan(table, table.key, replacement.prefix, replacement.low, replacement.high)
        changes = diff(table, stored, replacement.rows)
        self.touches.rows(table.name, changes, registry)
        encode = encoder(table)
        values = [(*encode(change.rows[-1]), change.after is not None) for change in changes]
        if values:
            marks = ", ".join("?" * (len(table.names) + 1))
            self.connection.exec_driver_sql(f"INSERT INTO {_stage_of(table)} VALUES ({marks})", values)
        return len(changes)

    def _open_stage(self, table: Table) -> None:
        columns = ", ".join(table.names)
        self._run(f"DROP TABLE IF EXISTS {_stage_of(table)}")
        self._run(f'CREATE TEMP TABLE stage_{table.name} AS SELECT {columns}, 1 AS stands FROM "{self._name(table)}" WHERE 0')

    def _run(self, statement: str) -> None:
        self.connection.exec_driver_sql(statement)

    def _name(self, table: Table) -> str:
        return self.naming.table(table, self.projection.name)


def _stage_of(table: Table) -> str:
    return f"temp.stage_{table.name}"
