"""How a schema that is there differs from the one that this version makes: parts by name, and the sentences about them. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from attrs import frozen

OFF = "switched off"
"""The definition of a part that is there and does nothing, such as a disabled trigger."""


class Part(NamedTuple):
    """One part of a schema, such as `Part("column", "event_log", "payload")`; `of` is empty for what belongs to no table."""

    kind: str
    of: str
    name: str

    def __str__(self) -> str:
        """Return it as a reader would name it: `column payload of event_log`."""
        return f"{self.kind} {self.name}{self.of and f' of {self.of}'}"


@frozen
class SchemaComparison:
    """What comparing a log's schema found: one sentence for each difference, `trigger event_log_refuses_update of event_log is missing`.

    `only_names`: why definitions could not be compared, so that only what is missing was found; None if all was compared.
    """

    differences: list[str]
    only_names: str | None = None


def compare_parts(made: Mapping[Part, str], there: Mapping[Part, str]) -> list[str]:
    """Return a sentence for each part that is missing, foreign, or not what this version makes; both map parts to their definitions.

    Of a table that is missing, what belongs to it is not named as well.
    """
    lost = {part.name for part in made if part not in there and not part.of}
    found = [_sentence(part, definition, there.get(part)) for part, definition in made.items() if part.of not in lost]
    return [sentence for sentence in found if sentence] + [f"{part} is foreign" for part in there if part not in made]


def _sentence(part: Part, made: str, there: str | None) -> str:
    if there is None:
        return f"{part} is missing"
    if there == made:
        return ""
    return f"{part} is {OFF}" if there == OFF else f"{part} is not what this version makes"
