"""The immutable side of Heliolog: an append-only, hash-keyed, Merkle-committed log of lines.

    import ledger

    with ledger.open("sqlite:///data.db", write=True) as log:
        for result in log.append(["plants.csv", "telemetry.jsonl"]):
            print(result.appended, "new events")
        print(log.head().size, log.prove(0).holds())

The names in `__all__` are supported; everything else in the package may change. They load when they are first used, so that a process
which needs but a part of the package, such as one that only reads files ahead, starts fast.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.api import (
        AppendResult,
        Delivery,
        Finding,
        GrowthProof,
        Head,
        InclusionProof,
        LedgerError,
        Log,
        Recorded,
        Status,
        UsageError,
        Verification,
        VerificationError,
        find_sources,
        initialise,
        rights_to_revoke,
        status,
        upgrade,
    )
    from ledger.api import open_log as open  # noqa: A004 - ledger.open reads as what it does
else:

    def __getattr__(name: str) -> object:
        """Return a supported name, loaded when it is first asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from ledger import api  # noqa: PLC0415 - SQLAlchemy takes longer to load than all the rest

        return getattr(api, "open_log" if name == "open" else name)


__all__ = [
    "AppendResult",
    "Delivery",
    "Finding",
    "GrowthProof",
    "Head",
    "InclusionProof",
    "LedgerError",
    "Log",
    "Recorded",
    "Status",
    "UsageError",
    "Verification",
    "VerificationError",
    "find_sources",
    "initialise",
    "open",
    "rights_to_revoke",
    "status",
    "upgrade",
]
