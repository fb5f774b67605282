"""Cache the headers of an archive's files, as long as the files are unchanged."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from ...recording.summary import Summary

SETTLED = 100_000_000
"""Nanoseconds within which two changes of a folder may have the same time stamp."""

Signature = tuple[int, int, int]


class Headers:
    """Caches summaries for filters and long lists, which read many headers and show few.

    A file of an archive is only ever replaced as a whole, which changes the modification time of
    its folder. While that time is unchanged, no file needs to be checked.

    :param folder: the folder of the files.
    :param path: returns the path of a recording's file.
    :param read: returns a recording's summary, or ``None`` if the recording is gone.
    """

    def __init__(
        self, folder: Path, path: Callable[[str], Path], read: Callable[[str], Summary | None]
    ) -> None:
        self.folder = folder
        self.path = path
        self.read = read
        self._known: dict[str, tuple[Signature, Summary]] = {}
        self._changed = 0

    def refresh(self) -> None:
        """Drop the summaries of files that were replaced or deleted since they were read."""
        try:
            changed = self.folder.stat().st_mtime_ns
        except FileNotFoundError:
            self._known = {}
            return
        if changed == self._changed:
            return
        now = time.time_ns()
        signatures: dict[str, Signature] = {}
        with os.scandir(self.folder) as files:
            for file in files if self._known else ():
                with contextlib.suppress(FileNotFoundError):
                    signatures[file.name] = signature(file.stat())
        known = self._known.items()
        self._known = {
            name: kept for name, kept in known if signatures.get(self.path(name).name) == kept[0]
        }
        self._changed = changed if changed < now - SETTLED else 0

    def get(self, name: str) -> Summary | None:
        """Return a recording's summary as of the last :meth:`refresh`, or as it is now."""
        kept = self._known.get(name)
        if kept is not None:
            return kept[1]
        try:
            found = signature(self.path(name).stat())
        except FileNotFoundError:
            return None
        summary = self.read(name)
        # An unreadable one is not cached: it may be readable next time.
        if summary is not None and "unreadable" not in summary.flags:
            self._known[name] = found, summary
        return summary


def signature(status: os.stat_result) -> Signature:
    """Return a value that changes whenever the contents of a file change."""
    return status.st_ino, status.st_size, status.st_mtime_ns
