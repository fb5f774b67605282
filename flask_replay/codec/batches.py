"""One request's events as bytes, in a fast typed format or a readable one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ..errors import DecodeError
from ..recording.model import AnyEvent, Batch, Request
from . import freeform

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
_MOST = (1 << 63) - 1


def encode_batch(batch: Batch, format: str = "msgpack") -> bytes:
    """Encode what one request gave.

    What a batch should not hold but does, such as half a surrogate pair, is written readably.

    :param format: one of :data:`FORMATS`.
    """
    start = _start(batch)
    batch = Batch(tuple(_moved(_write(event), -start if number else 0) for number, event in enumerate(batch.events)))
    try:
        return _ENCODE[format](batch)
    except (UnicodeEncodeError, OverflowError, TypeError, RecursionError):
        return _ENCODE[format](_mend(batch))


def decode_batch(data: bytes, format: str = "msgpack") -> Batch:
    """Decode what one request gave.

    :raises DecodeError: the bytes are none, whatever else they are.
    """
    decode = _DECODE.get(format)
    if decode is None:
        raise DecodeError(f"unknown format {format!r:.20}; this version reads {', '.join(FORMATS)}")
    try:
        batch = decode(data)
        start = _start(batch)
        return Batch(tuple(_moved(_read(event), start if number else 0) for number, event in enumerate(batch.events)))
    except DecodeError:
        raise
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError, TypeError) as error:
        raise DecodeError(f"not a batch of events: {error}") from error


def _start(batch: Batch) -> int:
    """Give the offset of the first event: the others are written from there, small numbers that repeat."""
    return batch.events[0].offset_ms if batch.events else 0


def _moved(event: AnyEvent, milliseconds: int) -> AnyEvent:
    if not milliseconds:
        return event
    return msgspec.structs.replace(event, offset_ms=event.offset_ms + milliseconds)


def _write(event: AnyEvent) -> AnyEvent:
    if not isinstance(event, Request) or not (event.view_args or event.form or event.json):
        return event
    return msgspec.structs.replace(
        event,
        view_args={freeform.key(name): freeform.write(value) for name, value in event.view_args.items()},
        form={freeform.key(name): [freeform.write(value) for value in values] for name, values in event.form.items()},
        json=freeform.write(event.json),
    )


def _read(event: AnyEvent) -> AnyEvent:
    if not isinstance(event, Request) or not (event.view_args or event.form or event.json):
        return event
    return msgspec.structs.replace(
        event,
        view_args={name: freeform.read(value) for name, value in event.view_args.items()},
        form={name: [freeform.read(value) for value in values] for name, values in event.form.items()},
        json=freeform.read(event.json),
    )


def _mend(value: Any, depth: int = 0) -> Any:
    """Give a copy that can be encoded."""
    if isinstance(value, str):
        return freeform.text(value)
    if value is None or isinstance(value, bool | float | bytes):
        return value
    if isinstance(value, int):
        return max(-_MOST, min(_MOST, value))
    if depth < 2 * freeform.MAX_DEPTH:
        if isinstance(value, msgspec.Struct):
            fields = {name: _mend(getattr(value, name), depth + 1) for name in value.__struct_fields__}
            return type(value)(**fields)
        if isinstance(value, list | tuple):
            return type(value)(_mend(item, depth + 1) for item in value)
        if isinstance(value, dict):
            return {freeform.key(name): _mend(item, depth + 1) for name, item in value.items()}
    return f"<{type(value).__name__}>"
