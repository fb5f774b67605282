"""Find a page of the list, with recordings that the viewer may see, fast enough for a waiting
viewer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from ...recording.summary import Summary

PAGE_SIZE = 30

LISTING_PATIENCE = 0.06
"""Seconds to keep searching once a page's number of recordings has been checked."""

_MOST = 500
"""The most recordings to read from the store at once when the first few are not enough. Each read
has a cost.
"""


class Listed(NamedTuple):
    """A page of the list.

    :ivar older: the cursor after which the next page begins, ``None`` after the last one.
    """

    summaries: list[Summary]
    older: str | None


def listed(
    find: Callable[[str | None, int], list[Summary]],
    opens: Callable[[Summary], bool],
    before: str | None,
    clock: Callable[[], float] = time.monotonic,
    *,
    page: int = PAGE_SIZE,
    cursor: Callable[[Summary], str] = lambda summary: summary.id,
) -> Listed:
    """Return the first recordings that the viewer may see.

    If ``opens`` admits few recordings or is slow, the page ends before it is full, and the next
    page continues.

    :param find: returns recordings after a cursor, up to a number.
    :param opens: whether the viewer may see a recording. It is called as rarely as possible.
    :param before: the cursor after which the page begins.
    :param clock: returns the time in seconds.
    :param page: the number of recordings in a full page.
    :param cursor: returns the cursor of a recording.
    """
    shown: list[Summary] = []
    end, checked, size = clock() + LISTING_PATIENCE, 0, page + 1
    while found := find(before, size):
        for summary in found:
            if checked > page and clock() > end:
                return Listed(shown, before)
            checked, before = checked + 1, cursor(summary)
            if not opens(summary):
                continue
            if len(shown) == page:
                return Listed(shown, cursor(shown[-1]))
            shown.append(summary)
        if len(found) < size:
            break
        size = _MOST
    return Listed(shown, None)
