"""An inverter as registered: the columns of its row, and how one statement is read. Pure."""

from typing import TYPE_CHECKING

from projections.table import column, row_class
from projections.values.moment import read_moment
from projections.values.numbers import PER_UNIT, read_number, read_thousandths
from projections.values.statement import read_statement

if TYPE_CHECKING:
    from ledger.format.event import Logged

CAPACITY_KW_MAX = 10_000.0

_MODULUS_WH_MAX = 1e15


@row_class
class Inverter:
    """One inverter's registration, as its last statement has it."""

    inverter_id: str = column("The inverter's id, as registered, without surrounding spaces.")
    plant_id: str | None = column(
        "The plant the inverter belongs to. Its telemetry must name the same one.",
        null="the registration names no plant; telemetry of any plant is then accepted",
    )
    vendor: str = column("The inverter's maker. Empty where the registration gives none.")
    model: str = column("The inverter's model. Empty where the registration gives none.")
    capacity_kw: float | None = column(
        "Nameplate AC power, P0 of every limit that is a share of it.",
        unit="kW",
        null="the registration's capacity is not a number, not above 0 or above 10 000; limits then follow a fixed ±10 MW",
    )
    commissioned_at: int | None = column(
        "When the inverter went into service. Readings more than 24 h earlier are rejected.",
        unit="UTC",
        null="the registration gives no time, or one that cannot be read or has no UTC offset",
        store="instant",
    )
    counter_modulus_wh: float | None = column(
        "The value at which the lifetime counter starts again from 0, for example 4294967296.",
        unit="Wh",
        null="the registration gives none, or not a number above 0; the counter is then taken never to start again",
    )
    issues: str = column(
        "What is wrong with the registration: comma-joined sorted names out of bad_capacity, bad_commissioned_at, bad_counter_modulus and "
        "missing_plant. Empty: nothing."
    )
    position: int = column("Log position of the statement in force.")


def read_inverter(event: "Logged") -> Inverter | None:
    """Read an inverter's registration out of an event; None where no usable inverter_id can be read."""
    fields = read_statement(event.payload, "inverter_id")
    if fields is None:
        return None
    plant_id = fields.get("plant_id") or None
    capacity_kw = _read_capacity(fields.get("capacity_kw", ""))
    commissioned = fields.get("commissioned_at", "")
    commissioned_at = read_moment(commissioned)
    modulus = fields.get("counter_modulus_wh", "")
    counter_modulus_wh = _read_modulus(modulus)
    found = {
        "bad_capacity": capacity_kw is None,
        "bad_commissioned_at": bool(commissioned) and commissioned_at is None,
        "bad_counter_modulus": bool(modulus) and counter_modulus_wh is None,
        "missing_plant": plant_id is None,
    }
    return Inverter(
        inverter_id=fields["inverter_id"],
        plant_id=plant_id,
        vendor=fields.get("vendor", ""),
        model=fields.get("model", ""),
        capacity_kw=capacity_kw,
        commissioned_at=commissioned_at,
        counter_modulus_wh=counter_modulus_wh,
        issues=",".join(issue for issue, present in found.items() if present),
        position=event.position,
    )


def _read_capacity(text: str) -> float | None:
    number = read_number(text)
    return number if number is not None and 0 < number <= CAPACITY_KW_MAX else None


def _read_modulus(text: str) -> float | None:
    # A modulus below half a mWh would be 0 in the integers that energy is added up in; one above 10^15 Wh, none that 64 bits hold.
    number = read_number(text)
    return number if number is not None and number <= _MODULUS_WH_MAX and (read_thousandths(text, PER_UNIT) or 0) > 0 else None
