"""Telemetry under the data contract: every event is a clean reading or a rejected event, never both, never neither. Pure."""

from collections.abc import Sequence
from hashlib import sha256
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from projections.contract.by_column.judge import judge_columns
from projections.contract.flags import join_names
from projections.contract.judge import Rejection, judge
from projections.contract.message import Message, read_message
from projections.contract.reasons import Problem
from projections.contract.settle import KEPT, settle
from projections.definition.event_projection import EventProjection, Joining, Judgement
from projections.table import Table, column, row_class

if TYPE_CHECKING:
    from ledger.format.event import Logged
    from projections.registry.registry import Registry


@row_class
class CleanReading:
    """One reading: what an inverter measured at one moment, in one set of units."""

    inverter_id: str = column("The inverter that measured.")
    event_time: int = column("When it measured, by the sender's clock.", unit="UTC", store="instant")
    plant_id: str = column("The plant, as the message names it.")
    event_id: str | None = column("The sender's own number of the message; shown, never relied on.", null="the message has none")
    source: str | None = column("The channel the sender names, for example mqtt.", null="the message names none")
    ac_power_w: float | None = column(
        "AC power, rounded to 1 mW. Slightly negative at night (flag standby_negative).", unit="W", null="the message has none"
    )
    dc_power_w: float | None = column(
        "DC power, rounded to 1 mW.",
        unit="W",
        null="the message has none, it could not be read (flag field_unreadable) or was out of range (flag dc_out_of_range)",
    )
    energy_wh_total: float | None = column(
        "The inverter's lifetime energy counter, rounded to 1 mWh, as sent: not yet freed of glitches and resets.",
        unit="Wh",
        null="the message has none, it could not be read (flag field_unreadable) or was out of range (flag counter_out_of_range)",
    )
    temperature_c: float | None = column(
        "The inverter's temperature.",
        unit="°C",
        null="the message has none, it could not be read (flag field_unreadable) or was out of range (flag temperature_out_of_range)",
    )
    status: str | None = column(
        "The canonical status: running, off, sleeping, starting, derated, stopping, fault, standby, maintenance, offline or unknown.",
        null="the message has none",
    )
    status_raw: str | None = column("The status in the sender's own word.", null="the message has none")
    flags: str = column("What is remarkable about the reading: comma-joined sorted names. Empty: nothing.")
    position: int = column("Log position of the event that the reading comes from.")


@row_class
class RejectedEvent:
    """One telemetry event that is not a reading, with every reason found."""

    position: int = column("Log position of the event.")
    inverter_id: str | None = column("The inverter the message names; of an id that is too long, the beginning.", null="it cannot be read")
    plant_id: str | None = column("The plant the message names; of an id that is too long, the beginning.", null="it cannot be read")
    event_time: int | None = column("The message's moment, by the sender's clock.", unit="UTC", null="it cannot be read", store="instant")
    event_id: str | None = column("The sender's own number of the message.", null="the message has none, or it cannot be read")
    reason: str = column("The primary reason: of all that apply, the first in the order of the reasons.")
    reasons: str = column("All reasons that apply, the primary one included: comma-joined sorted names.")
    field: str | None = column(
        "The message's field that caused the primary reason.", null="the line as a whole, or another event, caused it"
    )
    value: str | None = column(
        "That field's value as sent, or the beginning of a line that could not be read; at most 200 characters.",
        null="the field is absent or null, or another event caused the primary reason",
    )
    measurement: str | None = column(
        "Which inverter measured what and when, as 32 hex digits of a SHA-256: the same digits, the same measurement.",
        null="the primary reason is not that another event is the reading",
    )


SUBJECT_AND_TIME = ("inverter_id", "event_time")
CLEAN = Table(name="inverter_telemetry_clean", row=CleanReading, key=SUBJECT_AND_TIME, subject_and_time=SUBJECT_AND_TIME)
REJECTED = Table(
    name="inverter_telemetry_rejected",
    row=RejectedEvent,
    key=("position",),
    indexes=(SUBJECT_AND_TIME, ("measurement",)),
    subject_and_time=SUBJECT_AND_TIME,
    counted_by="reason",
)

_MEASUREMENT_DIGITS = 32
_measured = attrgetter(
    "plant_id", "ac_power_w", "dc_power_w", "energy_wh_total", "temperature_c", "status", "flags"
)  # what makes two events equal: not the sender's numbering, channel and wording


