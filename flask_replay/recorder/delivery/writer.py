"""The writer: one per process, it encodes what requests gave, and the outbox sends it to the store.

It starts with the first request, and again after a fork. What a request gave is encoded where it was made, once the
visitor has the response: it is at hand there, and takes a sixth of the memory from then on. Four threads do the rest:
one wakes the others every flush interval, encodes what had to wait, and spools what must not; one sends, as a slow
store lets it; one keeps house; one watches. ``flush()`` encodes and sends at once, in the thread that calls it; where
no thread runs between requests (uWSGI without ``--enable-threads``), the request that is due encodes, and waits a
moment for the rest.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import msgspec

from ...boundary import Boundary
from ...errors import RecordingNotFound
from ...host import audit
from ...lately import Lately
from ...recording.batch import Batch
from ...recording.ids import following
from ...recording.summary import Summary
from ...sanitize import Sanitizer
from ...settings import Settings
from ...storage import Ending, FileStorage, Head, Keyring, Storage, ending_by, endings, finalize
from ...storage.lifecycle.retention import cleanup
from ...storage.lifecycle.unconfirmed import thin
from ...storage.workers.names import new_name
from ...storage.workers.roster import Presence, Roster, Status
from ..assets import Library, Sought
from ..processes import after_fork, at_exit
from ..requests.buffer import Budget
from ..visit import Visit
from .deltas import Deltas, watches
from .encoding import Encoder, Item
from .errands import Errand
from .newcomers import Newcomers
from .outbox import Outbox
from .spool import Spool
from .trimming import trim

_REMEMBERED = 10_000
_HURRY = 0.5
"""Seconds that one waits at most for the store who would like something to be in it."""

_PATIENCE = 0.06
"""Seconds for which a visitor waits at most for the store, where no thread runs without them."""

_PARTING = 2.0
"""Seconds for which the end of a process waits for the store; what it has not taken by then is in the spool."""

_TELLING = 10.0
"""Seconds after which a worker says again how it fares, while nothing changes."""

WRITER_PAUSE = 1.0
"""Seconds between two looks of the watchers."""

_GONE = 3600.0
"""Seconds for which, at least, it is known how a worker that is gone fared."""


class Writer:
    """Writes what is put into it.

    :param sanitizer: of the app.
    :param folder: a local one, for the roster and the spool.
    :param keyring: what is spooled is encrypted, as in the store.
    :ivar sources: are asked, before what there is is written, to put what they have.
    :ivar watchers: are called every second, where there are threads; each may take its time.
    """

    def __init__(
        self,
        storage: Storage,
        settings: Settings,
        boundary: Boundary,
        budget: Budget,
        sanitizer: Sanitizer,
        folder: Path,
        keyring: Keyring,
    ) -> None:
        self.storage = storage
        self.settings = settings
        self.boundary = boundary
        self.budget = budget
        self.sanitizer = sanitizer
        self.folder = folder
        self.keyring = keyring
        self.sources: list[Callable[[], None]] = []
        self.watchers: list[Callable[[], None]] = []
        self.moved: Lately[str, str] = Lately(2 * settings.idle_timeout, _REMEMBERED)
        self.roster = Roster(folder / "workers")
        self.forking = threading.Lock()
        self.retired = False
        self.presence: Presence | None = None
        self._reset()
        after_fork(self._reset)
        at_exit(self.close)

    def _reset(self) -> None:
        """Begin anew, as the writer of this process: what the parent has queued, the parent writes."""
        settings = self.settings
        self.worker = new_name()
        self.since = time.time()
        if self.presence is not None:
            self.presence.close()  # the parent's, which goes on holding it
        self.presence = None
        self.told: tuple[float, float] = (0.0, 0.0)
        self.queue: deque[Item] = deque()
        self.dropped = 0
        self.newcomers = Newcomers(settings.max_unconfirmed)
        self.encoder = Encoder(Deltas(self.boundary), settings)
        self.lock = threading.RLock()
        self.wake = threading.Event()
        self.ready = threading.Event()
        self.parting = threading.Event()
        self.parted = threading.Event()
        self.errand = Errand()
        self.budget.reset()
        largest = settings.max_asset if settings.assets else 0
        self.library = Library(
            largest,
            settings.max_assets,
            lambda key, content: self.outbox.put_template(key, content),
            self.boundary,
            settings.idle_timeout,
        )
        fsync = settings.fsync == "append"
        spool = Spool(self.folder / "boxes", settings.max_spool, self.worker, self.roster, self.keyring, fsync=fsync)
        self.outbox = Outbox(
            self.storage,
            settings,
            self.boundary,
            self.budget,
            spool,
            self.worker,
            self._move,
            self._document,
        )
        self.started = False
        self.threadless = _without_threads()
        self.written = self.cleaned = time.monotonic()
        self.looked = -math.inf  # recordings of workers that died before this one are looked for at once
        self.process = os.getpid()  # last: another thread goes on as soon as it sees it

    def _notice_fork(self) -> None:
        """Begin anew if this process was forked by somebody who did not tell Python, as uWSGI."""
        if self.process != os.getpid():
            with self.forking:
                if self.process != os.getpid():
                    self._reset()

    def put(
        self,
        visit: Visit,
        name: str,
        batch: Batch,
        documents: dict[str, bytes],
        size: int = 0,
        sanitizer: Sanitizer | None = None,
        sought: Sought | None = None,
    ) -> None:
        """Take what a request gave, and encode it, unless another thread is at it or an app's hook is to clean it.

        :param size: bytes that its buffer held.
        :param sanitizer: of the view; ``None`` for the app's.
        :param sought: what its page refers to; files that must be read for that are read by the writer's thread.
        """
        self._notice_fork()
        if self.budget.full:
            self.dropped += 1
            self.boundary.failed("record a request", MemoryError("REPLAY_MAX_MEMORY is reached"))
            return
        sanitizer = sanitizer or self.sanitizer
        item = Item(visit, name, batch, documents, size, sanitizer if watches(sanitizer) else None, sought)
        if not self.started:
            self.start()
        at_hand = item.watcher is None and (sought is None or self.library.knows(sought))
        if at_hand and not self.queue and self.lock.acquire(blocking=False):
            try:
                with self.boundary.guard("encode a request"):
                    self._encode(item)
            finally:
                self.lock.release()
        else:
            self.budget.add(item.size)
            self.queue.append(item)
        if self.wake.is_set():  # the process ends, and no thread of the writer's goes on
            with self.boundary.guard("write what came at the end"):
                self._put_away()
        elif self.threadless and time.monotonic() - self.written >= self.settings.flush_interval:
            self._turn()
            try:
                self.errand.run(self._serve_store, 0.0 if self.outbox.trouble.since else _PATIENCE)
            except RuntimeError:  # there can be no thread at all
                self._serve_store()

    def _serve_store(self) -> None:
        """Do what the sender and the keeper do, where these have no threads."""
        self._send()
        if time.monotonic() - self.looked > self._pause:
            self._keep_house()

    def spooled(self) -> list[FileStorage]:
        """Return what this worker and others, living or gone, hold in the local folder."""
        return [box.store for box in self.outbox.spool.every_box()]

    def make_room(self) -> None:
        """See that the next batch is not dropped because memory is full, as long as there is room in the spool.

        For those who may wait for the local disk; nobody waits for the store.
        """
        if self.budget.full:
            self._encode_queue()
        if self.budget.full:
            self._enlist()
            self.outbox.put_away()

    def touch(self, visit: Visit, offset_ms: int, flags: tuple[str, ...] = ()) -> None:
        """Tell the journal that a visitor is there, of whom there is nothing to write but flags."""
        head, entry = self.encoder.sign(self.moving(visit), offset_ms, flags)
        self.outbox.put(head, entry)

    # Threads

    def start(self) -> None:
        """Start the threads; they also finish what workers left that died before."""
        self._notice_fork()
        with self.lock:
            if self.started:
                return
            self.started = True
            if self.threadless:
                return
            threads = [
                threading.Thread(target=target, name=f"flask-replay-{name}", daemon=True)
                for name, target in (
                    ("writer", self._keep_writing),
                    ("sender", self._keep_sending),
                    ("keeper", self._keep_keeping),
                    ("watcher", self._keep_watching),
                )
            ]
            try:
                for thread in threads:
                    thread.start()
            except RuntimeError:  # there can be no thread here, or no more of them
                self.threadless = True

    def retire(self) -> None:
        """Have the threads write what is left, and end, within a second if the store answers: the app is gone."""
        self.retired = True

    def _keep_writing(self) -> None:
        while not self.wake.wait(self.settings.flush_interval):
            self._turn()
            self.ready.set()

    def _keep_sending(self) -> None:
        while not self.wake.is_set():
            if self.outbox.next_try:
                self.wake.wait(max(0.0, self.outbox.next_try - time.monotonic()))
            else:
                self.ready.wait()
            self.ready.clear()
            self._send()
        if self.parting.wait(_PARTING):
            self._part()

    def _keep_keeping(self) -> None:
        pause = self.settings.flush_interval
        while not self.wake.wait(pause):
            self._keep_house()
            pause = self._pause

    def _keep_watching(self) -> None:
        pause = 0.0
        while not self.wake.wait(pause):
            if self.retired:
                self.close()
                return
            pause = WRITER_PAUSE
            for watch in self.watchers:
                with self.boundary.guard("look what others are about"):
                    watch()

    def _turn(self) -> None:
        """Encode what there is, and see that it is safe: what the writer does every flush interval."""
        with self.boundary.guard("write what was recorded"):
            self._enlist()
            self._encode_all()
            self.outbox.tend()
            self._tell()

    def _send(self) -> None:
        """Send what there is, unless the store failed a moment ago."""
        if self.wake.is_set() or time.monotonic() < self.outbox.next_try:
            return
        with self.boundary.guard("save what was recorded"):
            self._deliver()

    def _deliver(self) -> bool:
        """Let the store have everything, and let go of visitors who are too many and have not come back.

        :returns: whether the store took it.
        """
        done = self.outbox.send()
        if done:
            self.boundary.attempt(lambda: self.newcomers.thin(self.storage))
        return done

    def close(self) -> None:
        """Write what is left, at the end of the process or its app, and say that it ended in peace.

        What is left is put into the spool first, for the next worker: the store may hang. Other threads may answer
        visitors until the process is gone; what they record afterwards goes into the spool, too.
        """
        self.wake.set()
        self.ready.set()
        with self.boundary.guard("write what is left"):
            self._put_away()
            self._let_part()
            self.outbox.tell_lost()
            with self.lock:  # nobody says afterwards that it is there
                if self.presence is not None:
                    self.roster.write(self._status(left=True))
                    self.presence.close()

    def _put_away(self) -> None:
        """Put all that waits into the spool."""
        self._encode_all()
        if self.outbox.pending:
            self._enlist()
            self.outbox.put_away()

    def _let_part(self) -> None:
        """Have the store take what is left, for as long as one may wait for that.

        By the thread that sends, if there is one: since Python 3.12, none can be started when the process ends.
        """
        self.parting.set()
        if self.started and not self.threadless:
            self.parted.wait(_PARTING)
            return
        try:
            self.errand.run(self._part, _PARTING)
        except RuntimeError:
            if not self.outbox.trouble.since:  # it answered the last time
                self._part()

    def _part(self) -> None:
        """Send what there is, and say in recordings of late that this worker ended in peace."""
        with self.boundary.guard("write what is left"):
            if self.outbox.pending and not self.outbox.trouble.since:
                self.outbox.send()
            if not self.outbox.trouble.since:
                self.outbox.say_left(self.encoder.empty)
        self.parted.set()

    def flush(self) -> bool:
        """Write everything that was put; after this it is in the journal, unless the storage fails.

        :returns: whether nothing failed. What others put meanwhile may still wait.
        """
        self._encode_all()
        if not self.outbox.pending:
            return True
        self._enlist()
        return self._deliver()

    def hurry(self) -> None:
        """Write everything that was put now, and wait for it, but not for a store that fails or is slow."""
        if self.threadless or not self.started or self.wake.is_set():
            self.flush()
            return
        self._encode_all()
        self._enlist()
        self.ready.set()
        self.outbox.wait(_HURRY)

    # Encoding

    def _encode_all(self) -> None:
        self.written = time.monotonic()
        for source in self.sources:
            source()
        self._encode_queue()

    def _encode_queue(self) -> None:
        with self.lock:
            while self.queue:
                item = self.queue.popleft()
                self.budget.add(-item.size)
                with self.boundary.guard("encode a request"):
                    self._encode(item)

    def _encode(self, item: Item) -> None:
        self._name_files(item)
        encoded = self.encoder.encode(item, self.moving(item.visit))
        if encoded is not None:
            for key, document in self.encoder.unsent(item.documents if encoded[1].documents else {}):
                self.outbox.put_template(key, document)
            self.outbox.put(*encoded)
            self.newcomers.note(item.visit)

    def _name_files(self, item: Item) -> None:
        """Note which static files the page of a request refers to; of what it brought itself, whether there is room."""
        first = item.batch.request
        if first is None:
            return
        noted = first
        if first.asset and not self.library.takes(item.visit.id, len(item.documents[first.asset])):
            item.documents.pop(first.asset)
            noted = msgspec.structs.replace(noted, asset="")
        if item.sought is not None:
            files = self.library.note(item.visit.id, item.sought)
            item.files = tuple(dict.fromkeys(files.values()))
            noted = msgspec.structs.replace(noted, assets=files) if files else noted
        if noted is not first:
            item.batch = Batch((noted, *item.batch.events[1:]))

    def _document(self, key: str) -> bytes | None:
        """Return a document that was given to the outbox lately."""
        return self.encoder.document(key) or self.library.document(key)

    def moving(self, visit: Visit) -> Visit:
        """Return the visit in which one goes on whose recording is finished; the same, if it isn't."""
        name = self.moved.get(visit.id)
        return visit if name is None else msgspec.structs.replace(visit, id=name)

    def _move(self, head: Head) -> Head:
        """Give the recording in which a finished one goes on."""
        name = following(head.id)
        if head.id not in self.moved:
            self.moved.put(head.id, name)  # whoever is forgotten is only moved once more
        return Head(id=name, started_at=head.started_at, format=head.format)

    # How it fares

    def _enlist(self) -> None:
        """Tell others, before anything is written, that this worker is there."""
        with self.lock, self.boundary.guard("tell other workers of this one"):
            if self.presence is None:
                self.presence = self.roster.enter(self.worker)
                self.since = self.roster.since(self.since)
                self.roster.write(self._status())

    def _tell(self) -> None:
        """Say how this worker fares, if that changed, and now and then."""
        now = time.monotonic()
        told, failing = self.told
        with self.lock:
            if not self.wake.is_set() and (now - told > _TELLING or failing != self.outbox.trouble.since):
                self.told = (now, self.outbox.trouble.since)
                self.roster.write(self._status())

    def _status(self, *, left: bool = False) -> Status:
        outbox = self.outbox
        return Status(
            worker=self.worker,
            since=self.since,
            left=left,
            waiting=outbox.waiting + len(self.queue),
            waiting_bytes=self.budget.used,
            spooled=outbox.spool.count,
            saved=outbox.saved,
            dropped=self.dropped,
            refused=self.budget.refused,
            failing_since=outbox.trouble.since,
            problem=outbox.trouble.problem,
        )

    # Housekeeping

    @property
    def _pause(self) -> float:
        """Give the seconds between two looks."""
        return min(30.0, self.settings.idle_timeout / 2)

    def _keep_house(self) -> None:
        """Save what the dead left, then finish what has ended, then clean up; none of it while the store fails."""
        self.looked = time.monotonic()
        with self.boundary.guard("finish recordings"):
            self._enlist()
            self._encode_all()  # whoever goes on here is seen to
            self.outbox.adopt()
            if not self.outbox.send():
                return
            idle_timeout = self.settings.idle_timeout
            how = ending_by(self.roster.fate, idle_timeout, self.since)
            ended = endings(self.storage, self.roster.fate, idle_timeout, since=self.since)
            for name in ended:
                with self.boundary.guard("finish a recording"):  # one that fails keeps no other from it
                    self.finalize(name, how)
            thin(self.storage, self.settings.max_unconfirmed)
            self.roster.forget(time.time() - max(_GONE, 2 * idle_timeout))
            if time.monotonic() - self.cleaned > self.settings.cleanup_interval:
                self.cleaned = time.monotonic()
                settings = self.settings
                limits = settings.max_recordings, settings.max_age, settings.max_size
                unconfirmed = settings.max_unconfirmed
                cleaned = cleanup(self.storage, *limits, max_unconfirmed=unconfirmed, owner=self.worker)
                for name in () if cleaned is None else (*cleaned.recordings, *cleaned.unreadable):
                    audit.note("cleanup", name, via="recorder")
            if ended:  # to put a recording together takes much for a moment
                trim()

    def finalize(self, recording_id: str, status: str | Ending = "finished") -> Summary | None:
        """Finish one recording, with the retries that the settings say.

        :param status: how it ended, or what tells that.
        :returns: the summary of what was archived, ``None`` when nothing was.
        :raises StorageError: saving failed every time.
        """
        try:
            return finalize(
                self.storage,
                recording_id,
                self.worker,
                status=status,
                attempts=self.settings.retry_attempts,
                delay=self.settings.retry_delay,
                max_size=self.settings.max_recording_size,
            )
        except RecordingNotFound:
            return None  # another process was quicker


def _without_threads() -> bool:
    """Tell whether this is uWSGI without ``--enable-threads``: threads run there only while a request is answered."""
    try:
        import uwsgi  # type: ignore[import-not-found]
    except ImportError:
        return False
    return not any(option in uwsgi.opt for option in ("enable-threads", b"enable-threads", "threads", b"threads"))
