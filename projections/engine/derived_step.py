"""Bring a derived projection to the position of its sources: stage what every touched group changes, then show all of it at once."""

from collections.abc import Callable, Iterable

import attrs
import sqlalchemy as sa

from projections.definition.changes import Change
from projections.definition.derived_projection import DerivedProjection
from projections.engine.deriving import TableChanges
from projections.engine.touches import Touches
from projections.registry.registry import Registry
from projections.sql.columns import encoder
from projections.sql.drivers import driver_of
from projections.sql.naming import Naming
from projections.sql.rows import placed
from projections.table import Table

_STAGED_AT_ONCE = 2_000
_REMAINS = ("remains", "integer")
"""A staged row's own column: 1 to be written, 0 to be deleted."""


@attrs.frozen
class DerivedStep:
    """One derived projection at work: changed rows are staged beside the database first, so that the write itself is short."""

    projection: DerivedProjection
    connection: sa.Connection
    naming: Naming
    touches: Touches
    _staged: list[Table] = attrs.field(factory=list)

    def stage(self, derived: Iterable[list[TableChanges]], registry: Registry, progress: Callable[[int], None]) -> int:
        """Stage the changed rows of each group; return how many there are."""
        tables = {table.name: table for table in self.projection.tables}
        waiting: dict[str, list[Change]] = {name: [] for name in tables}
        changed = 0
        for number, changes_by_table in enumerate(derived, start=1):
            for name, changes in changes_by_table:
                waiting[name] += changes
                changed += len(changes)
                if len(waiting[name]) >= _STAGED_AT_ONCE:
                    self._stage(tables[name], waiting[name], registry)
                    waiting[name] = []
            progress(number)
        for name, changes in waiting.items():
            self._stage(tables[name], changes, registry)
        return changed

    def write(self) -> None:
        """Write what was staged."""
        for table in self._staged:
            name, stage = self._name(table), self._stage_of(table)
            key, columns = ", ".join(table.key), ", ".join(table.names)
            self._run(f'DELETE FROM "{name}" WHERE ({key}) IN (SELECT {key} FROM {stage} WHERE remains = 0)')
            given = ", ".join(f"{column} = excluded.{column}" for column in table.names if column not in table.key)
            put = f"SELECT {columns} FROM {stage} WHERE remains = 1 ON CONFLICT ({key}) DO UPDATE SET {given}"
            self._run(f'INSERT INTO "{name}" ({columns}) {put}')

    def _stage(self, table: Table, changes: list[Change], registry: Registry) -> None:
        if not changes:
            return
        driver = driver_of(self.connection)
        self._open_stage(table)
        self.touches.rows(table, changes, registry)
        encode = encoder(table, driver.codec)
        rows = ((*encode(change.rows[-1]), change.after is not None) for change in changes)
        driver.bulk(self.connection, self._stage_of(table), (*placed(table, table.names), _REMAINS), rows)

    def _open_stage(self, table: Table) -> None:
        if table in self._staged:
            return
        self._staged.append(table)
        columns, name = ", ".join(table.names), self._name(table)
        self._run(f"DROP TABLE IF EXISTS {self._stage_of(table)}")
        empty = f'SELECT {columns}, CAST(1 AS BIGINT) AS remains FROM "{name}" WHERE 1 = 0'
        self._run(f"CREATE TEMP TABLE stage_{table.name} AS {empty}")

    def _run(self, statement: str) -> None:
        self.connection.exec_driver_sql(statement)

    def _name(self, table: Table) -> str:
        return self.naming.table(table, self.projection.name)

    def _stage_of(self, table: Table) -> str:
        return f"{driver_of(self.connection).temporary}.stage_{table.name}"
