"""The database of `--db` as a log or as a book, opened as the settings say."""

import ledger
import projections
from tools._cli.settings import load_settings


def open_log(url: str, *, write: bool = False) -> ledger.Log:
    """Return the log of the database at `url`; with `write` a file is made if there is none."""
    return ledger.open(url, write=write, **load_settings({}).timeouts_ms())


def open_book(url: str, *, write: bool = False) -> projections.Book:
    """Return the book of the database at `url`; with `write` a file is made if there is none."""
    return projections.open(url, write=write, **load_settings({}).timeouts_ms())
