"""Any bytes give a recording or the project's own error, in bounded memory."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable

import brotli
import msgspec
import pytest

from flask_replay.codec import (
    decode_batch,
    decode_recording,
    decode_summary,
    encode_batch,
    encode_recording,
    unpack,
)
from flask_replay.codec.recordings import decode_header, header_size
from flask_replay.errors import DecodeError
from flask_replay.recording.batch import Batch
from flask_replay.recording.summary import Summary

from .test_codec import BATCH, document

GOOD = document()
START = header_size(GOOD)

DECODERS: list[Callable[[bytes], object]] = [
    decode_recording,
    decode_summary,
    decode_header,
    decode_batch,
    lambda data: decode_batch(data, "json"),
    unpack,
]


def refuse_or_read(data: bytes) -> None:
    for decode in DECODERS:
        try:
            decode(data)
        except DecodeError:
            pass


def packed(stream: bytes) -> bytes:
    """Return a recording with any data in place of its batches."""
    return GOOD[:START] + bytes(brotli.compress(stream))


def test_a_recording_cut_at_any_byte_is_refused() -> None:
    """It is never taken for a shorter one. Its summary is readable once its header is complete."""
    data = GOOD
    for length in range(len(data)):
        with pytest.raises(DecodeError):
            decode_recording(data[:length])
        if length < START:
            with pytest.raises(DecodeError):
                decode_summary(data[:length])
        else:
            assert decode_summary(data[:length]) == Summary(id="0" * 26)


def test_any_bit_of_a_header_may_flip() -> None:
    """Each one alone."""
    data = GOOD
    for position in range(START):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[position] ^= 1 << bit
            refuse_or_read(bytes(flipped))


def test_random_bytes_are_refused() -> None:
    """Alone, and in place of a header, a stream and a batch."""
    chance = random.Random(11)
    for _ in range(500):
        noise = chance.randbytes(chance.randrange(200))
        refuse_or_read(noise)
        refuse_or_read(b"FRPL\x01" + len(noise).to_bytes(4, "big") + noise)
        refuse_or_read(GOOD[:START] + noise)
        refuse_or_read(packed(noise))
        refuse_or_read(packed(len(noise).to_bytes(4, "big") + noise))


def test_a_batch_of_the_right_shape_with_wrong_values_is_refused() -> None:
    """Each value of a batch is replaced by values of other kinds."""
    plain = msgspec.msgpack.decode(encode_batch(BATCH))
    odd: list[object] = [None, -1, 1.5, "x", b"x", [], {}, [[[]]], {"a": {}}, 2**64 - 1]

    def variants(value: object) -> list[object]:
        found: list[object] = list(odd)
        if isinstance(value, list):
            found += [
                [*value[:n], new, *value[n + 1 :]]
                for n, item in enumerate(value)
                for new in variants(item)
            ]
        if isinstance(value, dict):
            found += [
                {**value, name: new} for name, item in value.items() for new in variants(item)
            ]
        return found

    tried = variants(plain)
    assert len(tried) > 500
    for wrong in tried:
        refuse_or_read(msgspec.msgpack.encode(wrong))
        refuse_or_read(msgspec.json.encode(wrong))


@pytest.mark.parametrize("depth", [100, 900, 1_100, 20_000, 1_000_000])
def test_deep_nesting_has_a_limit(depth: int) -> None:
    """Whatever the interpreter's own limit."""
    refuse_or_read(b"\x91" * depth)
    refuse_or_read(b"[" * depth + b"]" * depth)
    refuse_or_read(
        b"\x91\x91\x83\xa4kind\xa7request\xa9offset_ms\x00\xa4json" + b"\x91" * depth + b"\xc0"
    )
    nested = b"[" * depth + b"]" * depth
    data = b'[[{"kind":"request","offset_ms":0,"method":"","url":"","json":' + nested + b"}]]"
    with pytest.raises(DecodeError):
        decode_batch(data, "json")


def test_lengths_without_data_are_refused() -> None:
    """No memory is allocated for announced data."""
    for announced in (
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
    ):
        for data in (
            announced,
            b"\x91" + announced,
            b"\x91\x91\x82\xa4kind\xa7request\xa4json" + announced,
        ):
            with pytest.raises(DecodeError):
                decode_batch(data)
    with pytest.raises(DecodeError, match="truncated"):
        decode_summary(b"FRPL\x01\xff\xff\xff\xff")
    with pytest.raises(DecodeError, match="not a batch"):
        decode_recording(packed(b"\x92\x90\xdd\xff\xff\xff\xff"))
    with pytest.raises(DecodeError, match="when each of its batches began"):
        decode_recording(packed(b"\x92\x90\x91\x91\x90"))


_BOMB = """
import resource, sys
import brotli
from flask_replay.codec import unpack
from flask_replay.errors import DecodeError
compressor = brotli.Compressor(quality=1)
data = b"".join(compressor.process(bytes(1 << 24)) for _ in range(128)) + compressor.finish()
resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))
try:
    unpack(data)
except DecodeError as error:
    print(len(data), error)
"""


def test_a_bomb_is_refused_before_it_fills_the_memory() -> None:
    """Two gigabytes in four hundred kilobytes, in a process limited to 600 megabytes."""
    done = subprocess.run([sys.executable, "-c", _BOMB], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    size, _, message = done.stdout.partition(" ")
    assert int(size) < 500_000
    assert message.startswith("the data has more than")


def test_trailing_data_is_refused() -> None:
    """Like everything else that was not written like that."""
    with pytest.raises(DecodeError):
        decode_recording(document() + b"more")


def test_an_empty_recording_is_valid() -> None:
    """Having no batches differs from being truncated."""
    assert decode_recording(encode_recording(Summary(id="0" * 26), [])).batches == []
    assert decode_batch(encode_batch(Batch(()))) == Batch(())


def test_an_unknown_format_is_named() -> None:
    """In a batch, and in a recording."""
    with pytest.raises(DecodeError, match="pickle"):
        decode_batch(b"", "pickle")
    with pytest.raises(DecodeError, match="unknown format"):
        decode_recording(encode_recording(Summary(id="0" * 26), [(0, b"x")], "pickle"))
