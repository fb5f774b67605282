"""Batches as bytes, in a fast typed format or a readable one."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from operator import sub
from typing import Any, TypeVar, Union, get_args

import msgspec

from ..errors import DecodeError
from ..recording.batch import Batch
from ..recording.events import AnyEvent, Frame, Message, Request
from ..trace.type_sets import name_of_type
from . import freeform

Decoded = TypeVar("Decoded")

BATCH_FORMATS = ("msgpack", "json")
"""Names of the formats, the default first. Both keep everything that a batch holds."""

_ENCODE: dict[str, Callable[[Batch], bytes]] = {
    "msgpack": msgspec.msgpack.Encoder().encode,
    "json": msgspec.json.Encoder().encode,
}
_DECODE: dict[str, Callable[[bytes], Batch]] = {
    "msgpack": msgspec.msgpack.Decoder(Batch).decode,
    "json": msgspec.json.Decoder(Batch).decode,
}
_Joined = tuple[list[int], list[Batch]]
_DECODE_JOINED: dict[str, Callable[[bytes], _Joined]] = {
    "msgpack": msgspec.msgpack.Decoder(_Joined).decode,
    "json": msgspec.json.Decoder(_Joined).decode,
}
_Split = tuple[list[int], list[msgspec.Raw]]
_SPLIT: dict[str, Callable[[bytes], _Split]] = {
    "msgpack": msgspec.msgpack.Decoder(_Split).decode,
    "json": msgspec.json.Decoder(_Split).decode,
}

_KIND = {
    kind: msgspec.defstruct(
        f"{kind.__name__}Kind",
        [],
        tag_field=kind.__struct_config__.tag_field,
        tag=kind.__struct_config__.tag,
    )
    for kind in get_args(AnyEvent)
}
"""Types that decode only the kinds of events."""

_FRAME = _KIND[Frame]
_AnyKind: Any = Union[tuple(_KIND.values())]  # noqa: UP007 - made of a list
_BatchKinds: Any = msgspec.defstruct(
    "BatchKinds", [("events", tuple[_AnyKind, ...])], array_like=True
)
"""A type that decodes only the kinds of a batch's events. The batch may have more fields."""

_Kinds: Any = tuple[list[int], list[_BatchKinds]]
_KINDS: dict[str, Callable[[bytes], Any]] = {
    "msgpack": msgspec.msgpack.Decoder(_Kinds).decode,
    "json": msgspec.json.Decoder(_Kinds).decode,
}
_ARRAY = struct.Struct(">BI")
_ARRAY32 = 0xDD
"""The first byte of a msgpack array whose length takes four bytes."""

_MOST = (1 << 63) - 1

BETWEEN = 24
"""Bytes that :func:`join_batches` adds at most per batch, and once more for the whole."""


def encode_batch(batch: Batch, format: str = "msgpack") -> bytes:
    """Encode a batch, with its times relative to its first event, because small numbers that repeat
    compress well.

    A value that the format cannot hold, such as a lone surrogate, is written in a readable form.

    :param format: one of :data:`BATCH_FORMATS`.
    """
    start = batch.events[0].offset_ms if batch.events else 0
    batch = Batch(tuple([_written(event, start) for event in batch.events]))
    try:
        return _ENCODE[format](batch)
    except (UnicodeEncodeError, OverflowError, TypeError, RecursionError):
        return _ENCODE[format](_encodable(batch))


def decode_batch(data: bytes, format: str = "msgpack", start: int = 0) -> Batch:
    """Decode a batch.

    :param start: offset of its first event in milliseconds, which the bytes do not hold.
    :raises DecodeError: the bytes are not such a batch; no other exception is raised.
    """
    return _decode(_DECODE, data, format, lambda batch: _restored(batch, start))


def join_batches(batches: Sequence[tuple[int, bytes]], format: str) -> Iterator[bytes]:
    """Write encoded batches as two arrays of the format: the times between them, and the batches.

    No batch is decoded.

    :param batches: for each batch, the offset of its first event in milliseconds, and the result of
        :func:`encode_batch`.
    :returns: pieces, to be joined.
    """
    starts = [start for start, _ in batches]
    gaps = list(map(sub, starts, [0, *starts]))
    if format == "json":
        yield b"[" + msgspec.json.encode(gaps) + b",["
        for number, (_, payload) in enumerate(batches):
            yield b"," + payload if number else payload
        yield b"]]"
    else:
        yield b"\x92" + msgspec.msgpack.encode(gaps) + _ARRAY.pack(_ARRAY32, len(batches))
        yield from (payload for _, payload in batches)


def decode_batches(data: bytes, format: str) -> list[Batch]:
    """Decode the result of :func:`join_batches`.

    :raises DecodeError: the bytes are not such arrays; no other exception is raised.
    """
    gaps, batches = _decode(_DECODE_JOINED, data, format, _paired)
    return [_restored(batch, start) for batch, start in zip(batches, accumulate(gaps), strict=True)]


