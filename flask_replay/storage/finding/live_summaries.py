"""Cache the summaries of running recordings until something is appended to them."""

from __future__ import annotations

from collections.abc import Hashable

from ...expiring import Expiring
from ...recording.summary import Summary

_REMEMBERED = 10_000
_SECONDS = 300.0
"""Seconds for which a summary is cached. Most recordings have ended by then, and others are read
again.
"""


class LiveSummaries:
    """Caches summaries for lists, which read all running recordings repeatedly.

    A signature identifies the state of a recording. It is taken before the recording is read, so
    that an append in between changes the next signature.
    """

    def __init__(self) -> None:
        self._known: Expiring[str, tuple[Hashable, Summary]] = Expiring(_SECONDS, _REMEMBERED)

    def get(self, name: str, signature: Hashable) -> Summary | None:
        """Return a recording's summary, if its state is still the same."""
        known, summary = self._known.get(name) or (None, None)
        return summary if known == signature else None

    def put(self, name: str, signature: Hashable, summary: Summary) -> None:
        """Cache a recording's summary."""
        self._known.put(name, (signature, summary))
