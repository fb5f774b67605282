"""The roster: who is, and lately was, at work on this machine, each with how it fares.

Every worker keeps one small file in a local folder. It is there when the store is not, so that others
can tell a worker that left from one that was killed, and ``flask replay doctor`` what waits and why.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from ..errors import StorageError
from .folder import listed, named, replace
from .workers import host, parse

Fate = Literal["alive", "left", "dead", "elsewhere"]
"""What became of a worker: it ended in peace, or was killed, or only another machine can tell."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker fares. Times are seconds since 1970.

    :param since: from when on the app has been served without a break, by this worker or before it.
    :param left: it ended in peace.
    :param waiting: entries and templates in memory that the store has not taken yet.
    :param spooled: those in the local folder; unlike the other counts it is of what is there now.
    :param saved: what the store took.
    :param dropped: what was lost, because memory and spool were full.
    :param refused: sessions that were not recorded, because memory was full.
    :param failing_since: when the store began to fail, 0 while it doesn't.
    :param problem: why it fails.
    """

    worker: str
    since: float
    written_at: float = 0.0
    left: bool = False
    waiting: int = 0
    waiting_bytes: int = 0
    spooled: int = 0
    spooled_bytes: int = 0
    saved: int = 0
    dropped: int = 0
    refused: int = 0
    failing_since: float = 0.0
    problem: str = ""


class Roster:
    """The files of one machine's workers.

    :param folder: a local one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, status: Status) -> None:
        """Write a worker's file.

        :raises StorageError: the folder cannot be written.
        """
        path = self._file(status.worker)
        with named(path):
            replace(path, msgspec.json.encode(msgspec.structs.replace(status, written_at=time.time())), sync=False)

    def read(self) -> list[Status]:
        """Give the status of every worker that has a file."""
        return [status for path in listed(self.folder) if (status := _status(path)) is not None]

    def fate(self, worker: str) -> Fate:
        """Tell what became of a worker."""
        known = parse(worker)
        if known is None or known.host != host():
            return "elsewhere"
        status = _status(self._file(worker))
        if status is not None and status.left:
            return "left"  # though its process may go on: its app was let go
        return "alive" if known.is_alive else "dead"

    def since(self, present: float) -> float:
        """Tell from when on the app has been served without a break, until the present."""
        return min([present, *(status.since for status in self.read() if self.fate(status.worker) == "alive")])

    def forget(self, before: float) -> None:
        """Delete the files of workers that are gone and were last heard of before a moment."""
        for status in self.read():
            if status.written_at < before and self.fate(status.worker) in ("left", "dead", "elsewhere"):
                with suppress(OSError):
                    self._file(status.worker).unlink()

    def _file(self, worker: str) -> Path:
        return self.folder / f"{worker}.json"


def _status(path: Path) -> Status | None:
    """Read a worker's file; ``None`` for one that is gone, or not ours."""
    if path.suffix != ".json" or path.name.startswith("."):
        return None
    try:
        status = msgspec.json.decode(path.read_bytes(), type=Status)
    except (OSError, StorageError, msgspec.MsgspecError, ValueError):
        return None
    return status if path.name == f"{status.worker}.json" else None
