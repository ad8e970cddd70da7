"""What tables and checkpoints are called: those in use by their own name, those under rebuild by another. Pure."""

import attrs

from projections.table import Table

NEXT, PREVIOUS = "__next", "__previous"
"""What a table under rebuild and the one it replaced are called after the table's own name."""


@attrs.frozen
class Naming:
    """How tables are named in a run: those of the projections in `rebuilt` as tables under rebuild, all others by their own name."""

    rebuilt: frozenset[str] = frozenset()

    def table(self, table: Table, owner: str) -> str:
        """Return the table's name in the database."""
        return table.name + NEXT if owner in self.rebuilt else table.name

    def projection(self, name: str) -> str:
        """Return the name of the projection's checkpoint."""
        return name + NEXT if name in self.rebuilt else name
