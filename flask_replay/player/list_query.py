"""The query of a list's address, and the addresses of wider and narrower lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple
from urllib.parse import urlencode

from flask import url_for

from ..errors import ConfigError
from ..recording.summary import STATUSES, RecordingStatus
from ..storage import Filter
from ..storage.finding.orders import ORDERS, order
from ..storage.finding.totals import Totals
from ..value_forms import flag

_LABELS = {
    "text": "Text", "user": "Visitor", "errors": "With errors", "error": "Error",
    "code": "Status code", "slower_than": "Slower than", "endpoint": "Endpoint",
    "template": "Template", "method": "Method", "kind": "Event", "min_pages": "Pages, at least",
    "device": "Device", "browser": "Browser", "system": "System", "language": "Language",
    "referrer": "Came from", "campaign": "Campaign", "status": "State", "pinned": "Pinned",
    "tag": "Tag", "interaction": "Interaction", "capture": "Capture", "since": "From",
    "until": "Until",
}  # fmt: skip
"""Labels of the filters, in the order in which they are shown."""

_CLOSED = {
    "device": ("desktop", "phone", "tablet"),
    "status": ("live", *(status for status in STATUSES if status != RecordingStatus.ACTIVE)),
    "errors": ("yes",),
    "pinned": ("yes", "no"),
}
"""Filters with a fixed set of values."""

_HINTS = {
    "slower_than": "500ms",
    "since": "1d, or 2026-11-28 14:00",
    "until": "1h, or 2026-11-28",
    "code": "404, 5xx",
}
_ELSEWHERE = frozenset({"text", "user", "interaction", "capture"})
"""Filters without a field in the panel."""

_RANGES = {"1h": "Last hour", "1d": "Last day", "7d": "Last week"}
_NARROWING = ("tag", "device", "browser", "code", "kind", "campaign", "referrer", "language")
_EVERYWHERE = frozenset({"request", "frame", "error", "2", "3"})
"""Kinds of events and of status codes that are useless as filters, or have their own chip."""

_CHIPS, _OF_EACH = 12, 3


class Chip(NamedTuple):
    """A filter as a link that adds or removes it.

    :ivar address: the address of the link; ``""`` for text that is not a filter.
    :ivar number: number of recordings that match it.
    :ivar moment: its value if that is a point in time, in seconds since 1970.
    """

    label: str
    value: str
    address: str
    number: str = ""
    moment: float | None = None


class FilterField(NamedTuple):
    """A field of the panel.

    :ivar closed: the choices are the only values.
    """

    name: str
    label: str
    value: str
    choices: list[str]
    closed: bool
    hint: str


class ListQuery:
    """The parsed query of a list's address.

    :param view: the view of the list.
    :param pairs: names and values of the query.
    :param beside: parameters besides filters: ``"sort"``, ``"before"``, ``"unconfirmed"``.
    :ivar unknown: names and values that are not filters, to be reported to the user.
    :ivar written: the filters as written.
    """

    def __init__(
        self, view: str, pairs: Iterable[tuple[str, str]], beside: Collection[str]
    ) -> None:
        self.view = view
        found = list(pairs)
        self.where, self.unknown = Filter.parse(found, beside)
        self.written: dict[str, str] = {}
        for name, value in found:
            if name in self.where.query() and name not in self.written:
                parsed = Filter.parse([(name, value)])
                if not parsed.unknown and name in parsed.where.query():
                    self.written[name] = value
        first = dict(reversed(found))
        given = {name: first[name] for name in beside if name in first}
        self.sort = self._known("sort", given, lambda sort: sort in ORDERS) or "start"
        self.before = self._known("before", given, order(self.sort).read)
        self.everything = self._flag("unconfirmed", given)

    def _known(self, name: str, given: dict[str, str], valid: Callable[[str], object]) -> str:
        """Return a parameter, or ``""`` if it is missing or malformed, which is reported."""
        value = given.get(name, "")
        if value and not valid(value):
            self.unknown.append((name, value))
            return ""
        return value

    def _flag(self, name: str, given: dict[str, str]) -> bool:
        """Return a parameter that is either set or not; a malformed one is reported."""
        value = given.get(name, "")
        try:
            return bool(value) and flag().read(name, value)
        except ConfigError:
            self.unknown.append((name, value))
            return False

    def address(self, view: str | None = None, **changes: str | None) -> str:
        """Return the address of the first page of the same list, with some changes.

        :param view: another list.
        :param changes: new values of parameters; ``None`` removes one.
        """
        parameters: dict[str, str | None] = {**self.written}
        parameters["unconfirmed"] = "yes" if self.everything else None
        parameters["sort"] = self.sort if self.sort != "start" else None
        parameters |= changes
        query = urlencode({name: text for name, text in parameters.items() if text is not None})
        place = url_for(f".{view or self.view}")
        return f"{place}?{query}" if query else place

    def sorted_by(self, field: str) -> tuple[str, str]:
        """Return the address for a column's heading, and how the list is sorted by it now."""
        by = order(self.sort)
        if by.field != field:
            return self.address(sort=field if field != "start" else None), ""
        turned = field if self.sort.startswith("-") else f"-{field}"
        return self.address(
            sort=turned if turned != "start" else None
        ), "descending" if by.down else "ascending"

    @property
    def filtered(self) -> bool:
        """Whether the query has filters."""
        return bool(self.written)

    def chips(self, totals: Totals | None = None) -> list[Chip]:
        """Return the filters, each with the address of the list without it.

        :param totals: the totals of the list.
        """
        count = "" if totals is None else _count(totals.recordings, complete=totals.complete)
        return [
            Chip(
                _LABELS[name],
                _RANGES.get(value, value) if name == "since" else value,
                self.address(**{name: None}),
                count,
                self._moment(name),
            )
            for name, value in self.written.items()
        ]

    def _moment(self, name: str) -> float | None:
        """Return the point in time that a filter names; ``None`` for how long ago, and for other
        filters.
        """
        value = self.written[name]
        if name not in {"since", "until"} or not ("-" in value or value.isdecimal()):
            return None
        moment: float = getattr(self.where, name)
        return moment

    def narrower(self, totals: Totals) -> list[Chip]:
        """Return filters that would match some of the listed recordings, each with the number of
        matches.
        """
        found = [
            ("errors", "yes", dict(totals.counts.get("kind", ())).get("error", 0)),
            ("status", "live", totals.live),
        ]
        for field in _NARROWING:
            worth = [
                (field, value, count)
                for value, count in totals.counts.get(field, ())
                if _narrows(field, value)
            ]
            found += worth[:_OF_EACH]
        return [
            Chip(
                _LABELS[name],
                value,
                self.address(**{name: value}),
                _count(count, complete=totals.complete),
            )
            for name, value, count in found
            if 0 < count < totals.recordings and name not in self.written
        ][:_CHIPS]

    def ranges(self) -> list[Chip]:
        """Return the most common periods."""
        return [
            Chip("", label, self.address(since=since, until=None))
            for since, label in _RANGES.items()
        ]

    def fields(self, totals: Totals) -> list[FilterField]:
        """Return the fields of the panel, with values that occur in the recordings."""
        return [
            FilterField(
                name,
                label,
                self.written.get(name, ""),
                list(_CLOSED.get(name) or (value for value, _ in totals.counts.get(name, ()))),
                name in _CLOSED,
                _HINTS.get(name, ""),
            )
            for name, label in _LABELS.items()
            if name not in _ELSEWHERE
        ]

    def hidden(self) -> dict[str, str]:
        """Return the parameters that a form must keep and has no field for."""
        kept = {
            name: value
            for name, value in self.written.items()
            if name in _ELSEWHERE and name != "text"
        }
        kept |= {"sort": self.sort} if self.sort != "start" else {}
        return kept | ({"unconfirmed": "yes"} if self.everything else {})


def _narrows(field: str, value: str) -> bool:
    return (value[:1] if field == "code" else value) not in _EVERYWHERE


def _count(number: int, *, complete: bool) -> str:
    return f"{number:,}" if complete else f"{number:,}+"
