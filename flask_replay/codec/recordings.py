"""A finished recording as one document.

``FRPL``, one byte of version, four bytes of length, then a header of that length (the summary, and
the format of what follows) that is read without decompressing anything; then one brotli stream over
all batches and the times between them, in their format. One stream with a window of 4 MB makes
pages that repeat cost almost nothing. Numbers are big-endian.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Sequence

import brotli
import msgspec

from ..errors import DecodeError
from ..recording.ids import is_id
from ..recording.model import Recording
from ..recording.summary import Summary
from .batches import decode_batches, join_batches
from .documents import unpack

MAX_RECORDING = 64 << 20
"""Bytes that one recording may decompress to."""

_MAGIC = b"FRPL"
_VERSION = 1
_START = struct.Struct(">4sBI")


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands before the batches.

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
    """Make a document of batches that are encoded already; none is decoded.

    :param batches: in order: the offset of each one's first event, in milliseconds, and what
        :func:`encode_batch` gave.
    :param format: the one they are in.
    :param documents: content hashes of the templates and setups they use.
    """
    # a default is left out if it is that very text, which one from a database is not
    header = Header(summary, sys.intern(format), tuple(documents))
    compressor = brotli.Compressor(quality=4)
    pieces = [*map(compressor.process, join_batches(batches, format)), compressor.finish()]
    return framed(header, b"".join(pieces))


def framed(header: Header, body: bytes) -> bytes:
    """Return a document of a header and what follows it."""
    data = msgspec.msgpack.encode(header)
    return b"".join((_START.pack(_MAGIC, _VERSION, len(data)), data, body))


def with_summary(document: bytes, summary: Summary) -> bytes:
    """Return a document with another summary; what follows is left as it is.

    :raises DecodeError: it is no recording, or one of a later version.
    """
    header = msgspec.structs.replace(decode_header(document), summary=summary)
    return framed(header, document[header_size(document) :])


def decode_header(document: bytes) -> Header:
    """Read what stands before the batches; the document may be cut anywhere after it.

    :raises DecodeError: it is no recording, or one of a later version.
    """
    try:
        magic, version, length = _START.unpack_from(document)
    except struct.error as error:
        raise DecodeError("not a recording: it is too short") from error
    if magic != _MAGIC:
        raise DecodeError("not a recording: it begins with something else")
    if version != _VERSION:
        raise DecodeError(
            f"a recording of version {version}; this package reads version {_VERSION}, update it"
        )
    data = document[_START.size : _START.size + length]
    if len(data) != length:
        raise DecodeError("the recording is cut short")
    try:
        header = msgspec.msgpack.decode(data, type=Header)
    except (msgspec.MsgspecError, ValueError, RecursionError, OverflowError, TypeError) as error:
        raise DecodeError(f"not the header of a recording: {error}") from error
    if not is_id(header.summary.id):
        raise DecodeError("not the header of a recording: its id is none")
    return header


def header_size(start: bytes) -> int:
    """Return how many bytes of a document :func:`decode_header` needs.

    :param start: at least its first nine bytes.
    :raises DecodeError: there are fewer.
    """
    if len(start) < _START.size:
        raise DecodeError("not a recording: it is too short")
    return int(_START.size + _START.unpack_from(start)[2])


def decode_summary(document: bytes) -> Summary:
    """Read the summary alone.

    :raises DecodeError: it is no recording.
    """
    return decode_header(document).summary


def decode_recording(document: bytes, limit: int = MAX_RECORDING) -> Recording:
    """Read a whole recording.

    :param limit: bytes it may decompress to.
    :raises DecodeError: it is none, whatever else it is.
    """
    header = decode_header(document)
    data = unpack(document[header_size(document) :], limit)
    batches = decode_batches(data, header.format)
    return Recording(
        summary=msgspec.structs.replace(header.summary, size=len(document)), batches=batches
    )
