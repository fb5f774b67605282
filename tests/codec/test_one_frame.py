"""One frame is read from a recording without decoding the rest."""

from __future__ import annotations

import pytest
from msgspec import ValidationError

from flask_replay.codec import batches, decode_frame, decode_recording, encode_recording
from flask_replay.codec.batches import decode_batches, encode_batch, join_batches
from flask_replay.errors import DecodeError
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import AnyEvent, Error, Frame, Message, Request
from flask_replay.recording.ids import new_id
from flask_replay.recording.summary import Summary

from ..counting import steps

FORMATS = pytest.mark.parametrize("format", ["msgpack", "json"])


def _document(count: int, format: str, *others: AnyEvent) -> bytes:
    """Return a recording whose requests have as many frames as their number has ones in binary."""
    made = []
    for number in range(count):
        start = 1000 * number
        frames = [
            Frame(offset_ms=start + n, template=f"{number}.{n}.html")
            for n in range(number.bit_count())
        ]
        asked = Request(offset_ms=start, method="GET", url=f"/{number}", host="h", status=200)
        batch = Batch((asked, *frames, *others))
        made.append((start, encode_batch(batch, format)))
    summary = Summary(id=new_id(0), status="finished", started_at=0.0, duration_ms=0)
    return encode_recording(summary, made, format)


@FORMATS
def test_a_single_frame_equals_that_of_the_whole_recording(format: str) -> None:
    """Each frame, with its time, whatever is between them."""
    others = (
        Message(offset_ms=0, socket="s", sent=True, text="hello"),
        Error(offset_ms=0, type="E", message="m", traceback=""),
    )
    document = _document(20, format, *others)
    frames = [*decode_recording(document).frames]
    assert len(frames) > 20
    assert [decode_frame(document, number) for number in range(len(frames))] == frames
    assert decode_frame(document, len(frames)) is None
    assert decode_frame(document, -1) is None


@FORMATS
def test_an_invalid_recording_is_refused_here_too(format: str) -> None:
    """Truncated, or larger than the limit when decompressed."""
    document = _document(5, format)
    for broken in (b"", document[:20], document[:-3], document.replace(b"FRPL", b"FRPX")):
        with pytest.raises(DecodeError):
            decode_frame(broken, 0)
    with pytest.raises(DecodeError):
        decode_frame(document, 0, limit=10)


@FORMATS
def test_a_batch_of_a_later_version_may_have_more_fields(format: str) -> None:
    """They are ignored, as when the whole recording is decoded."""
    frame = Frame(offset_ms=0, template="page.html")
    batch = encode_batch(Batch((frame,)), format)
    later = batch[:-1] + b',"more"]' if format == "json" else b"\x92" + batch[1:] + b"\xa4more"
    data = b"".join(join_batches([(7, later)], format))
    (found,) = decode_batches(data, format)
    assert batches.decode_frame(data, format, 0) == found.frames[0]


@pytest.mark.parametrize("gaps", [b"", b"1,2,3"])
def test_a_recording_must_have_a_time_for_each_batch(gaps: bytes) -> None:
    """Even to decode a single frame."""
    batch = encode_batch(Batch((Frame(offset_ms=0, template="page.html"),)), "json")
    with pytest.raises(DecodeError, match="when each of its batches began"):
        batches.decode_frame(b"[[%b],[%b,%b]]" % (gaps, batch, batch), "json", 1)


def test_if_kinds_cannot_be_read_alone_the_whole_recording_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without an error."""

    def refuse(data: bytes) -> None:
        raise ValidationError("unknown")

    monkeypatch.setitem(batches._KINDS, "msgpack", refuse)
    document = _document(5, "msgpack")
    frames = [*decode_recording(document).frames]
    assert [decode_frame(document, number) for number in range(len(frames))] == frames
    assert decode_frame(document, len(frames)) is None


def test_it_takes_few_steps_in_a_long_recording() -> None:
    """At most an eighth of those for all frames."""
    document = _document(300, "msgpack")
    one = steps(lambda: decode_frame(document, 1000))
    assert 8 * one < steps(lambda: decode_recording(document))
