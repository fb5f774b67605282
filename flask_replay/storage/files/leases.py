"""Leases in a folder: which worker finalizes a recording, and until when."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from ...recording.ids import is_id
from .folder import delete_asides, is_file, listed, named, read, replace
from .layout import Layout


class FileLeases(Layout):
    """The leases of a store in a folder."""

    def lease(self, recording_id: str, owner: str, seconds: float) -> bool:
        """Take the right to finalize a recording. An expired lease is taken over."""
        path = self._lease(recording_id)
        with named(path), self._locked():
            if _holder(path) not in ("", owner):
                return False
            replace(path, f"{time.time() + seconds} {owner}".encode(), sync=False)
        return True

    def release(self, recording_id: str, owner: str) -> None:
        """Release the right to finalize a recording, unless another owner has taken it over."""
        path = self._lease(recording_id)
        with named(path), self._locked():
            if _holder(path) in ("", owner):
                path.unlink(missing_ok=True)

    def sweep(self, before: float) -> None:
        """Delete half-written copies of documents from before a given time, and expired leases."""
        for name in ("archive", "templates", "leases", "pinned", "remarks", "forgotten"):
            delete_asides(self._part(name), before=before)
        for path in listed(self._part("leases"), strict=True):
            with named(path), self._locked(), contextlib.suppress(FileNotFoundError):
                if is_id(path.name) and not _holder(path) and path.lstat().st_mtime < before:
                    path.unlink()


def _holder(lease: Path) -> str:
    """Return the owner of a lease, ``""`` if it is expired, damaged or missing."""
    if not is_file(lease):
        return ""
    try:
        until, _, owner = read(lease).decode().partition(" ")
        return owner if float(until) > time.time() else ""
    except (FileNotFoundError, ValueError):
        return ""
