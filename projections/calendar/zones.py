"""Time zones from the locked tzdata package and from nowhere else: no file of the machine can change a day. Pure."""

from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata

TZDATA_VERSION: str = tzdata.IANA_VERSION
"""For example `2025b`; tables made with another version are rebuilt."""


@cache
def zone_names() -> frozenset[str]:
    """Return every IANA zone name that the package holds."""
    return frozenset(resources.files(tzdata).joinpath("zones").read_text(encoding="ascii").split())


def is_zone(name: str) -> bool:
    """Return whether `name` is an IANA zone, spelled exactly: `Asia/Kolkata` is, `asia/kolkata` is not."""
    return name in zone_names()


@cache
def zone(name: str) -> ZoneInfo:
    """Return a zone by its IANA name; KeyError if `is_zone` says no."""
    if not is_zone(name):
        raise KeyError(name)
    with resources.files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
