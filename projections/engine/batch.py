"""A batch of log rows, judged: most of it by column, the rest one by one. Needs no database, so that it can be done anywhere."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import compress

import attrs

from ledger.format.event import Logged, LogRow
from projections.definition.event_projection import EventProjection, Judgement
from projections.registry.registry import Registry
from projections.table import Columns, RowsByColumn, Table

Moment = tuple[str, int]


@attrs.frozen
class Judged:
    """What a batch states: `plain` rows of the first table, by column (none: no columns), and the judgements of all other events."""

    plain: Columns
    judgements: list[Judgement]

    def __len__(self) -> int:
        return len(self.judgements) + (len(self.plain[0]) if self.plain else 0)


def judge_batch(projection: EventProjection, rows: Sequence[LogRow], registry: Registry) -> Judged:
    """Judge the events of the wanted kinds under a registry, each as `judge` would."""
    found = RowsByColumn((), list(range(len(rows)))) if projection.judge_plain is None else projection.judge_plain(rows, registry)
    events = (Logged(*rows[index]) for index in found.others)
    return Judged(found.columns, [projection.judge(event, registry) for event in events if event.kind in projection.kinds])


def moments_of(table: Table, plain: Columns) -> dict[str, list[int]]:
    """Return the instants that plain rows are about, by subject, in log order."""
    subject, instant = table.moment or ("", "")
    found: dict[str, list[int]] = {}
    for name, moment in zip(plain[table.names.index(subject)], plain[table.names.index(instant)], strict=True):
        if name in found:
            found[name].append(moment)
        else:
            found[name] = [moment]
    return found


def contested_within(moments: Mapping[str, list[int]], claimed: Iterable[Moment]) -> set[Moment]:
    """Return the moments that several rows of a batch are about, or one and an event that claims it, too."""
    found = {(subject, moment) for subject, moment in claimed if moment in moments.get(subject, ())}
    for subject, instants in moments.items():
        if len(set(instants)) < len(instants):
            found.update((subject, instant) for instant, count in Counter(instants).items() if count > 1)
    return found


def without(moments: Mapping[str, list[int]], contested: Collection[Moment]) -> Mapping[str, list[int]]:
    """Return moments but the contested ones; a subject may be left with none."""
    if not contested:
        return moments
    subjects = {subject for subject, _ in contested}
    kept = {subject: [at for at in moments[subject] if (subject, at) not in contested] for subject in subjects}
    return {**moments, **kept}


def part(table: Table, plain: Columns, contested: Collection[Moment]) -> tuple[Columns, list[Judgement]]:
    """Part plain rows into those whose moment is theirs alone, by column, and judgements of the others."""
    if not contested:
        return plain, []
    subject, instant = table.moment or ("", "")
    moments = list(zip(plain[table.names.index(subject)], plain[table.names.index(instant)], strict=True))
    rivals = [index for index, moment in enumerate(moments) if moment in contested]
    judgements = [Judgement(moments[index], table.name, table.row(*(column[index] for column in plain))) for index in rivals]
    alone = [True] * len(moments)
    for index in rivals:
        alone[index] = False
    return tuple(list(compress(column, alone)) for column in plain), judgements
