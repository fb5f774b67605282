"""The orders of a list of recordings, and the cursors of its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ...recording.ids import is_id
from ...recording.summary import Summary
from ...value_forms import one_of

Value = int | str
SortKey = tuple[int, Value, str]
"""What recordings are compared by: whether a visitor without a name follows or precedes the others
in this direction, the value, and the id.
"""

_VALUES: dict[str, Callable[[Summary], Value]] = {
    "start": lambda summary: 0,
    "length": lambda summary: summary.duration_ms,
    "pages": lambda summary: summary.tally.pages,
    "events": lambda summary: summary.tally.events,
    "errors": lambda summary: summary.tally.errors,
    "size": lambda summary: summary.size,
    "who": lambda summary: summary.name,
}
ORDERS = (*_VALUES, *(f"-{name}" for name in _VALUES))
"""Newest, longest or largest first, or by name. A ``-`` reverses the order, but visitors without a
name remain last.
"""

_SIGN = "~"


class Order(NamedTuple):
    """An order. Recordings that are equal in it are ordered by time, in the same direction.

    :ivar field: the field to order by.
    :ivar down: whether the largest comes first.
    """

    field: str = "start"
    down: bool = True

    def key(self, summary: Summary) -> SortKey:
        """Return the key by which recordings are compared."""
        return self._key(_VALUES[self.field](summary), summary.id)

    def _key(self, value: Value, id: str) -> SortKey:
        return int(self.field == "who" and bool(value) is self.down), value, id

    def cursor(self, summary: Summary) -> str:
        """Return the cursor of a recording, after which a page begins; in the order of time, it is
        the id.
        """
        _, value, id = self.key(summary)
        return id if self.field == "start" else f"{value}{_SIGN}{id}"

    def read(self, cursor: str | None) -> SortKey | None:
        """Return the key of a cursor; ``None`` for the first page, and for a malformed cursor."""
        if not cursor:
            return None
        value, _, id = cursor.rpartition(_SIGN)
        if not is_id(id):
            return None
        if self.field == "start":
            return self._key(0, id)
        if self.field == "who":
            return self._key(value, id)
        number = value.isdecimal() and value.isascii() and len(value) < 19
        return self._key(int(value), id) if number else None

    def sorted(self, summaries: Iterable[Summary], cursor: str | None = None) -> list[Summary]:
        """Return recordings in this order, only those after a cursor."""
        at = self.read(cursor)
        found = sorted(summaries, key=self.key, reverse=self.down)
        if at is None:
            return found
        return [
            summary
            for summary in found
            if (self.key(summary) < at if self.down else self.key(summary) > at)
        ]


NEWEST = Order()


def order(name: str) -> Order:
    """Return the order with a name.

    :param name: one of :data:`ORDERS`.
    :raises ConfigError: there is no such order.
    """
    chosen = one_of(ORDERS).read("sort", name)
    field = chosen.lstrip("-")
    return Order(field, (field != "who") != chosen.startswith("-"))
