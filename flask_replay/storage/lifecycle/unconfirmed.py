"""Recordings of visitors who never sent our cookie back: they are kept apart, and let go before any
other.
"""

from __future__ import annotations

from ...errors import DecodeError, RecordingNotFound
from ...recording.summary import UNCONFIRMED
from ..merging import summarize
from ..protocols import Storage


def let_go(storage: Storage, recording_id: str) -> bool:
    """Forget a running recording, unless its visitor has come back meanwhile, to whichever worker.

    :returns: whether it went.
    :raises StorageError: the store fails.
    """
    try:
        segments = storage.read(recording_id)
    except (RecordingNotFound, DecodeError):
        return False
    return UNCONFIRMED in summarize(segments).flags and storage.drop(recording_id, segments.size)


def running(storage: Storage) -> list[str]:
    """Return the ids of those that run, newest first; pinned ones are left out."""
    pinned = storage.marked("pinned")
    return [
        found.id
        for found in storage.active()
        if UNCONFIRMED in found.flags and found.id not in pinned
    ]


def thin(storage: Storage, limit: int) -> None:
    """Let go of running ones, of all workers together, but for the newest.

    :param limit: how many stay.
    """
    for name in running(storage)[limit:]:
        let_go(storage, name)
