"""Log lines on standard error: a verb and key=value, or one JSON object a line."""

import sys
from typing import TYPE_CHECKING

import msgspec
from loguru import logger

if TYPE_CHECKING:
    from loguru import Message


def configure(log_format: str) -> None:
    """Send log lines to standard error in the format."""
    logger.remove()
    if log_format == "json":
        logger.add(_write_json, level="INFO")
    else:
        logger.add(sys.stderr, level="INFO", format=_text)


def silence() -> None:
    """Write no log lines: the tool tells everything itself."""
    logger.remove()


def note(verb: str, **fields: object) -> None:
    """Log that something was done, with its figures."""
    logger.bind(**fields).info(verb)


def warn(verb: str, **fields: object) -> None:
    """Log what an operator should look at."""
    logger.bind(**fields).warning(verb)


def _text(record: object) -> str:
    fields = " ".join(f"{key}={{extra[{key}]}}" for key in record["extra"])  # type: ignore[index]
    return f"{{time:YYYY-MM-DDTHH:mm:ssZ}} {{level}} {{message}} {fields}\n"


def _write_json(message: "Message") -> None:
    record = message.record
    line = {"at": record["time"].isoformat(), "level": record["level"].name.lower(), "verb": record["message"], **record["extra"]}
    sys.stderr.write(msgspec.json.encode(line).decode() + "\n")
