"""How long a run waits for others. Pure."""

from collections.abc import Callable

import attrs


@attrs.frozen
class Patience:
    """How long (s) a run waits for another or for readers, and who is told what it waits for, once."""

    seconds: float
    tell: Callable[[str], None]


PATIENT = Patience(600.0, lambda _whom: None)