def _judge(event: "Logged", registry: "Registry") -> Judgement:
    message = read_message(event.payload, event.event_time)
    inverter_id, event_time, plant_id = message.inverter_id, message.event_time, message.plant_id
    verdict = judge(message, event.recorded_at, None if inverter_id is None else registry.inverters.get(inverter_id))
    if isinstance(verdict, Rejection):
        return Judgement(None, REJECTED.name, _rejected(event.position, message, verdict.problems))
    # A message without one of these has the problem missing_field.
    assert inverter_id is not None and event_time is not None and plant_id is not None  # noqa: S101, PT018 - tells the type checker
    row = CleanReading(  # by position: this is built once per event
        inverter_id, event_time, plant_id, message.event_id, message.source,
        verdict.ac_power_w, verdict.dc_power_w, verdict.energy_wh_total, verdict.temperature_c,
        message.status, message.status_raw, verdict.flags, event.position,
    )  # fmt: skip
    return Judgement((inverter_id, event_time), CLEAN.name, row)


def _rejected(position: int, message: Message, problems: Sequence[Problem]) -> RejectedEvent:
    first = problems[0]
    return RejectedEvent(
        position=position,
        inverter_id=message.inverter_id,
        plant_id=message.plant_id,
        event_time=message.event_time,
        event_id=message.event_id,
        reason=first.reason,
        reasons=join_names(problem.reason for problem in problems),
        field=first.field,
        value=first.value,
        measurement=None,
    )


def _settle(judgements: Sequence[Judgement]) -> list[tuple[str, Any]]:
    rows = [judgement.row for judgement in judgements]
    reasons = settle([_measured(row) for row in rows])
    return [
        (CLEAN.name, row) if reason == KEPT else (REJECTED.name, _beaten(row, reason, _measurement(row)))
        for row, reason in zip(rows, reasons, strict=True)
    ]


def _changing(in_force: CleanReading, judgements: Sequence[Judgement]) -> set[str]:
    """Return the measurements whose repetitions are duplicates no longer, and those whose repetitions now are."""
    before, after = _measurement(in_force), _measurement(judgements[-1].row)
    return set() if before == after else {before, after}


def _join(in_force: CleanReading, others: Sequence[RejectedEvent], judgements: Sequence[Judgement]) -> list[tuple[str, Any]]:
    after = _measurement(judgements[-1].row)
    reasons = ["duplicate_reading" if row.measurement == after else "superseded" for row in others]
    return [
        *_settle([Judgement(None, CLEAN.name, in_force), *judgements]),
        *((REJECTED.name, _beaten(row, reason, row.measurement)) for row, reason in zip(others, reasons, strict=True)),
    ]


def _measurement(row: CleanReading) -> str:
    return sha256(repr((row.inverter_id, row.event_time, _measured(row))).encode()).hexdigest()[:_MEASUREMENT_DIGITS]


def _beaten(row: CleanReading | RejectedEvent, reason: str, measurement: str | None) -> RejectedEvent:
    return RejectedEvent(
        position=row.position,
        inverter_id=row.inverter_id,
        plant_id=row.plant_id,
        event_time=row.event_time,
        event_id=row.event_id,
        reason=reason,
        reasons=reason,
        field=None,
        value=None,
        measurement=measurement,
    )


_read_in_judging = attrgetter("plant_id", "capacity_kw", "commissioned_at")


def _judged_again(before: "Registry", after: "Registry") -> set[str]:
    changed = set()
    for inverter_id in before.inverters.keys() | after.inverters.keys():
        old, new = before.inverters.get(inverter_id), after.inverters.get(inverter_id)
        if old is not new and (old is None or new is None or _read_in_judging(old) != _read_in_judging(new)):
            changed.add(inverter_id)
    return changed


PROJECTION = EventProjection(
    name="inverter_telemetry",
    version=3,
    tables=(CLEAN, REJECTED),
    kinds=frozenset({"telemetry"}),
    conflict_key=SUBJECT_AND_TIME,
    judge=_judge,
    settle=_settle,
    joining=Joining(column="measurement", changing=_changing, settle=_join),
    judged_again=_judged_again,
    judge_by_column=judge_columns,
    conserves=True,
)
