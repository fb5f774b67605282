"""Finish recordings: merge their segments, keep or discard them, archive them, drop the journal."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..codec import encode_recording
from ..errors import RecordingNotFound, StorageError
from ..recording.model import Summary
from .merging import summarize
from .protocols import Segments, Storage

LEASE = 60.0
"""Seconds after which a process that began to finish a recording is taken for dead."""


def due(storage: Storage, idle_timeout: float, now: float | None = None) -> list[str]:
    """List the active recordings that nothing was appended to for a time.

    :param idle_timeout: that time, in seconds.
    :param now: seconds since 1970; the present when left out.
    """
    present = time.time() if now is None else now
    return [name for name, touched in storage.touched().items() if present - touched > idle_timeout]


def finalize(
    storage: Storage,
    recording_id: str,
    owner: str,
    *,
    attempts: int = 1,
    delay: float = 0.0,
    pause: Callable[[float], object] = time.sleep,
) -> Summary | None:
    """Finish one recording. Doing it twice, or again after a crash in the middle, is harmless.

    :param owner: who does it, to tell apart processes that try at once.
    :param attempts: how often saving is tried.
    :param delay: seconds between two attempts.
    :returns: the summary of what was archived; ``None`` when the session had no interaction and
        was discarded, when another process is at it, or when it was finished before.
    :raises RecordingNotFound: there is no such recording.
    :raises StorageError: saving failed every time; the journal still holds everything.
    """
    if not storage.lease(recording_id, owner, LEASE):
        return None
    try:
        if storage.finished(recording_id):
            storage.drop(recording_id)  # a crash came between saving and dropping
            return None
        try:
            segments = storage.read(recording_id)
        except RecordingNotFound:
            if recording_id in storage.touched():
                storage.drop(recording_id)  # nothing whole was ever written
                return None
            raise
        summary = summarize(segments, "finished")
        if not summary.tally.interaction:
            storage.drop(recording_id)
            return None
        saved = _save(storage, summary, segments, attempts, delay, pause)
        storage.drop(recording_id)
        return saved
    finally:
        storage.release(recording_id, owner)


def _save(
    storage: Storage,
    summary: Summary,
    segments: Segments,
    attempts: int,
    delay: float,
    pause: Callable[[float], object],
) -> Summary:
    documents: dict[str, None] = {}
    for entry in segments.entries:
        documents.update(dict.fromkeys(entry.documents))
    payloads = [entry.payload for entry in segments.entries]
    document = encode_recording(summary, payloads, segments.head.format, tuple(documents))
    for attempt in range(1, attempts + 1):
        try:
            storage.save(summary.id, document)
        except StorageError:
            if attempt == attempts:
                raise
            pause(delay)
        else:
            break
    return summary
