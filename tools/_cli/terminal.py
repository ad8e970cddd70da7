"""Text as a terminal may get it: what it would act on is escaped. Pure."""

_BYTES = range(0xDC80, 0xDD00)
"""Python holds a byte from 0x80 to 0xff of a name that is not UTF-8 as one of these characters."""


def printable(text: str) -> str:
    """Escape what a terminal would act on, and bytes of a file's name that are not UTF-8."""
    return text if text.isprintable() else "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code % 0x100:02x}" if code in _BYTES else char.encode("unicode_escape").decode("ascii")
