"""The spool: a local folder for what the store does not take for now.

Every worker has a box of its own there, which is a small file store. What a worker leaves behind,
the next one that looks adopts and saves, under the first one's name: so nothing is there twice,
whoever died when.
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
"""Stands in the name of a box between the worker that filled it and the one that adopted it."""


class Box:
    """What one worker spooled.

    :param path: its folder.
    :param keyring: what is in it is encrypted, as in the store.
    """

    def __init__(self, path: Path, keyring: Keyring, *, fsync: bool) -> None:
        self.path = path
        self.worker = path.name.partition(_OWNED)[0]
        self.store = sealed(FileStorage(path, fsync=fsync), keyring)

    def recordings(self) -> list[str]:
        """Return the ids of the recordings that it holds a part of."""
        return list(self.store.touched())

    def templates(self) -> list[str]:
        """Return the content hashes of the templates that it holds."""
        return [key for key, _ in self.store.templates()]


class Spool:
    """The boxes of the workers that share a folder.

    :param folder: where they are.
    :param limit: bytes that all of them may take.
    :param worker: whose box is filled.
    :param roster: tells whose workers are gone.
    :param keyring: what is in them is encrypted, as in the store.
    :ivar used: there may be something to save.
    :ivar count: entries and templates in the own box.
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
        """Make sure that the spool may grow.

        :raises StorageError: it is full, or somebody put a symbolic link in its place.
        """
        refuse_links(self.folder.parent, self.folder, self.own.path)
        if self.size() >= self.limit:
            raise StorageError(f"{self.folder}: it holds REPLAY_MAX_SPOOL bytes already")

    def keep(self, head: Head, entries: list[Entry]) -> None:
        """Put entries into the own box.

        :raises StorageError: it cannot be written.
        """
        with self._lock:
            self.used = True
            self.own.store.append(head, self.worker, entries)
            self.count += len(entries)

    def keep_template(self, key: str, document: bytes) -> None:
        """Put a template into the own box.

        :raises StorageError: it cannot be written.
        """
        with self._lock:
            self.used = True
            self.own.store.put_template(key, document)
            self.count += 1

    def sent(self, box: Box, count: int) -> None:
        """Learn that so much of a box was saved."""
        with self._lock:
            if box.worker == self.worker:
                self.count = max(0, self.count - count)

    def every_box(self) -> list[Box]:
        """Return all boxes, whoever fills them."""
        return [Box(path, self.keyring, fsync=self.fsync) for path in self._paths()]

    def boxes(self) -> list[Box]:
        """Return what is to be saved: the own box, and those that were adopted."""
        ours = [path for path in self._paths() if path.name.split(_OWNED)[-1] == self.worker]
        return [Box(path, self.keyring, fsync=self.fsync) for path in ours]

    def adopt(self) -> None:
        """Claim the boxes of workers that are gone; each box goes to exactly one claimant.

        A worker holds its lock in the same folder before it fills a box, so one that holds none is
        gone, whichever machine or container it was of.
        """
        for path in self._paths():
            worker, _, owner = path.name.partition(_OWNED)
            if self.roster.fate(owner or worker) != "alive":
                with named(path), suppress(FileNotFoundError):  # another one was quicker
                    path.rename(path.with_name(f"{worker}{_OWNED}{self.worker}"))
        with self._lock:
            self.used = bool(self.boxes())

    def clear(self) -> None:
        """Take empty boxes away."""
        with self._lock:
            for box in self.boxes():
                if not box.recordings() and not box.templates():
                    shutil.rmtree(box.path, ignore_errors=True)
            boxes = self.boxes()
            self.used = bool(boxes)
            if self.worker not in [box.path.name for box in boxes]:
                self.count = 0

    def size(self) -> int:
        """Return how many bytes all boxes take."""
        total = 0
        for folder, _, files in os.walk(self.folder):
            for name in files:
                with suppress(OSError):
                    total += (Path(folder) / name).stat().st_size
        return total

    def probe(self) -> None:
        """Make sure that something can be spooled.

        :raises StorageError: it cannot.
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
    """Read a box's part of a recording, and its size; ``None`` for one that is gone or cannot be
    read.
    """
    try:
        found = box.store.read(recording_id)
    except RecordingNotFound:
        box.store.drop(
            recording_id
        )  # nothing whole was ever written, or a crash came while it was dropped
    except DecodeError:
        pass
    else:
        return found.head, list(found.entries), found.size
    return None
