"""Tell that an environment is in use. Copied into each environment, and imported whenever its Python starts.

Every process holds a shared lock on its environment's `lock.txt` until it ends, however it ends; set-up removes an old environment only if
it can lock that file alone.
"""

import fcntl
import os
import sys

try:  # noqa: SIM105 - every start imports this, and contextlib would take ten times as long as all else here
    fcntl.flock(os.open(f"{sys.prefix}/lock.txt", os.O_RDONLY), fcntl.LOCK_SH)
except OSError:
    # Where files cannot be locked, or the environment is just being made, a start goes on without.
    pass
