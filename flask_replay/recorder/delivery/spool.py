"""The spool: a local folder for data that the store does not take at the moment.

Every worker has its own box there, which is a small file store. When a worker is gone, the next one
that checks adopts its box, and saves the data under the name of the first. So no data is stored
twice, whichever worker dies at whatever time.
"""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import suppress
from pathlib import Path

from ...errors import DecodeError, RecordingNotFound, StorageError
from ...storage import Entry, FileStorage, Head, Keyring, sealed
from ...storage.files.folder import listed, named, refuse_links, replace
from ...storage.workers.roster import Roster

_OWNED = "+"
"""Separates the name of the worker that filled a box from that of the worker that adopted it."""


class Box:
    """The spooled data of one worker.

    :param path: the folder of the box.
    :param keyring: encrypts the data, as in the store.
    """

    def __init__(self, path: Path, keyring: Keyring, *, fsync: bool) -> None:
        self.path = path
        self.worker = path.name.partition(_OWNED)[0]
        self.store = sealed(FileStorage(path, fsync=fsync), keyring)

    def recordings(self) -> list[str]:
        """Return the ids of the recordings of which it holds a part."""
        return list(self.store.touched())

    def templates(self) -> list[str]:
        """Return the content hashes of its templates."""
        return [key for key, _ in self.store.templates()]


class Spool:
    """The boxes of the workers that share a folder.

    :param folder: the folder of the boxes.
    :param limit: the most bytes that all boxes together may take.
    :param worker: the worker whose box is filled.
    :param roster: tells which workers are gone.
    :param keyring: encrypts the data, as in the store.
    :ivar used: whether there may be data to save.
    :ivar count: the number of entries and templates in this worker's box.
    """

    def __init__(
        self,
        folder: Path,
        limit: int,
        worker: str,
        roster: Roster,
        keyring: Keyring,
        *,
        fsync: bool = False,
    ) -> None:
        self.folder = folder
        self.limit = limit
        self.worker = worker
        self.roster = roster
        self.keyring = keyring
        self.fsync = fsync
        self.own = Box(folder / worker, keyring, fsync=fsync)
        self.used = False
        self.count = 0
        self._lock = threading.Lock()

    def require_room(self) -> None:
        """Raise if the spool must not grow.

        :raises StorageError: it is full, or there is a symbolic link in its place.
        """
        refuse_links(self.folder.parent, self.folder, self.own.path)
        if self.size() >= self.limit:
            raise StorageError(f"{self.folder}: it already holds REPLAY_MAX_SPOOL bytes")

    def keep(self, head: Head, entries: list[Entry]) -> None:
        """Put entries into this worker's box.

        :raises StorageError: it cannot be written.
        """
        with self._lock:
            self.used = True
            self.own.store.append(head, self.worker, entries)
            self.count += len(entries)

    def keep_template(self, key: str, document: bytes) -> None:
        """Put a template into this worker's box.

        :raises StorageError: it cannot be written.
        """
        with self._lock:
            self.used = True
            self.own.store.put_template(key, document)
            self.count += 1

    def sent(self, box: Box, count: int) -> None:
        """Note how many entries and templates of a box were saved."""
        with self._lock:
            if box.worker == self.worker:
                self.count = max(0, self.count - count)

    def every_box(self) -> list[Box]:
        """Return the boxes of all workers."""
        return [Box(path, self.keyring, fsync=self.fsync) for path in self._paths()]

    def boxes(self) -> list[Box]:
        """Return the boxes to save: this worker's, and those that it adopted."""
        ours = [path for path in self._paths() if path.name.split(_OWNED)[-1] == self.worker]
        return [Box(path, self.keyring, fsync=self.fsync) for path in ours]

    def adopt(self) -> None:
        """Claim the boxes of workers that are gone. Each box goes to exactly one claimant.

        A worker locks a file in the same folder before it fills its box. So a worker without a lock
        is gone, whichever machine or container it ran on.
        """
        for path in self._paths():
            worker, _, owner = path.name.partition(_OWNED)
            if self.roster.fate(owner or worker) != "alive":
                with named(path), suppress(FileNotFoundError):  # another worker was faster
                    path.rename(path.with_name(f"{worker}{_OWNED}{self.worker}"))
        with self._lock:
            self.used = bool(self.boxes())

    def clear(self) -> None:
        """Delete empty boxes."""
        with self._lock:
            for box in self.boxes():
                if not box.recordings() and not box.templates():
                    shutil.rmtree(box.path, ignore_errors=True)
            boxes = self.boxes()
            self.used = bool(boxes)
            if self.worker not in [box.path.name for box in boxes]:
                self.count = 0

    def size(self) -> int:
        """Return the number of bytes that all boxes take."""
        total = 0
        for folder, _, files in os.walk(self.folder):
            for name in files:
                with suppress(OSError):
                    total += (Path(folder) / name).stat().st_size
        return total

    def probe(self) -> None:
        """Raise if nothing can be spooled.

        :raises StorageError: the folder cannot be written.
        """
        path = self.folder / f".{self.worker}.probe"
        refuse_links(self.folder.parent, self.folder)
        with named(path):
            replace(path, b"x" * 4096, sync=False)
            path.unlink()

    def _paths(self) -> list[Path]:
        found = (path for path in listed(self.folder) if not path.name.startswith("."))
        return [path for path in found if path.is_dir() and not path.is_symlink()]


def read(box: Box, recording_id: str) -> tuple[Head, list[Entry], int] | None:
    """Return a box's part of a recording, with its size, or ``None`` if it cannot be read."""
    try:
        found = box.store.read(recording_id)
    except RecordingNotFound:
        # no complete entry was ever written, or a crash interrupted its deletion
        box.store.drop(recording_id)
    except DecodeError:
        pass
    else:
        return found.head, list(found.entries), found.size
    return None
