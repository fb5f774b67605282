"""Marks and remarks (notes and tags), stored beside recordings in a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from ...errors import RecordingForgotten, RecordingNotFound
from ...recording.ids import is_id
from ..protocols import Mark
from .folder import is_file, listed, named, read, replace
from .layout import Layout


class FileMarks(Layout):
    """The marks and remarks of a store in a folder."""

    def finished(self, recording_id: str) -> bool:
        """Whether a recording is in the archive."""
        return is_file(self._archived(recording_id))

    def mark(self, recording_id: str, mark: Mark, on: bool = True) -> None:
        """Set or remove a mark on a recording."""
        path = self._mark(recording_id, mark)
        with named(path), self._locked():
            if on:
                replace(path, b"", sync=False)
            else:
                path.unlink(missing_ok=True)

    def marked(self, mark: Mark) -> dict[str, float]:
        """Return the ids of the recordings with a mark, and when each was marked."""
        times: dict[str, float] = {}
        for path in listed(self._part(mark), strict=True):
            if is_id(path.name) and is_file(path):
                with named(path), contextlib.suppress(FileNotFoundError):
                    times[path.name] = path.lstat().st_mtime
        return times

    def _refuse_forgotten(self, recording_id: str) -> None:
        if is_file(self._mark(recording_id, "forgotten")):
            raise RecordingForgotten(
                f"the visitor of {recording_id} was forgotten: nothing more of it is stored"
            )

    def remark(self, recording_id: str, document: bytes, known: bytes = b"") -> bool:
        """Replace the remarks on a recording, if the stored ones are known, and return whether they
        are stored.

        :raises RecordingNotFound: the recording does not exist.
        """
        path = self._remarks(recording_id)
        with named(path), self._locked():
            if not self.finished(recording_id) and not self._segments(recording_id):
                raise RecordingNotFound(f"there is no recording {recording_id}")
            if (read(path) if is_file(path) else b"") != known:
                return False
            if document:
                replace(path, document)
            else:
                path.unlink(missing_ok=True)
        return True

    def remarks(self, recording_ids: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return the remarks on recordings."""
        names = recording_ids
        if names is None:
            names = [path.name for path in listed(self._part("remarks"), strict=True)]
        found: dict[str, bytes] = {}
        for path in map(self._remarks, filter(is_id, names)):
            with named(path), contextlib.suppress(FileNotFoundError):
                found[path.name] = read(path)
        return found
