"""What PostgreSQL's errors mean to an operator, and what to do. Pure."""

import re

_NO_HOST = "no host"
# Said while connecting by a multi-host URL: the primary is gone, and the standby that answers may be promoted at any moment.
_NO_PRIMARY = "session is read-only"

# https://www.postgresql.org/docs/current/errcodes-appendix.html: whole codes first, then classes
_ADVICE = {
    "28P01": ("wrong password or no such user", "check the user and the password of the URL, PGPASSWORD or the password file"),
    "28000": ("this user may not connect so", "check the user, and pg_hba.conf on the server"),
    "3D000": ("no such database", "check the name; make it with createdb, then tools/db init"),
    "42501": ("no rights for this", "connect as a user with the role for it (RUNBOOK.md, roles)"),
    "25006": ("the server is a read-only standby or was set read-only", "name the primary, or both with target_session_attrs=read-write"),
    "53100": ("no space left on the server, or its quota is used up", "free space there, then run again: nothing is half-written"),
    "53200": ("the server is out of memory", "free memory there, then run again"),
    "53300": ("the server has no connection left", "wait, end idle ones or raise max_connections, then run again"),
    "55P03": ("locked by another program for too long", "wait until it has finished, then run again"),
    "57014": ("the server cancelled the statement", "run again; where it took too long, raise statement_timeout"),
    "57P": ("the server is starting, stopping or was ended", "wait until it is up, then run again"),
    "40": ("another program was in the way every time", "run again"),
    _NO_HOST: ("no such host", "check the name of the host in the URL"),
    "53": ("the server has not enough resources", "mend that, then run again: nothing is half-written"),
    "58": ("the server's machine failed", "check its disk and its log"),
    "XX": ("damaged, or the server failed inside", "check the server's log; restore from a backup where data is damaged"),
    "08": ("the server cannot be reached", "check host, port, server and network, then run again: nothing is half-written"),
}
# A failure to connect has no code; what the server or the library says has one of these in it.
_WITHOUT_CODE = (
    ("password authentication failed", "28P01"),
    ("no password supplied", "28P01"),
    ("pg_hba.conf", "28000"),
    ("Peer authentication failed", "28000"),
    ("too many clients", "53300"),
    ("too many connections", "53300"),
    ("remaining connection slots", "53300"),
    (_NO_PRIMARY, "25006"),
    ("permission denied for database", "42501"),
    ("failed to resolve host", _NO_HOST),
    ("could not translate host name", _NO_HOST),
)
_NO_DATABASE = re.compile('database ".*" does not exist')
_STANDBY = "during recovery"
_DAMAGE = ("58", "XX")
_PASSING = ("08", "40001", "40P01", "53300", "57P01", "57P02", "57P03")


def advise(cause: BaseException | None) -> tuple[str, str] | None:
    """Return what happened and what to do; None if it was not the machine."""
    message = " ".join(str(cause).split())
    code = _code(cause, message)
    advice = next((_ADVICE[code[:length]] for length in (None, 3, 2) if code[:length] in _ADVICE), None)
    return advice and (f"{advice[0]} ({message})", advice[1])


def shows_damage(cause: BaseException | None) -> bool:
    """Return whether what was read is damaged, or not what this program made, such as a table or a page; no second try helps."""
    return _code(cause, str(cause)).startswith(_DAMAGE) or advise(cause) is None


def passes(cause: BaseException | None) -> bool:
    """Return whether the same may go through if it is tried again: another was in the way, or the connection was lost."""
    return _code(cause, str(cause)).startswith(_PASSING) or _NO_PRIMARY in str(cause)


def _code(cause: BaseException | None, message: str) -> str:
    code: str | None = getattr(cause, "sqlstate", None)
    if code == "0A000" and _STANDBY in message:
        return "25006"
    if code or not any(kind.__name__ == "OperationalError" for kind in type(cause).__mro__):
        return code or ""
    if _NO_DATABASE.search(message):
        return "3D000"
    return next((known for text, known in _WITHOUT_CODE if text in message), "08")
