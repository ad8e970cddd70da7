"""New, empty ledgers for tests whose lines go through the whole pipeline."""

from tests.projections.engine.conftest import book, make_book

__all__ = ["book", "make_book"]
