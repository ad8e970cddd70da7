"""What stops a command: one clear line that says what, where and what to do, and its exit code. Pure."""


class LedgerError(Exception):
    """An operating failure; never raised for bad input, which is data."""

    exit_code = 1


class PassingError(LedgerError):
    """The same may well go through when it is tried again: another was in the way, or the connection was lost."""


class UsageError(LedgerError):
    """A command or a function was asked for something that cannot be."""

    exit_code = 2


class VerificationError(LedgerError):
    """Something recorded is not what it was, or not what it is said to be."""

    exit_code = 3
