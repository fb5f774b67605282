"""The queue of items to encode. One thread at a time encodes them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import msgspec

from ...expiring import Expiring
from ...recording.ids import following
from ...storage import Entry, Head
from ..assets import Library
from ..services import Services
from ..visit import Visit
from .deltas import Deltas
from .encoding import Encoder, Item, note_files

_REMEMBERED = 10_000


class Continued:
    """Maps recordings that were finalized too early, while their visitors were still active, to
    those that continue them.

    :param seconds: how long a pair is remembered.
    """

    def __init__(self, seconds: float) -> None:
        self.successors: Expiring[str, str] = Expiring(seconds, _REMEMBERED)

    def visit(self, visit: Visit) -> Visit:
        """Return the visit that continues one whose recording is finished, or the same visit
        otherwise.
        """
        name = self.successors.get(visit.id)
        return visit if name is None else msgspec.structs.replace(visit, id=name)

    def begin(self, head: Head) -> Head:
        """Return the head of the recording that continues a finished one."""
        name = following(head.id)
        if head.id not in self.successors:
            self.successors.put(
                head.id, name
            )  # a visitor who was forgotten is moved only once more
        return Head(id=name, started_at=head.started_at, format=head.format)


class EncodingQueue:
    """Encodes items in the thread that puts them, unless another thread is encoding.

    :param library: the files that pages refer to.
    :param deliver: takes the encoded entries.
    """

    def __init__(
        self,
        services: Services,
        library: Library,
        continued: Continued,
        deliver: Callable[[Item, Head, Entry], None],
    ) -> None:
        self.boundary = services.boundary
        self.budget = services.budget
        self.library = library
        self.continued = continued
        self.deliver = deliver
        self.encoder = Encoder(Deltas(self.boundary), services.settings)
        self.lock = threading.RLock()
        self.waiting: deque[Item] = deque()

    def put(self, item: Item) -> None:
        """Encode an item, or queue it if another thread is encoding, an app's hook must run or
        files must be read.
        """
        ready = item.watcher is None and (
            item.references is None or self.library.knows(item.references)
        )
        if ready and not self.waiting and self.lock.acquire(blocking=False):
            try:
                self._encode(item)
            finally:
                self.lock.release()
        else:
            self.budget.add(item.size)
            self.waiting.append(item)

    def encode(self) -> None:
        """Encode all items in the queue."""
        with self.lock:
            while self.waiting:
                item = self.waiting.popleft()
                self.budget.add(-item.size)
                self._encode(item)

    def _encode(self, item: Item) -> None:
        with self.boundary.guard("encode a request"):
            note_files(item, self.library)
            encoded = self.encoder.encode(item, self.continued.visit(item.visit))
            if encoded is not None:
                self.deliver(item, *encoded)

    def document(self, key: str) -> bytes | None:
        """Return a document that was delivered recently."""
        return self.encoder.document(key) or self.library.document(key)
