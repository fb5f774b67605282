"""Memory that the C library keeps though nobody uses it: each thread has an arena of its own, which
only grows.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache


def trim() -> None:
    """Return free memory to the system; takes two milliseconds, in which others go on.

    Does nothing where the C library has no such function: it is glibc's.
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
