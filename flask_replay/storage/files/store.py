"""Recordings in a folder: no set-up is needed, and only the owner can read them. See ``layout`` for
the files.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from ...codec import pack, unpack
from ...codec.recordings import Header, decode_header, header_size
from ...errors import DecodeError, RecordingFinished, RecordingNotFound, StorageError
from ...recording.ids import is_id
from ...recording.summary import RecordingStatus, Summary
from ..finding.derived import with_facets
from ..finding.filters import ALL, Filter
from ..finding.live_summaries import LiveSummaries
from ..finding.live_words import words_in
from ..finding.orders import NEWEST, Order
from ..merging import merge, summarize
from ..names import checked_worker, is_hash, unreadable
from ..protocols import Entry, Head, Segments
from .folder import append, delete_asides, is_file, listed, named, opened, read, replace, touch
from .headers import Headers, Signature, signature
from .index import FolderIndex
from .layout import ARCHIVED, DROPPED, SEGMENT
from .leases import FileLeases
from .marks import FileMarks
from .segments import LaterVersion, read_segment, write_entries, write_head

_MAX_HEADER = 16 << 20
_ALL = 1 << 62
_FEW = 100
"""Up to this many headers can be read faster than the folder can be checked for changes."""


class FileStorage(FileLeases, FileMarks):
    """Journal and archive in one folder, which many processes may share.

    Data written by ``append`` survives the death of the process, but may be lost if the machine
    crashes before it writes its caches. Data written by ``save`` survives both.

    :param path: the folder. It is made at the first write.
    :param fsync: whether every append waits for the disk, so that it survives a crash of the
        machine, too.
    """

    def __init__(self, path: str | os.PathLike[str], *, fsync: bool = False) -> None:
        super().__init__(path)
        self.fsync = fsync
        self._headers = Headers(self.path / "archive", self._archived, self._summary)
        self._index = FolderIndex(self.path / "index", self.path / "archive", self.ids, self.load)
        self._live_summaries = LiveSummaries()

    @property
    def identity(self) -> str:
        """Return a text with the folder's absolute path."""
        return f"files {self.path.resolve()}"

    # Journal

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
            with named(path), contextlib.suppress(FileNotFoundError), _reading(path) as file:
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

    # Archive

    def save(self, recording_id: str, document: bytes) -> None:
        """Store a finished recording, written under another name and then renamed.

        :raises RecordingForgotten: the recording's visitor was forgotten.
        """
        path = self._archived(recording_id)
        with named(path), self._locked(shared=True):
            self._refuse_forgotten(recording_id)
            replace(path, document)
        self._index.put(recording_id, document)

    def load(self, recording_id: str) -> bytes:
        """Return a finished recording's document.

        :raises RecordingNotFound: no finished recording has this id.
        """
        path = self._archived(recording_id)
        with named(path):
            try:
                return read(path)
            except FileNotFoundError:
                raise RecordingNotFound(f"there is no finished recording {recording_id}") from None

    def ids(self) -> list[str]:
        """Return the ids of the finished recordings, newest first."""
        with named(self.path):
            try:
                # for 10,000 files, Path objects would cost more than everything else
                names = os.listdir(self._part("archive"))  # noqa: PTH208
            except FileNotFoundError:
                return []
        ids = (name.removesuffix(ARCHIVED) for name in names if name.endswith(ARCHIVED))
        return sorted(filter(is_id, ids), reverse=True)

    def summaries(
        self,
        *,
        before: str | None = None,
        limit: int = 50,
        where: Filter = ALL,
        order: Order = NEWEST,
    ) -> list[Summary]:
        """List finished recordings, newest first. One that cannot be read is flagged."""
        if order != NEWEST:
            return order.sorted(self.summaries(limit=_ALL, where=where), before)[:limit]
        end = min((end for end in (before, where.end) if end is not None), default=None)
        if where.reads or limit > _FEW:
            with named(self.path):
                self._headers.refresh()
        read: Callable[[str], Summary | None] = (
            self._headers.get if where.reads or limit > _FEW else self._summary
        )
        marked = self.marked("pinned") if where.pinned is not None else {}
        found: dict[str, Summary] = {}
        for name, words_known in (
            self._index.look(where, end)
            if where.indexed
            else ((name, False) for name in self.ids())
        ):
            if name < where.first or len(found) == limit:
                break
            if (end is None or name < end) and (
                where.pinned is None or (name in marked) == where.pinned
            ):
                summary = read(name) if where.among is None or name in where.among else None
                if summary is not None and self._fits(where, summary, words_known=words_known):
                    found[name] = summary
        if not where.reads or limit > _FEW:
            return list(found.values())
        # show each as it is now
        return [now for name in found if (now := self._summary(name)) is not None]

    def _fits(self, where: Filter, summary: Summary, *, words_known: bool) -> bool:
        """Whether a recording matches a filter.

        :param words_known: whether it is known to have the words searched for.
        """
        if where.faceted:
            summary = with_facets(summary, self.load)
        if where.text is None or words_known or not where.matches(summary):
            return where.matches(summary)
        with contextlib.suppress(RecordingNotFound):
            return where.matches(summary, words_in(self.load(summary.id)))
        return False

    def follow(self, seconds: float = 10.0) -> None:
        """Bring the index up to date with the archive, which other processes may have changed.

        :param seconds: the approximate time to spend. The next call continues.
        """
        self._index.follow(seconds)

    def documents(self, recording_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the content hashes of the documents that finished recordings use.

        :raises DecodeError: a recording cannot be read.
        """
        found: dict[str, tuple[str, ...]] = {}
        for name in recording_ids:
            with contextlib.suppress(RecordingNotFound):
                found[name] = self._header(name)[0].documents
        return found

    def delete(self, recording_id: str) -> None:
        """Delete a finished recording, half-written copies of it, and its lease."""
        path = self._archived(recording_id)
        with named(path):
            path.unlink(missing_ok=True)
            delete_asides(path.parent, of=path.name)
            self._lease(recording_id).unlink(missing_ok=True)
            with self._locked():  # writers of remarks that have seen the recording are done by then
                self._remarks(recording_id).unlink(missing_ok=True)
        self._index.delete(recording_id)

    # Templates

    def has_template(self, key: str) -> bool:
        """Whether a document with this content hash is stored."""
        return is_file(self._template(key))

    def put_template(self, key: str, document: bytes) -> None:
        """Store a document under its content hash. One that is already stored counts as written
        now.
        """
        path = self._template(key)
        with named(path):
            if is_file(path):
                os.utime(path)
            else:
                replace(path, pack(document))

    def get_template(self, key: str) -> bytes:
        """Return a document.

        :raises RecordingNotFound: no document has this hash.
        :raises DecodeError: it is damaged.
        """
        path = self._template(key)
        with named(path):
            try:
                return unpack(read(path))
            except FileNotFoundError:
                raise RecordingNotFound(f"the template {key} is not stored") from None

    def templates(self) -> Iterable[tuple[str, float]]:
        """Yield the hash of each stored document, and when it was written."""
        for path in listed(self._part("templates"), strict=True):
            if is_hash(path.name):
                with named(path), contextlib.suppress(FileNotFoundError):
                    yield path.name, path.lstat().st_mtime

    def delete_template(self, key: str) -> None:
        """Delete a document."""
        path = self._template(key)
        with named(path):
            path.unlink(missing_ok=True)

    def _header(self, recording_id: str) -> tuple[Header, int]:
        """Return a finished recording's header, and its size."""
        path = self._archived(recording_id)
        with named(path):
            try:
                with _reading(path) as file:
                    start = file.read(64)
                    rest = file.read(max(0, min(header_size(start), _MAX_HEADER) - len(start)))
                    return decode_header(start + rest), os.fstat(file.fileno()).st_size
            except FileNotFoundError:
                raise RecordingNotFound(f"there is no finished recording {recording_id}") from None

    def _size(self, recording_id: str) -> int:
        with contextlib.suppress(OSError):
            return self._archived(recording_id).stat().st_size
        return 0

    def _summary(self, recording_id: str) -> Summary | None:
        try:
            header, size = self._header(recording_id)
        except RecordingNotFound:
            return None  # deleted since it was listed
        except (DecodeError, StorageError):
            return unreadable(recording_id, RecordingStatus.FINISHED, self._size(recording_id))
        return msgspec.structs.replace(header.summary, size=size)


def _reading(path: Path) -> BinaryIO:
    return open(opened(path, os.O_RDONLY), "rb")
