"""The index of a folder's archive. It follows the files, whichever process writes them."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ...errors import RecordingNotFound
from ..finding.filters import Filter
from ..finding.index import Index
from ..finding.terms import Terms, index_query, terms_in
from .headers import SETTLED

_SECONDS = 0.1
"""Seconds that a search may spend on indexing new files."""

_TOGETHER = 20


class FolderIndex:
    """The index of finished recordings.

    :param path: the path of its file.
    :param archive: the folder of the recordings.
    :param ids: returns the ids of the recordings, newest first.
    :param load: returns a recording's document.
    """

    def __init__(
        self, path: Path, archive: Path, ids: Callable[[], list[str]], load: Callable[[str], bytes]
    ) -> None:
        self._file = path
        self._index = Index(lambda: path)
        self._archive = archive
        self._ids = ids
        self._load = load
        self._whole = 0

    def put(self, recording_id: str, document: bytes) -> None:
        """Add the terms of a recording that was saved."""
        self._index.put([(recording_id, terms_in(document))])

    def delete(self, recording_id: str) -> None:
        """Remove the terms of a recording."""
        self._index.delete([recording_id])

    def look(self, where: Filter, before: str | None) -> Iterator[tuple[str, bool]]:
        """Return the ids of recordings that may match, newest first, each with whether the index
        knows its words.

        :param before: only ids older than this one.
        """
        wanted = index_query(where)
        if wanted is None:
            return iter(())
        missing = self._missing(_SECONDS)
        found = None
        if missing is not None:
            found = self._index.all_of(wanted, before=before, first=where.first)
        if missing is None or found is None:
            return ((id, False) for id in self._ids() if before is None or id < before)
        known = ((id, True) for id in found)
        rest = ((id, False) for id in missing if before is None or id < before)
        return heapq.merge(known, rest, reverse=True) if missing else known

    def follow(self, seconds: float) -> None:
        """Bring the index up to date, and remove deleted recordings from it.

        :param seconds: the approximate time to spend.
        """
        if self._missing(seconds) is not None:
            gone = (self._index.ids() or set()).difference(self._ids())
            if gone:
                self._index.delete(gone)
            self._index.tidy()

    def _missing(self, seconds: float) -> list[str] | None:
        """Return the ids that are still not indexed, newest first; ``None`` if the index cannot be
        used.
        """
        changed = self._changed()
        if changed and changed == self._whole and self._file.exists():
            return []
        known = self._index.ids() if self._file.exists() else set[str]()
        if known is None:
            return None
        missing = [id for id in self._ids() if id not in known]
        end = time.monotonic() + seconds
        while missing and time.monotonic() < end:
            if not self._index.put(self._read(missing[:_TOGETHER])):
                return None
            del missing[:_TOGETHER]
        self._whole = changed if not missing and changed < time.time_ns() - SETTLED else 0
        return missing

    def _read(self, ids: Iterable[str]) -> Iterator[tuple[str, Terms]]:
        for id in ids:
            with suppress(RecordingNotFound):
                yield id, terms_in(self._load(id))

    def _changed(self) -> int:
        try:
            return self._archive.stat().st_mtime_ns
        except FileNotFoundError:
            return 0
