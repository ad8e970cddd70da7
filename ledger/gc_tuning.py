"""How often a process looks for garbage."""

import gc

_NEW_OBJECTS = 200_000


def collect_seldom() -> None:
    """Look for unreachable cycles seldom: a batch holds many objects and no cycle, and to search them costs a tenth of a rebuild."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)
