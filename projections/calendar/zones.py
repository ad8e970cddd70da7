"""Time zones from the locked tzdata package and from nowhere else, so that no machine's own files change a day. Pure."""

from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata

TZDATA_VERSION: str = tzdata.IANA_VERSION


@cache
def zone_names() -> frozenset[str]:
    """Return every IANA zone name the package holds."""
    return frozenset(resources.files(tzdata).joinpath("zones").read_text(encoding="ascii").split())


def is_zone(name: str) -> bool:
    """Return whether `name` is an IANA zone, exactly as written."""
    return name in zone_names()


@cache
def zone(name: str) -> ZoneInfo:
    """Load a zone by its IANA name; a name that `is_zone` denies raises KeyError."""
    if not is_zone(name):
        raise KeyError(name)
    with resources.files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
