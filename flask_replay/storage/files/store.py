"""Recordings in a folder: no set-up is needed, and only the owner can read them. See ``layout`` for
the files.
"""

from __future__ import annotations

import os

from .archive import FileArchive
from .journal import FileJournal
from .leases import FileLeases


class FileStorage(FileLeases, FileJournal, FileArchive):
    """Journal and archive in one folder, which many processes may share.

    Data written by ``append`` survives the death of the process, but may be lost if the machine
    crashes before it writes its caches. Data written by ``save`` survives both.

    :param path: the folder. It is made at the first write.
    :param fsync: whether every append waits for the disk, so that it survives a crash of the
        machine, too.
    """

    def __init__(self, path: str | os.PathLike[str], *, fsync: bool = False) -> None:
        super().__init__(path, fsync=fsync)

    @property
    def identity(self) -> str:
        """Return a text with the folder's absolute path."""
        return f"files {self.path.resolve()}"
