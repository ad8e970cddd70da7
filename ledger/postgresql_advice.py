"""What PostgreSQL's errors mean to an operator, and what to do. Pure."""

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
    "53": ("the server has not enough resources", "mend that, then run again: nothing is half-written"),
    "58": ("the server's machine failed", "check its disk and its log"),
    "XX": ("damaged, or the server failed inside", "check the server's log; restore from a backup where data is damaged"),
    "08": ("the connection was lost", "check the server and the network, then run again: nothing is half-written"),
}
# The driver's own failures to connect have no code; these texts stand in the server's or the library's message.
_UNREACHED = (
    ("password authentication failed", "28P01"),
    ("no password supplied", "28P01"),
    ("no pg_hba.conf entry", "28000"),
    ("too many clients", "53300"),
    ("too many connections", "53300"),
    ("remaining connection slots", "53300"),
    ("session is read-only", "25006"),
)
_NO_DATABASE = ('database "', "does not exist")
_NO_HOST = ("failed to resolve host", "could not translate host name", "Name or service not known")


def advise(cause: BaseException | None) -> tuple[str, str] | None:
    """Give what happened and what to do; None where it was not the machine."""
    message = " ".join(str(cause).split())
    code = getattr(cause, "sqlstate", None)
    advice = _find(code) if code else _without_code(cause, message)
    return advice and (f"{advice[0]} ({message})", advice[1])


def _find(code: str) -> tuple[str, str] | None:
    return next((_ADVICE[code[:length]] for length in (5, 3, 2) if code[:length] in _ADVICE), None)


def _without_code(cause: BaseException | None, message: str) -> tuple[str, str] | None:
    if type(cause).__name__ not in {"OperationalError", "ConnectionTimeout"}:
        return None
    if all(part in message for part in _NO_DATABASE):
        return _ADVICE["3D000"]
    if any(part in message for part in _NO_HOST):
        return "no such host", "check the name of the host"
    known = next((code for text, code in _UNREACHED if text in message), "08")
    return _ADVICE[known] if known != "08" or "onnection" in message else ("cannot be reached", _ADVICE["08"][1])
