"""Encrypt a store again with the first key, or decrypt it: one recording and one template at a
time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

import msgspec

from ...errors import DecodeError, RecordingForgotten, RecordingNotFound, StorageError
from ...recording.ids import new_id
from ..names import NOTED
from ..protocols import Journal, Storage
from ..sealing.keyring import Keyring, content
from ..sealing.sealed import Sealed
from .finalize import LEASE
from .retention import CLEANING, RetentionProgress, tend_index

_CHUNK = 100
"""Recordings or templates until the lease is taken anew."""


class Rekeyed(msgspec.Struct, frozen=True, kw_only=True):
    """What was done.

    :param recordings: how many were written anew.
    :param templates: how many templates and snapshots were.
    :param present: how many of both were as they should be.
    :param waiting: ids of recordings in progress, in the journal or a spool, that need the key they
        were begun with.
    :param problems: for each that could not be read, its id or content hash and why.
    """

    recordings: int
    templates: int
    present: int
    waiting: Sequence[str]
    problems: Sequence[tuple[str, str]]


def rekey(
    storage: Storage,
    *,
    decrypt: bool = False,
    spooled: Iterable[Journal] = (),
    progress: RetentionProgress | None = None,
) -> Rekeyed:
    """Write anew what is not encrypted with the first key. Doing it again goes on where it stopped.

    What is in progress cannot be: it needs its key until it is finished.

    :param storage: one that is opened with keys, the former ones among them.
    :param decrypt: write it as it is, and not encrypted.
    :param spooled: what local folders hold that the store has not taken yet.
    :raises StorageError: the store fails, or somebody is cleaning up.
    """
    assert isinstance(storage, Sealed)
    return _Work(storage, Keyring() if decrypt else storage.keyring).run(spooled, progress)


def is_current(store: object, recording_id: str) -> bool:
    """Whether a finished recording is encrypted as a store encrypts now."""
    return not isinstance(store, Sealed) or _Work(store, store.keyring).has_current(recording_id)


class _Work:
    """One run.

    :param source: opens what there is.
    :param keyring: seals it.
    """

    def __init__(self, source: Sealed, keyring: Keyring) -> None:
        self.source = source
        self.inner = source.inner
        self.target = Sealed(source.inner, keyring)
        self.keyring = keyring
        self.owner = new_id()
        self.present = 0
        self.problems: list[tuple[str, str]] = []

    def run(self, spooled: Iterable[Journal], progress: RetentionProgress | None) -> Rekeyed:
        """Do it."""
        ids: list[str] = self.inner.ids()
        keys = [key for key, _ in self.inner.templates()]
        total = len(ids) + len(keys)
        counts = [0, 0]
        try:
            for number, name in enumerate((*keys, *ids)):
                if number % _CHUNK == 0 and not self.inner.lease(CLEANING, self.owner, LEASE):
                    raise StorageError("another process is cleaning up: try again when it is done")
                is_template = number < len(keys)
                counts[is_template] += self._written_anew(
                    name, self._template if is_template else self._recording
                )
                if progress is not None:
                    progress(number + 1, total)
            if not self.problems:
                self._delete_former(keys)
            tend_index(self.inner)  # it has words of what was not encrypted so far
        finally:
            self.inner.release(CLEANING, self.owner)
        waiting = dict.fromkeys(
            name for journal in (self.source, *spooled) for name in self._stale(journal)
        )
        return Rekeyed(
            recordings=counts[0],
            templates=counts[1],
            present=self.present,
            waiting=list(waiting),
            problems=self.problems,
        )

    def _written_anew(self, name: str, write: Callable[[str], bool]) -> bool:
        """Write one anew if need be, and tell whether it was; one that is deleted meanwhile is
        none.
        """
        try:
            anew = write(name)
        except (RecordingForgotten, RecordingNotFound):
            return False
        except DecodeError as error:
            self.problems.append((name, str(error)))
            return False
        self.present += not anew
        return anew

    def has_current(self, recording_id: str) -> bool:
        """Whether a recording is as it should be."""
        stored: bytes = self.inner.load(recording_id)
        return self.keyring.is_current(content(stored) or stored)

    def _recording(self, recording_id: str) -> bool:
        self._remarks(recording_id)
        if self.has_current(recording_id):
            return False
        document = self.source.load(recording_id)
        if not self.inner.finished(recording_id):
            raise RecordingNotFound(f"{recording_id} was deleted meanwhile")
        self.target.save(recording_id, document)
        return True

    def _remarks(self, recording_id: str) -> None:
        """Seal the remarks on a recording anew, unless they are as they should be."""
        kept = self.inner.remarks([recording_id]).get(recording_id, b"")
        if not self.keyring.is_current(kept):
            remarks = self.source.remarks([recording_id]).get(recording_id, b"")
            self.inner.remark(
                recording_id, self.keyring.seal(remarks, "remarks", recording_id), kept
            )

    def _template(self, alias: str) -> bool:
        """Keep a template under its new alias, beside the former one: recordings use that until
        they have the new.
        """
        data = self.inner.get_template(alias)
        if self.keyring.is_current(data):
            return False
        key = self._key(alias, data)
        document = self.source.get_template(key)
        if alias.startswith(NOTED):
            # what is captured by hand just now: its alias stays the same
            self.inner.delete_template(alias)
        self.target.put_template(key, document)
        return True

    def _key(self, alias: str, data: bytes) -> str:
        return alias if alias.startswith(NOTED) else self.source.keyring.hash_of(alias, data)

    def _delete_former(self, aliases: Iterable[str]) -> None:
        """Delete templates that have a new alias now, unless a recording in progress uses them by
        the former.
        """
        used: set[str] = set()
        for name in self.inner.touched():
            with suppress(RecordingNotFound, DecodeError):
                used.update(
                    key for entry in self.inner.read(name).entries for key in entry.documents
                )
        for alias in aliases:
            with suppress(RecordingNotFound, DecodeError):
                if alias not in used and not self.keyring.is_current(
                    self.inner.get_template(alias)
                ):
                    self.inner.delete_template(alias)

    def _stale(self, journal: Journal) -> Iterator[str]:
        """Return the recordings in progress of which an entry is not as it should be."""
        inner: Journal = journal.inner if isinstance(journal, Sealed) else journal
        for name in inner.touched():
            with suppress(RecordingNotFound, DecodeError):
                if not all(
                    self.keyring.is_current(entry.payload) for entry in inner.read(name).entries
                ):
                    yield name
