"""Segments: the append-only files of a journal, one for each recording and worker.

A segment begins with ``FRPJ`` and one byte for the version. Then follow records, each with
checksums and lengths, a header and a payload. The first record's header is a :class:`Head`. Every
other header is an :class:`Entry` without its payload, which listing does not read. A process that
dies during a write leaves a torn record at the end. Only that record is lost, because other
processes write to other segments.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import msgspec

from ...errors import DecodeError
from ..protocols import Entry, Head

_MAGIC = b"FRPJ"
_VERSION = 1
_START = _MAGIC + bytes([_VERSION])
# CRC-32 of the two lengths and the header; the two lengths; CRC-32 of the payload
_RECORD = struct.Struct(">IIII")
_LENGTHS = struct.Struct(">II")

_head = msgspec.msgpack.Decoder(Head)
_entry = msgspec.msgpack.Decoder(Entry)


class LaterVersion(DecodeError):
    """Raised when a segment was written by a later version of this package."""


class Segment(msgspec.Struct, frozen=True):
    """The contents of a segment.

    :param head: its head; ``None`` if no complete record was written.
    :param entries: the complete entries.
    :param torn: whether there is other data.
    """

    head: Head | None
    entries: list[Entry]
    torn: bool


def write_head(head: Head) -> bytes:
    """Return the beginning of a segment."""
    return _START + _record(msgspec.msgpack.encode(head), b"")


def write_entries(entries: Sequence[Entry]) -> bytes:
    """Return the records of entries."""
    return b"".join(
        _record(msgspec.msgpack.encode(msgspec.structs.replace(entry, payload=b"")), entry.payload)
        for entry in entries
    )


def _record(header: bytes, payload: bytes) -> bytes:
    checksum = zlib.crc32(header, zlib.crc32(_LENGTHS.pack(len(header), len(payload))))
    return _RECORD.pack(checksum, len(header), len(payload), zlib.crc32(payload)) + header + payload


def read_segment(file: BinaryIO, recording_id: str, *, payloads: bool = True) -> Segment:
    """Return the contents of a recording's segment.

    :param file: the file, open at its beginning.
    :param payloads: whether to read the payloads. Otherwise they are empty.
    :raises DecodeError: the file is not a segment, belongs to another recording, or is of a later
        version.
    """
    size = os.fstat(file.fileno()).st_size
    start = file.read(len(_START))
    if start != _START:
        if _START.startswith(start):
            return Segment(None, [], torn=size > 0)
        if start.startswith(_MAGIC):
            raise LaterVersion(
                f"a segment of version {start[-1]}; this package reads version {_VERSION}: update "
                "it"
            )
        raise DecodeError("not a segment: it has another prefix")
    records = _records(file, size, payloads)
    first = next(records, None)
    if first is None:
        return Segment(None, [], torn=True)
    entries: list[Entry] = []
    torn = False
    try:
        head = _head.decode(first[0])
        for record in records:
            if record is None:
                torn = True
            else:
                header, payload = record
                entries.append(msgspec.structs.replace(_entry.decode(header), payload=payload))
    except (msgspec.MsgspecError, ValueError) as error:
        # The checksums are right, so the data is foreign and not damaged.
        raise DecodeError(f"not a segment: {error}") from error
    if head.id != recording_id:
        raise DecodeError(f"a segment of another recording, {head.id!r:.40}")
    return Segment(head, entries, torn)


def _records(file: BinaryIO, size: int, payloads: bool) -> Iterator[tuple[bytes, bytes] | None]:
    """Yield the header and payload of each record, and ``None`` in place of damaged data.

    Reading continues after a damaged payload. After a damaged header, nothing can be found.
    """
    position = file.tell()
    while position < size:
        fixed = file.read(_RECORD.size)
        if len(fixed) < _RECORD.size:
            break
        checksum, header_length, payload_length, payload_checksum = _RECORD.unpack(fixed)
        position += _RECORD.size + header_length + payload_length
        if position > size:
            break
        header = file.read(header_length)
        if zlib.crc32(header, zlib.crc32(_LENGTHS.pack(header_length, payload_length))) != checksum:
            break
        if payloads:
            payload = file.read(payload_length)
            yield (header, payload) if zlib.crc32(payload) == payload_checksum else None
        else:
            file.seek(payload_length, os.SEEK_CUR)
            yield header, b""
    else:
        return
    yield None
