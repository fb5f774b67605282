"""A page of the list: the recordings that the viewer may see, found quickly enough for somebody who
waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from ...recording.summary import Summary

PAGE_SIZE = 30

LISTING_PATIENCE = 0.06
"""Seconds for which it is looked for more that may be seen, once as many as a page holds were asked
about.
"""

_MOST = 500
"""Recordings that the store is asked for at once, when the first few are not enough: each question
has its price.
"""


class Listed(NamedTuple):
    """A page of the list.

    :ivar older: the place behind which the next page goes on, ``None`` after the last one.
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

    A rule that opens few of many, or takes long for each, ends the page before it is full: the next
    one goes on.

    :param find: returns recordings that are older than one, so many at most.
    :param opens: whether the visitor may see one; it is asked about no more than it takes.
    :param before: only those behind this place.
    :param clock: gives seconds.
    :param page: recordings of a full one.
    :param cursor: returns the place of a recording.
    """
    shown: list[Summary] = []
    end, asked, size = clock() + LISTING_PATIENCE, 0, page + 1
    while found := find(before, size):
        for summary in found:
            if asked > page and clock() > end:
                return Listed(shown, before)
            asked, before = asked + 1, cursor(summary)
            if not opens(summary):
                continue
            if len(shown) == page:
                return Listed(shown, cursor(shown[-1]))
            shown.append(summary)
        if len(found) < size:
            break
        size = _MOST
    return Listed(shown, None)
