"""The filters of a list of recordings, with the same names in Python, URLs, the shell and
programs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import force_setattr

from ...errors import ConfigError
from ...recording.facets import LONGEST_FACET
from ...recording.ids import first_id
from ...recording.summary import CAPTURED, STATUSES, RecordingStatus, Summary
from ...recording.words import words, words_to_find
from ...value_forms import Form, duration, flag, moment, one_of, optional, whole

_BEGINNING = 3
"""The shortest beginning of a word, in characters, that is searched as such. Shorter texts are
whole words.
"""

_LONGEST = 1_000
"""The most characters of a value to search for."""


class Filter(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """The recordings that a list shows: those that meet all conditions. Case is ignored.

    :param name: the name of the visitor; ``""`` for visitors without a name.
    :param errors: whether to show only recordings in which something failed.
    :param since: only recordings that began at this time or later: seconds since 1970, a
        ``datetime`` or its text; or how long ago, as a ``timedelta`` or a text such as ``"7d"``.
    :param until: only recordings that began before this time.
    :param status: ``"active"`` or ``"live"``, ``"finished"``, ``"interrupted"`` or ``"failed"``.
    :param text: words in the id, the name, the URL, and what templates read and the visitor typed
        or sent, as far as that is kept. The own text of templates, such as headings, is not
        searched. All words must be found, in any order. The last one may be a beginning of at least
        three letters.
    :param endpoint: the endpoint of a view that was called.
    :param template: the name of a template that was rendered, included or extended.
    :param method: the method of a request.
    :param code: the status code of a response, ``404``, or ``"5xx"`` for all that begin with 5.
    :param kind: the kind of an event: ``"socket"``, ``"action"``.
    :param error: the fingerprint of a kind of error, or the exception's type.
    :param slower_than: the duration that a request exceeded: seconds, or a text such as
        ``"500ms"``.
    :param min_pages: the fewest pages that the visitor looked at.
    :param device: ``"phone"``, ``"tablet"`` or ``"desktop"``.
    :param browser: the name of the browser, with or without version.
    :param system: the name of the operating system, with or without version.
    :param language: ``"de-CH"``, or ``"de"`` for all its variants.
    :param referrer: the host that the visitor came from.
    :param campaign: the campaign that brought the visitor: the value of a ``utm_`` parameter, or
        ``"source=newsletter"``.
    :param capture: the id of the capture by hand that the recordings were made for.
    :param pinned: whether cleanup must not delete them.
    :param tag: a tag that somebody added; several, separated by commas, must all be there.
    :param interaction: whether the visitor did more than look at one page.
    :param among: the ids of recordings. A store gets these in place of a tag.
    :raises ConfigError: a value is malformed.
    """

    name: str | None = None
    errors: bool = False
    since: Any = None
    until: Any = None
    status: str | None = None
    text: str | None = None
    endpoint: str | None = None
    template: str | None = None
    method: str | None = None
    code: Any = None
    kind: str | None = None
    error: str | None = None
    slower_than: Any = None
    min_pages: Any = None
    device: str | None = None
    browser: str | None = None
    system: str | None = None
    language: str | None = None
    referrer: str | None = None
    campaign: str | None = None
    capture: str | None = None
    pinned: Any = None
    interaction: Any = None
    tag: str | None = None
    among: frozenset[str] | None = None

    def __post_init__(self) -> None:
        """Convert values to their standard form."""
        for field, form in FILTER_FORMS.items():
            force_setattr(self, field, optional(form, "any").read(field, getattr(self, field)))
        if self.status == "live":
            force_setattr(self, "status", RecordingStatus.ACTIVE)

    @property
    def first(self) -> str:
        """Return the smallest id that meets ``since``."""
        return "" if self.since is None else first_id(self.since)

    @property
    def end(self) -> str | None:
        """Return the smallest id that is too late for ``until``, or ``None``."""
        return None if self.until is None else first_id(self.until)

    @property
    def reads(self) -> bool:
        """Whether more than an id is needed to decide."""
        return self.name is not None or self.errors or self.status is not None or self.indexed

    @property
    def indexed(self) -> bool:
        """Whether an index is needed to find few recordings soon. An id, a name and whether
        something failed have columns with indexes, and most recordings are finished.
        """
        return self.status not in {None, RecordingStatus.FINISHED} or any(
            getattr(self, field) is not None for field in ("text", *WORD_FIELDS, *NUMBER_FIELDS)
        )

    @property
    def faceted(self) -> bool:
        """Whether the facets of a recording are needed to decide."""
        fields = (*WORD_FIELDS, *NUMBER_FIELDS)
        return any(getattr(self, field) is not None for field in fields if field not in _OUTSIDE)

    def word(self, field: str) -> str | None:
        """Return the value of a field in the form that recordings have."""
        value = getattr(self, field)
        return None if value is None else str(value)

    @property
    def words(self) -> tuple[tuple[str, ...], str]:
        """Return the words to search for, and the beginning of one more; neither for a text without
        words.
        """
        found = tuple(dict.fromkeys(words_to_find(self.text or "")))
        if not found or (len(found[-1]) < _BEGINNING and found[-1].isascii()):
            return found, ""
        return found[:-1], found[-1]

    def matches(self, summary: Summary, event_words: Iterable[str] | None = None) -> bool:
        """Whether a recording matches. Pins are stored separately, and are not checked here.

        :param event_words: the words of its events; ``None`` if an index has already matched the
            text.
        """
        return all(check(summary) for check in _checks(self)) and (
            self.text is None or event_words is None or self._has_words(summary, event_words)
        )

    def _has_words(self, summary: Summary, event_words: Iterable[str]) -> bool:
        found, (whole, beginning) = {*event_words, *own_words(summary)}, self.words
        if not whole and not beginning:
            return False
        return found.issuperset(whole) and (
            not beginning or any(word.startswith(beginning) for word in found)
        )

    @classmethod
    def parse(
        cls, query: Mapping[str, str] | Iterable[tuple[str, str]], beside: Iterable[str] = ()
    ) -> Parsed:
        """Return the filter in the query of a URL. Nothing in it is an error.

        :param query: the pairs of the query. If a filter occurs twice, the first one counts, and
            the others are unknown.
        :param beside: names with another meaning.
        """
        pairs = query.items() if isinstance(query, Mapping) else query
        ignored, found, unknown = {*beside}, dict[str, Any](), list[tuple[str, str]]()
        for name, value in pairs:
            if name in ignored:
                continue
            field = _FIELDS.get(name)
            text = value.strip() if field != "name" else value
            if not text and field is not None and field != "name":
                continue  # a form also sends its empty fields
            if field is None or field in found or len(value) > _LONGEST:
                unknown.append((name, value))
                continue
            try:
                cls(**{field: text})  # type: ignore[arg-type]
            except ConfigError:
                unknown.append((name, value))
            else:
                found[field] = text
        return Parsed(cls(**found), unknown)

    def query(self) -> dict[str, str]:
        """Return the filter as the query of a URL, which :meth:`parse` reads."""
        values = {NAMES.get(field, field): getattr(self, field) for field in FILTER_FORMS}
        return {
            name: _written(name, value)
            for name, value in values.items()
            if value is not None and not (name == "errors" and not value)
        }


class Parsed(NamedTuple):
    """The result of reading a query.

    :ivar unknown: names and values that are not filters, to be reported to the user.
    """

    where: Filter
    unknown: list[tuple[str, str]]


def own_words(summary: Summary) -> Iterator[str]:
    """Yield the words of what a list shows of a recording."""
    for text in (summary.id, summary.name, *summary.names, summary.landing):
        yield from words(text)


def _code() -> Form[str]:
    def convert(value: Any) -> str:
        found = str(value).strip().lower()
        if not (
            len(found) == 3 and found[0] in "12345" and (found[1:] == "xx" or found.isdecimal())
        ):
            raise ValueError
        return found

    return Form("a status code, such as 404, or '5xx'", convert)


def _word() -> Form[str]:
    def convert(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise ValueError
        return value.strip()[:_LONGEST]

    return Form("a text", convert)


FILTER_FORMS: dict[str, Form[Any]] = {
    "name": Form("a text", lambda value: str(value)),
    "errors": flag(),
    "since": moment(),
    "until": moment(),
    "status": one_of((*STATUSES, "live")),
    "code": _code(),
    "slower_than": duration(),
    "min_pages": whole(1),
    "pinned": flag(),
    "interaction": flag(),
    **{
        field: _word()
        for field in (
            "text", "endpoint", "template", "method", "kind", "error", "device", "browser",
            "system", "language", "referrer", "campaign", "capture", "tag",
        )
    },
}  # fmt: skip
FINDS = {
    "name": "of the visitor with this name from `identify`",
    "text": "in which these words were read by a template, typed or sent",
    "endpoint": "with a request to this endpoint",
    "template": "in which this template was rendered",
    "method": "with a request of this method",
    "code": "with a response of this status: 404, 5xx",
    "kind": "with an event of this kind: socket, action",
    "errors": "in which something failed",
    "error": "with this kind of error: its fingerprint or type",
    "slower_than": "with a request that took longer: 500ms, 2s",
    "min_pages": "with at least this many pages",
    "device": "from a phone, tablet or desktop",
    "browser": "from this browser: Firefox",
    "system": "from this operating system: Windows",
    "language": "of visitors who prefer this language: de",
    "referrer": "of visitors who came from this host",
    "campaign": "of visitors who came through this campaign (utm_…)",
    "capture": "made for this capture by hand",
    "tag": "with this tag",
    "status": "with this status: live, finished, interrupted, failed",
    "pinned": "that are pinned",
    "interaction": "with more interaction than one page view",
    "since": "that began since this time: 7d (ago), 2026-11-28",
    "until": "that began before this time",
}
"""What each filter finds, in words that follow "Only recordings"."""

_OUTSIDE = frozenset({"capture", "interaction", "min_pages"})
"""Fields that are matched by flags and counts, without facets."""

NAMES = {"name": "user"}
"""Fields with another name outside of Python, where "name" would be ambiguous."""

_FIELDS = {NAMES.get(field, field): field for field in FILTER_FORMS}


def folded(value: str) -> str:
    """Return a facet's value in the form for comparison."""
    return value[:LONGEST_FACET].casefold()


