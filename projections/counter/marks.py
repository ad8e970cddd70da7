"""The marks of counter values: what each value of an inverter's counter is to its counter line. Pure."""

from typing import Final

GLITCH: Final = "glitch"
GLITCH_ABOVE: Final = "glitch_above"
PENDING: Final = "pending"
PLACEHOLDER: Final = "placeholder"
PLACEHOLDER_ROW: Final = "placeholder_row"
EPOCH: Final = "epoch"
REPLACED: Final = "counter_replaced"

MARKS = {
    "accepted": "on the counter line: its step counts (the mark of every counter value that has no row here)",
    GLITCH: "off the line, below it: the counter value is lost, power and temperature stay",
    GLITCH_ABOVE: "off the line, above it: the row belongs to another time and is no reading",
    PENDING: "off the line, undecided: a reading without counter energy until a later value decides",
    PLACEHOLDER: "a zero that stands for a lost counter value",
    PLACEHOLDER_ROW: "a zero counter without power and temperature: no data, neither reading nor downtime",
    EPOCH: "the first value of a new counter line, credited with its own value since the last accepted one",
    REPLACED: "the first value of a new counter line that cannot have been counted from zero: nothing is credited",
}
"""Every mark with its meaning."""

GLITCHES = frozenset({GLITCH, GLITCH_ABOVE})
OPENINGS = frozenset({EPOCH, REPLACED})
"""The marks of values that are accepted and begin a new line."""

NO_READING = frozenset({GLITCH_ABOVE, PLACEHOLDER_ROW})
"""The marks of clean events that are no reading: their power and temperature do not count either."""
