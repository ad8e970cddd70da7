"""Which database a URL names, and how it is shown to people: without its passwords."""

import re

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ledger.errors import UsageError

EXAMPLES = "sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE"
_SECRETS = ("password", "sslpassword")


def read_url(url: str) -> URL:
    """Take a URL apart; raise UsageError if it is none."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError):
        # What cannot be taken apart may hold a password all the same.
        hidden = re.sub("(password=)[^&]*", r"\1hidden", re.sub("://.*@", "://***@", url))
        raise UsageError(f"not a database URL: {hidden}; write {EXAMPLES}") from None


def show_url(url: URL) -> str:
    """Write a URL without its passwords: the one before the host, and those that libpq takes as options."""
    return url.update_query_dict({name: "hidden" for name in _SECRETS if name in url.query}).render_as_string(hide_password=True)
