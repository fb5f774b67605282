"""The writer: one per process. It encodes batches, and its outbox sends them to the store.

It starts with the first request, and again after a fork. A batch is encoded in the thread of its
request, after the response has been sent. The data is at hand there, and takes a sixth of the
memory once it is encoded. Four threads do the rest. The writer encodes queued items every flush
interval, spools what must not wait, and wakes the sender, which sends at the store's pace. The
keeper maintains the store, and the watcher calls the watchers.

``flush()`` encodes and sends at once, in the calling thread. Where no thread runs between requests
(uWSGI without ``--enable-threads``), the next request that is due encodes the queue, and waits for
the rest for a moment.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ...recording.batch import Batch
from ...sanitize import Sanitizer
from ...storage import Entry, FileStorage, Head, Keyring, Storage
from ...storage.workers.names import new_name
from ...storage.workers.roster import Roster
from ..assets import FileReferences, Library
from ..processes import after_fork, at_exit, runs_without_threads, start_threads
from ..services import Services
from ..visit import Visit
from .background import BackgroundTask, TryLock
from .deltas import overrides_delta
from .encoding import Item
from .heartbeat import Heartbeat
from .maintenance import Maintenance
from .outbox import Outbox
from .queue import Continued, EncodingQueue
from .spool import Spool
from .status import status_of
from .unconfirmed import UnconfirmedRecordings

_PATIENCE = 0.06
"""Seconds for which a request waits for the store at most, if no thread runs outside of requests.
"""

_LAST_SEND = 2.0
"""Seconds for which the end of the process waits for the store. Until then the rest is in the
spool.
"""

WRITER_PAUSE = 1.0
"""Seconds between two calls of the watchers."""


class Writer:
    """Writes the batches that are put into it.

    :param folder: a local folder for the roster and the spool.
    :param keyring: encrypts spooled data, as in the store.
    :ivar sources: functions that put their data. They are called before the queue is encoded.
    :ivar late: whether the sources were called for the last time. What is put from now on goes into
        the spool at once.
    :ivar watchers: functions that are called every second, where threads run. Each may be slow.
    """

    def __init__(
        self,
        services: Services,
        storage: Storage,
        folder: Path,
        keyring: Keyring,
    ) -> None:
        self.services = services
        self.settings = services.settings
        self.boundary = services.boundary
        self.budget = services.budget
        self.storage = storage
        self.folder = folder
        self.keyring = keyring
        self.sources: list[Callable[[], None]] = []
        self.watchers: list[Callable[[], None]] = []
        self.continued = Continued(2 * self.settings.idle_timeout)
        self.roster = Roster(folder / "workers")
        self.forking = threading.Lock()
        self.retired = False
        self._reset()
        after_fork(self._reset_after_fork)
        at_exit(self.close)

    def _reset_after_fork(self) -> None:
        """Reset the state after a fork. The parent process writes what it had queued."""
        self.heartbeat.forget()
        self._reset()

    def _reset(self) -> None:
        settings = self.settings
        self.worker = new_name()
        status = partial(status_of, self)
        self.heartbeat = Heartbeat(self.roster, self.worker, self.boundary, status)
        self.maintenance = Maintenance(self.services, self.storage, self.roster, self.worker)
        self.dropped = 0
        self.unconfirmed = UnconfirmedRecordings(settings.max_unconfirmed)
        self.starting = threading.Lock()
        self.wake = threading.Event()
        self.due = threading.Event()
        self.ready = threading.Event()
        self.last_send_due = threading.Event()
        self.last_send_done = threading.Event()
        self.store_task = BackgroundTask()
        self.budget.reset()
        self.library = Library(settings, self.boundary, self._put_file)
        self.queue = EncodingQueue(self.services, self.library, self.continued, self._take_encoded)
        boxes, fsync = self.folder / "boxes", settings.fsync == "append"
        own = settings.max_spool, self.worker, self.roster, self.keyring
        spool = Spool(boxes, *own, fsync=fsync)
        begin, document = self.continued.begin, self.queue.document
        self.outbox = Outbox(self.services, self.storage, spool, self.worker, begin, document)
        self.started = False
        self.late = False
        self.serving = TryLock()
        self.threadless = runs_without_threads()
        self.written = time.monotonic()
        self.process = os.getpid()  # last: other threads continue as soon as they see it

    def _notice_fork(self) -> None:
        """Reset the state if this process was forked without Python's knowledge, as uWSGI does."""
        if self.process != os.getpid():
            with self.forking:
                if self.process != os.getpid():
                    self._reset_after_fork()

    def put(
        self,
        visit: Visit,
        name: str,
        batch: Batch,
        documents: dict[str, bytes],
        size: int = 0,
        sanitizer: Sanitizer | None = None,
        references: FileReferences | None = None,
    ) -> None:
        """Take a batch, and encode it now unless another thread is encoding or an app's hook must
        sanitize it.

        :param size: the number of bytes that its buffer held.
        :param sanitizer: the view's sanitizer; ``None`` for the app's.
        :param references: the files that its page refers to. The writer's thread reads those that
            must be read from disk.
        """
        self._notice_fork()
        if self.budget.full:
            self.dropped += 1
            self.boundary.failed("record a request", MemoryError("REPLAY_MAX_MEMORY is reached"))
            return
        sanitizer = sanitizer or self.services.cleaner.sanitizer
        hook = sanitizer if overrides_delta(sanitizer) else None
        item = Item(visit, name, batch, documents, size, hook, references)
        if not self.started:
            self.start()
        self.queue.put(item)
        if self.late:  # only this item: a source may be putting it, and others have locks
            with self.boundary.guard("write what came at the end"):
                self._spool()
        elif self.threadless and time.monotonic() - self.written >= self.settings.flush_interval:
            self.serve()

    def serve(self) -> None:
        """Do the work of the threads where there are none, and wait for the store for a moment."""
        if self.threadless and not self.ending:
            self.serving.run(self._serve)

    def _serve(self) -> None:
        self._turn()
        try:
            self.store_task.run(self._serve_store, 0.0 if self.outbox.outage.since else _PATIENCE)
        except RuntimeError:  # no thread can be started at all
            self._serve_store()

    def _serve_store(self) -> None:
        """Do the work of the sender and the keeper where they have no threads."""
        self._send()
        if self.maintenance.is_due:
            self._run_maintenance()

    def spooled(self) -> list[FileStorage]:
        """Return the boxes of all workers, running or gone, in the local folder."""
        return [box.store for box in self.outbox.spool.every_box()]

    def make_room(self) -> None:
        """Make room for the next batch when memory is full, as long as the spool has room.

        It may wait for the local disk, but never for the store.
        """
        if self.budget.full:
            self.queue.encode()
        if self.budget.full:
            self.heartbeat.register()
            self.outbox.spool_waiting()

    def touch(self, visit: Visit, offset_ms: int, flags: tuple[str, ...] = ()) -> None:
        """Write an entry with only flags, to show that a visitor is still connected."""
        head, entry = self.queue.encoder.keep_alive(self.continued.visit(visit), offset_ms, flags)
        self.outbox.put(head, entry)

    # Threads

    @property
    def ending(self) -> bool:
        """Whether the threads are ending or have ended."""
        return self.wake.is_set()

    def start(self) -> None:
        """Start the threads. They also finalize what dead workers left behind."""
        self._notice_fork()
        with self.starting:
            if self.started:
                return
            self.started = True
            self.threadless = self.threadless or not start_threads(
                writer=self._writing_loop,
                sender=self._sending_loop,
                keeper=self._maintenance_loop,
                watcher=self._watching_loop,
            )

    def retire(self) -> None:
        """Let the threads write the rest and end, because the app is gone. It takes a second if the
        store responds.
        """
        self.retired = True

    def _writing_loop(self) -> None:
        while not self.wake.is_set():
            self.due.wait(self.settings.flush_interval)
            self.due.clear()
            if not self.wake.is_set():
                self._turn()
                self.ready.set()

    def _sending_loop(self) -> None:
        while not self.wake.is_set():
            if self.outbox.next_try:
                self.wake.wait(max(0.0, self.outbox.next_try - time.monotonic()))
            else:
                self.ready.wait()
            self.ready.clear()
            self._send()
        if self.last_send_due.wait(_LAST_SEND):
            self._send_last()

    def _maintenance_loop(self) -> None:
        pause = self.settings.flush_interval
        while not self.wake.wait(pause):
            self._run_maintenance()
            pause = self.maintenance.pause

    def _watching_loop(self) -> None:
        pause = 0.0
        while not self.wake.wait(pause):
            if self.retired:
                self.close()
                return
            pause = WRITER_PAUSE
            for watch in self.watchers:
                with self.boundary.guard("watch other processes"):
                    watch()

    def _turn(self) -> None:
        """Encode the queue, and put into the spool what must not wait. The writer does this every
        flush interval.
        """
        with self.boundary.guard("write what was recorded"):
            self.heartbeat.register()
            self._encode_all()
            self.outbox.spool_if_slow()
            self.heartbeat.report(self.outbox.outage.since)

    def _send(self) -> None:
        """Send what is waiting, unless the store has just failed."""
        if self.wake.is_set() or time.monotonic() < self.outbox.next_try:
            return
        with self.boundary.guard("save what was recorded"):
            self._deliver()

    def _deliver(self) -> bool:
        """Send everything to the store, and delete recordings beyond the limit of unconfirmed
        visitors.

        :returns: whether the store took everything.
        """
        done = self.outbox.send()
        if done:
            self.boundary.attempt(lambda: self.unconfirmed.thin(self.storage))
        return done

    def close(self) -> None:
        """Write the rest at the end of the process or its app, and note that this worker ended
        normally.

        The rest goes into the spool first, for the next worker, because the store may hang. Other
        threads may serve visitors until the process is gone; what they record goes into the spool,
        too.
        """
        self.wake.set()
        self.due.set()
        self.ready.set()
        with self.boundary.guard("collect what is left"):
            self._encode_all()
        self.late = True
        with self.boundary.guard("write what is left"):
            self._spool()
            self._await_last_send()
            self._spool()  # what another thread is about to put away
            self.outbox.report_lost()
            self.heartbeat.leave()

    def _spool(self) -> None:
        """Encode what is queued, and put everything that is in memory into the spool."""
        self.queue.encode()
        if self.outbox.waiting:
            self.heartbeat.register()
            self.outbox.spool_waiting()

    def _await_last_send(self) -> None:
        """Send the rest to the store, within a time limit.

        The sending thread does this if there is one. Since Python 3.12, no thread can be started
        while the process ends.
        """
        self.last_send_due.set()
        if self.started and not self.threadless:
            self.last_send_done.wait(_LAST_SEND)
            return
        try:
            self.store_task.run(self._send_last, _LAST_SEND)
        except RuntimeError:
            if not self.outbox.outage.since:  # it responded the last time
                self._send_last()

    def _send_last(self) -> None:
        """Send what is waiting, and note in recent recordings that this worker ended normally."""
        with self.boundary.guard("write what is left"):
            if self.outbox.pending and not self.outbox.outage.since:
                self.outbox.send()
            if not self.outbox.outage.since:
                self.outbox.note_normal_end(self.queue.encoder.empty)
        self.last_send_done.set()

    def flush(self) -> bool:
        """Write everything that was put. Afterwards it is in the journal, unless the storage fails.

        :returns: whether nothing failed. Data that others put meanwhile may still be waiting.
        """
        self._encode_all()
        if not self.outbox.pending:
            return True
        self.heartbeat.register()
        return self._deliver()

    def wake_up(self) -> bool:
        """Wake the writer's thread, and return whether there is one."""
        has_thread = self.started and not self.threadless and not self.ending
        if has_thread:
            self.due.set()
        return has_thread

    # Encoding

    def _encode_all(self) -> None:
        self.written = time.monotonic()
        for source in self.sources:
            source()
        self.queue.encode()

    def _put_file(self, key: str, content: bytes) -> None:
        self.outbox.put_template(key, content)

    def _take_encoded(self, item: Item, head: Head, entry: Entry) -> None:
        """Put an encoded entry into the outbox, with the documents that the store may lack."""
        if item.documents and entry.documents:
            for key, document in self.queue.encoder.unsent(item.documents):
                self.outbox.put_template(key, document)
        self.outbox.put(head, entry)
        self.unconfirmed.note(item.visit)

    # Other workers, and the store

    def _run_maintenance(self) -> None:
        """Save the data of dead workers, then maintain the store, unless it fails."""
        self.maintenance.begin()
        with self.boundary.guard("finalize recordings"):
            self.heartbeat.register()
            self._encode_all()  # so that recordings that continue here are not finalized
            self.outbox.adopt()
            if self.outbox.send():
                self.maintenance.run(self.heartbeat.since)
