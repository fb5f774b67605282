"""The size of one request and of one recording is bounded and flagged, and visitors notice nothing."""

from __future__ import annotations

import tracemalloc
from typing import Any

import brotli
import pytest
from flask import Flask, render_template_string, request

from flask_replay.codec.recordings import header_size
from flask_replay.errors import DecodeError
from flask_replay.recording.events import Frame
from flask_replay.recording.model import Recording
from flask_replay.settings import parse
from flask_replay.storage.merging import within

from ..conftest import AppMaker, recordings_of, replay_of


def _views(app: Flask) -> None:
    @app.post("/form")
    def form() -> str:
        return render_template_string("<p>{{ count }}</p>", count=len(request.form))

    @app.post("/json")
    def json() -> str:
        return render_template_string("<p>{{ count }}</p>", count=len(request.get_json()))

    @app.get("/reads")
    def reads() -> str:
        rows = [{"text": f"{number}" * 100} for number in range(1000)]
        small = render_template_string("<p>{{ n }}</p>", n=1)
        return small + render_template_string(
            "{% for row in rows %}{{ row.text }}{% endfor %}", rows=rows
        )

    @app.get("/rows")
    def rows() -> str:
        return "".join(render_template_string("<p>{{ n }}</p>", n=n) for n in range(500))

    @app.get("/raw")
    def raw() -> str:
        return "<p>raw</p>" * 20_000


REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/form", {"data": {f"field{n}": "x" * 100 for n in range(1000)}}),
    ("POST", "/form", {"data": {"text": ["x" * 10_000] * 20}}),
    ("POST", "/json", {"json": [{"name": f"{n}"} for n in range(10_000)]}),
    ("GET", "/reads", {}),
    ("GET", "/rows", {}),
    ("GET", "/raw", {}),
]


def finished(app: Flask) -> Recording:
    with app.app_context():
        replay = replay_of(app)
        replay.finalize()
        (recording,) = replay.recordings.list()
        return recording


@pytest.mark.parametrize(("method", "path", "carried"), REQUESTS)
@pytest.mark.parametrize("format", ["msgpack", "json"])
def test_a_request_that_is_too_large_is_kept_in_part(
    make_app: AppMaker, method: str, path: str, carried: dict[str, Any], format: str
) -> None:
    """Whichever of its parts is large: the events are kept, and what fits is complete."""
    app = make_app(REPLAY_MAX_REQUEST_SIZE=32_768, REPLAY_FORMAT=format)
    _views(app)
    client = app.test_client()
    client.get("/hello/ann", buffered=True)
    assert client.open(path, method=method, buffered=True, **carried).status_code == 200
    recording = finished(app)
    assert "cut" in recording.summary.flags
    large = recording.batches[1]
    assert large.request is not None
    assert large.parts != ()
    assert recording.summary.size < 65_536
    with app.app_context():
        report = replay_of(app).verify(recording.summary.id)
    assert report.ok
    assert report.verdicts[0].verdict == "identical"


def test_a_small_request_is_kept_whole(make_app: AppMaker) -> None:
    """By default nothing ordinary is cut."""
    app = make_app()
    _views(app)
    app.test_client().post(
        "/form", data={f"field{n}": "x" * 100 for n in range(1000)}, buffered=True
    )
    (recording,) = recordings_of(app)
    assert "cut" not in recording.summary.flags
    assert recording.batches[0].request is not None
    assert len(recording.batches[0].request.form) == 1000


@pytest.mark.parametrize("events", [4, 5])
def test_a_recording_that_reaches_its_limit_exactly_is_flagged(
    make_app: AppMaker, events: int
) -> None:
    """Each page is two events. Nothing more is accepted, whether or not one was left out."""
    app = make_app(REPLAY_MAX_EVENTS=events)
    client = app.test_client()
    client.get("/hello/ann", buffered=True)
    assert "capped" not in recordings_of(app)[0].summary.flags
    for _ in range(2):
        client.get("/hello/ann", buffered=True)
    assert recordings_of(app)[0].summary.flags == ("capped",)
    assert recordings_of(app)[0].summary.tally.events == events


def test_a_recording_that_is_too_large_accepts_no_more(make_app: AppMaker) -> None:
    """It is flagged, and what it contains can be opened."""
    app = make_app(REPLAY_MAX_RECORDING_SIZE="1MiB")
    _views(app)
    client = app.test_client()
    for _ in range(10):
        client.post("/form", data={"text": ["x" * 10_000] * 20}, buffered=True)
    recording = finished(app)
    assert recording.summary.flags == ("capped",)
    assert recording.summary.tally.requests == len(recording.batches) == 5


def test_a_recording_of_several_workers_is_opened_up_to_the_limit(make_app: AppMaker) -> None:
    """Each worker observed the limit by itself."""
    app = make_app()
    client = app.test_client()
    for _ in range(5):
        client.get("/hello/ann", buffered=True)
    (running,) = recordings_of(app)
    storage = app.extensions["replay"].storage
    segments = storage.read(running.summary.id)
    most = sum(24 + len(entry.payload) for entry in segments.entries) - 1
    kept = within(segments, most)
    assert [entry.tally.events for entry in kept.entries] == [2, 2, 2, 2, 0]
    assert kept.entries[-1].flags == ("capped",)
    assert within(segments, most + 1) is segments


def test_opening_a_recording_uses_a_limited_amount_of_memory(make_app: AppMaker) -> None:
    """Whatever it decompresses to: somebody may have made it for that purpose."""
    app = make_app(REPLAY_MAX_RECORDING_SIZE="1MiB")
    client = app.test_client()
    for _ in range(2):
        client.get("/hello/ann", buffered=True)
    name = finished(app).summary.id
    storage, recordings = app.extensions["replay"].storage, app.extensions["replay"].recordings
    document = storage.load(name)
    compressor = brotli.Compressor(quality=1)
    bomb = b"".join(
        [*(compressor.process(bytes(1 << 20)) for _ in range(256)), compressor.finish()]
    )
    storage.delete(name)
    storage.save(name, document[: header_size(document)] + bomb)
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError, match="1048576 bytes"):
            recordings.get(name)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_limits_accept_sizes_with_units() -> None:
    """And plain numbers."""
    settings = parse(
        {"REPLAY_MAX_REQUEST_SIZE": "1MiB", "REPLAY_MAX_RECORDING_SIZE": 2_000_000}, enabled=True
    )
    assert (settings.max_request_size, settings.max_recording_size) == (1 << 20, 2_000_000)


def test_cut_frames_say_so(make_app: AppMaker) -> None:
    """A frame that was left out does not count as different."""
    app = make_app(REPLAY_MAX_REQUEST_SIZE=32_768)
    _views(app)
    app.test_client().get("/reads", buffered=True)
    small, large = (event for event in recordings_of(app)[0].events if isinstance(event, Frame))
    assert (small.flags, large.flags, large.stopped) == ((), ("truncated",), True)
