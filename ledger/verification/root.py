"""Whether the log begins with the events that were under a root when somebody noted it."""

import re
from collections.abc import Iterator

from attrs import frozen

from ledger.errors import UsageError
from ledger.verification.events import Seen
from ledger.verification.finding import Finding

_NOTE = re.compile(r"([0-9]{1,18}):([0-9a-fA-F]{64})")


@frozen
class NotedRoot:
    """The root of a log of so many events, as somebody kept it."""

    size: int
    root: bytes


def read_note(text: str) -> NotedRoot:
    """Read `SIZE:HEX` as a verification prints it; raise UsageError if it is something else."""
    parts = _NOTE.fullmatch(text.strip())
    if not parts:
        raise UsageError(f"not a root that was noted: {text!r}; write SIZE:HEX with 64 hex digits, as tools/audit verify prints it")
    return NotedRoot(int(parts[1]), bytes.fromhex(parts[2]))


def check_root(noted: NotedRoot, seen: Seen) -> Iterator[Finding]:
    """Yield whether the root of the first events, worked out anew, is another than the one noted; all events have been seen."""
    if seen.noted_root is None:
        yield Finding(None, f"the log has {seen.frontier.size} events, fewer than the {noted.size} under the root noted")
    elif seen.noted_root != noted.root:
        root = seen.noted_root.hex()
        yield Finding(None, f"the first {noted.size} events are not those under the root noted: theirs is {root}")
