"""Return unused memory that the C library keeps. Each thread has its own arena there, which only
grows.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def trim() -> None:
    """Return free memory to the system. It takes two milliseconds, during which other threads
    continue.

    It does nothing where the C library is not glibc, which alone has this function.
    """
    give_back = _malloc_trim()
    if give_back is not None:
        give_back(0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # macOS, musl, Windows
        return None
    return found
