"""What waits to be encoded, and the encoding of it: one thread at a time."""

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
from .encoding import Encoder, Item, name_files

_REMEMBERED = 10_000


class Continued:
    """Recordings that were finished while their visitors were there, and those in which these go
    on.

    :param seconds: for which it is remembered.
    """

    def __init__(self, seconds: float) -> None:
        self.known: Expiring[str, str] = Expiring(seconds, _REMEMBERED)

    def visit(self, visit: Visit) -> Visit:
        """Return the visit in which one goes on whose recording is finished; the same, if it
        isn't.
        """
        name = self.known.get(visit.id)
        return visit if name is None else msgspec.structs.replace(visit, id=name)

    def begin(self, head: Head) -> Head:
        """Return the recording in which a finished one goes on."""
        name = following(head.id)
        if head.id not in self.known:
            self.known.put(head.id, name)  # whoever is forgotten is only moved once more
        return Head(id=name, started_at=head.started_at, format=head.format)


class EncodingQueue:
    """Encodes what requests gave, where it was made if no other thread is at it.

    :param library: of the files that pages refer to.
    :param deliver: takes what was encoded.
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
        """Encode an item, or let it wait: for another thread, an app's hook, or files that must be
        read for it.
        """
        at_hand = item.watcher is None and (item.sought is None or self.library.knows(item.sought))
        if at_hand and not self.waiting and self.lock.acquire(blocking=False):
            try:
                self._encode(item)
            finally:
                self.lock.release()
        else:
            self.budget.add(item.size)
            self.waiting.append(item)

    def encode(self) -> None:
        """Encode all that waits."""
        with self.lock:
            while self.waiting:
                item = self.waiting.popleft()
                self.budget.add(-item.size)
                self._encode(item)

    def _encode(self, item: Item) -> None:
        with self.boundary.guard("encode a request"):
            name_files(item, self.library)
            encoded = self.encoder.encode(item, self.continued.visit(item.visit))
            if encoded is not None:
                self.deliver(item, *encoded)

    def document(self, key: str) -> bytes | None:
        """Return a document that was delivered lately."""
        return self.encoder.document(key) or self.library.document(key)
