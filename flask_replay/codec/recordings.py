"""A finished recording as one document.

It begins with ``FRPL``, one byte of version, four bytes of length (big-endian), and a header of
that length: the summary, and the format of the batches. The header is read without decompressing
anything. One brotli stream over all batches and the times between them follows. With one stream and
a window of 4 MB, pages that repeat cost almost nothing.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence

import brotli
import msgspec

from ..errors import DecodeError
from ..recording.events import Frame
from ..recording.ids import is_id
from ..recording.model import Recording
from ..recording.summary import Summary
from . import batches
from .batches import decode_batches, join_batches
from .documents import unpack

MAX_RECORDING = 64 << 20
"""Bytes that one recording may have when decompressed."""

_QUALITY = 5
"""From the next quality on, time grows more than the size shrinks."""

_MAGIC = b"FRPL"
_VERSION = 1
_START = struct.Struct(">4sBI")


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """The header of a document, before its batches.

    :param documents: content hashes of the templates and setups that the recording uses.
    """

    summary: Summary
    format: str = "msgpack"
    documents: tuple[str, ...] = ()


def encode_recording(
    summary: Summary,
    batches: Sequence[tuple[int, bytes]],
    format: str = "msgpack",
    documents: Sequence[str] = (),
) -> bytes:
    """Make a document of encoded batches. No batch is decoded.

    :param batches: in order: the offset of the first event of each in milliseconds, and the result
        of :func:`encode_batch`.
    :param format: the format of the batches.
    :param documents: content hashes of the templates and setups that the batches use.
    """
    # msgspec omits a default only if it is the same object, and a text from a database is another
    # one
    header = Header(summary, sys.intern(format), tuple(documents))
    compressor = brotli.Compressor(quality=_QUALITY)
    pieces = [*map(compressor.process, join_batches(batches, format)), compressor.finish()]
    return framed(header, b"".join(pieces))


def framed(header: Header, body: bytes) -> bytes:
    """Return a document made of a header and the compressed batches."""
    data = msgspec.msgpack.encode(header)
    return b"".join((_START.pack(_MAGIC, _VERSION, len(data)), data, body))


def with_summary(document: bytes, summary: Summary) -> bytes:
    """Return a document with another summary and the same batches.

    :raises DecodeError: the document is not a recording, or one of a later version.
    """
    header = msgspec.structs.replace(decode_header(document), summary=summary)
    return framed(header, document[header_size(document) :])


def decode_header(document: bytes) -> Header:
    """Read the header of a document. The document may be cut anywhere after it.

    :raises DecodeError: the document is not a recording, or one of a later version.
    """
    try:
        magic, version, length = _START.unpack_from(document)
    except struct.error as error:
        raise DecodeError("not a recording: it is too short") from error
    if magic != _MAGIC:
        raise DecodeError("not a recording: it does not begin with FRPL")
    if version != _VERSION:
        raise DecodeError(
            f"a recording of version {version}; this package reads version {_VERSION}, update it"
        )
    data = document[_START.size : _START.size + length]
    if len(data) != length:
        raise DecodeError("the recording is truncated")
    try:
        header = msgspec.msgpack.decode(data, type=Header)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError, TypeError) as error:
        raise DecodeError(f"not the header of a recording: {error}") from error
    if not is_id(header.summary.id):
        raise DecodeError("not the header of a recording: its id is invalid")
    return header


def header_size(start: bytes) -> int:
    """Return how many bytes of a document :func:`decode_header` needs.

    :param start: at least the first nine bytes of the document.
    :raises DecodeError: ``start`` is shorter.
    """
    if len(start) < _START.size:
        raise DecodeError("not a recording: it is too short")
    return int(_START.size + _START.unpack_from(start)[2])


def decode_summary(document: bytes) -> Summary:
    """Read only the summary of a document.

    :raises DecodeError: the document is not a recording, or one of a later version.
    """
    return decode_header(document).summary


def decode_recording(document: bytes, limit: int = MAX_RECORDING) -> Recording:
    """Read a whole recording.

    :param limit: bytes that the batches may have when decompressed.
    :raises DecodeError: the document is not a recording; no other exception is raised.
    """
    header = decode_header(document)
    data = unpack(document[header_size(document) :], limit)
    batches = decode_batches(data, header.format)
    return Recording(
        summary=msgspec.structs.replace(header.summary, size=len(document)), batches=batches
    )


def decode_frame(document: bytes, number: int, limit: int = MAX_RECORDING) -> Frame | None:
    """Read one frame of a recording; ``None`` if it has none of that number.

    :param number: the number of the frame, from 0.
    :param limit: bytes that the batches may have when decompressed.
    :raises DecodeError: the document is not a recording; no other exception is raised.
    """
    data = unpack(document[header_size(document) :], limit)
    return batches.decode_frame(data, decode_header(document).format, number)