def _shortened(value: str, end: str) -> tuple[str, ...]:
    """Return a value, and its part before the last separator."""
    return tuple(filter(None, (value, value.rpartition(end)[0])))


WORD_FIELDS: dict[str, Callable[[Summary], Iterable[str]]] = {
    "endpoint": lambda summary: summary.facets.endpoints,
    "template": lambda summary: summary.facets.templates,
    "method": lambda summary: summary.facets.methods,
    "kind": lambda summary: summary.facets.kinds,
    "code": lambda summary: (
        text for code in summary.facets.codes for text in (str(code), f"{code // 100}xx")
    ),
    "error": lambda summary: (
        text
        for failure in summary.facets.failures
        for text in (failure.fingerprint, failure.type, failure.type.rpartition(".")[2])
    ),
    "device": lambda summary: filter(None, (summary.facets.device,)),
    "browser": lambda summary: _shortened(summary.facets.browser, " "),
    "system": lambda summary: _shortened(summary.facets.system, " "),
    "language": lambda summary: _shortened(summary.facets.language, "-"),
    "referrer": lambda summary: filter(None, (summary.facets.referrer,)),
    "campaign": lambda summary: (
        text for pair in summary.facets.campaign for text in (pair, pair.partition("=")[2])
    ),
    "capture": lambda summary: (
        flag[len(CAPTURED) :] for flag in summary.flags if flag.startswith(CAPTURED)
    ),
    "interaction": lambda summary: (str(summary.tally.interaction),),
}
"""The values of a recording for each field of a filter that takes a word."""

