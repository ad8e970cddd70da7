"""A plant as registered: the columns of its row, and how one statement is read. Pure."""

from typing import TYPE_CHECKING

from projections.calendar.zones import is_zone
from projections.table import column, row_class
from projections.values.statement import read_statement

if TYPE_CHECKING:
    from ledger.format.event import Logged


@row_class
class Plant:
    """One plant's registration, as its last statement has it."""

    plant_id: str = column("The plant's id, as registered, without surrounding spaces.")
    name: str = column("The plant's name. Empty where the registration gives none.")
    location: str = column("Where the plant is, in the registration's own words. Empty where it gives none.")
    timezone: str | None = column(
        "The IANA time zone whose calendar the plant's days follow, for example Asia/Kolkata.",
        null="the registration names no zone, or one that the locked tzdata package does not hold; the plant's daily summaries are held",
    )
    issues: str = column(
        "What is wrong with the registration: comma-joined sorted names out of timezone_missing and timezone_invalid. Empty: nothing."
    )
    position: int = column("Log position of the statement in force.")


def read_plant(event: "Logged") -> Plant | None:
    """Read a plant's registration out of an event; None where no usable plant_id can be read."""
    fields = read_statement(event.payload, "plant_id")
    if fields is None:
        return None
    zone = fields.get("timezone", "")
    return Plant(
        plant_id=fields["plant_id"],
        name=fields.get("name", ""),
        location=fields.get("location", ""),
        timezone=zone if is_zone(zone) else None,
        issues=_zone_issue(zone),
        position=event.position,
    )


def _zone_issue(zone: str) -> str:
    if not zone:
        return "timezone_missing"
    return "" if is_zone(zone) else "timezone_invalid"
