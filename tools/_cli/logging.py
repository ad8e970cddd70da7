"""Log lines on standard error: a verb and key=value, or one JSON object a line; control characters are escaped in both."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from loguru import logger

from ledger.source.read import readable_name
from tools._cli.terminal import printable

if TYPE_CHECKING:
    from loguru import Message, Record

Write = Callable[[str], object]


def _write_standard_error(line: str) -> object:
    return sys.stderr.write(line)


_writers: list[Write] = [_write_standard_error]
"""Where log lines go: to the last of these."""


def configure(log_format: str) -> None:
    """Send log lines to standard error, in the format `text` or `json`."""
    logger.remove()
    if log_format == "json":
        logger.add(_write_json, level="INFO")
    else:
        logger.add(_write_text, level="INFO", format=_text_layout)


def silence() -> None:
    """Write no log lines: the tool tells everything itself."""
    logger.remove()


def note(verb: str, **fields: object) -> None:
    """Log that something was done, with its figures."""
    logger.bind(**fields).info(verb)


def warn(verb: str, **fields: object) -> None:
    """Log what an operator should look at."""
    logger.bind(**fields).warning(verb)


@contextmanager
def log_lines_to(write: Write) -> Iterator[None]:
    """Hand log lines to `write` instead, each with its line end: for as long as something else draws on the terminal, and knows how."""
    _writers.append(write)
    try:
        yield
    finally:
        _writers.remove(write)


def _text_layout(record: "Record") -> str:
    fields = " ".join(f"{key}={{extra[{key}]}}" for key in record["extra"])
    return f"{{time:YYYY-MM-DDTHH:mm:ssZ}} {{level}} {{message}} {fields}\n"


def _write_text(message: "Message") -> None:
    _writers[-1](printable(str(message).removesuffix("\n")) + "\n")


def _write_json(message: "Message") -> None:
    record = message.record
    extra = {key: readable_name(value) if isinstance(value, str) else value for key, value in record["extra"].items()}
    line = {"at": record["time"].isoformat(), "level": record["level"].name.lower(), "verb": record["message"], **extra}
    _writers[-1](msgspec.json.encode(line).decode() + "\n")
