"""The writer: one per process, it encodes what requests gave and appends it to the journal.

It starts with the first batch, and again after a fork. Any thread may write what is queued, under
one lock: the writer's own thread every flush interval, ``flush()`` at once, and the request itself
where there can be no thread (uWSGI without ``--enable-threads``).
"""

from __future__ import annotations

import math
import os
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from ..codec import encode_batch
from ..errors import RecordingFinished, RecordingForgotten, RecordingNotFound, StorageError
from ..recording.ids import new_id
from ..recording.model import Batch, Tally
from ..settings import Settings
from ..storage import Entry, Head, Storage, due, finalize
from ..storage.retention import cleanup
from .boundary import Boundary
from .buffer import Budget
from .processes import after_fork, at_exit
from .session import Visit

Step = Callable[[str, Batch], Batch]
"""Cleans a batch before it is encoded: called with the recording's id, in the order of writing."""

_REMEMBERED = 10_000
_KEPT_AGAIN = 1800.0
"""Seconds after which a template is kept once more: cleanup takes one that nothing used for an hour."""

_BATCH = 2_000
"""Bytes that a batch is taken to hold beside what its renders read."""


class Item:
    """A batch on its way.

    :param size: bytes that it is taken to hold.
    """

    __slots__ = ("batch", "documents", "name", "size", "visit")

    def __init__(self, visit: Visit, name: str, batch: Batch, documents: dict[str, bytes], size: int) -> None:
        self.visit = visit
        self.name = name
        self.batch = batch
        self.documents = documents
        self.size = size