def decode_frame(data: bytes, format: str, number: int) -> Frame | None:
    """Decode one frame out of the result of :func:`join_batches`; ``None`` if there is none.

    Of the batches before it, only the kinds of their events are read.

    :param number: the number of the frame among all frames of the recording, from 0.
    :raises DecodeError: the bytes are not such arrays; no other exception is raised.
    """
    try:
        _, kinds = _decode(_KINDS, data, format, _paired)
    except DecodeError:  # a batch may still be readable as a whole
        frames = [frame for batch in decode_batches(data, format) for frame in batch.frames]
        return frames[number] if 0 <= number < len(frames) else None
    for index, batch in enumerate(kinds):
        count = [*map(type, batch.events)].count(_FRAME)
        if 0 <= number < count:
            gaps, batches = _decode(_SPLIT, data, format, _paired)
            found = decode_batch(bytes(batches[index]), format, sum(gaps[: index + 1]))
            return found.frames[number]
        number -= count
    return None


_AnyJoined = TypeVar("_AnyJoined", bound=tuple[list[int], list[Any]])


def _paired(joined: _AnyJoined) -> _AnyJoined:
    """Return the times between batches, and the batches, unchanged.

    :raises DecodeError: their numbers differ.
    """
    gaps, batches = joined
    if len(gaps) != len(batches):
        raise DecodeError("not a recording: it does not say when each of its batches began")
    return joined


def _decode(
    decoders: Mapping[str, Callable[[bytes], Decoded]],
    data: bytes,
    format: str,
    finish: Callable[[Decoded], Decoded],
) -> Decoded:
    if format not in decoders:
        raise DecodeError(
            f"unknown format {format!r:.20}; this version reads {', '.join(BATCH_FORMATS)}"
        )
    try:
        return finish(decoders[format](data))
    except DecodeError:
        raise
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError, TypeError) as error:
        raise DecodeError(f"not a batch of events: {error}") from error


def _restored(batch: Batch, start: int) -> Batch:
    return Batch(tuple(_shifted(_read(event), start) for event in batch.events))


def _shifted(event: AnyEvent, milliseconds: int) -> AnyEvent:
    if not milliseconds:
        return event
    return msgspec.structs.replace(event, offset_ms=event.offset_ms + milliseconds)


def _has_hooked_data(request: Request) -> bool:
    """Whether a request has any data that hooks of the app may have changed."""
    return (
        bool(request.view_args or request.form)
        or request.json is not None
        or request.data is not None
    )


def _written(event: AnyEvent, start: int) -> AnyEvent:
    """Return an event as it is encoded, with its time relative to a start."""
    offset_ms = event.offset_ms - start
    if isinstance(event, Message) and event.json:
        return msgspec.structs.replace(event, offset_ms=offset_ms, json=freeform.write(event.json))
    if not isinstance(event, Request) or not _has_hooked_data(event):
        return msgspec.structs.replace(event, offset_ms=offset_ms) if start else event
    return msgspec.structs.replace(
        event,
        offset_ms=offset_ms,
        view_args={
            freeform.key(name): freeform.write(value) for name, value in event.view_args.items()
        },
        form={
            freeform.key(name): [freeform.write(value) for value in values]
            for name, values in event.form.items()
        },
        json=freeform.write(event.json),
        data=freeform.write(event.data),
    )


def _read(event: AnyEvent) -> AnyEvent:
    if isinstance(event, Message) and event.json:
        return msgspec.structs.replace(event, json=freeform.read(event.json))
    if not isinstance(event, Request) or not _has_hooked_data(event):
        return event
    return msgspec.structs.replace(
        event,
        view_args={name: freeform.read(value) for name, value in event.view_args.items()},
        form={
            name: [freeform.read(value) for value in values] for name, values in event.form.items()
        },
        json=freeform.read(event.json),
        data=freeform.read(event.data),
    )


def _encodable(value: Any, depth: int = 0) -> Any:
    """Return a copy that can be encoded."""
    if isinstance(value, str):
        return freeform.text(value)
    if value is None or isinstance(value, bool | float | bytes):
        return value
    if isinstance(value, int):
        return max(-_MOST, min(_MOST, value))
    if depth < 2 * freeform.MAX_NESTING:
        if isinstance(value, msgspec.Struct):
            fields = {
                name: _encodable(getattr(value, name), depth + 1)
                for name in value.__struct_fields__
            }
            return type(value)(**fields)
        if isinstance(value, list | tuple):
            return type(value)(_encodable(item, depth + 1) for item in value)
        if isinstance(value, dict):
            keys = [name if type(name) is int else freeform.key(name) for name in value]
            return dict(
                zip(keys, (_encodable(item, depth + 1) for item in value.values()), strict=True)
            )
    return f"<{name_of_type(type(value))}>"
