"""Finished recordings in one portable file: a tar with the layout of a :class:`FileStorage` folder.

Any tar program can list it, and unpack it into a folder that can be used as a store. Data is only
ever appended. A torn end, left by a crash, is cut off before the next append.
"""

from __future__ import annotations

import io
import os
import re
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from ...codec import pack, unpack
from ...errors import RecordingNotFound, StorageError
from ...recording.ids import is_id
from ..locks import lock
from ..protocols import Mark
from .folder import NO_LINKS, make_folder, named

_BLOCK = 512
_NAME = re.compile(
    r"archive/(?P<id>[^/]+)\.replay|templates/(?P<key>[0-9a-f]{32})|(?P<mark>pinned|remarks)/(?P<marked>[^/]+)"
)
_MAGIC = slice(257, 262)
_ODD = (tarfile.TarError, ValueError, LookupError, OverflowError, EOFError)
"""The exceptions that reading a malformed header may raise."""


class TarFile:
    """Recordings with their templates, pins and remarks in a tar. Members with other names are left
    alone.

    :param path: the path of the file.
    :param write: whether to append, creating the file if it does not exist; otherwise it is only
        read.
    :raises StorageError: it cannot be opened, is not a tar, or another process is appending to it.
    """

    def __init__(self, path: str | os.PathLike[str], *, write: bool = False) -> None:
        self.path = Path(path)
        self.found: dict[str, tuple[int, int]] = {}
        self.pins: dict[str, float] = {}
        self._tar: tarfile.TarFile | None = None
        with named(self.path):
            if write:
                make_folder(self.path.absolute().parent)
            flags = os.O_RDWR | os.O_CREAT if write else os.O_RDONLY
            self.file: BinaryIO = os.fdopen(
                os.open(self.path, flags | NO_LINKS if write else flags, 0o600),
                "r+b" if write else "rb",
            )
        try:
            with named(self.path):
                if write:
                    self._lock()
                end = self._index()
                if write:
                    self._cut_off(end)
                    self.file.seek(end)
                    self._tar = tarfile.TarFile(
                        fileobj=self.file, mode="w", format=tarfile.USTAR_FORMAT
                    )
        except BaseException:
            self.file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the end of the tar, and wait until everything is on disk."""
        with named(self.path), self.file:
            if self._tar is not None:
                self.file.seek(0, os.SEEK_END)  # reading has moved the position
                self._tar.close()
                self.file.flush()
                os.fsync(self.file.fileno())

    def _lock(self) -> None:
        if not lock(self.file, wait=False):
            raise StorageError(f"{self.path}: another process is writing to it")

    def _index(self) -> int:
        """Index the members, of which the last of each name counts. Return where the complete
        members end.
        """
        size = os.fstat(self.file.fileno()).st_size
        end = 0
        try:
            with tarfile.TarFile(fileobj=self.file, mode="r") as tar:
                for member in tar:
                    if member.offset_data + member.size > size:
                        break
                    end = member.offset_data + -(-member.size // _BLOCK) * _BLOCK
                    if member.isreg():
                        self._note(member)
        except _ODD as error:
            if not end and not self._begins_as_ours(size):
                raise StorageError(
                    f"{self.path}: it is not a tar file, or its beginning is damaged ({error})"
                ) from error
        return end

    def _begins_as_ours(self, size: int) -> bool:
        """Whether the file consists of the beginning of a first member's header."""
        self.file.seek(0)
        start = self.file.read(_BLOCK)
        folder = start[: start.find(b"/") + 1] or start
        return size < _BLOCK and any(
            name.startswith(folder)
            for name in (b"archive/", b"templates/", b"pinned/", b"remarks/")
        )

    def _cut_off(self, end: int) -> None:
        """Cut off the member that a crash left incomplete, which is one at most. Otherwise the file
        is damaged in the middle.
        """
        self.file.seek(end + _BLOCK)
        while block := self.file.read(_BLOCK):
            if block[_MAGIC] == b"ustar":
                raise StorageError(
                    f"{self.path}: it is damaged at byte {end}, and more follows; write to "
                    "another file"
                )
        self.file.truncate(end)

    def _note(self, member: tarfile.TarInfo) -> None:
        name = _NAME.fullmatch(member.name)
        if name is None or not is_id(name["id"] or name["marked"] or "0" * 26):
            return
        if name["mark"] == "pinned":
            self.pins[name["marked"]] = float(member.mtime)
        else:
            self.found[member.name] = (member.offset_data, member.size)

    def _read(self, name: str, what: str) -> bytes:
        if name not in self.found:
            raise RecordingNotFound(f"{self.path} has no {what}")
        offset, size = self.found[name]
        with named(self.path):
            self.file.seek(offset)
            return self.file.read(size)

    def _write(self, name: str, data: bytes) -> None:
        if self._tar is None:
            raise StorageError(f"{self.path} is open only for reading")
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = len(data), 0o600, int(time.time())
        with named(self.path):
            self.file.seek(0, os.SEEK_END)
            start = self.file.tell()
            self._tar.addfile(member, io.BytesIO(data))
            self.file.flush()
        self.found[name] = (start + _BLOCK, len(data))

    # The methods of an archive that copying needs

    def ids(self) -> list[str]:
        """Return the ids of the recordings, newest first."""
        names = (
            name.removeprefix("archive/").removesuffix(".replay")
            for name in self.found
            if name[0] == "a"
        )
        return sorted(names, reverse=True)

    def finished(self, recording_id: str) -> bool:
        """Whether a recording is in the tar."""
        return f"archive/{recording_id}.replay" in self.found

    def load(self, recording_id: str) -> bytes:
        """Return a recording's document.

        :raises RecordingNotFound: it is not in the tar.
        """
        return self._read(f"archive/{recording_id}.replay", f"recording {recording_id!r:.80}")

    def save(self, recording_id: str, document: bytes) -> None:
        """Append a recording.

        :raises StorageError: the file cannot be written.
        """
        if not is_id(recording_id):
            raise RecordingNotFound(f"{recording_id!r:.80} is not the id of a recording")
        self._write(f"archive/{recording_id}.replay", document)

    def get_template(self, key: str) -> bytes:
        """Return a template.

        :raises RecordingNotFound: it is not in the tar.
        :raises DecodeError: it is damaged.
        """
        return unpack(self._read(f"templates/{key}", f"template {key!r:.80}"))

    def put_template(self, key: str, document: bytes) -> None:
        """Append a template, unless the tar has it already."""
        if f"templates/{key}" not in self.found:
            self._write(f"templates/{key}", pack(document))

    def delete_template(self, key: str) -> None:
        """Drop a damaged template, so that the next one with this hash counts."""
        self.found.pop(f"templates/{key}", None)

    def marked(self, mark: Mark) -> dict[str, float]:
        """Return the pinned recordings. Other marks are not in a tar."""
        return self.pins if mark == "pinned" else {}

    def mark(self, recording_id: str, mark: Mark, on: bool = True) -> None:
        """Pin a recording."""
        if on and mark == "pinned" and recording_id not in self.pins:
            self._write(f"pinned/{recording_id}", b"")
            self.pins[recording_id] = time.time()

    def remark(self, recording_id: str, document: bytes, known: bytes = b"") -> bool:
        """Append the remarks on a recording."""
        if self.remarks([recording_id]).get(recording_id, b"") != known:
            return False
        self._write(f"remarks/{recording_id}", document)
        return True

    def remarks(self, recording_ids: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return the remarks on recordings."""
        names = self.ids() if recording_ids is None else recording_ids
        places = {name: f"remarks/{name}" for name in names}
        return {
            name: self._read(place, "remarks")
            for name, place in places.items()
            if place in self.found
        }
