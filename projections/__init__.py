"""The disposable side: tables made from the log, and the questions that are asked of them.

`projections.open(url)` returns a Book. The names in `__all__` are the only supported ones. They are loaded when first asked for, so that
importing a single module of this package stays cheap.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from projections.api import Book, open  # noqa: A004 - read as projections.open
    from projections.audit.day_steps import InspectedDay
    from projections.audit.day_trace import DayTrace
    from projections.audit.event_trace import EventTrace
    from projections.audit.overview import Overview
    from projections.audit.rejected import Rejected, RejectedGroup
    from projections.engine.compare import Comparison
    from projections.engine.runner import ProjectionOutcome
    from projections.tables.inverter_daily_summary.row import InverterDailySummary
    from projections.tables.inverter_telemetry import CleanReading

__all__ = [
    "Book",
    "CleanReading",
    "Comparison",
    "DayTrace",
    "EventTrace",
    "InspectedDay",
    "InverterDailySummary",
    "Overview",
    "ProjectionOutcome",
    "Rejected",
    "RejectedGroup",
    "open",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from projections import api  # noqa: PLC0415 - see above

    return getattr(api, name)
