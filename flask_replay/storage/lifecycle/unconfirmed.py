"""Recordings of visitors who never sent our cookie back. They are limited separately, and deleted
first.
"""

from __future__ import annotations

from ...errors import DecodeError, RecordingNotFound
from ...recording.summary import UNCONFIRMED
from ..merging import summarize
from ..protocols import Storage


def drop_unless_continued(storage: Storage, recording_id: str) -> bool:
    """Delete a running recording, unless its visitor has come back meanwhile, to any worker.

    :returns: whether it was deleted.
    :raises StorageError: the store fails.
    """
    try:
        segments = storage.read(recording_id)
    except (RecordingNotFound, DecodeError):
        return False
    return UNCONFIRMED in summarize(segments).flags and storage.drop(recording_id, segments.size)


def running(storage: Storage) -> list[str]:
    """Return the ids of the running ones, newest first, without pinned ones."""
    pinned = storage.marked("pinned")
    return [
        found.id
        for found in storage.active()
        if UNCONFIRMED in found.flags and found.id not in pinned
    ]


def thin(storage: Storage, limit: int) -> None:
    """Delete running ones of all workers together, except the newest.

    :param limit: the number to keep.
    """
    for name in running(storage)[limit:]:
        drop_unless_continued(storage, name)
