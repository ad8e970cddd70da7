"""What an event projection is: how one event is judged, and how events that claim the same key are settled. Pure."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from projections.table import RowsByColumn, Table

if TYPE_CHECKING:
    from ledger.format.event import Logged, LogRow
    from projections.registry.registry import Registry


@attrs.frozen(slots=False)  # one is made per event, and without slots in half the time
class Judgement:
    """What one event states.

    `key` is the claim key where the event competes with others, null where it stands alone; `row`, of `table`, is what stands if the
    event is alone or kept. A row of None claims its key and states nothing.
    """

    key: tuple[Any, ...] | None
    table: str
    row: Any


@attrs.frozen(kw_only=True)
class EventProjection:
    """A projection whose rows come straight from events.

    `judge` judges one event under the registry in force. `settle` takes all judgements of one key in log order and gives the
    (table, row) pairs that stand. `judged_again` names the values of the first claim column whose events a registry change touches.
    `judge_plain` judges what it can of a batch of log rows at once, exactly as `judge` would one by one.
    `conserves`: every wanted event has exactly one row in one of the tables.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    kinds: frozenset[str]
    claim: tuple[str, ...]
    judge: Callable[["Logged", "Registry"], Judgement]
    settle: Callable[[Sequence[Judgement]], list[tuple[str, Any]]]
    judged_again: Callable[["Registry", "Registry"], set[str]]
    judge_plain: Callable[[Sequence["LogRow"], "Registry"], RowsByColumn] | None = None
    conserves: bool = False


def last_stands(judgements: Sequence[Judgement]) -> list[tuple[str, Any]]:
    """Keep the last judgement that states a row; none may."""
    stated = [judgement for judgement in judgements if judgement.row is not None]
    return [(judgement.table, judgement.row) for judgement in stated[-1:]]


def registry_does_not_matter(_before: "Registry", _after: "Registry") -> set[str]:
    """Name nothing to judge again: for projections that never look at the registry."""
    return set()
