"""A recording: its summary, and its batches in order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from .batch import Batch
from .events import AnyEvent, Frame
from .summary import Summary


class Recording(msgspec.Struct, frozen=True, kw_only=True, weakref=True):
    """One visitor's session: its summary and its batches in order of time.

    :param keys: the keys of the batches of a running recording: for each, the worker that wrote it,
        and its number.
    """

    summary: Summary
    batches: Sequence[Batch]
    keys: Sequence[tuple[str, int]] = ()

    @property
    def id(self) -> str:
        """Return the id, by which ``replay.recordings.get`` finds the recording again."""
        return self.summary.id

    @property
    def name(self) -> str:
        """Return the visitor's name, or the name that a program gave the recording."""
        return self.summary.name

    @property
    def status(self) -> str:
        """Return the summary's status, such as ``"finished"``."""
        return self.summary.status

    @property
    def events(self) -> Iterator[AnyEvent]:
        """Return all events, batch after batch."""
        return (event for batch in self.batches for event in batch.events)

    @property
    def frames(self) -> Iterator[Frame]:
        """Return all frames. ``render(id, frame)`` and ``verify`` number them in this order."""
        return (frame for batch in self.batches for frame in batch.frames)
