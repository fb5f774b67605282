"""The two protocols that a store implements, and the data that passes through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from ..recording.facets import Facets
from ..recording.numbers import Count, MomentNumber
from ..recording.summary import Summary, Tally
from .finding.filters import ALL, Filter
from .finding.orders import NEWEST, Order

Mark = Literal["pinned", "forgotten"]
"""A mark on a recording: cleanup must not delete it, or nothing of it may be kept, whichever worker
sends it.
"""


Ending = Callable[[Mapping[str, float]], str | None]
"""Returns the status of a recording that has ended, given its workers and when each last wrote;
``None`` if it is still running.
"""


class Head(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The beginning of every segment of a journal: enough to list and finalize the recording.

    :param started_at: when the recording started, in seconds since 1970.
    :param format: the codec format of the payloads.
    """

    id: str
    started_at: MomentNumber
    format: str = "msgpack"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One encoded batch on its way to a journal.

    :param number: increases with each entry of its worker. Worker and number identify an entry. An
        entry that is appended twice, because the first result was lost, is stored once.
    :param offset_ms: the offset of the batch's first event. Entries are merged by offset, worker
        and number.
    :param tally: the counts of the batch. An entry without events shows that an idle connection is
        still open.
    :param end_ms: the offset of the end of the last event.
    :param payload: the result of ``codec.encode_batch``. Its times count from ``offset_ms``.
    :param documents: the content hashes of the templates and setups that its frames use.
    :param facets: the facets by which a list is filtered.
    """

    number: Count
    offset_ms: Count
    end_ms: Count
    tally: Tally
    payload: bytes
    landing: str = ""
    name: str = ""
    documents: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    facets: Facets = Facets()


class Segments(msgspec.Struct, frozen=True, kw_only=True):
    """A running recording as the journal holds it: its entries merged in order.

    :param workers: the worker that wrote each entry.
    :param writers: the time of each worker's last append, in seconds since 1970.
    :param size: the number of bytes in the journal.
    :param torn: whether a segment has a damaged record.
    """

    head: Head
    entries: Sequence[Entry]
    workers: Sequence[str]
    writers: Mapping[str, float]
    size: int
    torn: bool = False


class Journal(Protocol):
    """The append-only store of running recordings."""

    def append(self, head: Head, worker: str, entries: Sequence[Entry]) -> None:
        """Append a worker's entries, in order. They survive the process once this returns.

        No ``drop`` may happen between the check that the recording is not archived and the write.
        So ``drop`` sees everything that passed the check, and nothing passes after ``save``.

        :raises RecordingFinished: the recording is already archived.
        :raises RecordingForgotten: the recording has that mark, which is checked together with the
            archive.
        :raises StorageError: nothing was written that a reader would take for a complete entry.
        """

    def active(self, *, before: str | None = None, limit: int | None = None) -> list[Summary]:
        """List running recordings newest first, without reading payloads. An unreadable one has the
        flag ``"unreadable"``.

        :param before: list only recordings with a smaller id: the last one of the previous page.
        :param limit: the most recordings to list; fewer only at the end. Without it, all are
            listed.
        """

    def read(self, recording_id: str) -> Segments:
        """Return all complete entries of a recording.

        :raises RecordingNotFound: no recording has this id, or nothing complete was written yet.
        :raises DecodeError: it cannot be read.
        """

    def size(self, recording_id: str) -> int:
        """Return the size of a running recording in bytes, as ``read`` does, without reading
        entries; 0 if it does not exist.

        A viewer who watches a running recording causes several calls per second.
        """

    def touched(self) -> dict[str, float]:
        """Return the time of the last append to each running recording, in seconds since 1970."""

    def writers(self) -> dict[str, dict[str, float]]:
        """Return, for each running recording, the workers that appended to it, with the time of
        each one's last append.

        A recording that a crash left half dropped has no workers.
        """

    def drop(self, recording_id: str, size: int | None = None) -> bool:
        """Delete a running recording at once. If it does not exist, this does nothing.

        :param size: delete only if the recording still has this size, so that nothing was appended
            since it was read.
        :returns: whether it is deleted now.
        """


class Archive(Protocol):
    """The store of finished recordings, and of the templates that all recordings use."""

    def save(self, recording_id: str, document: bytes) -> None:
        """Keep a finished recording, atomically. Saving it again replaces it.

        No ``mark`` may happen between the check that the recording is not forgotten and the write.

        :param document: the result of ``codec.encode_recording``.
        :raises RecordingForgotten: the recording has that mark.
        """

    def load(self, recording_id: str) -> bytes:
        """Return a recording's document.

        :raises RecordingNotFound: no recording has this id.
        """

    def summaries(
        self,
        *,
        before: str | None = None,
        limit: int = 50,
        where: Filter = ALL,
        order: Order = NEWEST,
    ) -> list[Summary]:
        """List recordings newest first. An unreadable one has the flag ``"unreadable"``.

        :param before: list only recordings after the last one of the previous page, given by its id
            or its ``order.cursor``.
        :param where: list only recordings that it matches. The caller may have to check pins
            itself.
        :param order: another order.
        """

    def finished(self, recording_id: str) -> bool:
        """Whether a recording is in the archive."""

    def ids(self) -> list[str]:
        """Return the ids of the finished recordings, newest first."""

    def documents(self, recording_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the content hashes of the documents that finished recordings use, without
        decompressing recordings.

        :param recording_ids: a page of ids, some hundred. An id that does not exist is left out.
        :raises DecodeError: a recording cannot be read.
        """

    def delete(self, recording_id: str) -> None:
        """Delete a recording, and anything that a killed writer left of it. If it does not exist,
        this does nothing.
        """

    def mark(self, recording_id: str, mark: Mark, on: bool = True) -> None:
        """Set or remove a mark on a recording, which may be running, finished or missing.

        Once this returns, every ``append`` and ``save`` that passes has seen the mark.
        """

    def marked(self, mark: Mark) -> dict[str, float]:
        """Return the ids of the recordings with a mark, and when each was marked, in seconds since
        1970.
        """

    def remark(self, recording_id: str, document: bytes, known: bytes = b"") -> bool:
        """Replace the remarks on a recording. They are deleted with the recording.

        :param document: the remarks; ``b""`` for none.
        :param known: the remarks that were read. Nothing is written if others are stored by now.
        :returns: whether the remarks are stored.
        :raises RecordingNotFound: no recording with this id is running or finished.
        """

    def remarks(self, recording_ids: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return the remarks on recordings that have some.

        :param recording_ids: the recordings to look at; all by default, of which few have remarks.
        """

    def has_template(self, key: str) -> bool:
        """Whether a template with this content hash is stored."""

    def put_template(self, key: str, document: bytes) -> None:
        """Store a template under its content hash. One that is already stored counts as written
        now.
        """

    def get_template(self, key: str) -> bytes:
        """Return a template.

        :raises RecordingNotFound: no template has this hash.
        :raises DecodeError: it is damaged.
        """

    def templates(self) -> Iterable[tuple[str, float]]:
        """Return the hash of each stored template, and when it was written, in seconds since
        1970.
        """

    def delete_template(self, key: str) -> None:
        """Delete a template. If it does not exist, this does nothing."""


class Storage(Journal, Archive, Protocol):
    """A store with both parts, as ``Replay(app, storage=...)`` takes it."""

    @property
    def identity(self) -> str:
        """Return a text that is equal exactly for objects of the same store: an absolute path or a
        URL.

        Data that a worker could not save waits in a local folder named after it, so that no other
        app saves that data into its own store. It is read when the app starts, so it must not need
        the store. It must not contain a secret.
        """

    def lease(self, recording_id: str, owner: str, seconds: float) -> bool:
        """Acquire the right to finalize a recording, for a limited time. Return ``False`` if
        another owner has it.

        Cleanup is leased too, under an id that no recording has.
        """

    def release(self, recording_id: str, owner: str) -> None:
        """Release that right, unless it ran out and another owner has it now."""

    def sweep(self, before: float) -> None:
        """Delete half-written copies and expired leases that killed writers left before a given
        time.

        :param before: a time in seconds since 1970. Newer files may belong to a writer at work.
        """
