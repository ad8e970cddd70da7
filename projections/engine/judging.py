"""From stretches of the log to judged batches. This reads the log, but neither tables nor locks, so that any process can do it."""

from collections.abc import Callable, Iterable, Iterator

import attrs

from ledger.proof.frontier import Frontier, subtrees
from projections.definition.event_projection import EventProjection
from projections.engine.batch import JudgedBatch, judge_batch
from projections.engine.catalog import catalog
from projections.engine.log_reader import LogReader

Positions = tuple[int, int]
"""A stretch of the log: its first position, and how many there are."""


@attrs.frozen
class JudgedPositions:
    """What a stretch of the log states, and its leaves summed up as subtrees (see `ledger.proof.frontier.subtrees`)."""

    subtrees: list[tuple[int, bytes]]
    judged: JudgedBatch


def judge_positions(log: LogReader, name: str, positions: Positions) -> JudgedPositions:
    """Judge a stretch of the log for a projection, under the registry at the stretch's end."""
    projection = next(one for one in catalog() if isinstance(one, EventProjection) and one.name == name)
    start, count = positions
    rows = log.rows(start, count)
    return JudgedPositions(subtrees(start, [row[-1] for row in rows]), judge_batch(projection, rows, log.registry(start + count)))


def judged_batches(
    log: LogReader,
    projection: EventProjection,
    start: Frontier,
    size: int,
    judge: Callable[[str, Iterable[Positions]], Iterator[JudgedPositions]],
) -> Iterator[tuple[Frontier, JudgedBatch]]:
    """Return the log's events from a frontier to its end, judged, and the frontier after each batch; without telemetry all at once."""
    if "telemetry" not in projection.kinds:
        statements = log.statements(start.size, log.end)
        yield log.frontier(start, log.end), judge_batch(projection, statements, log.registry(log.end))
        return
    stretches = ((first, min(size, log.end - first)) for first in range(start.size, log.end, size))
    for found in judge(projection.name, stretches):
        start = log.note_frontier(start, start.joined(found.subtrees))
        yield start, found.judged
