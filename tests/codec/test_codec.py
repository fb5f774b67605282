"""The codec preserves everything, and reads any input without harm."""

from __future__ import annotations

import random
from typing import Any

import brotli
import pytest

from flask_replay.codec import (
    BATCH_FORMATS,
    decode_batch,
    decode_recording,
    decode_summary,
    encode_batch,
    encode_recording,
    pack,
    unpack,
)
from flask_replay.codec.recordings import Header, framed, header_size
from flask_replay.errors import DecodeError
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Error, Frame, Request
from flask_replay.recording.summary import Summary
from flask_replay.trace.model import Trace

CELLS: list[Any] = [
    None,
    True,
    0,
    -1,
    2**62,
    1.5,
    -0.0,
    "text",
    "ü€😀",
    ["m", "<b>"],
    ["b", "AAEC"],
    [3],
    ["l", "iter", [1], "x"],
]
BATCH = Batch(
    (
        Request(offset_ms=0, method="POST", url="/x?a=1", form={"a": ["1", "2"]}, json={"deep": [1, None]}, parts=(0, "<hr>")),
        Frame(
            offset_ms=3, template="a.html", entry="0" * 32, digest=b"\x00\xff" * 4,
            trace=Trace(types=[["dict", "igM"]], objects=[0], answers={"name": CELLS, "[]": [1]}, kept={0: ["x"]},
                        held={1: ["text", "upper"]}, lent={0: 2}),
        ),
        Error(offset_ms=4, type="ValueError", message="no"),
    )
)  # fmt: skip


def document(count: int = 3, format: str = "msgpack") -> bytes:
    return encode_recording(
        Summary(id="0" * 26), [(0, encode_batch(BATCH, format))] * count, format
    )


@pytest.mark.parametrize("format", BATCH_FORMATS)
def test_a_recording_comes_back_as_it_was(format: str) -> None:
    """Types, order, signs of zero, bytes and every script."""
    recording = decode_recording(document(format=format))
    assert recording.batches == [BATCH] * 3
    answers = next(recording.frames).trace.answers["name"]
    assert [type(cell) for cell in answers] == [type(cell) for cell in CELLS]
    assert str(answers[6]) == "-0.0"


def test_the_summary_is_read_without_decompressing() -> None:
    """The rest of the file may be missing."""
    data = document()
    assert decode_summary(data[:60]).id == "0" * 26


def test_a_later_version_is_named() -> None:
    """It is not damaged, and the reader is told what to do."""
    data = document()
    with pytest.raises(DecodeError, match="update"):
        decode_summary(data[:4] + b"\x02" + data[5:])


@pytest.mark.parametrize("id", ["", "../x", '"""\nraise SystemExit', "0" * 27, "I" * 26])
def test_a_header_with_an_invalid_id_is_refused(id: str) -> None:
    """Ids name files and are printed."""
    data = framed(Header(Summary(id=id)), document()[header_size(document()) :])
    for read in (decode_summary, decode_recording):
        with pytest.raises(DecodeError, match="id"):
            read(data)


def test_any_bytes_give_a_recording_or_our_own_error() -> None:
    """Cut, flipped and random input raises nothing else."""
    chance = random.Random(5)
    good = document()
    batch = encode_batch(BATCH)
    for _ in range(3000):
        data = bytearray(good if chance.random() < 0.5 else batch)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        data = data[: chance.randrange(1, len(data) + 1)]
        for decode in (
            decode_recording,
            decode_summary,
            decode_batch,
            lambda d: decode_batch(d, "json"),
            unpack,
        ):
            try:
                decode(bytes(data))
            except DecodeError:
                pass


def test_deep_nesting_is_refused() -> None:
    """A recursive decoder has a limit."""
    for data, format in ((b"\x91" * 100_000, "msgpack"), (b"[" * 100_000, "json")):
        with pytest.raises(DecodeError):
            decode_batch(data, format)


def test_decompression_is_bounded() -> None:
    """A small file that would fill the memory is refused before it does."""
    bomb = brotli.compress(bytes(64 << 20), quality=5)
    with pytest.raises(DecodeError, match="more than"):
        unpack(bomb, limit=1 << 20)
    start = encode_recording(Summary(id="0" * 26), [])
    with pytest.raises(DecodeError, match="more than"):
        decode_recording(start[: header_size(start)] + bomb, limit=1 << 20)


def test_documents_are_packed_and_unpacked() -> None:
    """Truncated ones are refused."""
    packed = pack(b"template" * 100)
    assert unpack(packed) == b"template" * 100
    with pytest.raises(DecodeError):
        unpack(packed[:-2])
