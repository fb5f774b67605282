"""Documents that are stored once per content: templates and setups."""

from __future__ import annotations

import hashlib

import brotli

from ..errors import DecodeError

MAX_DOCUMENT = 64 << 20
"""Bytes that one document may have when decompressed."""

_SIZE = 16
_STEP = 1 << 16


def digest_key(document: bytes) -> str:
    """Return the key of a document: sixteen bytes of BLAKE2b over its content, in hexadecimal."""
    return hashlib.blake2b(document, digest_size=_SIZE).hexdigest()


def pack(document: bytes) -> bytes:
    """Compress a document."""
    return bytes(brotli.compress(document, quality=5))


def unpack(data: bytes, limit: int = MAX_DOCUMENT) -> bytes:
    """Decompress a document, up to a limit.

    :param limit: bytes that the result may have.
    :raises DecodeError: it is not a Brotli stream, is truncated, or exceeds the limit.
    """
    decompressor = brotli.Decompressor()
    pieces: list[bytes] = []
    size = 0
    try:
        piece = decompressor.process(data, output_buffer_limit=_STEP)
        while True:
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise DecodeError(f"the data has more than {limit} bytes after decompression")
            if decompressor.is_finished():
                return b"".join(pieces)
            if not piece and decompressor.can_accept_more_data():
                raise DecodeError("the compressed data is truncated")
            piece = decompressor.process(b"", output_buffer_limit=_STEP)
    except brotli.error as error:
        raise DecodeError(f"not compressed data: {error}") from error
