"""What an event projection is: how one event is judged, and how events with the same key are settled. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from projections.table import RowsByColumn, Table

if TYPE_CHECKING:
    from ledger.format.event import Logged, LogRow
    from projections.registry.registry import Registry


@attrs.frozen(slots=False)  # one is made per event, and without slots in half the time
class Judgement:
    """What one event states: `row`, of the table named, if no other event of the same `key` has it otherwise.

    A key of None: no other event can conflict with this one. A row of None: the event has a key and states nothing
    (a registration whose id cannot be read registers nothing).
    """

    key: tuple[Any, ...] | None
    table: str
    row: Any


@attrs.frozen(kw_only=True)
class Joining:
    """How later events join those already settled under their key, of which there may be very many, without a look at all of these.

    Under a key with settled events the first table holds one row, the one in force, and the second table the others. Rows of the second
    table with the same value in `column` have the same key and change together; a row where it is null never changes. For events of one
    key that came after those settled, in log order: `changing(in_force, judgements)` returns the values whose rows may change;
    `settle(in_force, others, judgements)`, given the rows with these values, returns the (table name, row) pairs that follow for all of
    them. To settle some events and have the rest join them gives the rows that `EventProjection.settle` returns for all at once.
    """

    column: str
    changing: Callable[[Any, Sequence[Judgement]], set[Any]]
    settle: Callable[[Any, Sequence[Any], Sequence[Judgement]], list[tuple[str, Any]]]


@attrs.frozen(kw_only=True)
class EventProjection:
    """A projection whose rows come straight from events of some `kinds`.

    `judge(event, registry)` judges one event under the registry in force. Events whose judgements have the same key conflict: the key's
    parts are the values of the columns `conflict_key`. `settle(judgements)` takes all judgements of one key, in log order, and returns
    the (table name, row) pairs that follow; none, one, or one for each event.
    `joining`, if there is one, does so for events that come after others.
    `judged_again(before, after)` names the values of the first conflict column (an inverter's id) whose events a registration changes.
    `judge_by_column(rows, registry)`, if there is one, judges what it can of a batch of log rows at once, exactly as `judge` would one by
    one: rows of the first table. `conserves`: every event of the kinds has exactly one row in one of the tables.
    `views` are texts of SQL views by name, over these tables and others.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    kinds: frozenset[str]
    conflict_key: tuple[str, ...]
    judge: Callable[["Logged", "Registry"], Judgement]
    settle: Callable[[Sequence[Judgement]], list[tuple[str, Any]]]
    judged_again: Callable[["Registry", "Registry"], set[str]]
    judge_by_column: Callable[[Sequence["LogRow"], "Registry"], RowsByColumn] | None = None
    joining: Joining | None = None
    conserves: bool = False
    views: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the names of the tables it reads: none, as it reads the log alone."""
        return ()


def last_statement_wins(judgements: Sequence[Judgement]) -> list[tuple[str, Any]]:
    """Return the row of the last judgement that states one, with its table's name; nothing if none does."""
    stated = [judgement for judgement in judgements if judgement.row is not None]
    return [(judgement.table, judgement.row) for judgement in stated[-1:]]


def registry_does_not_matter(_before: "Registry", _after: "Registry") -> set[str]:
    """Return nothing to judge again: for projections whose judging never looks at the registry."""
    return set()
