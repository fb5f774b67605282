"""Limit the unconfirmed recordings of one worker: beyond the limit, the oldest are deleted."""

from __future__ import annotations

from collections import OrderedDict

from ...storage import Storage
from ...storage.lifecycle.unconfirmed import drop_unless_continued
from ..visit import Visit


class UnconfirmedRecordings:
    """Remembers the ids of unconfirmed recordings.

    :param limit: the most unconfirmed recordings.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.waiting: OrderedDict[str, None] = OrderedDict()

    def note(self, visit: Visit) -> None:
        """Note that something was written for a visit."""
        if visit.fresh and not visit.capture:
            self.waiting[visit.id] = None
        else:
            self.waiting.pop(visit.id, None)

    def thin(self, storage: Storage) -> None:
        """Delete the recordings beyond the limit, once the store has taken everything.

        :raises StorageError: the store fails.
        """
        while len(self.waiting) > self.limit:
            name, _ = self.waiting.popitem(last=False)
            drop_unless_continued(storage, name)
