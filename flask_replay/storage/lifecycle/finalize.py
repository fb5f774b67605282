"""Finish recordings: merge their segments, keep or discard them, archive them, drop the journal."""

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
"""Seconds after which a process that began to finish a recording is taken for dead."""


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
    """Finish one recording. Doing it twice, or again after a crash in the middle, is harmless.

    :param owner: who does it, to tell apart processes that try at once.
    :param status: how it ended: ``"finished"`` or ``"interrupted"``; or what tells that of what is
        just read, for a worker may append to it at any time.
    :param recovered: its new name, if it was made on purpose by a process that died; it is kept
        whatever is in it.
    :param attempts: how often saving is tried.
    :param delay: seconds between two attempts.
    :param max_size: bytes of its batches that are kept.
    :returns: the summary of what was archived; ``None`` when nothing was: the session had no
        interaction and was discarded, its visitor is to be forgotten, it goes on after all, it was
        finished before or another process is at it, or it cannot be read and stays as it is, listed
        as such, until cleanup.
    :raises RecordingNotFound: there is no such recording.
    :raises StorageError: saving failed every time; the journal still holds everything.
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
                    _go_on(storage, segments, saved)
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
            # something was appended since it was read; at the latest the archive keeps more from
            # coming
    finally:
        storage.release(recording_id, owner)


def _keys(segments: Segments) -> set[tuple[str, int]]:
    """Return what names the entries of a recording."""
    pairs = zip(segments.workers, segments.entries, strict=True)
    return {(worker, entry.number) for worker, entry in pairs}


def _go_on(storage: Storage, segments: Segments, saved: AbstractSet[tuple[str, int]]) -> None:
    """Let a visitor who came back while their recording was saved go on in one: that in which all
    workers go on.

    What they did meanwhile goes there; the saved one ended without it.

    :param saved: what names the entries that are saved.
    """
    head = msgspec.structs.replace(segments.head, id=following(segments.head.id))
    for worker, entry in zip(segments.workers, segments.entries, strict=True):
        if (worker, entry.number) not in saved and entry.tally.events:
            late = msgspec.structs.replace(entry, flags=(*entry.flags, CONTINUED))
            storage.append(head, beside(worker, segments.head.id), [late])


def _read(storage: Storage, recording_id: str) -> Segments | None:
    """Return what is to be finished, or ``None`` after putting away what is not."""
    try:
        return storage.read(recording_id)
    except RecordingNotFound:
        if recording_id in storage.touched():
            # nothing whole was ever written, or a crash came while it was dropped
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
    """Archive a recording, unless nothing happened in it.

    Doing so again is harmless: the journal has all of it until it is dropped at once.
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
    """Finish a recording that was made on purpose by a process that died, under another name.

    Somebody else may have finished it before; it is renamed all the same.

    :returns: how many events are in it; one without any is deleted.
    :raises RecordingNotFound: there is none with this id.
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
    """Name a recording anew; its former names stay with it, so that its visitor can be
    forgotten.
    """
    former = summary.names or ((summary.name,) if summary.name else ())
    names = (*former, name) if former else ()
    return msgspec.structs.replace(
        summary, name=name, names=names, flags=(*summary.flags, "recovered")
    )
