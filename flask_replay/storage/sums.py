"""What recordings in progress sum up to, remembered for as long as nothing is appended to them."""

from __future__ import annotations

from collections.abc import Hashable

from ..recording.model import Summary

_REMEMBERED = 10_000


class Sums:
    """Remembers summaries for lists, which look at all that runs, again and again.

    A signature tells the states of a recording apart. It is taken before the recording is read: what is
    appended meanwhile changes the next one.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Hashable, Summary]] = {}

    def get(self, name: str, signature: Hashable) -> Summary | None:
        """Give a recording's summary, if it is in the state that it was summed up in."""
        known, summary = self._known.get(name, (None, None))
        return summary if known == signature else None

    def put(self, name: str, signature: Hashable, summary: Summary) -> None:
        """Remember a recording's summary."""
        if len(self._known) >= _REMEMBERED:
            self._known.clear()  # finished ones are among them; those that run are only read once more
        self._known[name] = signature, summary
