"""Which database a URL names, and how it is shown to people: without its passwords."""

import re

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ledger.errors import UsageError
from ledger.source.read import readable_name

EXAMPLES = "sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE"
_SECRETS = ("password", "sslpassword")


def read_url(url: str) -> URL:
    """Take a URL apart; raise UsageError if it is none. Only the path of a file may hold bytes that are not UTF-8."""
    text = readable_name(url)
    try:
        made = make_url(url)
        path = made.database if made.get_backend_name() == "sqlite" else None
    except (ArgumentError, ValueError):
        pass
    else:
        rest = url.replace(path, "") if path else url
        if readable_name(rest) == rest:
            return made
    # What cannot be taken apart may hold a password all the same.
    hidden = re.sub("(password=)[^&]*", r"\1hidden", re.sub("://.*@", "://***@", text))
    raise UsageError(f"not a database URL: {hidden}; write {EXAMPLES}")


def show_url(url: URL) -> str:
    """Write a URL without its passwords: the one before the host, and those that libpq takes as options."""
    if url.database and readable_name(url.database) != url.database:
        return f"{url.drivername}:///{readable_name(url.database)}"
    hidden = url.update_query_dict({name: "hidden" for name in _SECRETS if name in url.query})
    return hidden.render_as_string(hide_password=True)
