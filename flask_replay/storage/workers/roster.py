"""The roster: the workers that use, or lately used, one local folder, and how each is doing.

Every worker keeps a small file there that says how it fares, and holds a lock on another for as
long as its process lives. The folder may be a volume that containers share, or that a new
container, or the machine after its next start, finds as it was left: the system lets go of a lock
when its process ends, however that comes about, so whoever sees the folder can tell a worker that
left from one that was killed. Process ids and host names cannot tell that: every container has
those of its own.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from ...errors import StorageError
from ..files.folder import listed, named, opened, read, refuse_links, replace
from ..locks import lock
from .names import LEFT, host, parse

_LOCK = ".lock"

Fate = Literal["alive", "left", "dead", "elsewhere"]
"""What became of a worker: it ended in peace, or was killed, or only those who see another folder
can tell.
"""


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


class Presence:
    """Shows that a worker is there, until it is closed or the process ends.

    :param descriptor: of a file that is open, and locked; a file object could be collected first,
        and would warn. A child that was forked closes its copy, which lets go of nothing.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """End it, in this process."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()


class Roster:
    """The files of the workers that share a local folder.

    :param folder: a local one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def enter(self, worker: str) -> Presence:
        """Show that a worker is there.

        :raises StorageError: the folder cannot be written.
        """
        path = self._lock(worker)
        with named(path):
            refuse_links(self.folder.parent, self.folder)
            presence = Presence(descriptor := opened(path, os.O_RDWR | os.O_CREAT))
            lock(descriptor)  # waits for nobody but who looks, which takes no time
        return presence

    def write(self, status: Status) -> None:
        """Write a worker's file.

        :raises StorageError: the folder cannot be written.
        """
        path = self._file(status.worker)
        refuse_links(self.folder.parent, self.folder)
        with named(path):
            replace(
                path,
                msgspec.json.encode(msgspec.structs.replace(status, written_at=time.time())),
                sync=False,
            )

    def read(self) -> list[Status]:
        """Return the status of every worker that has a file."""
        paths = [] if self.folder.is_symlink() else listed(self.folder)
        return [status for path in paths if (status := _status(path)) is not None]

    def fate(self, worker: str) -> Fate:
        """Return what became of a worker."""
        if worker.endswith(LEFT):
            return "left"
        known = parse(worker)
        if known is None:
            return "elsewhere"
        status = _status(self._file(worker))
        if status is not None and status.left:
            return "left"  # though its process may go on: its app was let go
        held = self._held(worker)
        if held is None and known.host != host():
            return "elsewhere"
        return "alive" if (known.is_alive if held is None else held) else "dead"

    def _held(self, worker: str) -> bool | None:
        """Whether a worker's process holds its lock; ``None`` when there is none in this folder."""
        try:
            with open(opened(self._lock(worker), os.O_RDONLY), "rb") as file:
                return not lock(file, shared=True, wait=False)
        except OSError:
            return None

    def since(self, present: float) -> float:
        """Return from when on the app has been served without a break, until the present."""
        return min(
            [
                present,
                *(status.since for status in self.read() if self.fate(status.worker) == "alive"),
            ]
        )

    def forget(self, before: float) -> None:
        """Delete the files of workers that are gone and were last heard of before a moment."""
        for status in self.read():
            if status.written_at < before and self.fate(status.worker) in (
                "left",
                "dead",
                "elsewhere",
            ):
                for path in (self._file(status.worker), self._lock(status.worker)):
                    with suppress(OSError):
                        path.unlink()

    def _file(self, worker: str) -> Path:
        return self.folder / f"{worker}.json"

    def _lock(self, worker: str) -> Path:
        return self.folder / f"{worker}{_LOCK}"


def _status(path: Path) -> Status | None:
    """Read a worker's file; ``None`` for one that is gone, or not ours."""
    if path.suffix != ".json" or path.name.startswith("."):
        return None
    try:
        status = msgspec.json.decode(read(path), type=Status)
    except (OSError, StorageError, msgspec.MsgspecError, ValueError):
        return None
    return status if path.name == f"{status.worker}.json" else None
