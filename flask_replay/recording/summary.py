"""The summary of a recording, which lists show: its facts, counts and flags."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from .batch import Batch
from .events import Error, Frame, Message, Socket
from .facets import Facets
from .numbers import Count, MomentNumber


class RecordingStatus(StrEnum):
    """The status of a recording: running, or how it ended.

    A status from a store is a plain text, because a later version may have written it.
    """

    ACTIVE = "active"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


STATUSES = tuple(status.value for status in RecordingStatus)
"""The values as plain texts, for choices."""

UNCONFIRMED = "unconfirmed"
"""The flag of a recording whose visitor never sent the recorder's cookie back: a bot, a health
check, a scanner, or a visitor who opened one page.
"""

AFTER = "after:"
"""The prefix of the flag of a recording whose visitor had another one before, as another user; the
id of that recording follows.
"""

PARTED = "parted"
"""The flag of a recording whose visitor continued as another user, in another recording."""

CONTINUED = "continued"
"""The flag of a recording that continues a finished one. It is kept, however short it is."""

CAPPED = "capped"
"""The flag of a recording that reached its limit of events or bytes, so that later ones are lost.
"""

CAPTURED = "captured:"
"""The prefix of the flag of a recording made for a capture by hand; the capture's id follows."""


class Tally(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Counts that can be added up: of one batch, or of a whole recording.

    :param jobs: batches that belong to no request and no connection.
    :param messages: messages on WebSockets and streams of events.
    :param literal: characters of pages that no template made, so that no frame explains them.
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
        """Return the sum of two tallies, field by field."""
        return Tally(
            *(getattr(self, field) + getattr(other, field) for field in self.__struct_fields__)
        )

    @classmethod
    def of(cls, batch: Batch) -> Tally:
        """Return the tally of a batch."""
        request = batch.request
        visible = request if request is not None and not request.aside else None
        kinds = [type(event) for event in batch.events]
        messages = kinds[:1].count(Message)
        return cls(
            events=len(kinds),
            requests=int(request is not None),
            pages=int(visible is not None and bool(visible.parts)),
            frames=kinds.count(Frame),
            errors=kinds.count(Error),
            jobs=int(request is None and not messages and Socket not in kinds and bool(kinds)),
            messages=messages,
            literal=request.literal if request is not None else 0,
            posts=int(visible is not None and visible.method not in {"GET", "HEAD", "OPTIONS"}),
        )

    @property
    def interaction(self) -> bool:
        """Whether the visitor did more than open one page, or a program made the recording."""
        return (
            self.pages > 1
            or self.posts > 0
            or self.errors > 0
            or self.jobs > 0
            or self.messages > 0
        )


class Summary(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """The summary of a recording, as lists show it. Reading it decodes no event.

    :param name: the name that the app gave with ``identify``; the last one, if there were several.
    :param names: all names, if there are several.
    :param status: ``"active"`` (running), ``"finished"``, ``"interrupted"`` (its workers were
        killed, and events that they had not written yet are missing at the end), or ``"failed"``
        (the program that made it reported a failure).
    :param pinned: cleanup does not delete it. A store keeps this field, ``tags`` and ``notes``
        beside the recording, and leaves them out here.
    :param tags: the tags that people gave it.
    :param notes: how many notes people wrote.
    :param started_at: seconds since 1970.
    :param duration_ms: from the start to the end of the last event.
    :param landing: URL of the first page that the visitor looked at; empty if there was none.
    :param size: bytes that the recording takes in its store.
    :param facets: the facets by which a list is filtered; empty for recordings finished by versions
        without facets.
    :param flags: ``"capped"``: the recording reached ``REPLAY_MAX_EVENTS`` or
        ``REPLAY_MAX_RECORDING_SIZE``; ``"cut"``: a request in it was larger than
        ``REPLAY_MAX_REQUEST_SIZE``; ``"torn"``: a part was lost; ``"failed"``: the program that
        makes it reported a failure; ``"recovered"``: that program died; ``"captured:…"``: it was
        made for a capture by hand, whose id follows; ``"continued"``: the visitor continued
        after their earlier recording was finished; ``"unconfirmed"``: the visitor never sent the
        recorder's cookie back; ``"parted"``: the visitor logged out, or in as another user, and
        continued in another recording; ``"after:…"``: the visitor had been another user, in the
        recording whose id follows.
    """

    id: str
    name: str = ""
    status: str = RecordingStatus.ACTIVE
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
        """Whether the recording was made for a capture by hand."""
        return any(flag.startswith(CAPTURED) for flag in self.flags)

    @property
    def previous(self) -> str:
        """Return the id of the recording that its visitor had before as another user, ``""`` for
        none.
        """
        return next((flag.removeprefix(AFTER) for flag in self.flags if flag.startswith(AFTER)), "")

    @property
    def kept(self) -> bool:
        """Whether the recording is kept when it is finalized: the visitor did more than open one
        page, it was captured by hand, or it is a part of a longer session.
        """
        if self.tally.interaction or PARTED in self.flags:
            return True
        part = self.captured or CONTINUED in self.flags or (self.name and self.previous)
        return bool(part and self.tally.events)


def data_of(summary: Summary) -> dict[str, Any]:
    """Return a summary as data for other programs."""
    data: dict[str, Any] = msgspec.to_builtins(summary)
    return {**data, "facets": summary.facets.named}
