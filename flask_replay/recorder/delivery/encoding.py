"""Encode batches as journal entries, numbered for their worker."""

from __future__ import annotations

import itertools
import math
import time
from collections import OrderedDict
from collections.abc import Iterator

import msgspec

from ...codec import encode_batch
from ...codec.batches import BETWEEN
from ...codec.freeform import text
from ...expiring import Expiring
from ...recording.batch import Batch
from ...recording.gathering import facets_of
from ...recording.summary import AFTER, CAPPED, CAPTURED, CONTINUED, UNCONFIRMED, Tally
from ...sanitize import Sanitizer
from ...settings import Settings
from ...storage import Entry, Head
from ..assets import FileReferences, Library
from ..visit import Visit
from .deltas import Deltas
from .request_limits import CUT, fit

_REMEMBERED = 10_000
_STORE_AGAIN = 1800.0
"""Seconds after which a template is stored again. Cleanup deletes templates that have been unused
for an hour.
"""

_STORED = 16 << 20
"""Bytes of templates to remember. They are shared with the app's compiled templates."""

_BATCH = 2_000
"""Bytes that a batch is estimated to hold besides what its renders read."""


def captured_flag(capture: str) -> str:
    """Return the flag of recordings that were made for a capture by hand.

    :param capture: the id of the capture.
    """
    return f"{CAPTURED}{capture}"


def _flags(visit: Visit) -> Iterator[str]:
    """Yield the flags that a visit gives its recording."""
    if visit.capture:
        yield captured_flag(visit.capture)
    elif visit.fresh:
        yield UNCONFIRMED
    if visit.previous is not None:
        yield f"{AFTER}{visit.previous.id}"


class Item:
    """A batch on its way to the store.

    :param watcher: the sanitizer whose ``delta`` hook gets the changes since the previous batch, or
        ``None``.
    :param references: the files that its page refers to.
    :ivar files: the content hashes of these files, as far as they are static files.
    :ivar size: the number of bytes that it is estimated to hold.
    """

    __slots__ = ("batch", "documents", "files", "name", "references", "size", "visit", "watcher")

    def __init__(
        self,
        visit: Visit,
        name: str,
        batch: Batch,
        documents: dict[str, bytes],
        size: int,
        watcher: Sanitizer | None = None,
        references: FileReferences | None = None,
    ) -> None:
        self.watcher = watcher
        self.references = references
        self.files: tuple[str, ...] = ()
        self.visit = visit
        self.name = name
        self.batch = batch
        self.documents = documents
        self.size = _BATCH + size


