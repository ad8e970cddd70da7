"""A batch of log rows, judged: most of them by column, the others one by one. Pure."""

from collections.abc import Sequence

import attrs

from ledger.format.event import Logged, LogRow
from projections.definition.event_projection import EventProjection, Judgement
from projections.registry.registry import Registry
from projections.table import Columns, RowsByColumn


@attrs.frozen
class JudgedBatch:
    """What a batch states: rows of the first table, by column (none: no columns), and the judgements of all other events."""

    by_column: Columns
    judgements: list[Judgement]

    def __len__(self) -> int:
        return len(self.judgements) + (len(self.by_column[0]) if self.by_column else 0)


def judge_batch(projection: EventProjection, rows: Sequence[LogRow], registry: Registry) -> JudgedBatch:
    """Judge the events of the projection's kinds under a registry, each as its `judge` would."""
    judge_by_column = projection.judge_by_column or _judge_none
    found = judge_by_column(rows, registry)
    events = (Logged(*rows[index]) for index in found.others)
    return JudgedBatch(found.columns, [projection.judge(event, registry) for event in events if event.kind in projection.kinds])


def _judge_none(rows: Sequence[LogRow], _registry: Registry) -> RowsByColumn:
    return RowsByColumn((), list(range(len(rows))))
