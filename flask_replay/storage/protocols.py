"""The two protocols a store implements, and what passes through them."""

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
"""What is noted of a recording: cleanup spares it; or nothing of it may be kept, whoever brings it.
"""


Ending = Callable[[Mapping[str, float]], str | None]
"""Tells with which status a recording has ended, by who wrote it and when last; ``None`` if it goes
on.
"""


class Head(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What every segment of a journal begins with: enough to list and finish the recording.

    :param started_at: seconds since 1970.
    :param format: name of the codec's format the payloads are in.
    """

    id: str
    started_at: MomentNumber
    format: str = "msgpack"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One encoded batch on its way to a journal.

    :param number: grows with each entry of its worker. Worker and number name an entry: one that is
        appended twice, because nobody knew whether the first time succeeded, is there once.
    :param offset_ms: offset of the batch's first event; entries merge by it, then worker, number.
    :param tally: one of no events is a sign of life: a connection is open, and nothing happens on
        it.
    :param end_ms: offset of the end of its last event.
    :param payload: the batch as ``codec.encode_batch`` gave it: its times count from ``offset_ms``.
    :param documents: content hashes of the templates and setups that its frames use.
    :param facets: what a list is filtered by.
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
    """An active recording as the journal holds it: entries merged in order.

    :param workers: who wrote each entry.
    :param writers: the time of each worker's last append (seconds since 1970).
    :param size: bytes in the journal.
    """

    head: Head
    entries: Sequence[Entry]
    workers: Sequence[str]
    writers: Mapping[str, float]
    size: int
    torn: bool = False


class Journal(Protocol):
    """The append-only store of recordings in progress."""

    def append(self, head: Head, worker: str, entries: Sequence[Entry]) -> None:
        """Append a worker's entries, in order; they survive the process once this returns.

        No ``drop`` may come between seeing that the recording isn't archived and writing: so
        whatever passed is there for ``drop`` to see, and after ``save`` nothing passes.

        :raises RecordingFinished: the recording is already archived.
        :raises RecordingForgotten: it is marked so; the mark is looked for as the archive is.
        :raises StorageError: nothing was written that a reader would take for whole.
        """

    def active(self, *, before: str | None = None, limit: int | None = None) -> list[Summary]:
        """List newest first, reading no payload; an unreadable one has the flag ``"unreadable"``.

        :param before: only recordings with a smaller id: the last one of the page before.
        :param limit: at most so many, and fewer only at the end; all when left out.
        """

    def read(self, recording_id: str) -> Segments:
        """Read all complete entries of a recording.

        :raises RecordingNotFound: none has this id, or nothing whole was written yet.
        :raises DecodeError: it cannot be read.
        """

    def size(self, recording_id: str) -> int:
        """Return the bytes that the journal has of a recording, as ``read`` does, reading none; 0
        when it has none.

        Who watches a recording asks several times a second.
        """

    def touched(self) -> dict[str, float]:
        """Return, per active recording, the time of its last append (seconds since 1970)."""

    def writers(self) -> dict[str, dict[str, float]]:
        """Return, per active recording, the workers that appended to it, each with the time of its
        last append.

        One that a crash left half dropped has none.
        """

    def drop(self, recording_id: str, size: int | None = None) -> bool:
        """Forget all of a recording at once; one that is not there is no error.

        :param size: only if it still has this size: nothing was appended since it was read.
        :returns: whether it is forgotten now.
        """


class Archive(Protocol):
    """The store of finished recordings, and of the templates that all recordings use."""

    def save(self, recording_id: str, document: bytes) -> None:
        """Keep a finished recording, atomically; saving it again replaces it.

        No ``mark`` may come between seeing that the recording isn't forgotten and keeping it.

        :param document: as ``codec.encode_recording`` gave it.
        :raises RecordingForgotten: it is marked so.
        """

    def load(self, recording_id: str) -> bytes:
        """Return a recording's document.

        :raises RecordingNotFound: there is none with this id.
        """

    def summaries(
        self,
        *,
        before: str | None = None,
        limit: int = 50,
        where: Filter = ALL,
        order: Order = NEWEST,
    ) -> list[Summary]:
        """List newest first; an unreadable recording is listed with the flag ``"unreadable"``.

        :param before: only recordings behind the last one of the page before: its id, or its
            ``order.cursor``.
        :param where: only those that it matches. Whether one is pinned may be left to whoever asks.
        :param order: another order.
        """

    def finished(self, recording_id: str) -> bool:
        """Whether a recording is in the archive."""

    def ids(self) -> list[str]:
        """Return the ids of the finished recordings, newest first."""

    def documents(self, recording_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the content hashes of what finished recordings use, without decompressing them.

        :param recording_ids: a page of them, some hundred; one that is not there is left out.
        :raises DecodeError: one cannot be read.
        """

    def delete(self, recording_id: str) -> None:
        """Delete a recording, and whatever a killed writer left of it; one that is not there is no
        error.
        """

    def mark(self, recording_id: str, mark: Mark, on: bool = True) -> None:
        """Mark a recording, or take the mark back; it may be running, finished, or not there.

        Once this returns, no ``append`` and no ``save`` passes that had not seen the mark.
        """

    def marked(self, mark: Mark) -> dict[str, float]:
        """Return the ids that have a mark, and when each got it (seconds since 1970)."""

    def remark(self, recording_id: str, document: bytes, known: bytes = b"") -> bool:
        """Keep what people remark on a recording, in the place of what they did before; it goes
        with the recording.

        :param document: ``b""`` for nothing.
        :param known: what was read: nothing is written if something else is kept by now.
        :returns: whether it is kept.
        :raises RecordingNotFound: no recording with this id is running or finished.
        """

    def remarks(self, recording_ids: Sequence[str] | None = None) -> dict[str, bytes]:
        """Return what people remark on recordings, of those alone that have some.

        :param recording_ids: of these; of all when left out, of which there are few.
        """

    def has_template(self, key: str) -> bool:
        """Whether a template of this content hash is kept."""

    def put_template(self, key: str, document: bytes) -> None:
        """Keep a template under its content hash; one that is kept already counts as written
        now.
        """

    def get_template(self, key: str) -> bytes:
        """Return a template.

        :raises RecordingNotFound: there is none with this hash.
        :raises DecodeError: it is damaged.
        """

    def templates(self) -> Iterable[tuple[str, float]]:
        """Return the hash of each kept template, and when it was written (seconds since 1970)."""

    def delete_template(self, key: str) -> None:
        """Delete a template; one that is not there is no error."""


class Storage(Journal, Archive, Protocol):
    """A store of both: what ``Replay(app, storage=...)`` takes."""

    @property
    def identity(self) -> str:
        """Return a text that two stores have in common exactly if they are one: an absolute path,
        an address.

        What a worker could not save waits in a local folder that is named for it, so that no other
        app ever saves it into a store of its own. It is asked for when the app starts, and must not
        need the store; no secret is in it.
        """

    def lease(self, recording_id: str, owner: str, seconds: float) -> bool:
        """Take the right to finish a recording, for a time; ``False`` when somebody else has it.

        Cleaning up is leased too, under an id that no recording has.
        """

    def release(self, recording_id: str, owner: str) -> None:
        """Release that right, unless it ran out and somebody else has it now."""

    def sweep(self, before: float) -> None:
        """Delete what killed writers left behind before a moment: half-written copies, leases that
        ran out.

        :param before: seconds since 1970. What is younger may belong to a writer that is at work.
        """