class Encoder:
    """Encodes the batches of one worker, in order.

    :param deltas: calls the ``delta`` hooks of sanitizers, in the order of writing.
    :param settings: the format of the payloads, and how much to keep of a request and of a
        recording. Beyond that, the recording is flagged and takes no more.
    """

    def __init__(self, deltas: Deltas, settings: Settings) -> None:
        self.deltas = deltas
        self.format = settings.format
        self.settings = settings
        self.numbers = itertools.count()
        self.totals: Expiring[str, tuple[int, int, float]] = Expiring(
            2 * settings.idle_timeout, _REMEMBERED
        )
        self.stored: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self.stored_bytes = 0

    def encode(self, item: Item, visit: Visit) -> tuple[Head, Entry] | None:
        """Return a batch as a journal entry with its head, or ``None`` if the recording is full.

        :param visit: the recording that the batch goes to.
        """
        batch = item.batch
        if item.watcher is not None:
            self.deltas.clean(item.watcher, visit.id, batch, item.documents)
        settings = self.settings
        request = batch.request
        events, size, landed = self.totals.get(visit.id) or (0, 0, math.inf)
        # Requests come in the order of their hand-over, so an earlier page may come after a later
        # one.
        moment = request.offset_ms if request is not None and not request.aside else math.inf
        flags = (*batch.flags, *_flags(visit))
        flags = flags if visit.id == item.visit.id else (*flags, CONTINUED)
        room = settings.max_events - events
        full = room <= 0 or size >= settings.max_recording_size
        if not full:
            batch, payload, cut = fit(
                Batch(batch.events[:room]), self.format, settings.max_request_size
            )
            flags = (*flags, CUT) if cut else flags
            events, size = (
                events + len(batch.events),
                size + BETWEEN + len(payload) + _snapshots(item),
            )
            if events >= settings.max_events or size > settings.max_recording_size:
                flags = (*flags, CAPPED)
            if size > settings.max_recording_size:
                batch, payload = Batch(()), encode_batch(Batch(()), self.format)
        self.totals.put(visit.id, (events, size, min(moment, landed)))
        if full:
            return None
        landing = request.url if request is not None and moment < landed else ""
        return self._entry(item, visit, batch, payload, flags, landing)

    def _entry(
        self,
        item: Item,
        visit: Visit,
        batch: Batch,
        payload: bytes,
        flags: tuple[str, ...],
        landing: str,
    ) -> tuple[Head, Entry]:
        request = item.batch.request
        first = item.batch.events[0].offset_ms
        entry = Entry(
            number=next(self.numbers),
            offset_ms=first,
            end_ms=max(
                first + (request.duration_ms if request is not None else 0),
                *(event.offset_ms for event in item.batch.events),
            ),
            tally=Tally.of(batch),
            facets=facets_of(batch),
            payload=payload,
            landing=landing,
            name=item.name if item.name.isascii() else text(item.name),
            documents=(*item.documents, *item.files) if batch.events else (),
            flags=flags,
        )
        return Head(id=visit.id, started_at=visit.started_ms / 1000, format=self.format), entry

    def keep_alive(
        self, visit: Visit, offset_ms: int, flags: tuple[str, ...] = ()
    ) -> tuple[Head, Entry]:
        """Return an entry without events for a visit, which shows that its visitor is still
        connected.
        """
        totals = self.totals.get(visit.id)
        if totals is not None:
            self.totals.put(visit.id, totals)
        entry = self.empty(offset_ms, flags)
        return Head(id=visit.id, started_at=visit.started_ms / 1000, format=self.format), entry

    def empty(self, offset_ms: int = 0, flags: tuple[str, ...] = ()) -> Entry:
        """Return an entry without events."""
        return Entry(
            number=next(self.numbers),
            offset_ms=offset_ms,
            end_ms=offset_ms,
            tally=Tally(),
            payload=encode_batch(Batch(()), self.format),
            flags=flags,
        )

    def unsent(self, documents: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
        """Yield the templates, by content hash, that were not yielded recently."""
        now = time.monotonic()
        for key, document in documents.items():
            put_at, _ = self.stored.get(key, (-math.inf, b""))
            if now - put_at > _STORE_AGAIN:
                yield key, document
                self.stored_bytes += len(document) - len(self.stored.pop(key, (0, b""))[1])
                self.stored[key] = now, document
        while self.stored_bytes > _STORED or len(self.stored) > _REMEMBERED:
            self.stored_bytes -= len(self.stored.popitem(last=False)[1][1])

    def document(self, key: str) -> bytes | None:
        """Return a template that was yielded recently. A store that was emptied since then needs it
        again.
        """
        return self.stored.get(key, (0.0, None))[1]


def _snapshots(item: Item) -> int:
    """Return the size of a batch's snapshots, in bytes. Templates do not count."""
    documents = item.documents
    return sum(map(len, documents.values())) if documents and item.batch.action is not None else 0


def note_files(item: Item, library: Library) -> None:
    """Note the static files that the page of a request refers to, and drop the response's own file
    if there is no room for it.
    """
    first = item.batch.request
    if first is None:
        return
    changed = first
    own = first.asset
    if own and not library.has_room(item.visit.id, own, len(item.documents[own])):
        item.documents.pop(own)
        changed = msgspec.structs.replace(changed, asset="")
    if item.references is not None:
        files = library.note(item.visit.id, item.references)
        item.files = tuple(dict.fromkeys(filter(None, files.values())))
        changed = msgspec.structs.replace(changed, assets=files) if files else changed
    if changed is not first:
        item.batch = Batch((changed, *item.batch.events[1:]))
