"""What a verification says. Pure."""

from attrs import field, frozen

from ledger.store.reading import Head

FINDINGS_MAX = 1_000
EVENT_FINDINGS_MAX = 900
"""Of events: where more are wrong, those of head, deliveries and a noted root are to be among the findings, too."""


@frozen
class Finding:
    """One thing that is wrong: at which position (None: the log as a whole), and what."""

    position: int | None
    what: str


@frozen
class Verification:
    """What checking a log found: the head that was checked, and what is wrong, at most FINDINGS_MAX of it, the log as a whole first.

    `head` is None if it cannot be read, which is among the findings. `unchecked`: what could not be checked here, and why.
    """

    head: Head | None
    findings: list[Finding]
    unchecked: list[str] = field(factory=list)

    @property
    def cut_off(self) -> bool:
        """Return whether there may be more findings than these."""
        return len(self.findings) > EVENT_FINDINGS_MAX

    @property
    def note(self) -> str | None:
        """Return the size and the root to keep elsewhere, as `10423:09eb35…`, for a later verification; None if something is wrong."""
        return f"{self.head.size}:{self.head.root.hex()}" if self.head and not self.findings else None
