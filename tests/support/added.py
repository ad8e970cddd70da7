"""Projections of a test's own, found by the catalog beside the product's."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import invalidate_caches
from pathlib import Path

import pytest

from projections import tables
from projections.engine.catalog import catalog

Add = Callable[[str, str], None]
"""Adds a projection, or replaces one added before: the name of its module, and the module's text."""


@contextmanager
def added_projections(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Add]:
    """Return a function that adds projections, as files of a folder, until the context ends."""
    names = set()

    def forget() -> None:
        for name in names:
            sys.modules.pop(f"{tables.__name__}.{name}", None)
            vars(tables).pop(name, None)
        invalidate_caches()
        catalog.cache_clear()

    def add(name: str, text: str) -> None:
        names.add(name)
        (folder / f"{name}.py").write_text(text)
        forget()

    with monkeypatch.context() as patch:
        patch.setattr(tables, "__path__", [*tables.__path__, str(folder)])
        patch.setattr(sys, "dont_write_bytecode", True)  # a module replaced within a second looks the same to its cache
        try:
            yield add
        finally:
            for name in names:
                (folder / f"{name}.py").unlink()
            forget()
    catalog.cache_clear()
