"""The failures that stop a command: each one clear line that says what, where and what to do, with an exit code. Pure."""


class LedgerError(Exception):
    """A failure of the machine or its set-up, told in one line; never raised for bad input, which is data."""

    exit_code = 1


class PassingError(LedgerError):
    """A failure that may pass if the same is tried again: a deadlock with another program, or a lost connection."""


class UsageError(LedgerError):
    """A command or a function was asked for what cannot be, such as a position that is not in the log."""

    exit_code = 2


class VerificationError(LedgerError):
    """Something recorded was changed, or is damaged."""

    exit_code = 3
