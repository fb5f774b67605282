"""The roster: the workers that use, or recently used, a local folder, and the state of each.

Every worker keeps a small file there with its state, and holds a lock on another file while its
process lives. The folder may be a volume that containers share, or that outlives a container or a
reboot. The system releases a lock when its process ends, in whatever way. So anyone who sees the
folder can tell a worker that ended normally from one that was killed. Process ids and host names
cannot tell that, because every container has its own.
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
from ..locks import lock, unlock
from .names import LEFT, host, parse

_LOCK = ".lock"

Fate = Literal["alive", "left", "dead", "elsewhere"]
"""What became of a worker: it runs, ended normally or was killed; or only those who see its folder
can tell.
"""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The state of a worker. Times are in seconds since 1970.

    :param since: since when the app has been served without interruption, by this worker or earlier
        ones.
    :param left: whether it ended normally.
    :param waiting: the number of entries and templates in memory that the store has not taken yet.
    :param spooled: the number of those now in the local folder. The other counts are totals since
        the start.
    :param saved: the number that the store has taken.
    :param dropped: the number of requests lost because memory and spool were full.
    :param refused: the number of sessions not recorded because memory was full.
    :param failing_since: when the store began to fail, 0 while it works.
    :param problem: why the store fails.
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
    """Shows that a worker is alive, until it is closed or the process ends.

    :param descriptor: the descriptor of an open, locked file. A file object could be collected
        early, and would emit a warning. A forked child closes its copy, which does not release the
        lock.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        """Release the lock, in this process."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        self.close()


class Roster:
    """The files of the workers that share a local folder.

    :param folder: the local folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def enter(self, worker: str) -> Presence:
        """Show that a worker is alive.

        :raises StorageError: the folder cannot be written.
        """
        path = self._lock(worker)
        with named(path):
            refuse_links(self.folder.parent, self.folder)
            presence = Presence(descriptor := opened(path, os.O_RDWR | os.O_CREAT))
            lock(descriptor)  # waits only for readers, which hold the lock for a moment
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
            return "left"  # its process may still run without its app
        locked = self._holds_lock(worker)
        if locked is None and known.host != host():
            return "elsewhere"
        return "alive" if (known.is_alive if locked is None else locked) else "dead"

    def _holds_lock(self, worker: str) -> bool | None:
        """Whether a worker's process holds its lock; ``None`` if there is no lock file in this
        folder.
        """
        try:
            with open(opened(self._lock(worker), os.O_RDONLY), "rb") as file:
                if not lock(file, shared=True, wait=False):
                    return True
                unlock(file)
                return False
        except OSError:
            return None

    def since(self, present: float) -> float:
        """Return since when the app has been served without interruption, up to the given time."""
        return min(
            [
                present,
                *(status.since for status in self.read() if self.fate(status.worker) == "alive"),
            ]
        )

    def forget(self, before: float) -> None:
        """Delete the files of workers that are gone and last wrote before a given time."""
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
    """Return the status in a worker's file; ``None`` if it is gone or malformed."""
    if path.suffix != ".json" or path.name.startswith("."):
        return None
    try:
        status = msgspec.json.decode(read(path), type=Status)
    except (OSError, StorageError, msgspec.MsgspecError, ValueError):
        return None
    return status if path.name == f"{status.worker}.json" else None
