"""Count the steps of Python code, where times would depend on the machine and its load."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import flask_replay

_OURS = flask_replay.__path__[0]


def steps(work: Callable[[], object], place: str = _OURS) -> int:
    """Return how many lines of a folder's modules this thread runs for some work."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(place):
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def growth(work: Callable[[int], Callable[[], object]], size: int, times: int = 1) -> float:
    """Return the factor by which the steps grow for four times the size: 4 if they are
    proportional.

    :param work: prepares it for a size.
    :param times: that it is done, where another thread may take a part of it; the one with most
        steps counts.
    """
    work(4 * size)()  # one-time work is done, and caches are filled
    large, small = (max(steps(work(each)) for _ in range(times)) for each in (4 * size, size))
    return large / small


def calls(work: Callable[[], object]) -> int:
    """Return how many Python functions this thread calls for some work."""
    count = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
