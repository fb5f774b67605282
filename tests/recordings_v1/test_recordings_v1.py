"""Recordings of the first version are still read, and replay as they did."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from flask_replay.engine.replaying import Renderer, verify_all
from flask_replay.storage import FileStorage, Recordings, finalize

HERE = Path(__file__).parent
EXPECTED: dict[str, dict[str, Any]] = json.loads((HERE / "expected.json").read_text("utf-8"))


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    """Return a copy of the store."""
    shutil.copytree(HERE / "store", tmp_path / "store")
    return Recordings(FileStorage(tmp_path / "store"), 1_000, 1e12)


def check(recordings: Recordings, id: str) -> None:
    """Compare a recording with what was sent at the time."""
    wanted = EXPECTED[id]
    recording = recordings.get(id)
    frames = list(recording.frames)
    renderer = Renderer(recordings.document)
    assert [renderer.render(frame).html for frame in frames] == wanted["frames"]
    assert [
        verdict.verdict for verdict in verify_all(id, frames, renderer, None).verdicts
    ] == wanted["verdicts"]
    requests = [batch.request for batch in recording.batches if batch.request is not None]
    assert [[request.method, request.url, request.status] for request in requests] == wanted[
        "requests"
    ]


def test_all_recordings_are_listed(recordings: Recordings) -> None:
    """Finished and running ones, in both formats, with their summaries."""
    found = recordings.summaries(limit=100)
    assert [summary.id for summary in found] == list(EXPECTED)
    assert len(found) == len(list((HERE / "store" / "archive").iterdir())) + len(
        list((HERE / "store" / "journal").iterdir())
    )
    for summary in found:
        wanted = EXPECTED[summary.id]
        assert summary.flags == ()
        assert (summary.tally.events, summary.tally.errors) == (wanted["events"], wanted["errors"])
        for field in ("name", "status", "started_at", "landing"):
            assert getattr(summary, field) == wanted[field]


@pytest.mark.parametrize("id", EXPECTED)
def test_each_recording_replays_as_before(recordings: Recordings, id: str) -> None:
    """Page by page, with the same verdicts and no different frame."""
    check(recordings, id)
    assert "different" not in EXPECTED[id]["verdicts"]


def test_running_recordings_are_finished(recordings: Recordings) -> None:
    """By a later version than the one that started them."""
    running = [summary.id for summary in recordings.storage.active()]
    assert len(running) == 2
    for id in running:
        assert finalize(recordings.storage, id, "me") is not None
        check(recordings, id)
    assert recordings.storage.active() == []
