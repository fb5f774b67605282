"""Locks on open files: they go with the process that holds them, however that ends."""

from __future__ import annotations

from typing import IO


def lock(file: int | IO[bytes], *, shared: bool = False, wait: bool = True) -> bool:
    """Lock an open file.

    The library is imported here, for it takes what the system has for this: what needs no lock
    works everywhere.

    :param file: it, or its descriptor.
    :param shared: with others that share it, rather than alone.
    :param wait: until nobody else holds it.
    :returns: whether it is ours.
    :raises OSError: it cannot be locked.
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
