"""Recordings as bytes: typed, versioned, compressed, and safe to read from untrusted sources."""

from .batches import BATCH_FORMATS, decode_batch, encode_batch
from .documents import digest_key, pack, unpack
from .recordings import decode_frame, decode_recording, decode_summary, encode_recording

__all__ = [
    "BATCH_FORMATS",
    "decode_batch",
    "decode_frame",
    "decode_recording",
    "decode_summary",
    "digest_key",
    "encode_batch",
    "encode_recording",
    "pack",
    "unpack",
]
