"""Write files so that a reader, a crash or another process never finds half a file.

The files are accessible to their owner only, and symbolic links are not followed. A planted link
could make us write to, or show, the file that it points to. A configured folder, or one of its
parents, may be a link.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ...errors import StorageError
from ..locks import lock, unlock

NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Flags that refuse symbolic links, and do not wait for pipes."""

_REFUSED = (errno.ELOOP, errno.EMLINK, errno.EFTYPE if hasattr(errno, "EFTYPE") else errno.ELOOP)
"""The errors with which systems refuse to follow a link."""

_ASIDE = re.compile(r"\.(.+)\.\d+\.\d+", re.ASCII)


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn the system's errors into ``StorageError``, with the path and a hint."""
    try:
        yield
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        if (
            isinstance(error, NotADirectoryError | FileExistsError)
            and (stray := _stray(path)) is not None
        ):
            raise StorageError(
                f"{stray} is a file where a folder is needed: move it, or configure another folder"
            ) from error
        reason = error.strerror or str(error)
        # see _stray
        if error.errno in _REFUSED and (link := error.filename) and os.path.islink(link):  # noqa: PTH114
            raise StorageError(
                f"{link} is a symbolic link, which is not followed: delete it"
            ) from error
        raise StorageError(
            f"{path}: {reason}; is the folder there, writable, and the disk not full?"
        ) from error


def _stray(path: Path) -> Path | None:
    """Return the first part of a path that exists and is not a folder. Unlike ``Path``, ``os.path``
    raises nothing for inaccessible parts.
    """
    parts = (path, *path.parents)
    there = (part for part in parts if os.path.exists(part))  # noqa: PTH110
    return next((part for part in there if not os.path.isdir(part)), None)  # noqa: PTH112


def in_the_way(folder: Path) -> str:
    """Return why a folder cannot be written, as far as can be checked without writing; ``""`` if
    nothing is in the way.
    """
    # see _stray
    there = next(part for part in (folder, *folder.parents) if os.path.exists(part))  # noqa: PTH110
    if not there.is_dir():
        return f"{there} is a file where a folder is needed"
    return (
        ""
        if os.access(there, os.W_OK | os.X_OK)
        else f"{there} is not writable for this process's user"
    )


def make_folder(path: Path) -> None:
    """Make a folder and its parents, accessible to their owner only. An existing folder is left
    alone.
    """
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def listed(folder: Path, *, strict: bool = False) -> list[Path]:
    """Return the contents of a folder, sorted by name. A missing folder is empty.

    :param strict: whether a file in place of the folder, or of a parent, is an error.
    :raises StorageError: the folder cannot be read.
    """
    with named(folder):
        try:
            return sorted(folder.iterdir())
        except FileNotFoundError:
            return []
        except NotADirectoryError:
            if strict:
                raise
            return []


@contextlib.contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock across processes and threads. The system releases it if the process dies.

    :param path: a file that serves only as a lock. It is created, and never deleted.
    :param shared: whether others may share the lock.
    """
    descriptor = opened(path, os.O_RDWR | os.O_CREAT)
    try:
        lock(descriptor, shared=shared)
        try:
            yield
        finally:
            unlock(descriptor)
    finally:
        os.close(descriptor)


def append(path: Path, data: bytes, start: bytes, *, fsync: bool) -> None:
    """Append to a file that only this process writes. Its folder is made if it is missing.

    :param start: the data to put first in a new file.
    :param fsync: whether to wait until the data, and the names of a new file and its folder, are on
        disk.
    """
    descriptor = opened(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        try:
            _write(descriptor, data if size else start + data)
            if fsync:
                os.fsync(descriptor)
                if not size:
                    _sync_folder(path.parent)
                    _sync_folder(path.parent.parent)
        except OSError:
            # so that a retry does not write after a torn record
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def touch(path: Path) -> None:
    """Make an empty file. Its folder is made if it is missing."""
    os.close(opened(path, os.O_WRONLY | os.O_CREAT))


def replace(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file under another name, then rename it into place.

    :param sync: whether to wait until it is on disk, so that it survives a crash of the machine.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    descriptor = opened(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        try:
            _write(descriptor, data)
            if sync:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(aside, path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    if sync:
        _sync_folder(path.parent)


def delete_asides(folder: Path, *, of: str = "", before: float = math.inf) -> None:
    """Delete files that :func:`replace` has written in a folder and never renamed.

    :param of: delete only copies of the file with this name.
    :param before: delete only files written before this time, in seconds since 1970.
    """
    for path in listed(folder):
        found = _ASIDE.fullmatch(path.name)
        if found is not None and of in ("", found[1]):
            with named(path), contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()


def opened(path: Path, flags: int) -> int:
    """Open a file for its owner only, and return its descriptor.

    :param flags: the flags for ``os.open``. With ``O_CREAT``, the folder is made if it is missing,
        which is rare.
    :raises OSError: it cannot be opened, or is a symbolic link.
    """
    try:
        return os.open(path, flags | NO_LINKS, 0o600)
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
        make_folder(path.parent)
        return os.open(path, flags | NO_LINKS, 0o600)


def reading(path: Path) -> BinaryIO:
    """Return a file opened for reading.

    :raises OSError: it cannot be read, or is a symbolic link.
    """
    return open(opened(path, os.O_RDONLY), "rb")


def read(path: Path) -> bytes:
    """Return the contents of a file.

    :raises OSError: it cannot be read, or is a symbolic link.
    """
    with reading(path) as file:
        return file.read()


def is_file(path: Path) -> bool:
    """Whether a regular file exists. A symbolic link does not count."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def refuse_links(*paths: Path) -> None:
    """Raise ``StorageError`` if one of some paths is a symbolic link."""
    for path in paths:
        if os.path.islink(path):  # noqa: PTH114 - see _stray
            raise StorageError(
                f"{path} is a symbolic link, which is not followed: put a folder in its place"
            )


def _sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on disk."""
    if os.name == "nt":
        return  # Windows cannot open folders, and need not
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:  # mostly one call, unless the disk is filling up
        view = view[os.write(descriptor, view) :]
