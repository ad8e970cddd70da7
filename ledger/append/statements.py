"""Which rows of a registry file state something new."""

from collections.abc import Iterable, Sequence

from ledger.format.batch import Events, first_of_each
from ledger.format.event import Recorded, event_hash
from ledger.format.registry_row import registry_id

Rows = Sequence[tuple[int, bytes]]
"""(line number, payload) of each row."""


def new_statements(recorded: Iterable[Recorded], kind: str, rows: Rows) -> Events:
    """Return the rows of a file of `kind` that state something other than what is in force, in order; `recorded`: the log's statements.

    A row that equals the statement in force is a repeat. So are all rows of an id whose last row in the file does: loading the same file
    twice records nothing the second time, however often it names an id. A row without a usable id is known by its bytes alone, so the log
    may hold it already.
    """
    in_force = {name: (event.event_hash, event.payload) for name, event in _in_force(recorded, kind)}
    named = [(number, payload, registry_id(kind, payload)) for number, payload in rows]
    last = {name: payload for _, payload, name in named}
    repeated = {name for name, (_, payload) in in_force.items() if last.get(name) == payload}
    keys, payloads, numbers = list[bytes](), list[bytes](), list[int]()
    for number, payload, name in named:
        key, stated = in_force.get(name, (b"", None)) if name else (b"", None)
        if name in repeated or payload == stated:
            continue
        keys.append(event_hash(kind, payload, key))
        payloads.append(payload)
        numbers.append(number)
        if name:
            in_force[name] = (keys[-1], payload)
    return first_of_each(Events(kind, [0] * len(keys), keys, payloads, numbers))


def _in_force(events: Iterable[Recorded], kind: str) -> Iterable[tuple[str, Recorded]]:
    for event in events:
        name = registry_id(kind, event.payload) if event.kind == kind else None
        if name:
            yield name, event
