"""Finalize recordings: merge their segments, keep or discard them, archive them, drop the
journal.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet

import msgspec

from ...codec import decode_summary, encode_recording
from ...codec.recordings import MAX_RECORDING, with_summary
from ...errors import DecodeError, RecordingForgotten, RecordingNotFound, StorageError
from ...recording.ids import following, new_id
from ...recording.summary import CONTINUED, RecordingStatus, Summary
from ..merging import summarize, within
from ..protocols import Ending, Segments, Storage
from ..workers.names import beside

LEASE = 60.0
"""Seconds after which a process that started to finalize a recording is considered dead."""


def finalize(
    storage: Storage,
    recording_id: str,
    owner: str,
    *,
    status: str | Ending = RecordingStatus.FINISHED,
    recovered: str = "",
    attempts: int = 1,
    delay: float = 0.0,
    pause: Callable[[float], object] = time.sleep,
    max_size: int = MAX_RECORDING,
) -> Summary | None:
    """Finalize one recording. It is harmless to repeat this, even after a crash in the middle.

    :param owner: identifies the process that finalizes, among others that try at the same time.
    :param status: ``"finished"`` or ``"interrupted"``; or a function that decides this for the data
        just read, because a worker may append at any time.
    :param recovered: the new name of a named recording whose process died. It is kept whatever it
        contains.
    :param attempts: how often saving is tried.
    :param delay: the seconds between two attempts.
    :param max_size: the most bytes of its batches to keep.
    :returns: the summary of what was archived, or ``None`` when nothing was archived. Then one of
        these holds: the session had no interaction and was discarded; its visitor was forgotten; it
        is still running after all; it was already finalized; another process is finalizing it; it
        cannot be read, and is listed as unreadable until cleanup.
    :raises RecordingNotFound: the recording does not exist.
    :raises StorageError: all attempts failed; the journal still holds everything.
    """
    if not storage.lease(recording_id, owner, LEASE):
        return None
    summary, saved = None, None
    try:
        while True:
            segments = _read(storage, recording_id)
            if segments is None:
                return None
            ended = status if isinstance(status, str) else status(segments.writers)
            if ended is None and not storage.finished(recording_id):
                return None
            try:
                if ended is None and saved is not None:
                    _continue_elsewhere(storage, segments, saved)
                else:
                    kept, retries = within(segments, max_size), (attempts, delay, pause)
                    summary = _save(
                        storage, kept, ended or RecordingStatus.FINISHED, recovered, *retries
                    )
                    saved = _keys(segments)
            except RecordingForgotten:
                storage.drop(recording_id)
                return None
            if storage.drop(recording_id, segments.size):
                return summary
            # Something was appended since it was read. The archived recording prevents further
            # appends.
    finally:
        storage.release(recording_id, owner)


def _keys(segments: Segments) -> set[tuple[str, int]]:
    """Return the worker and number of each entry of a recording."""
    pairs = zip(segments.workers, segments.entries, strict=True)
    return {(worker, entry.number) for worker, entry in pairs}


def _continue_elsewhere(
    storage: Storage, segments: Segments, saved: AbstractSet[tuple[str, int]]
) -> None:
    """Move the entries of a visitor who came back during saving to the recording in which all
    workers continue.

    The saved recording has ended without them.

    :param saved: the worker and number of each entry that is saved.
    """
    head = msgspec.structs.replace(segments.head, id=following(segments.head.id))
    for worker, entry in zip(segments.workers, segments.entries, strict=True):
        if (worker, entry.number) not in saved and entry.tally.events:
            late = msgspec.structs.replace(entry, flags=(*entry.flags, CONTINUED))
            storage.append(head, beside(worker, segments.head.id), [late])


def _read(storage: Storage, recording_id: str) -> Segments | None:
    """Return the recording to finalize, or ``None`` after dropping one that cannot be finalized."""
    try:
        return storage.read(recording_id)
    except RecordingNotFound:
        if recording_id in storage.touched():
            # no complete entry was ever written, or a crash interrupted its deletion
            storage.drop(recording_id)
        elif not storage.finished(recording_id):
            raise
    except DecodeError:
        if storage.finished(recording_id):
            storage.drop(recording_id)
    return None


def _save(
    storage: Storage,
    segments: Segments,
    status: str,
    recovered: str,
    attempts: int,
    delay: float,
    pause: Callable[[float], object],
) -> Summary | None:
    """Archive a recording, unless it has no interaction.

    It is harmless to repeat this, because the journal holds everything until it is dropped.
    """
    summary = summarize(segments, status)
    if recovered:
        summary = _renamed(summary, recovered)
    elif not summary.kept:
        return None
    documents = dict.fromkeys(key for entry in segments.entries for key in entry.documents)
    batches = [(entry.offset_ms, entry.payload) for entry in segments.entries if entry.tally.events]
    document = encode_recording(summary, batches, segments.head.format, tuple(documents))
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


def keep_recovered(storage: Storage, recording_id: str, name: str) -> int:
    """Finalize a named recording whose process died, under another name.

    If another process has already finalized it, it is still renamed.

    :returns: the number of its events. A recording without events is deleted.
    :raises RecordingNotFound: no recording has this id.
    :raises DecodeError: it cannot be read.
    :raises StorageError: the storage fails.
    """
    if not storage.finished(recording_id):
        if not storage.read(recording_id).entries:
            storage.drop(recording_id)
            return 0
        owner = new_id()
        finalize(storage, recording_id, owner, status=RecordingStatus.INTERRUPTED, recovered=name)
    document = storage.load(recording_id)
    summary = decode_summary(document)
    if not summary.tally.events:
        storage.delete(recording_id)
    elif summary.name != name:
        storage.save(recording_id, with_summary(document, _renamed(summary, name)))
    return summary.tally.events


def _renamed(summary: Summary, name: str) -> Summary:
    """Return a summary with a new name. Its former names are kept, so that its visitor can be
    forgotten.
    """
    former = summary.names or ((summary.name,) if summary.name else ())
    names = (*former, name) if former else ()
    return msgspec.structs.replace(
        summary, name=name, names=names, flags=(*summary.flags, "recovered")
    )
