"""One request's events as bytes, in a fast typed format or a readable one."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..errors import DecodeError
from ..recording.model import Batch

FORMATS = ("msgpack", "json")
"""Names of the formats: the default first. Both keep everything a batch holds."""

_ENCODE: dict[str, Callable[[Batch], bytes]] = {
    "msgpack": msgspec.msgpack.Encoder().encode,
    "json": msgspec.json.Encoder().encode,
}
_DECODE: dict[str, Callable[[bytes], Batch]] = {
    "msgpack": msgspec.msgpack.Decoder(Batch).decode,
    "json": msgspec.json.Decoder(Batch).decode,
}


def encode_batch(batch: Batch, format: str = "msgpack") -> bytes:
    """Encode what one request gave.

    :param format: one of :data:`FORMATS`.
    """
    return _ENCODE[format](batch)


def decode_batch(data: bytes, format: str = "msgpack") -> Batch:
    """Decode what one request gave.

    :raises DecodeError: the bytes are none, whatever else they are.
    """
    decode = _DECODE.get(format)
    if decode is None:
        raise DecodeError(f"unknown format {format!r}; this version reads {', '.join(FORMATS)}")
    try:
        return decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError, TypeError) as error:
        raise DecodeError(f"not a batch of events: {error}") from error
