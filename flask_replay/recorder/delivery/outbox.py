"""The outbox: encoded data that the store has not taken yet.

It is kept in memory, and in the spool once the store fails or is too slow. Sending the same data
twice is harmless, because a template is identified by its hash and an entry by its worker and
number.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import msgspec

from ...boundary import logger
from ...errors import RecordingFinished, RecordingForgotten
from ...expiring import Expiring
from ...recording.summary import CONTINUED
from ...storage import Entry, Head, Storage
from ...storage.workers.names import LEFT
from ..services import Services
from .outage import StoreOutage
from .spool import Box, Spool, read

_SLOW = 10.0
"""Seconds that the store may take for a round of sending, and the longest pause between two
attempts.
"""

_END_LIMIT = 2.0
"""Seconds that a worker may spend, at its end, on entries that report the end."""

_REMEMBERED = 10_000

_SHARE = 4
"""``REPLAY_MAX_MEMORY`` divided by this is the most waiting data to keep in memory. Data beyond
that is spooled, even if the store does not fail.
"""


class Outbox:
    """Sends data to the store.

    :param worker: the name under which entries are appended.
    :param move: returns the head of the recording that continues a finished one.
    :param document: returns a template that was put into the outbox earlier, if it is remembered.
    :ivar saved: the number of entries and templates that the store has taken.
    """

    def __init__(
        self,
        services: Services,
        storage: Storage,
        spool: Spool,
        worker: str,
        move: Callable[[Head], Head],
        document: Callable[[str], bytes | None] = lambda _: None,
    ) -> None:
        self.storage = storage
        self.settings = services.settings
        self.boundary = services.boundary
        self.budget = services.budget
        self.spool = spool
        self.worker = worker
        self.move = move
        self.document = document
        self.documents: dict[str, bytes] = {}
        self.entries: OrderedDict[int, tuple[Head, Entry]] = OrderedDict()
        self.bytes = 0
        self.saved = 0
        self.outage = StoreOutage()
        self.next_try = 0.0
        self._written: Expiring[str, Head] = Expiring(self.settings.idle_timeout, _REMEMBERED)
        self._failing: set[str] = set()
        self._stored: set[str] = set()
        self._begun = 0.0
        # reentrant: a generator that the garbage collector closes may put an entry at any time
        self._lock = threading.RLock()
        self._sending = threading.Lock()

    def put(self, head: Head, entry: Entry) -> None:
        """Add an entry."""
        with self._lock:
            self.entries[entry.number] = (head, entry)
            self._count(len(entry.payload))

    def put_template(self, key: str, document: bytes) -> None:
        """Add a template."""
        with self._lock:
            if key not in self.documents:
                self.documents[key] = document
                self._count(len(document))

    @property
    def waiting(self) -> int:
        """Return the number of entries and templates in memory."""
        return len(self.entries) + len(self.documents)

    @property
    def pending(self) -> bool:
        """Whether there is data that the store has not taken yet."""
        return bool(self.waiting or self.spool.count)

    @property
    def counts(self) -> str:
        """Return how much data is waiting, and where, as text for a message."""
        return f"{self.waiting} wait in memory, {self.spool.count} in {self.spool.own.path}"

    def send(self) -> bool:
        """Send everything to the store once. Items that failed last time come last, and the first
        failure ends the round.

        :returns: whether nothing failed.
        """
        with self._sending:
            return self._send()

    def _send(self) -> bool:
        try:
            self._begun = time.monotonic()
            self._stored.clear()
            for key, job in self._jobs():
                error = self.boundary.attempt(job)
                if error is not None:
                    self._failing.add(key)
                    self._failed(error)
                    return False
                self._failing.discard(key)
            self.next_try = 0.0
            self.outage.end(self.counts)
            return True
        finally:
            self._begun = 0.0

    def spool_if_slow(self) -> None:
        """Move waiting data to the spool if the store fails or is too slow, and log the outage."""
        begun = self._begun
        slow = bool(begun) and time.monotonic() - begun > _SLOW
        slow = slow or self.bytes > self.budget.limit / _SHARE
        if slow and not self.outage.since:
            self.outage.begin(f"it takes more than {_SLOW:.0f} s, or is too slow")
        if slow or self.outage.failures >= self.settings.retry_attempts:
            self.spool_waiting()
        self.outage.report(self.counts)

    def spool_waiting(self) -> None:
        """Move waiting data from memory into the spool, including the data being sent."""
        if not self.waiting:
            return
        with self.boundary.guard("spool what the store does not take"):
            self.spool.require_room()
            documents, parts = self._waiting_data()
            for key, document in documents.items():
                self.spool.keep_template(key, document)
                self._remove_template(key)
            for head, entries in parts:
                self.spool.keep(head, entries)
                self._remove(entries)

    def adopt(self) -> None:
        """Take over the spooled data of workers that are gone, to send it with the rest."""
        with self.boundary.guard("adopt what other workers spooled"):
            self.spool.adopt()

    def report_lost(self) -> None:
        """Log at the end of the process what is still in memory, because neither the store nor the
        spool took it.
        """
        if self.waiting:
            logger.error(
                "Flask-Replay: this worker is ending and could not save everything; lost: %s",
                self.counts,
            )

    # Sending

    def _jobs(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield the pending jobs, each with a name. Those that failed last time come last."""
        good, bad = self._current_jobs(), []
        for key, job in good:
            if key in self._failing:
                bad.append((key, job))
            else:
                yield key, job
        yield from bad

    def _current_jobs(self) -> Iterator[tuple[str, Callable[[], None]]]:
        documents, parts = self._waiting_data()
        for key in documents:
            yield key, lambda key=key: self._send_template(key)  # type: ignore[misc]
        for head, entries in parts:
            yield head.id, lambda head=head, entries=entries: self._send_entries(head, entries)  # type: ignore[misc]
        if self.spool.used:
            yield from self._spooled()

    def _spooled(self) -> Iterator[tuple[str, Callable[[], None]]]:
        for box in self.spool.boxes():
            for key in box.templates():
                yield f"{box.worker} {key}", partial(self._send_spooled_template, box, key)
            for key in box.recordings():
                yield f"{box.worker} {key}", partial(self._send_spooled, box, key)
        yield "spool", self.spool.clear

    def _send_template(self, key: str) -> None:
        document = self.documents.get(key)
        if document is not None:
            self.storage.put_template(key, document)
            self._stored.add(key)
            self.saved += self._remove_template(key)

    def _require_templates(self, entries: list[Entry]) -> None:
        """Store templates again that the store no longer has, because it was emptied, restored or
        replaced.
        """
        for key in {key for entry in entries for key in entry.documents} - self._stored:
            document = None if self.storage.has_template(key) else self.document(key)
            if document is not None:
                self.storage.put_template(key, document)
            self._stored.add(key)

    def _send_entries(self, head: Head, entries: list[Entry]) -> None:
        self._require_templates(entries)
        self._append(head, self.worker, entries)
        self.saved += self._remove(entries)

    def _send_spooled_template(self, box: Box, key: str) -> None:
        self.storage.put_template(key, box.store.get_template(key))
        box.store.delete_template(key)
        self.saved += 1
        self.spool.sent(box, 1)

    def _send_spooled(self, box: Box, recording_id: str) -> None:
        found = read(box, recording_id)
        if found is None:
            return  # it is damaged, and is kept for inspection
        head, entries, size = found
        self._append(head, box.worker, entries)
        if box.store.drop(recording_id, size):
            self.saved += len(entries)
            self.spool.sent(box, len(entries))

    def _append(self, head: Head, worker: str, entries: list[Entry]) -> None:
        while True:
            try:
                self.storage.append(head, worker, entries)
            except RecordingForgotten:
                # These entries are dropped, and later ones go to another recording.
                self.move(head)
                return None
            except RecordingFinished:
                head = self.move(head)
                entries = [
                    msgspec.structs.replace(entry, flags=(*entry.flags, CONTINUED))
                    for entry in entries
                ]
            else:
                return self._note(head)

    def _note(self, head: Head) -> None:
        """Remember to which recordings this worker wrote recently, and when."""
        self._written.put(head.id, head)

    def note_normal_end(self, sign: Callable[[], Entry]) -> None:
        """Write into recent recordings of this worker that it ended normally, as long as time
        allows.

        Other workers may continue these recordings. If none does, they end by the idle time-out,
        with the status finished instead of interrupted.

        :param sign: makes an entry without events.
        """
        now = time.monotonic()
        for written, head in self._written.newest():
            if now - written > self.settings.idle_timeout or time.monotonic() - now > _END_LIMIT:
                return
            with suppress(RecordingFinished, RecordingForgotten):
                if self.storage.size(head.id):
                    self.storage.append(head, f"{self.worker}{LEFT}", [sign()])

    # Counting

    def _failed(self, error: Exception) -> None:
        outage, delay = self.outage, self.settings.retry_delay
        outage.failures += 1
        outage.begin(f"{type(error).__name__}: {error}", error)
        doubled = delay * 2 ** min(outage.failures - 1, 20)
        self.next_try = time.monotonic() + min(doubled, max(delay, _SLOW))

    def _waiting_data(self) -> tuple[dict[str, bytes], list[tuple[Head, list[Entry]]]]:
        """Return the waiting data: the templates, and the entries by recording."""
        recordings: dict[str, tuple[Head, list[Entry]]] = {}
        with self._lock:
            documents, waiting = self.documents.copy(), list(self.entries.values())
        for head, entry in waiting:
            recordings.setdefault(head.id, (head, []))[1].append(entry)
        return documents, list(recordings.values())

    def _remove(self, entries: list[Entry]) -> int:
        """Remove entries from memory. Return how many there were."""
        with self._lock:
            removed = [
                entry for entry in entries if self.entries.pop(entry.number, None) is not None
            ]
            self._count(-sum(len(entry.payload) for entry in removed))
            return len(removed)

    def _remove_template(self, key: str) -> int:
        with self._lock:
            document = self.documents.pop(key, None)
            if document is not None:
                self._count(-len(document))
            return int(document is not None)

    def _count(self, size: int) -> None:
        self.bytes += size
        self.budget.add(size)
