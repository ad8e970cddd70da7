"""Bring a derived projection to the position of its sources: stage what every touched group changes, then show all of it at once."""

from collections.abc import Callable, Iterable

import attrs
import sqlalchemy as sa

from projections._contract.registry import Registry
from projections._engine.deriving import TableChanges
from projections._engine.projection import Change, DerivedProjection
from projections._engine.sql_store import Naming
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

    def stage(self, derived: Iterable[list[TableChanges]], registry: Registry, progress: Callable[[int], None]) -> int:
        """Stage the changed rows of each group; give their number."""
        tables = {table.name: table for table in self.projection.tables}
        for table in tables.values():
            self._open_stage(table)
        changed = 0
        for number, changes_by_table in enumerate(derived, start=1):
            for name, changes in changes_by_table:
                self._stage(tables[name], changes, registry)
                changed += len(changes)
            progress(number)
        return changed

    def write(self) -> None:
        """Write what was staged."""
        for table in self.projection.tables:
            name, stage = self._name(table), _stage_of(table)
            key, columns = ", ".join(table.key), ", ".join(table.names)
            self._run(f'DELETE FROM "{name}" WHERE ({key}) IN (SELECT {key} FROM {stage})')
            self._run(f'INSERT INTO "{name}" ({columns}) SELECT {columns} FROM {stage} WHERE stands')

    def _stage(self, table: Table, changes: list[Change], registry: Registry) -> None:
        self.touches.rows(table, changes, registry)
        encode = encoder(table)
        values = [(*encode(change.rows[-1]), change.after is not None) for change in changes]
        if values:
            marks = ", ".join("?" * (len(table.names) + 1))
            self.connection.exec_driver_sql(f"INSERT INTO {_stage_of(table)} VALUES ({marks})", values)

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
