"""Batches on their way from the process that reads ahead: each a length of 8 bytes and that many bytes."""

from array import array
from collections.abc import Callable, Sequence
from io import BufferedReader
from struct import iter_unpack

import msgspec
from attrs import evolve, frozen

from ledger.errors import LedgerError
from ledger.format.batch import Events
from ledger.source.read import Batch

_LENGTH_BYTES = 8


@frozen(kw_only=True)
class _Frame:
    """A batch of telemetry with its columns in bytes, or the message of the LedgerError that ended the reading."""

    batch: Batch | None = None
    event_times: bytes = b""
    event_hashes: bytes = b""
    payloads: bytes = b""
    line_numbers: bytes = b""
    repeats: int = 0
    error: bytes = b""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Frame).decode


def send_batch(send: Callable[[bytes], object], batch: Batch, events: Events) -> None:
    """Send a batch; its lines go as columns alone."""
    frame = _Frame(
        batch=evolve(batch, lines=[]),
        event_times=_pack(events.event_times),
        event_hashes=b"".join(events.event_hashes),
        # A line ends at LF, so that none has it inside.
        payloads=b"\n".join(events.payloads),
        line_numbers=_pack(events.line_numbers),
        repeats=events.repeats,
    )
    _send(send, frame)


def send_error(send: Callable[[bytes], object], error: LedgerError) -> None:
    """Send that reading failed, and how."""
    _send(send, _Frame(error=str(error).encode("utf-8", "surrogateescape")))


def receive(stream: BufferedReader) -> tuple[Batch, Events] | None:
    """Return the next batch; None if the stream ends, whole or in mid-frame. Raise the LedgerError that was sent."""
    length = int.from_bytes(stream.read(_LENGTH_BYTES), "big")
    data = stream.read(length)
    if not length or len(data) < length:
        return None
    frame = _decode(data)
    if frame.batch is None:
        raise LedgerError(frame.error.decode("utf-8", "surrogateescape"))
    keys = [key for (key,) in iter_unpack("32s", frame.event_hashes)]
    payloads = frame.payloads.split(b"\n") if keys else []
    times, numbers = _unpack(frame.event_times), _unpack(frame.line_numbers)
    return frame.batch, Events("telemetry", times, keys, payloads, numbers, frame.repeats)


def _send(send: Callable[[bytes], object], frame: _Frame) -> None:
    data = _encode(frame)
    send(len(data).to_bytes(_LENGTH_BYTES, "big"))
    send(data)


def _pack(numbers: Sequence[int]) -> bytes:
    return array("q", numbers).tobytes()


def _unpack(data: bytes) -> list[int]:
    return array("q", data).tolist()
