"""Recordings in a folder: nothing to set up, readable by their owner alone.

::

    journal/<id>/<worker>.seg    what is being recorded, one segment for each worker process
    archive/<id>.replay          finished recordings
    templates/<hash>             templates and setups, compressed, once for each content
    leases/<id>                  who is finishing a recording
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..codec import pack, unpack
from ..codec.recordings import decode_header, header_size
from ..errors import DecodeError, RecordingFinished, RecordingNotFound, StorageError
from ..recording.ids import is_id
from ..recording.model import Summary
from .merging import merge, summarize
from .protocols import Entry, Head, Segments
from .segments import read_segment, write_entries, write_head

_HASH = re.compile(r"[0-9a-f]{32}")
_WORKER = re.compile(r"[A-Za-z0-9_.-]{1,80}")


class FileStorage:
    """Journal and archive in one folder, which many processes may share.

    What ``append`` wrote survives the death of the process, though not that of the machine before
    it wrote its caches; what ``save`` wrote survives both.

    :param path: the folder; it is made when something is first written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    # Journal

    def append(self, head: Head, worker: str, entries: Sequence[Entry]) -> None:
        """Append a worker's entries to its segment.

        :raises RecordingFinished: the recording is archived already.
        :raises StorageError: the folder cannot be written.
        """
        if not _WORKER.fullmatch(worker):
            raise StorageError(f"{worker!r} cannot name a segment")
        folder = self._journal(head.id)
        if self.finished(head.id):
            raise RecordingFinished(f"{head.id} is finished; a new recording must be begun")
        with _named(folder):
            _make_folder(folder)
            descriptor = os.open(folder / f"{worker}.seg", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                data = write_entries(entries) if size else write_head(head) + write_entries(entries)
                try:
                    _write(descriptor, data)
                except OSError:
                    os.ftruncate(descriptor, size)  # so that trying again does not write behind a torn record
                    raise
            finally:
                os.close(descriptor)

    def active(self) -> list[Summary]:
        """List the recordings in progress, newest first."""
        summaries = []
        for recording_id in self._active_ids():
            with contextlib.suppress(RecordingNotFound):
                summaries.append(summarize(self.read(recording_id)))
        return summaries

    def read(self, recording_id: str) -> Segments:
        """Read all complete entries of a recording.

        :raises RecordingNotFound: no segment has this id, or none has a whole head.
        """
        folder = self._journal(recording_id)
        heads: list[Head] = []
        entries: list[tuple[str, Entry]] = []
        size = 0
        touched = 0.0
        torn = False
        for segment in _listed(folder):
            if segment.suffix != ".seg":
                continue
            with _named(segment):
                data = segment.read_bytes()
                touched = max(touched, segment.stat().st_mtime)
            size += len(data)
            try:
                head, whole, broken = read_segment(data)
            except DecodeError:
                torn = True
                continue
            heads.append(head)
            entries += ((segment.stem, entry) for entry in whole)
            torn = torn or broken
        if not heads or heads[0].id != recording_id:
            raise RecordingNotFound(f"no recording {recording_id} is in progress")
        return Segments(head=heads[0], entries=merge(entries), touched_at=touched, size=size, torn=torn)

    def touched(self) -> dict[str, float]:
        """Give, per active recording, the time of its last append."""
        times: dict[str, float] = {}
        for recording_id in self._active_ids():
            stamps = []
            for segment in _listed(self._journal(recording_id)):
                with contextlib.suppress(FileNotFoundError):
                    stamps.append(segment.stat().st_mtime)
            times[recording_id] = max(stamps, default=0.0)
        return times

    def drop(self, recording_id: str) -> None:
        """Forget a recording in progress."""
        folder = self._journal(recording_id)
        with _named(folder):
            for segment in _listed(folder):
                if segment.suffix == ".seg":
                    segment.unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError, OSError):
                folder.rmdir()

    # Archive

    def save(self, recording_id: str, document: bytes) -> None:
        """Keep a finished recording: written aside, then renamed into place."""
        _write_aside(self._archived(recording_id), document)

    def load(self, recording_id: str) -> bytes:
        """Give a finished recording's document.

        :raises RecordingNotFound: there is none with this id.
        """
        path = self._archived(recording_id)
        with _named(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                raise RecordingNotFound(f"there is no finished recording {recording_id}") from None

    def finished(self, recording_id: str) -> bool:
        """Tell whether a recording is in the archive."""
        return self._archived(recording_id).exists()

    def ids(self) -> list[str]:
        """Give the ids of the finished recordings, newest first."""
        names = (path.name.removesuffix(".replay") for path in _listed(self.path / "archive"))
        return sorted((name for name in names if is_id(name)), reverse=True)

    def summaries(self, *, before: str | None = None, limit: int = 50) -> list[Summary]:
        """List finished recordings, newest first; one that cannot be read is listed as such."""
        ids = [name for name in self.ids() if before is None or name < before]
        return [summary for name in ids[:limit] if (summary := self._summary(name)) is not None]

    def documents(self, recording_id: str) -> tuple[str, ...]:
        """Give the content hashes of what a finished recording uses.

        :raises RecordingNotFound: there is none with this id.
        :raises DecodeError: it cannot be read.
        """
        return decode_header(self._start(recording_id)).documents

    def delete(self, recording_id: str) -> None:
        """Delete a finished recording."""
        path = self._archived(recording_id)
        with _named(path):
            path.unlink(missing_ok=True)

    # Templates

    def has_template(self, key: str) -> bool:
        """Tell whether a document of this content hash is kept."""
        return self._template(key).exists()

    def put_template(self, key: str, document: bytes) -> None:
        """Keep a document under its content hash."""
        path = self._template(key)
        if not path.exists():
            _write_aside(path, pack(document))

    def get_template(self, key: str) -> bytes:
        """Give a document.

        :raises RecordingNotFound: there is none with this hash.
        :raises DecodeError: it is damaged.
        """
        path = self._template(key)
        with _named(path):
            try:
                return unpack(path.read_bytes())
            except FileNotFoundError:
                raise RecordingNotFound(f"the template {key} is not kept") from None

    def templates(self) -> Iterable[tuple[str, float]]:
        """Give the hash of each kept document, and when it was written."""
        for path in _listed(self.path / "templates"):
            if _HASH.fullmatch(path.name):
                with contextlib.suppress(FileNotFoundError):
                    yield path.name, path.stat().st_mtime

    def delete_template(self, key: str) -> None:
        """Delete a document."""
        path = self._template(key)
        with _named(path):
            path.unlink(missing_ok=True)

    # Leases

    def lease(self, recording_id: str, owner: str, seconds: float) -> bool:
        """Take the right to finish a recording; one that ran out is taken over."""
        path = self.path / "leases" / _checked(recording_id)
        with _named(path):
            _make_folder(path.parent)
            with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                until, _, holder = file.read().partition(" ")
                if holder not in ("", owner) and float(until) > time.time():
                    return False
                file.seek(0)
                file.truncate()
                file.write(f"{time.time() + seconds} {owner}")
        return True

    def release(self, recording_id: str, owner: str) -> None:
        """Give the right to finish a recording back."""
        path = self.path / "leases" / _checked(recording_id)
        with _named(path):
            path.unlink(missing_ok=True)

    # Paths: an id or a hash is checked before it becomes one

    def _journal(self, recording_id: str) -> Path:
        return self.path / "journal" / _checked(recording_id)

    def _archived(self, recording_id: str) -> Path:
        return self.path / "archive" / f"{_checked(recording_id)}.replay"

    def _template(self, key: str) -> Path:
        if not isinstance(key, str) or not _HASH.fullmatch(key):
            raise RecordingNotFound(f"{key!r:.80} is no content hash")
        return self.path / "templates" / key

    def _active_ids(self) -> list[str]:
        names = (path.name for path in _listed(self.path / "journal"))
        return sorted((name for name in names if is_id(name)), reverse=True)

    def _start(self, recording_id: str) -> bytes:
        path = self._archived(recording_id)
        with _named(path):
            try:
                with path.open("rb") as file:
                    start = file.read(64)
                    return start + file.read(max(0, min(header_size(start), 16 << 20) - len(start)))
            except FileNotFoundError:
                raise RecordingNotFound(f"there is no finished recording {recording_id}") from None

    def _summary(self, recording_id: str) -> Summary | None:
        try:
            return decode_header(self._start(recording_id)).summary
        except RecordingNotFound:
            return None  # deleted since it was listed
        except (DecodeError, StorageError):
            return Summary(id=recording_id, status="finished", flags=("unreadable",))


def _checked(recording_id: str) -> str:
    if not is_id(recording_id):
        raise RecordingNotFound(f"{recording_id!r:.80} is no id of a recording")
    return recording_id


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn the system's errors into the project's, with the path and what to look at."""
    try:
        yield
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        reason = error.strerror or str(error)
        raise StorageError(f"{path}: {reason}; is the folder there, writable, and the disk not full?") from error


def _make_folder(path: Path) -> None:
    """Make a folder and those above it, each for the owner alone."""
    if not path.is_dir():
        _make_folder(path.parent)
        with contextlib.suppress(FileExistsError):  # another process was quicker
            path.mkdir(mode=0o700)


def _listed(folder: Path) -> list[Path]:
    with _named(folder):
        try:
            return sorted(folder.iterdir())
        except FileNotFoundError:
            return []


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _write_aside(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a crash, finds all of it or none."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    with _named(path):
        _make_folder(path.parent)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            try:
                _write(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(aside, path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
