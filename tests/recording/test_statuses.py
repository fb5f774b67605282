"""Statuses are members of enumerations, and stored as the same texts as before."""

from __future__ import annotations

from enum import StrEnum

import msgspec
import pytest

from flask_replay.recording.events import Run, RunStatus, Socket, SocketProtocol, SocketState
from flask_replay.recording.summary import STATUSES, RecordingStatus, Summary

WORDS: dict[type[StrEnum], tuple[str, ...]] = {
    RecordingStatus: ("active", "finished", "interrupted", "failed"),
    RunStatus: ("recording", "completed", "failed"),
    SocketState: ("opened", "rendered", "closed"),
    SocketProtocol: ("websocket", "events"),
}


@pytest.mark.parametrize("kind", WORDS)
def test_a_status_is_stored_as_its_text(kind: type[StrEnum]) -> None:
    """A store of an earlier version reads what this one writes."""
    assert msgspec.to_builtins(list(kind)) == list(WORDS[kind])
    for encode in (msgspec.json.encode, msgspec.msgpack.encode):
        assert encode(list(kind)) == encode(WORDS[kind])


def test_a_running_recording_stores_no_status() -> None:
    """It is the default, which is omitted, as in earlier versions."""
    summary = Summary(id="1", status=RecordingStatus.ACTIVE)
    assert msgspec.to_builtins(summary) == {"id": "1"}
    again = msgspec.json.decode(b'{"id": "1"}', type=Summary)
    assert (again.status, msgspec.to_builtins(again)) == ("active", {"id": "1"})


def test_a_status_of_a_later_version_is_read() -> None:
    """A status that this version does not know is shown as it is."""
    assert msgspec.json.decode(b'{"id": "1", "status": "paused"}', type=Summary).status == "paused"


def test_events_store_texts() -> None:
    """The most frequent protocol of connections is omitted."""
    run = Run(offset_ms=0, status=RunStatus.FAILED)
    assert msgspec.to_builtins(run)["status"] == "failed"
    socket = Socket(
        offset_ms=0, socket="a", state=SocketState.OPENED, protocol=SocketProtocol.WEBSOCKET
    )
    stored = msgspec.to_builtins(socket)
    assert (stored["state"], "protocol" in stored) == ("opened", False)


def test_a_filter_offers_plain_texts() -> None:
    """Click would show the name of an enumeration's member."""
    assert {type(status) for status in STATUSES} == {str}