NUMBER_FIELDS: dict[str, Callable[[Summary], int]] = {
    "slower_than": lambda summary: summary.facets.slowest_ms,
    "min_pages": lambda summary: summary.tally.pages,
}
"""The number of a recording for each field of a filter that takes a number."""


@lru_cache(maxsize=64)
def _checks(where: Filter) -> tuple[Callable[[Summary], bool], ...]:
    """Return the functions that check a recording against a filter, but for its text: one for each
    condition, because lists check thousands of recordings against few conditions.
    """
    first, end, among = where.first, where.end, where.among
    own: tuple[tuple[object, Callable[[Summary], bool]], ...] = (
        (where.name is not None, lambda summary: summary.name == where.name),
        (where.errors, lambda summary: summary.tally.errors > 0),
        (where.status is not None, lambda summary: summary.status == where.status),
        (among is not None, lambda summary: summary.id in (among or ())),
        (first, lambda summary: first <= summary.id),
        (end is not None, lambda summary: summary.id < (end or "")),
    )

    def has(
        values_of: Callable[[Summary], Iterable[str]], wanted: str
    ) -> Callable[[Summary], bool]:
        return lambda summary: wanted in map(folded, values_of(summary))

    def reaches(number_of: Callable[[Summary], int], wanted: int) -> Callable[[Summary], bool]:
        return lambda summary: number_of(summary) >= wanted

    wanted_words = ((values_of, where.word(field)) for field, values_of in WORD_FIELDS.items())
    numbers = (
        (number_of, getattr(where, field), field) for field, number_of in NUMBER_FIELDS.items()
    )
    return (
        *(check for wanted, check in own if wanted),
        *(has(values_of, folded(word)) for values_of, word in wanted_words if word is not None),
        *(
            reaches(number_of, wanted_number(field, value))
            for number_of, value, field in numbers
            if value is not None
        ),
    )


def wanted_number(field: str, value: float) -> int:
    """Return a filter's number in the unit of recordings."""
    return math.ceil(value * 1000) if field == "slower_than" else int(value)


def _written(name: str, value: Any) -> str:
    if name in ("since", "until"):
        return datetime.fromtimestamp(value, UTC).isoformat()
    if name == "slower_than":
        return f"{round(value * 1000)}ms"
    return (
        {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    )


ALL = Filter()
"""Matches every recording."""
