"""Any data that a hook of the app leaves in a request is encoded and comes back unchanged."""

from __future__ import annotations

import enum
import math
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from markupsafe import Markup

from flask_replay.codec import BATCH_FORMATS, decode_batch, encode_batch
from flask_replay.errors import DecodeError
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Error, Frame, Request
from flask_replay.trace.model import Trace


def through(value: Any, format: str) -> Any:
    """Put a value through all three fields of a request that may contain it."""
    request = Request(
        offset_ms=0, method="POST", url="/", json=value, form={"a": [value]}, view_args={"b": value}
    )
    read = decode_batch(encode_batch(Batch((request,)), format), format).request
    assert read is not None
    assert repr(read.form["a"][0]) == repr(read.view_args["b"]) == repr(read.json)
    return read.json


class Colour(str, enum.Enum):
    RED = "red"


class Count(int):
    def __int__(self) -> int:
        raise RuntimeError("asked")


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("asked")


@pytest.mark.parametrize("format", BATCH_FORMATS)
@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -(2**63), 2**63 - 1, 2**63, 2**64, -(2**200), 1.5, -0.0, 1e308, math.inf, -math.inf,
        "", "ü€😀\x00", b"", b"\x00\xff", Decimal("1.10"), date(2020, 2, 29), timedelta(days=-1, microseconds=3),
        datetime(2020, 1, 2, 3, 4, 5, 6), datetime(2020, 1, 2, tzinfo=UTC), uuid.UUID(int=7),
        [], {}, [[], {}], {"a": [1, {"b": None}]}, {"$": 1}, {"$": ["b", "AAEC"]}, {"$": {"$": ["{}", {}]}, "x": b"y"},
        ["b", "AAEC"], [["i", "0x1"]],
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_comes_back_as_it_was(value: Any, format: str) -> None:
    """With its type. A value that resembles our own encoding stays what it was."""
    read = through(value, format)
    assert (type(read), repr(read)) == (type(value), repr(value))


@pytest.mark.parametrize("format", BATCH_FORMATS)
def test_infinite_and_undefined_numbers_are_kept(format: str) -> None:
    """JSON has no form for them."""
    assert math.isnan(through(float("nan"), format))


@pytest.mark.parametrize("format", BATCH_FORMATS)
@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("half \ud800 a pair", "half \\ud800 a pair"),
        ({"\udc80": 1, 2: 3, None: 4, (5,): 6}, {"\\udc80": 1, "2": 3, "None": 4, "<tuple>": 6}),
        ((1, (2,)), [1, [2]]),
        ({3}, [3]),
        (Colour.RED, "red"),
        (Count(7), 7),
        (Markup("<b>"), "<b>"),
        (Hostile(), "<Hostile>"),
        ({"a": Hostile}, {"a": "<type>"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_written_readably(value: Any, read: Any, format: str) -> None:
    """No code of the value runs, and nothing in a request becomes safe markup."""
    found = through(value, format)
    assert found == read and type(found) is type(read)


@pytest.mark.parametrize("format", BATCH_FORMATS)
def test_endless_values_are_cut(format: str) -> None:
    """A list within itself, and very deep nesting."""
    cycle: list[Any] = []
    cycle.append(cycle)
    deep: Any = 1
    for _ in range(5_000):
        deep = {"a": [deep]}
    for value in (cycle, deep):
        text = repr(through(value, format))
        assert "<list>" in text or "<dict>" in text


@pytest.mark.parametrize("format", BATCH_FORMATS)
def test_no_field_of_an_event_prevents_writing_a_batch(format: str) -> None:
    """Lone surrogates, huge numbers and objects, in place of texts and numbers."""
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    half, huge = "\ud800", 1 << 70
    batch = Batch((
        Request(offset_ms=0, method="GET", url=half, parts=(0, half), files={half: [half]}, size=-huge),
        Frame(offset_ms=huge, template=half, templates={half: "0"}, digest=b"\xff",
              trace=Trace(types=[[half, ""]], answers={"a": [half, huge, Hostile(), deep]}, kept={3: half})),
        Error(offset_ms=2, type=half, message=half, traceback=half),
    ))  # fmt: skip
    request, frame, error = decode_batch(encode_batch(batch, format), format).events
    assert isinstance(request, Request) and isinstance(frame, Frame) and isinstance(error, Error)
    assert request.url == request.parts[1] == frame.template == error.traceback == "\\ud800"
    assert (frame.offset_ms, frame.digest) == (2**63 - 1, b"\xff")
    assert frame.trace.answers["a"][:3] == ["\\ud800", 2**63 - 1, "<Hostile>"]
    assert frame.trace.kept == {3: "\\ud800"}


@pytest.mark.parametrize("format", BATCH_FORMATS)
@pytest.mark.parametrize(
    "cell",
    [None, 1, [], [1], ["?"], ["m", "<b>"], ["ms", "00"], ["r", 0, 1, 1], ["x"], ["{}"], ["{}", 1], ["i", "z"], ["b", "!"],
     ["d", "soon"], ["i"], ["td", 1e300, 0, 0], ["n", "x"], ["dt", "2020-01-01", "x"]],
    ids=repr,
)  # fmt: skip
def test_imitations_of_our_encoding_are_refused(cell: Any, format: str) -> None:
    """A hostile recording adds no markup, and raises nothing but our own error."""
    request = Request(offset_ms=0, method="GET", url="/", json={"?": cell})
    data = encode_batch(Batch((request,)), format).replace(b"?", b"$", 1)
    with pytest.raises(DecodeError):
        decode_batch(data, format)
