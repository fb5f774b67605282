"""Forget a visitor, as data protection laws let everybody ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ...recording.summary import Summary
from ..protocols import Journal, Storage
from .retention import RetentionProgress, every_summary, tend_index
from .revoking import revoke_links

MAX_VISITOR_NAME = 200
"""Letters of a visitor's name that are kept."""


class Forgotten(msgspec.Struct, frozen=True):
    """What was deleted.

    :param recordings: ids of the visitor's recordings; all of them are gone.
    :param unreadable: ids of recordings that nobody can read: whose they are cannot be told.
    """

    recordings: Sequence[str]
    unreadable: Sequence[str]


def forget(
    storage: Storage,
    user: str,
    progress: RetentionProgress | None = None,
    spooled: Iterable[Journal] = (),
) -> Forgotten:
    """Delete all recordings of a visitor, finished, running and pinned ones.

    Each is marked first: what another process still has of it in its memory, or is about to
    archive, is refused from then on.

    :param user: the name that ``identify`` gave; a recording that had several is deleted for any of
        them.
    :param spooled: what local folders hold that the store has not taken yet: it is forgotten there,
        too.
    """
    name = user[:MAX_VISITOR_NAME]
    boxes = list(spooled)
    found: dict[str, None] = {}
    unreadable: list[str] = []
    for summary in _every_summary(storage, boxes):
        if "unreadable" in summary.flags:
            unreadable.append(summary.id)
        elif name and name in (summary.name, *summary.names):
            found[summary.id] = None
    for number, recording_id in enumerate(found, 1):
        storage.mark(recording_id, "forgotten")
        for journal in (storage, *boxes):
            journal.drop(recording_id)
        storage.delete(recording_id)
        storage.mark(recording_id, "pinned", on=False)
        if progress is not None:
            progress(number, len(found))
    revoke_links(storage, found)
    tend_index(storage)
    return Forgotten(list(found), unreadable)


def _every_summary(storage: Storage, boxes: Iterable[Journal]) -> Iterable[Summary]:
    """Return the summaries of all recordings; running ones first, for these may be finished
    meanwhile.
    """
    for journal in (*boxes, storage):
        yield from journal.active()
    yield from every_summary(storage)
