"""Summaries of recordings in progress, cached until something is appended to them."""

from __future__ import annotations

from collections.abc import Hashable

from ...expiring import Expiring
from ...recording.summary import Summary

_REMEMBERED = 10_000
_SECONDS = 300.0
"""For which a sum is remembered: most are of recordings that have ended by then. Others are only
read once more.
"""


class Sums:
    """Remembers summaries for lists, which look at all that runs, again and again.

    A signature tells the states of a recording apart. It is taken before the recording is read:
    what is appended meanwhile changes the next one.
    """

    def __init__(self) -> None:
        self._known: Expiring[str, tuple[Hashable, Summary]] = Expiring(_SECONDS, _REMEMBERED)

    def get(self, name: str, signature: Hashable) -> Summary | None:
        """Return a recording's summary, if it is in the state that it was summed up in."""
        known, summary = self._known.get(name) or (None, None)
        return summary if known == signature else None

    def put(self, name: str, signature: Hashable, summary: Summary) -> None:
        """Remember a recording's summary."""
        self._known.put(name, (signature, summary))
