"""Forget a visitor, as people may demand under data protection laws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ...recording.summary import Summary
from ..protocols import Journal, Storage
from .retention import RetentionProgress, every_summary, tend_index
from .revoking import revoke_links

MAX_VISITOR_NAME = 200
"""The most characters of a visitor's name to keep."""


class Forgotten(msgspec.Struct, frozen=True):
    """What was deleted.

    :param recordings: the ids of the visitor's recordings, all of which were deleted.
    :param unreadable: the ids of recordings that cannot be read, so their visitors are unknown.
    """

    recordings: Sequence[str]
    unreadable: Sequence[str]


def forget(
    storage: Storage,
    user: str,
    progress: RetentionProgress | None = None,
    spooled: Iterable[Journal] = (),
) -> Forgotten:
    """Delete all recordings of a visitor: finished, running and pinned ones.

    Each is marked first. From then on, data of it that another process holds in memory or is
    archiving is refused.

    :param user: the name that ``identify`` returned. A recording with several names is deleted for
        any of them.
    :param spooled: the local folders with data that the store has not taken yet. It is deleted
        there, too.
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
    """Return the summaries of all recordings. Running ones come first, because they may be
    finalized meanwhile.
    """
    for journal in (*boxes, storage):
        yield from journal.active()
    yield from every_summary(storage)
