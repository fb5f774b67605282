"""Locks on open files. The system releases them when the process ends, in whatever way."""

from __future__ import annotations

from typing import IO


def lock(file: int | IO[bytes], *, shared: bool = False, wait: bool = True) -> bool:
    """Lock an open file.

    The library is imported here, because it imports the system's locking module. So code that needs
    no lock works on every system.

    :param file: the file, or its descriptor.
    :param shared: whether others may share the lock.
    :param wait: whether to wait until nobody else holds the lock.
    :returns: whether the lock is held now.
    :raises OSError: the file cannot be locked.
    """
    import portalocker

    flags = portalocker.LockFlags.SHARED if shared else portalocker.LockFlags.EXCLUSIVE
    try:
        portalocker.lock(file, flags if wait else flags | portalocker.LockFlags.NON_BLOCKING)
    except portalocker.exceptions.AlreadyLocked:
        return False
    except portalocker.exceptions.LockException as error:
        raise OSError(f"it cannot be locked: {error}") from error
    return True


def unlock(file: int | IO[bytes]) -> None:
    """Release a lock before its file is closed.

    Closing the file is not enough: a process that was forked meanwhile has it open, too, and would
    hold the lock until it ends.

    :param file: the file, or its descriptor.
    """
    import portalocker

    portalocker.unlock(file)
