"""For any bytes or values, readers return what was written or raise the project's own error.
Hypothesis generates the inputs.
"""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import fuzz
from flask_replay.codec import BATCH_FORMATS, decode_batch, decode_recording, encode_batch, unpack
from flask_replay.codec.recordings import decode_header, header_size
from flask_replay.errors import DecodeError, ReplayError
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Error, Request
from flask_replay.recording.summary import Tally
from flask_replay.storage.files.segments import read_segment, write_entries, write_head
from flask_replay.storage.files.tar import TarFile
from flask_replay.testing import entry, head

from .test_codec import BATCH, document

HEAD = head()
SEGMENT = write_head(HEAD) + write_entries([entry(n, n) for n in range(3)])
RECORDING = document()
GOOD = (RECORDING, SEGMENT, encode_batch(BATCH), encode_batch(BATCH, "json"))

examples = settings(max_examples=150, deadline=None, derandomize=True, database=None)
keys = st.text(max_size=6) | st.sampled_from(["$", "kind", "offset_ms", "trace", "json"])
data = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=9)
    | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def segment(data: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        read_segment(file, HEAD.id)


def tar(data: bytes) -> None:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        with TarFile(file.name) as found:
            for name in found.ids():
                found.load(name)


READERS: dict[str, Callable[[bytes], object]] = {
    "recording": decode_recording,
    "header": decode_header,
    "msgpack": decode_batch,
    "json": lambda data: decode_batch(data, "json"),
    "template": unpack,
    "segment": segment,
    "tar": tar,
}


@st.composite
def harmed(draw: st.DrawFn) -> bytes:
    """Return a valid file of any kind in which a stretch is replaced by other bytes, or by a part
    of another file.
    """
    good, other = draw(st.sampled_from(GOOD)), draw(st.sampled_from(GOOD))
    start = draw(st.integers(0, len(good)))
    end = draw(st.integers(start, min(len(good), start + 40)) | st.just(len(good)))
    place = draw(st.integers(0, len(other)))
    return (
        good[:start] + draw(st.binary(max_size=8) | st.just(other[place : place + 60])) + good[end:]
    )


@pytest.mark.parametrize("reader", READERS)
@examples
@given(data=harmed() | st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(reader: str, data: bytes) -> None:
    """Corrupt, truncated, swapped and foreign ones."""
    try:
        READERS[reader](data)
    except ReplayError:
        pass


@examples
@given(header=data, stream=data)
def test_any_values_in_a_valid_recording_are_read_or_refused(
    header: object, stream: object
) -> None:
    """A header and a batch of any shape."""
    written, batch = msgspec.msgpack.encode(header), msgspec.msgpack.encode(stream)
    packed = bytes(brotli.compress(b"\x92\x91\x00\x91" + batch))
    with pytest.raises(DecodeError):
        decode_recording(struct.pack(">4sBI", b"FRPL", 1, len(written)) + written + packed)
    try:
        recording = decode_recording(RECORDING[: header_size(RECORDING)] + packed)
    except DecodeError:
        return
    assert list(recording.events) == []  # no event has few enough fields to arise by chance


@examples
@given(first=data, second=data)
def test_any_values_with_valid_checksums_are_read_or_refused(first: object, second: object) -> None:
    """A head and an entry of any shape, in a segment."""
    pieces = [b"FRPJ\x01"]
    for value in (first, second):
        written = msgspec.msgpack.encode(value)
        lengths = struct.pack(">II", len(written), 0)
        pieces.append(
            struct.pack(">I", zlib.crc32(written, zlib.crc32(lengths)))
            + lengths
            + struct.pack(">I", 0)
            + written
        )
    for whole in (b"".join(pieces), write_head(HEAD) + pieces[2]):
        with pytest.raises(DecodeError):
            segment(whole)


batches = st.builds(
    lambda request, errors: Batch((request, *errors)),
    st.builds(
        Request, offset_ms=st.integers(0, 2**40), method=st.text(max_size=9), url=st.text(max_size=30),
        form=st.dictionaries(keys, st.lists(data, max_size=3), max_size=3), json=data, data=data, view_args=st.dictionaries(keys, data),
        parts=st.tuples(st.integers(0, 9) | st.text(max_size=9)), status=st.integers(0, 999),
    ),
    st.lists(st.builds(Error, offset_ms=st.integers(0, 2**40), type=st.text(max_size=9), message=st.text(max_size=30)), max_size=2),
)  # fmt: skip


@examples
@given(batch=batches)
def test_written_values_are_read_unchanged_in_both_formats(batch: Batch) -> None:
    """Any values that a request may contain. Writing them again gives the same bytes."""
    start = batch.events[0].offset_ms
    read = {
        format: decode_batch(encode_batch(batch, format), format, start) for format in BATCH_FORMATS
    }
    assert repr(read["json"]) == repr(read["msgpack"])
    for format in BATCH_FORMATS:
        assert encode_batch(read[format], format) == encode_batch(batch, format)
        assert read[format].events[0].offset_ms == start


@pytest.mark.parametrize("started", [float("nan"), float("inf"), -1.0, 1e300])
def test_a_recording_without_a_valid_start_time_is_refused(started: float) -> None:
    """It could not be displayed."""
    with pytest.raises(DecodeError):
        segment(write_head(msgspec.structs.replace(HEAD, started_at=started)))


def test_counts_that_cannot_be_added_are_refused() -> None:
    """Their sum could not be written."""
    huge: Any = msgspec.structs.replace(entry(0), tally=Tally(events=2**63 - 1))
    with pytest.raises(DecodeError):
        segment(write_head(HEAD) + write_entries([huge, huge]))


def test_a_few_of_the_million_inputs() -> None:
    """``python -m benchmarks fuzz`` tries the others."""
    counts, failures, _, memory = fuzz.attack(seed=1, inputs=3_000)
    assert failures == []
    assert counts.total() == 3_000
    assert memory < 256 << 20
    assert all(
        counts[f"{name}: refused"]
        for name in ("recording", "batch json", "segment", "tar", "store", "archive")
    )


def test_fuzzing_reports_failures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the input, so that it can be tried again."""

    def broken(file: io.BufferedReader, *_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(fuzz, "read_segment", broken)
    _, failures, _, _ = fuzz.attack(seed=1, inputs=100)
    assert all(
        "ZeroDivisionError" in failure and "segment (seed 1)" in failure for failure in failures
    )
    assert failures
    assert fuzz.run(inputs=500, processes=1)
    assert "500 hostile inputs" in capsys.readouterr().out
