"""A folder for what a run needs only while it lasts. A run that is killed leaves its folder; the next one removes it."""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ledger.clock import now

_OLD_US = 3_600_000_000
"""A run that lives locks its folder within seconds of making it."""

_NAME, _NOT_YET, _LOCK = "heliolog-verify-", "heliolog-begun-", "lock"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a new folder in the temporary directory, and remove it at the end; first, remove those that no process owns any more.

    A run owns its folder by the lock on a file in it, which the system frees however the run ends. The folder gets the name by which
    others look for it once it is locked; one that a run was killed before it had locked is removed an hour later. Folders of other users,
    and those of that name without such a file, are left alone.
    """
    place = Path(tempfile.gettempdir())
    for folder in place.glob(f"{_NAME}*"):
        _remove_if_left(folder)
    for folder in place.glob(f"{_NOT_YET}*"):
        _remove_if_old(folder)
    begun = Path(tempfile.mkdtemp(prefix=_NOT_YET))
    folder = begun
    try:
        with (begun / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            folder = begun.rename(place / begun.name.replace(_NOT_YET, _NAME))
            yield folder
            _remove(folder)
    finally:
        _remove(folder)


def _remove_if_left(folder: Path) -> None:
    # Others may remove it at the same time, and what is not ours to open is not ours to remove.
    with suppress(OSError):
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            return
        with os.fdopen(os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW), "r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)


def _remove_if_old(folder: Path) -> None:
    with suppress(OSError):
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and now() - found.st_mtime_ns // 1000 > _OLD_US:
            _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder, its lock last: if this is cut off, the next run goes on."""
    for entry in (entry for entry in folder.glob("*") if entry.name != _LOCK):
        entry.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
