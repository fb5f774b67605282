"""The journal in a folder: running recordings, each with a segment for each worker."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from itertools import islice

from ...errors import DecodeError, RecordingFinished, RecordingNotFound, StorageError
from ...recording.summary import RecordingStatus, Summary
from ..finding.live_summaries import LiveSummaries
from ..merging import merge, summarize
from ..names import checked_worker, unreadable
from ..protocols import Entry, Head, Segments
from .folder import append, is_file, listed, named, reading, touch
from .headers import Signature, signature
from .layout import DROPPED, SEGMENT
from .marks import FileMarks
from .segments import LaterVersion, read_segment, write_entries, write_head


class FileJournal(FileMarks):
    """Running recordings."""

    def __init__(self, path: str | os.PathLike[str], *, fsync: bool = False) -> None:
        super().__init__(path)
        self.fsync = fsync
        self._live_summaries = LiveSummaries()

    def append(self, head: Head, worker: str, entries: Sequence[Entry]) -> None:
        """Append a worker's entries to its segment, in one write.

        :param worker: a name that no other process has.
        :raises RecordingFinished: the recording is archived, or is being dropped.
        :raises RecordingForgotten: the recording's visitor was forgotten.
        :raises StorageError: the folder cannot be written.
        """
        checked_worker(worker)
        folder = self._journal(head.id)
        with named(folder), self._locked(shared=True):
            self._refuse_forgotten(head.id)
            if self.finished(head.id) or is_file(folder / DROPPED):
                raise RecordingFinished(f"{head.id} is finished; start a new recording")
            path = folder / f"{worker}{SEGMENT}"
            append(path, write_entries(entries), write_head(head), fsync=self.fsync)

    def active(self, *, before: str | None = None, limit: int | None = None) -> list[Summary]:
        """List the running recordings, newest first. One that cannot be read is flagged."""
        ids = (name for name in self._active_ids() if before is None or name < before)
        return list(
            islice((summary for name in ids if (summary := self._running(name)) is not None), limit)
        )

    def _running(self, recording_id: str) -> Summary | None:
        try:
            state = self._state(recording_id)
            summary = self._live_summaries.get(recording_id, state)
            if summary is None:
                summary = summarize(self._read(recording_id, payloads=False))
                self._live_summaries.put(recording_id, state, summary)
        except RecordingNotFound:
            return None  # finalized since, or nothing complete was written yet
        except (DecodeError, StorageError):
            return unreadable(recording_id, RecordingStatus.ACTIVE)
        return summary

    def _state(self, recording_id: str) -> tuple[tuple[str, Signature], ...]:
        """Return a value that changes whenever a recording's segments change."""
        found: list[tuple[str, Signature]] = []
        for path in self._segments(recording_id):
            with named(path), contextlib.suppress(FileNotFoundError):
                found.append((path.name, signature(path.stat())))
        return tuple(found)

    def read(self, recording_id: str) -> Segments:
        """Return all complete entries of a running recording.

        :raises RecordingNotFound: no recording with this id is running, or nothing complete was
            written yet.
        :raises DecodeError: none of its segments can be read, or one was written by a later
            version.
        """
        return self._read(recording_id, payloads=True)

    def _read(self, recording_id: str, *, payloads: bool) -> Segments:
        head: Head | None = None
        entries: list[tuple[str, Entry]] = []
        writers: dict[str, float] = {}
        size, torn = 0, False
        problem: DecodeError | None = None
        for path in self._segments(recording_id):
            with named(path), contextlib.suppress(FileNotFoundError), reading(path) as file:
                status = os.fstat(file.fileno())
                size += status.st_size
                writers[path.stem] = status.st_mtime
                try:
                    segment = read_segment(file, recording_id, payloads=payloads)
                except LaterVersion as error:
                    raise LaterVersion(f"{path.name}: {error}") from None
                except DecodeError as error:
                    problem = error
                    continue
                head = head or segment.head
                entries += ((path.stem, entry) for entry in segment.entries)
                torn = torn or segment.torn
        if head is None:
            raise problem or RecordingNotFound(f"no recording {recording_id} is in progress")
        merged, workers = merge(entries)
        torn = torn or problem is not None
        return Segments(
            head=head, entries=merged, workers=workers, writers=writers, size=size, torn=torn
        )

    def size(self, recording_id: str) -> int:
        """Return the size of a running recording in bytes; 0 if it is not running."""
        size = 0
        for path in self._segments(recording_id):
            with named(path), contextlib.suppress(FileNotFoundError):
                size += path.stat().st_size
        return size

    def touched(self) -> dict[str, float]:
        """Return the time of the last append to each running recording."""
        times: dict[str, float] = {}
        for recording_id in self._active_ids():
            for segment in [*self._segments(recording_id), self._journal(recording_id) / DROPPED]:
                with named(segment), contextlib.suppress(FileNotFoundError):
                    times[recording_id] = max(times.get(recording_id, 0.0), segment.stat().st_mtime)
        return times

    def writers(self) -> dict[str, dict[str, float]]:
        """Return, for each running recording, the workers that appended to it, with the time of
        each one's last append.
        """
        found: dict[str, dict[str, float]] = {}
        for recording_id in self._active_ids():
            segments = self._segments(recording_id)
            if segments or is_file(self._journal(recording_id) / DROPPED):
                found[recording_id] = {}
            for segment in segments:
                with named(segment), contextlib.suppress(FileNotFoundError):
                    found[recording_id][segment.stem] = segment.stat().st_mtime
        return found

    def drop(self, recording_id: str, size: int | None = None) -> bool:
        """Delete a running recording. A crash in the middle leaves it deleted.

        :param size: delete only if it still has this size.
        :returns: whether it is deleted now.
        """
        folder = self._journal(recording_id)
        with named(folder), self._locked():
            found, dropped = listed(folder), folder / DROPPED
            segments = [path for path in found if path.suffix == SEGMENT]
            if size is not None and size != sum(
                path.lstat().st_size for path in segments if dropped not in found
            ):
                return False
            if segments:
                touch(dropped)
            for path in segments:
                path.unlink()
            dropped.unlink(missing_ok=True)
            if not self.finished(recording_id):
                self._remarks(recording_id).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # it has other files, or does not exist
                folder.rmdir()
        return True
