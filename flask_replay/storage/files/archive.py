"""The archive in a folder: finished recordings, and the templates of all recordings."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence

import msgspec

from ...codec import pack, unpack
from ...codec.recordings import Header, decode_header, header_size
from ...errors import DecodeError, RecordingNotFound, StorageError
from ...recording.ids import is_id
from ...recording.summary import RecordingStatus, Summary
from ..finding.derived import with_facets
from ..finding.filters import ALL, Filter
from ..finding.live_words import words_in
from ..finding.orders import NEWEST, Order
from ..names import is_hash, unreadable
from .folder import delete_asides, is_file, listed, named, read, reading, replace
from .headers import Headers
from .index import FolderIndex
from .layout import ARCHIVED
from .marks import FileMarks

_MAX_HEADER = 16 << 20
_ALL = 1 << 62
_FEW = 100
"""Up to this many headers can be read faster than the folder can be checked for changes."""


class FileArchive(FileMarks):
    """Finished recordings, and the templates of all recordings."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path)
        self._headers = Headers(self.path / "archive", self._archived, self._summary)
        self._index = FolderIndex(self.path / "index", self.path / "archive", self.ids, self.load)

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
            if where.indexed or where.errors or where.name
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
                with reading(path) as file:
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
