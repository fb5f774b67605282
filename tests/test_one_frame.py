"""``replay.render`` for one frame of a long recording, and for one after another."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_replay.errors import RecordingNotFound
from flask_replay.recording.model import Recording
from flask_replay.storage import Recordings

from .conftest import replay_of


def test_a_recording_is_decoded_completely_when_a_second_frame_is_requested(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And only once. The first frame is decoded alone."""
    client, replay = app.test_client(), replay_of(app)
    for name in ("ann", "bob", "cleo"):
        client.get(f"/hello/{name}", buffered=True)
    decoded: list[str] = []
    get = Recordings.get

    def counted(recordings: Recordings, name: str) -> Recording:
        decoded.append(name)
        return get(recordings, name)

    monkeypatch.setattr(Recordings, "get", counted)
    with app.app_context():
        replay.flush()
        (summary,) = replay.recordings.storage.active()
        replay.finalize(summary.id)
        assert replay.render(summary.id, 1).html == "<h1>Hello bob</h1>"
        assert decoded == []
        assert replay.render(summary.id, 2).html == "<h1>Hello cleo</h1>"
        assert replay.render(summary.id, 0).html == "<h1>Hello ann</h1>"
        assert decoded == [summary.id]
        for number in (3, -1):
            with pytest.raises(RecordingNotFound, match="has 3 frames"):
                replay.render(summary.id, number)
