"""Beside verification: hashlib.sha256 alone, over a log's payloads, read beforehand.

Argument: the database.
"""

import sys
import time
from hashlib import sha256

import click
import msgspec
from sqlalchemy import select

from ledger.database import open_database, reading
from ledger.store.schema import event_log


def main(path: str) -> None:
    """Hash every payload; print the seconds and how many there were."""
    with open_database(f"sqlite:///{path}", write=False) as database, reading(database) as connection:
        payloads = list(connection.execute(select(event_log.c.payload)).scalars())
    began = time.perf_counter()
    for payload in payloads:
        sha256(payload).digest()
    seconds = time.perf_counter() - began
    click.echo(msgspec.json.encode({"seconds": seconds, "payloads": len(payloads), "bytes": sum(map(len, payloads))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
