"""What a list shows of a recording: its summary, its counts, its flags."""

from __future__ import annotations

from typing import Any

import msgspec

from .batch import Batch
from .events import Error, Frame, Message, Socket
from .facets import Facets
from .numbers import Count, MomentNumber

STATUSES = ("active", "finished", "interrupted", "failed")
"""How recordings are: in progress, or how they ended."""

UNCONFIRMED = "unconfirmed"
"""The flag of a recording whose visitor never sent our cookie back: a bot, a health check, a
scanner, or one page.
"""

AFTER = "after:"
"""Begins the flag of a recording whose visitor had another one before, as somebody else; that one's
id follows.
"""

PARTED = "parted"
"""The flag of a recording whose visitor went on as somebody else, in another one."""

CONTINUED = "continued"
"""The flag of what a visitor did after their recording was finished: it is kept, however little it
is.
"""

CAPPED = "capped"
"""Flags a recording that has met its limit, of events or bytes, and takes no more."""

CAPTURED = "captured:"
"""Begins the flag of a recording that was made for a capture by hand; the capture's id follows."""


class Tally(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counts that add up: of one batch, or of a whole recording.

    :param jobs: batches that no request and no connection gave.
    :param messages: on WebSockets and streams of events.
    :param literal: characters of pages that no template made: no frame explains them.
    """

    events: Count = 0
    requests: Count = 0
    pages: Count = 0
    frames: Count = 0
    errors: Count = 0
    posts: Count = 0
    jobs: Count = 0
    messages: Count = 0
    literal: Count = 0

    def __add__(self, other: Tally) -> Tally:
        """Add up two tallies, field by field."""
        return Tally(
            *(getattr(self, field) + getattr(other, field) for field in self.__struct_fields__)
        )

    @classmethod
    def of(cls, batch: Batch) -> Tally:
        """Count a batch."""
        request = batch.request
        noticed = request if request is not None and not request.aside else None
        kinds = [type(event) for event in batch.events]
        messages = kinds[:1].count(Message)
        return cls(
            events=len(kinds),
            requests=int(request is not None),
            pages=int(noticed is not None and bool(noticed.parts)),
            frames=kinds.count(Frame),
            errors=kinds.count(Error),
            jobs=int(request is None and not messages and Socket not in kinds and bool(kinds)),
            messages=messages,
            literal=request.literal if request is not None else 0,
            posts=int(noticed is not None and noticed.method not in {"GET", "HEAD", "OPTIONS"}),
        )

    @property
    def interaction(self) -> bool:
        """Whether the visitor did more than look at one page, or a program asked for the
        recording.
        """
        return (
            self.pages > 1
            or self.posts > 0
            or self.errors > 0
            or self.jobs > 0
            or self.messages > 0
        )


class Summary(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a list shows of a recording; reading one decodes no event.

    :param name: who it was, if the app said so (``identify``); the last one, if it said several.
    :param names: all of them, when they are several.
    :param status: ``"active"``, ``"finished"``; ``"interrupted"``: its workers were killed, and
        what they had not written yet is missing at the end; or ``"failed"``: the program that made
        it says so.
    :param pinned: cleanup spares it. A store keeps this beside the recording, and leaves it out
        here, as it does
    :param tags: which people gave it, and
    :param notes: how many they wrote.
    :param started_at: seconds since 1970.
    :param duration_ms: from the start to the end of the last event.
    :param landing: URL of the first request that somebody looked at as at a page; empty if there
        was none.
    :param size: bytes the recording takes in its store.
    :param facets: what a list is filtered by; empty for what was finished before there was this.
    :param flags: ``"capped"``, the recording met ``REPLAY_MAX_EVENTS`` or
        ``REPLAY_MAX_RECORDING_SIZE``; ``"cut"``, a request in it was larger than
        ``REPLAY_MAX_REQUEST_SIZE``; ``"torn"``, a part was lost; ``"failed"``, the program that
        makes it says so; ``"recovered"``, it died; ``"captured:…"``, it was made for a capture by
        hand, whose id follows; ``"continued"``, the visitor went on after an earlier recording of
        theirs was finished; ``"unconfirmed"``, the visitor never sent our cookie back;
        ``"parted"``, they logged out, or in as somebody else, and went on in another one;
        ``"after:…"``, they had been somebody else, in the recording whose id follows.
    """

    id: str
    name: str = ""
    status: str = "active"
    started_at: MomentNumber = 0.0
    duration_ms: Count = 0
    tally: Tally = Tally()
    landing: str = ""
    size: Count = 0
    flags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    facets: Facets = Facets()
    pinned: bool = False
    tags: tuple[str, ...] = ()
    notes: Count = 0

    @property
    def captured(self) -> bool:
        """Whether it was made for a capture by hand."""
        return any(flag.startswith(CAPTURED) for flag in self.flags)

    @property
    def previous(self) -> str:
        """Return the id of the recording that its visitor had as somebody else before, ``""`` for
        none.
        """
        return next((flag.removeprefix(AFTER) for flag in self.flags if flag.startswith(AFTER)), "")

    @property
    def kept(self) -> bool:
        """Whether it is kept when it is finished: something happened in it, or it is a part of what
        is kept.
        """
        if self.tally.interaction or PARTED in self.flags:
            return True
        part = self.captured or CONTINUED in self.flags or (self.name and self.previous)
        return bool(part and self.tally.events)


def data_of(summary: Summary) -> dict[str, Any]:
    """Return a summary as data for other programs."""
    data: dict[str, Any] = msgspec.to_builtins(summary)
    return {**data, "facets": summary.facets.named}
