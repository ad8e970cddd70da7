r"""What the log states about a delivery, as an event of its own: the delivery's row, as bytes. Pure.

Format, version 1: a JSON object without spaces, in ASCII (all else as `\uXXXX`), its first key `heliolog_delivery` with the version of the
format, then the columns of the delivery in the order of the table; a digest in lower-case hex, instants in µs since 1970 UTC.
"""

import json
from collections.abc import Mapping

KIND = "delivery"
_VERSION = 1


def state_payload(columns: Mapping[str, object]) -> bytes:
    """Return the payload of the event that states a delivery, given its columns by name, in the order of the table.

    `{"delivery_id": 7, "source": "a.jsonl", …}` becomes `{"heliolog_delivery":1,"delivery_id":7,"source":"a.jsonl",…}`.
    """
    values = {name: value.hex() if isinstance(value, bytes) else value for name, value in columns.items()}
    return json.dumps({"heliolog_delivery": _VERSION, **values}, separators=(",", ":")).encode("ascii")
