"""Files that are written so that a reader, a crash or another process never finds half of one.

They are their owner's alone, and no symbolic link is followed: one that somebody planted would have
us write, or show, what it points to. A folder that a user configures, or one of its parents, may be
a link.
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

from ...errors import StorageError
from ..locks import lock

NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Flags with which no link is followed, and no pipe waited for."""

_REFUSED = (errno.ELOOP, errno.EMLINK, errno.EFTYPE if hasattr(errno, "EFTYPE") else errno.ELOOP)
"""What systems say of a link that is not to be followed."""

_ASIDE = re.compile(r"\.(.+)\.\d+\.\d+", re.ASCII)


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn the system's errors into the project's, with the path and what to look at."""
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
                f"{stray} is a file where a folder is needed: move it away, or name a folder"
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
    """Return what is in a path and no folder; ``os.path`` raises nothing for what may not be looked
    at.
    """
    parts = (path, *path.parents)
    there = (part for part in parts if os.path.exists(part))  # noqa: PTH110
    return next((part for part in there if not os.path.isdir(part)), None)  # noqa: PTH112


def in_the_way(folder: Path) -> str:
    """Return why a folder cannot be written to, as far as looking tells; ``""`` when nothing is in
    the way.
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
    """Make a folder, and those it is in, for their owner alone; one that is there stays as it
    is.
    """
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


def listed(folder: Path, *, strict: bool = False) -> list[Path]:
    """List what is in a folder, sorted by name; nothing is in one that isn't there.

    :param strict: a file in its place, or above it, is a mistake and not an empty folder.
    :raises StorageError: it cannot be read.
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
    """Hold a lock across processes and threads; it goes when its process dies.

    :param path: a file that only serves for this; it is made, and never deleted.
    :param shared: with others that share it, rather than alone.
    """
    descriptor = opened(path, os.O_RDWR | os.O_CREAT)
    try:
        lock(descriptor, shared=shared)
        yield
    finally:
        os.close(descriptor)


def append(path: Path, data: bytes, start: bytes, *, fsync: bool) -> None:
    """Append to a file that only this process writes to; its folder is made when it is not there.

    :param start: put before the data when the file is new.
    :param fsync: wait until the disk has it, and the names of a new file and of its folder.
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
            # so that trying again does not write behind a torn record
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def touch(path: Path) -> None:
    """Make an empty file; its folder is made when it is not there."""
    os.close(opened(path, os.O_WRONLY | os.O_CREAT))


def replace(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a whole file aside, then rename it into place.

    :param sync: wait until the disk has it, so that it survives the death of the machine.
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
    """Delete what :func:`replace` wrote aside in a folder and never renamed.

    :param of: only of the file of this name.
    :param before: seconds since 1970; only what was written before.
    """
    for path in listed(folder):
        found = _ASIDE.fullmatch(path.name)
        if found is not None and of in ("", found[1]):
            with named(path), contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    path.unlink()


def opened(path: Path, flags: int) -> int:
    """Open a file for its owner alone, and return its descriptor.

    :param flags: with ``O_CREAT``, its folder, which nearly always is there, is made when it is
        not.
    :raises OSError: it cannot be opened, or is a symbolic link.
    """
    try:
        return os.open(path, flags | NO_LINKS, 0o600)
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
        make_folder(path.parent)
        return os.open(path, flags | NO_LINKS, 0o600)


def read(path: Path) -> bytes:
    """Return what is in a file.

    :raises OSError: it cannot be read, or is a symbolic link.
    """
    with open(opened(path, os.O_RDONLY), "rb") as file:
        return file.read()


def is_file(path: Path) -> bool:
    """Whether a file is there; a symbolic link is none."""
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
    """Wait until the disk has the names in a folder."""
    if os.name == "nt":
        return  # folders cannot be opened there, nor need to be
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:  # one call, but for a disk that fills up
        view = view[os.write(descriptor, view) :]
