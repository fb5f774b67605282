"""Encrypt a store again with the first key, or decrypt it, one recording or template at a time."""

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
"""The number of recordings or templates after which the lease is renewed."""


class Rekeyed(msgspec.Struct, frozen=True, kw_only=True):
    """What was re-encrypted.

    :param recordings: the number of recordings rewritten.
    :param templates: the number of templates and snapshots rewritten.
    :param present: the number of both that were already correct.
    :param waiting: the ids of running recordings, in the journal or a spool, that still need the
        key with which they were started.
    :param problems: the id or content hash, and the problem, of each that could not be read.
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
    """Rewrite everything that is not encrypted with the first key. A repetition continues where it
    stopped.

    Running recordings cannot be rewritten. They need their key until they are finalized.

    :param storage: a store opened with the keys, including former ones.
    :param decrypt: whether to write without encryption.
    :param spooled: the local folders with data that the store has not taken yet.
    :raises StorageError: the store fails, or another process is cleaning up.
    """
    assert isinstance(storage, Sealed)
    return _Work(storage, Keyring() if decrypt else storage.keyring).run(spooled, progress)


def is_current(store: object, recording_id: str) -> bool:
    """Whether a finished recording is encrypted with the store's current key."""
    return not isinstance(store, Sealed) or _Work(store, store.keyring).has_current(recording_id)


class _Work:
    """One run of re-encryption.

    :param source: decrypts the stored data.
    :param keyring: encrypts it.
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
        """Rewrite the store."""
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
            tend_index(self.inner)  # it has words of recordings that were not encrypted until now
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
        """Rewrite one recording or template if necessary, and return whether it was rewritten. One
        that was deleted meanwhile is skipped.
        """
        try:
            rewritten = write(name)
        except (RecordingForgotten, RecordingNotFound):
            return False
        except DecodeError as error:
            self.problems.append((name, str(error)))
            return False
        self.present += not rewritten
        return rewritten

    def has_current(self, recording_id: str) -> bool:
        """Whether a recording is encrypted with the current key."""
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
        """Re-encrypt the remarks on a recording, unless they are current."""
        kept = self.inner.remarks([recording_id]).get(recording_id, b"")
        if not self.keyring.is_current(kept):
            remarks = self.source.remarks([recording_id]).get(recording_id, b"")
            self.inner.remark(
                recording_id, self.keyring.seal(remarks, "remarks", recording_id), kept
            )

    def _template(self, alias: str) -> bool:
        """Store a template under its new alias, beside the former one, which recordings use until
        they are rewritten.
        """
        data = self.inner.get_template(alias)
        if self.keyring.is_current(data):
            return False
        key = self._key(alias, data)
        document = self.source.get_template(key)
        if alias.startswith(NOTED):
            # the running capture by hand, whose alias stays the same
            self.inner.delete_template(alias)
        self.target.put_template(key, document)
        return True

    def _key(self, alias: str, data: bytes) -> str:
        return alias if alias.startswith(NOTED) else self.source.keyring.hash_of(alias, data)

    def _delete_former(self, aliases: Iterable[str]) -> None:
        """Delete templates that now have a new alias, unless a running recording uses the former
        one.
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
        """Yield the running recordings with an entry that is not encrypted with the current key."""
        inner: Journal = journal.inner if isinstance(journal, Sealed) else journal
        for name in inner.touched():
            with suppress(RecordingNotFound, DecodeError):
                if not all(
                    self.keyring.is_current(entry.payload) for entry in inner.read(name).entries
                ):
                    yield name
