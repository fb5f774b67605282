"""Segments: the append-only files of a journal, one for each recording and worker.

A segment is a row of records: length (4 bytes), CRC-32 (4 bytes), then as many bytes. The first
record holds a :class:`Head`; every other an :class:`Entry`, its payload last so that listing can
leave it unread. A process that dies while it writes leaves a torn record at the end; it costs
itself, and what another process wrote is in another segment.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

import msgspec

from ..errors import DecodeError
from .protocols import Entry, Head

MAX_RECORD = 256 << 20
_RECORD = struct.Struct(">II")
_head = msgspec.msgpack.Decoder(Head)
_entry = msgspec.msgpack.Decoder(Entry)


def write_head(head: Head) -> bytes:
    """Give the first record of a segment."""
    return _record(msgspec.msgpack.encode(head))


def write_entries(entries: Sequence[Entry]) -> bytes:
    """Give the records of entries."""
    return b"".join(_record(msgspec.msgpack.encode(entry)) for entry in entries)


def _record(data: bytes) -> bytes:
    return _RECORD.pack(len(data), zlib.crc32(data)) + data


def read_segment(data: bytes) -> tuple[Head, list[Entry], bool]:
    """Read a segment: its head, all entries before anything torn, and whether something was torn.

    :raises DecodeError: not even the head is whole.
    """
    records = _records(data)
    try:
        record, end = next(records)
        head = _head.decode(record)
    except StopIteration:
        raise DecodeError("the segment has no head") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise DecodeError(f"not the head of a segment: {error}") from error
    entries: list[Entry] = []
    try:
        for record, end in records:  # noqa: B007  its last value counts
            entries.append(_entry.decode(record))
    except (msgspec.MsgspecError, ValueError):
        return head, entries, True
    return head, entries, end != len(data)


def _records(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Give each whole record, and where it ends."""
    position = 0
    while position + _RECORD.size <= len(data):
        length, checksum = _RECORD.unpack_from(data, position)
        position += _RECORD.size
        record = data[position : position + length]
        if length > MAX_RECORD or len(record) != length or zlib.crc32(record) != checksum:
            return
        position += length
        yield record, position
