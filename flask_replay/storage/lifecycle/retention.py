"""Limit the archive by age, count and size, and delete templates that nobody uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress

import msgspec

from ...errors import DecodeError, RecordingNotFound, StorageError
from ...recording.ids import first_id, new_id
from ...recording.summary import UNCONFIRMED, Summary
from ..names import NOTED
from ..protocols import Storage
from ..sealing.stores import bare
from . import unconfirmed
from .finalize import LEASE
from .revoking import revoke_links

RetentionProgress = Callable[[int, int], object]
"""Called with the number of recordings done and the total."""

CLEANING = first_id(0)
"""The id that is leased for cleanup. No recording has it."""

CAPTURING = first_id(0.001)
"""The id that is leased to start or stop a capture by hand."""

_CHUNK = 100
"""The number of recordings to delete before the lease is renewed and the pins are read again."""

_PAGE = 500
_SPARED = 3600.0
"""Seconds for which a template is kept although no recording uses it, because a recording that uses
it may be about to be written. A running recording that cannot be read is kept as long, because a
later version of this package may be writing it.
"""

_REMEMBERED = 30 * 86_400.0
"""Seconds for which the mark of a forgotten recording is kept. Late data comes from the memory of a
worker.
"""


class Cleaned(msgspec.Struct, frozen=True):
    """What a cleanup deleted, or would delete.

    :param unconfirmed: the ids of surplus recordings, running ones included, whose visitors never
        sent our cookie back.
    :param old: the ids of recordings that were too old.
    :param surplus: the ids of recordings that were too many.
    :param large: the ids of recordings that exceeded the total size.
    :param unreadable: the ids of running recordings that could not be read or finalized for too
        long.
    :param templates: the number of templates that no recording uses.
    :param left: the number of finished recordings that remain, pinned ones included.
    :param pinned: the number of pinned recordings.
    """

    old: Sequence[str]
    surplus: Sequence[str]
    large: Sequence[str]
    unreadable: Sequence[str]
    templates: int
    left: int
    pinned: int
    unconfirmed: Sequence[str] = ()

    @property
    def recordings(self) -> list[str]:
        """Return the deleted recordings, in the order of deletion."""
        return [*self.unconfirmed, *self.large, *self.surplus, *self.old]


def cleanup(
    storage: Storage,
    max_recordings: int,
    max_age: float,
    max_size: int | None = None,
    *,
    max_unconfirmed: int | None = None,
    owner: str | None = None,
    dry_run: bool = False,
    now: float | None = None,
    progress: RetentionProgress | None = None,
) -> Cleaned | None:
    """Delete the finished recordings that are too old, too many or too large in total, then unused
    templates.

    Pinned recordings stay and do not count. Recordings of visitors who never sent our cookie back
    are deleted first.

    :param max_recordings: the number of newest recordings to keep.
    :param max_age: the age at which a recording is deleted, in seconds since its start.
    :param max_size: the most bytes that the remaining recordings may take.
    :param max_unconfirmed: the most recordings to keep, running ones included, of visitors who
        never sent our cookie back; as many as of others by default.
    :param owner: the process that cleans up, which tells it from others that try at the same time.
    :param dry_run: whether to delete nothing and only report what would be deleted.
    :param now: the time in seconds since 1970; the present by default.
    :returns: ``None`` if another process is cleaning up, and nothing was done.
    """
    present = time.time() if now is None else now
    cleaner = owner or new_id()
    work = _Cleanup(
        storage, cleaner, present, max_recordings if max_unconfirmed is None else max_unconfirmed
    )
    if dry_run:
        planned = work.plan(max_recordings, max_age, max_size)
        unused = work.unused(frozenset(planned.recordings))
        return msgspec.structs.replace(planned, templates=len(unused))
    if not storage.lease(CLEANING, cleaner, LEASE):
        return None
    try:
        done = work.carry_out(work.plan(max_recordings, max_age, max_size), max_age, progress)
        tend_index(storage)
        return done
    finally:
        storage.release(CLEANING, cleaner)


def tend_index(storage: Storage) -> None:
    """Bring a store's index up to date, if it has one, and remove deleted recordings from it."""
    follow: Callable[[], object] | None = getattr(bare(storage), "follow", None)
    if follow is not None:
        follow()