class Writer:
    """Writes what is put into it.

    :param steps: clean every batch before it is encoded.
    """

    def __init__(
        self, storage: Storage, settings: Settings, boundary: Boundary, budget: Budget, steps: list[Step]
    ) -> None:
        self.storage = storage
        self.settings = settings
        self.boundary = boundary
        self.budget = budget
        self.steps = steps
        self.moved: dict[str, Visit] = {}
        self._reset()
        after_fork(self._reset)
        at_exit(self.close)

    def _reset(self) -> None:
        """Begin anew, as the writer of this process: what the parent has queued, the parent writes."""
        self.worker = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.queue: deque[Item] = deque()
        self.kept: list[tuple[Head, Entry]] = []
        self.numbers: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self.unstored: dict[str, bytes] = {}
        self.stored: OrderedDict[str, float] = OrderedDict()
        self.lock = threading.RLock()
        self.wake = threading.Event()
        self.budget.reset()
        self.thread: threading.Thread | None = None
        self.threadless = _without_threads()
        self.written = self.looked = self.cleaned = time.monotonic()

    def put(self, visit: Visit, name: str, batch: Batch, documents: dict[str, bytes], size: int = 0) -> None:
        """Queue what a request gave.

        :param size: bytes that its buffer held.
        """
        item = Item(visit, name, batch, documents, _BATCH + size)
        self.budget.add(item.size)
        self.queue.append(item)
        if self.thread is None and not self.threadless:
            self._start()
        if self.threadless and time.monotonic() - self.written >= self.settings.flush_interval:
            self._turn()

    def _start(self) -> None:
        with self.lock:
            if self.thread is not None:
                return
            thread = threading.Thread(target=self._run, name="flask-replay", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # there can be no thread here, or no more of them
                self.threadless = True
            else:
                self.thread = thread

    def _run(self) -> None:
        while not self.wake.wait(self.settings.flush_interval):
            self._turn()

    def _turn(self) -> None:
        """Write what there is, and keep house: what the writer does every flush interval."""
        with self.boundary.guard("write what was recorded"):
            self.flush()
        with self.boundary.guard("finish idle recordings"):
            self._keep_house()

    def close(self) -> None:
        """Write what is left, at the end of the process."""
        self.wake.set()
        self.flush()

    def flush(self) -> None:
        """Write everything that was put; after this it is in the journal, unless the storage fails."""
        with self.lock:
            self.written = time.monotonic()
            while self.queue:
                item = self.queue.popleft()
                self.budget.add(-item.size)
                with self.boundary.guard("encode a request"):
                    self._encode(item)
            self._append()

    # Encoding

    def _encode(self, item: Item) -> None:
        visit, batch = self.moved.get(item.visit.id, item.visit), item.batch
        for step in self.steps:
            batch = step(visit.id, batch)
        number, events = self.numbers.pop(visit.id, (0, 0))
        flags: tuple[str, ...] = ()
        room = self.settings.max_events - events
        if room <= 0:
            self.numbers[visit.id] = (number, events)
            return
        if len(batch.events) > room:
            batch, flags = Batch(batch.events[:room]), ("capped",)
        self.numbers[visit.id] = (number + 1, events + len(batch.events))
        if len(self.numbers) > _REMEMBERED:
            self.numbers.popitem(last=False)
        lately = time.monotonic() - _KEPT_AGAIN
        self.unstored.update(
            (key, data) for key, data in item.documents.items() if self.stored.get(key, -math.inf) < lately
        )
        request = batch.request
        payload = encode_batch(batch, self.settings.format)
        first = batch.events[0].offset_ms
        entry = Entry(
            number=number,
            offset_ms=first,
            end_ms=max(
                first + (request.duration_ms if request is not None else 0),
                *(event.offset_ms for event in batch.events),
            ),
            tally=Tally.of(batch),
            payload=payload,
            landing=request.url if request is not None and number == 0 else "",
            name=item.name,
            documents=tuple(item.documents),
            flags=flags,
        )
        self.budget.add(len(payload))
        head = Head(id=visit.id, started_at=visit.started_ms / 1000, format=self.settings.format)
        self.kept.append((head, entry))

    def _keep_documents(self) -> None:
        for key, document in list(self.unstored.items()):
            try:
                self._try("keep a template", lambda key=key, document=document: self._store(key, document))  # type: ignore[misc]
            except StorageError:
                return

    def _store(self, key: str, document: bytes) -> None:
        self.storage.put_template(key, document)
        del self.unstored[key]
        self.stored.pop(key, None)
        self.stored[key] = time.monotonic()
        if len(self.stored) > _REMEMBERED:
            self.stored.popitem(last=False)

    # Appending

    def _append(self) -> None:
        self._keep_documents()
        recordings: dict[str, list[tuple[Head, Entry]]] = {}
        for head, entry in self.kept:
            recordings.setdefault(head.id, []).append((head, entry))
        self.kept = []
        for rows in recordings.values():
            with self.boundary.guard("write to the journal"):
                self._append_to(rows[0][0], [entry for _, entry in rows])

    def _append_to(self, head: Head, entries: list[Entry]) -> None:
        try:
            self._try("write to the journal", lambda: self.storage.append(head, self.worker, entries))
        except RecordingForgotten:
            self._move(head)  # what was seen before that is let go; what is seen from now on is another recording
        except RecordingFinished:
            fresh = self._move(head)
            head = Head(id=fresh.id, started_at=head.started_at, format=head.format)
            self._append_to(head, entries)
        except StorageError:
            if not self.budget.full:
                self.kept += ((head, entry) for entry in entries)
                return
            self.boundary.failed("keep what cannot be written", MemoryError("REPLAY_MAX_MEMORY is reached"))
        self.budget.add(-sum(len(entry.payload) for entry in entries))

    def _move(self, head: Head) -> Visit:
        """Give the recording in which a finished one goes on."""
        if head.id not in self.moved:
            if len(self.moved) >= _REMEMBERED:
                self.moved.clear()  # whoever is forgotten is only moved once more
            self.moved[head.id] = Visit(new_id(head.started_at), int(head.started_at * 1000), int(time.time()))
        return self.moved[head.id]

    def _try(self, doing: str, action: Callable[[], Any]) -> None:
        """Do something with the storage, a few times if it fails.

        :raises StorageError: it failed every time.
        """
        attempts = self.settings.retry_attempts if threading.current_thread() is self.thread else 1
        for attempt in range(1, attempts + 1):
            try:
                action()
            except StorageError as error:
                self.boundary.failed(doing, error)
                if attempt == attempts:
                    raise
                self.wake.wait(self.settings.retry_delay)
            else:
                return

    # Housekeeping, on the writer's own thread if there is one

    def _keep_house(self) -> None:
        now = time.monotonic()
        if now - self.looked > min(30.0, self.settings.idle_timeout / 2):
            self.looked = now
            for name in due(self.storage, self.settings.idle_timeout):
                with self.boundary.guard("finish an idle recording"):  # one that fails keeps no other from it
                    self.finalize(name)
        if now - self.cleaned > self.settings.cleanup_interval:
            self.cleaned = now
            settings = self.settings
            limits = settings.max_recordings, settings.max_age, settings.max_size
            cleanup(self.storage, *limits, owner=self.worker, meanwhile=self._write_meanwhile)

    def _write_meanwhile(self) -> None:
        """Write what has come in while the writer was busy with something long."""
        if time.monotonic() - self.written >= self.settings.flush_interval:
            with self.boundary.guard("write what was recorded"):
                self.flush()

    def finalize(self, recording_id: str) -> None:
        """Finish one recording, with the retries that the settings say.

        :raises StorageError: saving failed every time.
        """
        try:
            finalize(
                self.storage,
                recording_id,
                self.worker,
                attempts=self.settings.retry_attempts,
                delay=self.settings.retry_delay,
            )
        except RecordingNotFound:
            return  # another process was quicker


def _without_threads() -> bool:
    """Tell whether this is uWSGI without ``--enable-threads``: threads start there and never run."""
    try:
        import uwsgi  # type: ignore[import-not-found]
    except ImportError:
        return False
    return not any(option in uwsgi.opt for option in ("enable-threads", b"enable-threads", "threads", b"threads"))
