"""What the shapes of days are told to: a ledger that knows one roof."""

import pytest

from tests.support.book import Book
from tests.support.sunny_day import inverter, plant, register


@pytest.fixture
def roof(book: Book) -> Book:
    """Return a ledger that knows one plant in UTC and its inverter of 10 kW."""
    register(book, plant(), inverter())
    return book