class _Cleanup:
    """One cleanup."""

    def __init__(self, storage: Storage, owner: str, now: float, max_unconfirmed: int) -> None:
        self.max_unconfirmed = max_unconfirmed
        self.storage = storage
        self.bare = bare(storage)
        self.owner = owner
        self.now = now

    def plan(self, max_recordings: int, max_age: float, max_size: int | None) -> Cleaned:
        """Decide which recordings to delete. Templates are decided once these are gone."""
        pinned = self.storage.marked("pinned")
        found = list(every_summary(self.storage))
        ids = [summary.id for summary in found]
        counted = [name for name in ids if name not in pinned]
        oldest = first_id(self.now - max_age)
        young = [name for name in counted if name >= oldest]
        old = counted[len(young) :]
        sizes = {summary.id: summary.size for summary in found}
        lone = {summary.id for summary in found if UNCONFIRMED in summary.flags}
        sure = [name for name in young if name not in lone]
        stay, surplus = sure[:max_recordings], sure[max_recordings:]
        running = unconfirmed.running(self.storage)
        few = sorted({*running, *(lone & set(young))}, reverse=True)[: self.max_unconfirmed]
        waiting = [name for name in few if name in lone][: max(0, max_recordings - len(stay))]
        fit = (
            len(stay) + len(waiting)
            if max_size is None
            else _fitting([*stay, *waiting], sizes, max_size)
        )
        left = {*stay[:fit], *waiting[: max(0, fit - len(stay))]}
        gone = (lone - left) | (set(running) - set(few))
        return Cleaned(
            old=old,
            surplus=surplus,
            large=stay[fit:],
            unreadable=self._given_up(max_age),
            templates=0,
            left=len(left) + len(ids) - len(counted),
            pinned=len(ids) - len(counted),
            unconfirmed=[name for name in [*running, *young] if name in gone],
        )

    def carry_out(
        self, planned: Cleaned, max_age: float, progress: RetentionProgress | None
    ) -> Cleaned:
        """Delete the planned recordings and templates, while this process holds the lease."""
        self.delete(planned.recordings, progress)
        for name in planned.unconfirmed:
            unconfirmed.drop_unless_continued(self.storage, name)  # the running ones
        for name in planned.unreadable:
            self.storage.drop(name)
        revoke_links(
            self.storage,
            {*planned.recordings, *planned.unreadable} - self.storage.marked("pinned").keys(),
        )
        for name, marked in self.storage.marked("forgotten").items():
            if self.now - marked > max(max_age, _REMEMBERED):
                self.storage.mark(name, "forgotten", on=False)
        unused = self.unused(frozenset())
        for key in unused:
            self.bare.delete_template(key)
        self.storage.sweep(self.now - _SPARED)
        return msgspec.structs.replace(planned, templates=len(unused))

    def delete(self, ids: Sequence[str], progress: RetentionProgress | None = None) -> None:
        """Delete recordings in chunks, except those that were pinned meanwhile."""
        for start in range(0, len(ids), _CHUNK):
            if not self.storage.lease(CLEANING, self.owner, LEASE):
                return
            pinned = self.storage.marked("pinned")
            for number, name in enumerate(ids[start : start + _CHUNK], start + 1):
                if name not in pinned:
                    self.storage.delete(name)
                if progress is not None:
                    progress(number, len(ids))

    def _given_up(self, max_age: float) -> list[str]:
        """Return the running recordings that cannot be read and were not changed for too long."""
        late = self.now - max(max_age, _SPARED)
        return [
            name
            for name, touched in self.storage.touched().items()
            if touched < late and not self._reads(name)
        ]

    def _reads(self, name: str) -> bool:
        try:
            self.storage.read(name)
        except (RecordingNotFound, StorageError):
            # It was just finalized, or nothing complete was written yet, or the store fails and may
            # recover.
            pass
        except DecodeError:
            return False
        return True

    def unused(self, gone: AbstractSet[str]) -> list[str]:
        """Return the templates that no recording uses.

        :param gone: the recordings to disregard.
        """
        used = set(self._used(gone))
        if None in used:
            return []  # a recording that cannot be read may use any of them
        old = (key for key, written in self.bare.templates() if self.now - written > _SPARED)
        return [key for key in old if key not in used and not key.startswith(NOTED)]

    def _used(self, gone: AbstractSet[str]) -> Iterator[str | None]:
        """Yield what recordings use. Running ones come first, because they may be finalized
        meanwhile.
        """
        for name in self.bare.touched():
            with suppress(RecordingNotFound):
                try:
                    for entry in self.bare.read(name).entries:
                        yield from entry.documents
                except (DecodeError, StorageError):
                    yield None
        ids = [name for name in self.bare.ids() if name not in gone]
        for start in range(0, len(ids), _PAGE):
            try:
                for documents in self.bare.documents(ids[start : start + _PAGE]).values():
                    yield from documents
            except (DecodeError, StorageError):
                yield None


def _fitting(ids: Sequence[str], sizes: Mapping[str, int], max_size: int) -> int:
    """Return how many of some recordings, in order, fit into a size."""
    total = 0
    for number, name in enumerate(ids):
        total += sizes.get(name, 0)
        if total > max_size:
            return number
    return len(ids)


def clear(storage: Storage, progress: RetentionProgress | None = None) -> list[str]:
    """Delete all finished recordings except pinned ones, and return the ids of those deleted."""
    pinned = storage.marked("pinned")
    ids = [name for name in storage.ids() if name not in pinned]
    for number, name in enumerate(ids, 1):
        storage.delete(name)
        if progress is not None:
            progress(number, len(ids))
    revoke_links(storage, set(ids))
    return ids


def every_summary(storage: Storage) -> Iterator[Summary]:
    """Yield the summaries of all finished recordings, newest first, reading a page at a time."""
    before: str | None = None
    while page := storage.summaries(before=before, limit=_PAGE):
        yield from page
        before = page[-1].id
