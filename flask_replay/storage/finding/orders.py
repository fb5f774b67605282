"""The orders that a list of recordings may have, and where its next page goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ...forms import one_of
from ...recording.ids import is_id
from ...recording.summary import Summary

Value = int | str

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
"""What is newest, longest, largest first, or by name; with ``-`` the other way round."""

_SIGN = "~"


class Order(NamedTuple):
    """An order; of recordings that are equal in it, the newer one comes first, or last if it goes
    up.

    :ivar field: what it is by.
    :ivar down: the largest comes first.
    """

    field: str = "start"
    down: bool = True

    def key(self, summary: Summary) -> tuple[Value, str]:
        """Return what recordings are compared by."""
        return _VALUES[self.field](summary), summary.id

    def cursor(self, summary: Summary) -> str:
        """Return the text after which a page goes on; where it is by time, the id."""
        value, id = self.key(summary)
        return id if self.field == "start" else f"{value}{_SIGN}{id}"

    def read(self, cursor: str | None) -> tuple[Value, str] | None:
        """Return the key of where a page goes on; ``None`` for the first page, and for junk."""
        if not cursor:
            return None
        value, _, id = cursor.rpartition(_SIGN)
        if not is_id(id):
            return None
        if self.field == "start":
            return 0, id
        if self.field == "who":
            return value, id
        return (
            (int(value), id) if value.isdecimal() and value.isascii() and len(value) < 19 else None
        )

    def sorted(self, summaries: Iterable[Summary], cursor: str | None = None) -> list[Summary]:
        """Return recordings in this order, those behind a place alone."""
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
    """Return the order that a name stands for.

    :param name: one of :data:`ORDERS`.
    :raises ConfigError: it is another one.
    """
    said = one_of(ORDERS).read("sort", name)
    field = said.lstrip("-")
    return Order(field, (field != "who") != said.startswith("-"))
