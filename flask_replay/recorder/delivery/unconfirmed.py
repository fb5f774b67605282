"""Visitors of one worker who have not come back yet: when there are too many, the oldest are let
go.
"""

from __future__ import annotations

from collections import OrderedDict

from ...storage import Storage
from ...storage.lifecycle.unconfirmed import let_go
from ..visit import Visit


class Newcomers:
    """Remembers them by the ids of their recordings.

    :param limit: how many may be recorded.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.waiting: OrderedDict[str, None] = OrderedDict()

    def note(self, visit: Visit) -> None:
        """Note that something of a visit was written."""
        if visit.fresh and not visit.capture:
            self.waiting[visit.id] = None
        else:
            self.waiting.pop(visit.id, None)

    def thin(self, storage: Storage) -> None:
        """Let go of those that are too many, once the store has what was written of them.

        :raises StorageError: the store fails.
        """
        while len(self.waiting) > self.limit:
            name, _ = self.waiting.popitem(last=False)
            let_go(storage, name)
