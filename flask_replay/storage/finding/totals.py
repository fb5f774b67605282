"""Totals beside a page of recordings: how many there are, of which kinds, and with which errors."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain, islice
from operator import attrgetter

import msgspec

from ...recording.facets import Failure
from ...recording.summary import CAPTURED, RecordingStatus, Summary, Tally
from .listing import LISTING_PATIENCE

COUNTED_ERRORS = 1_000
"""The most recordings to count: the first ones."""

ERRONEOUS = 10_000
"""The most recordings with errors to examine for kinds of errors: the newest."""

_FEW = 50
"""The number of recordings between two checks of the time."""

_CHIPS = 20
"""The most values of a facet to count: the most frequent."""

_MOMENTS = 20
"""The most recordings listed for one kind of error: the newest."""

Opens = Callable[[Summary], bool]
"""Whether the viewer may see a recording."""


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Totals over recordings.

    :param recordings: the number of recordings.
    :param complete: whether all were counted.
    :param live: the number of running recordings.
    :param visitors: the number of different names.
    :param counts: for each facet the most frequent values, each with the number of its recordings.
    :param starts: when each began, in seconds since 1970.
    """

    recordings: int
    complete: bool
    live: int = 0
    visitors: int = 0
    tally: Tally = Tally()
    duration_ms: int = 0
    size: int = 0
    counts: dict[str, list[tuple[str, int]]] = {}
    starts: list[float] = []


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a list.

    :param summaries: the summaries of its recordings.
    :param older: the cursor after which the next page begins; ``None`` after the last page.
    :param totals: the totals over all recordings that match the filter, on all pages.
    """

    summaries: list[Summary]
    older: str | None
    totals: Totals


class ErrorKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of error, over all recordings that met it.

    :param fingerprint: finds these recordings: ``Filter(error=…)``.
    :param place: where in the app it was raised.
    :param message: the message of the last error.
    :param count: how often it happened.
    :param recordings: the number of recordings with it.
    :param visitors: the number of visitors who met it. Each recording without a name counts as one.
    :param first_seen: when it was first seen, in seconds since 1970.
    :param moments: the newest recordings, each with the offset of the error in milliseconds.
    :param times: when each recording first met it, newest first, in seconds since 1970.
    """

    fingerprint: str
    type: str
    place: str
    message: str
    count: int
    recordings: int
    visitors: int
    first_seen: float
    last_seen: float
    moments: list[tuple[str, int]]
    times: list[float]


def totals(
    summaries: Iterable[Summary],
    opens: Opens,
    most: int = COUNTED_ERRORS,
    patience: float | None = LISTING_PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> Totals:
    """Return totals over the recordings that the viewer may see.

    :param most: the most recordings to count.
    :param patience: the seconds after which counting stops; ``None`` for no limit.
    """
    found: list[Summary] = []
    end, complete = math.inf if patience is None else clock() + patience, True
    for checked, summary in enumerate(summaries):
        if checked >= most or (checked and checked % _FEW == 0 and clock() > end):
            complete = False
            break
        if opens(summary):
            found.append(summary)
    return _summed(found, complete=complete)


def _summed(found: list[Summary], *, complete: bool) -> Totals:
    tallies = [msgspec.structs.astuple(summary.tally) for summary in found]
    return Totals(
        recordings=len(found),
        complete=complete,
        live=sum(summary.status == RecordingStatus.ACTIVE for summary in found),
        visitors=len({summary.name for summary in found if summary.name}),
        tally=Tally(*map(sum, zip(*tallies, strict=True))),
        duration_ms=sum(summary.duration_ms for summary in found),
        size=sum(summary.size for summary in found),
        counts=_counts(found),
        starts=[summary.started_at for summary in found],
    )


def _counts(found: list[Summary]) -> dict[str, list[tuple[str, int]]]:
    """Count the values for which there is a filter, by its fields."""
    counts = {
        field: Counter(chain.from_iterable(map(values, found))).most_common(_CHIPS)
        for field, values in _VALUES.items()
    }
    return {field: counted for field, counted in counts.items() if counted}


def _one(values: Callable[[Summary], str]) -> Callable[[Summary], tuple[str, ...]]:
    """Return a function that returns a value of a summary, and nothing if it is empty."""

    def one(summary: Summary) -> tuple[str, ...]:
        value = values(summary)
        return (value,) if value else ()

    return one


def _browser(summary: Summary) -> str:
    """Return the name of the visitor's browser, without its version."""
    browser = summary.facets.browser
    return browser.rpartition(" ")[0] or browser


def _captures(summary: Summary) -> list[str]:
    return [flag.removeprefix(CAPTURED) for flag in summary.flags if flag.startswith(CAPTURED)]


_VALUES: dict[str, Callable[[Summary], Iterable[str]]] = {
    "endpoint": attrgetter("facets.endpoints"),
    "template": attrgetter("facets.templates"),
    "method": attrgetter("facets.methods"),
    "code": lambda summary: map(str, summary.facets.codes),
    "kind": attrgetter("facets.kinds"),
    "error": lambda summary: [failure.fingerprint for failure in summary.facets.failures],
    "device": _one(attrgetter("facets.device")),
    "system": _one(attrgetter("facets.system")),
    "language": _one(attrgetter("facets.language")),
    "referrer": _one(attrgetter("facets.referrer")),
    "browser": _one(_browser),
    "campaign": attrgetter("facets.campaign"),
    "capture": _captures,
    "status": _one(attrgetter("status")),
    "tag": attrgetter("tags"),
}
"""The values of a summary for which there is a filter, by its field."""


def error_kinds(summaries: Iterable[Summary]) -> list[ErrorKind]:
    """Return the kinds of errors in recordings, the most recently seen first.

    :param summaries: the summaries, newest first.
    """
    met: dict[str, _Met] = {}
    for summary in islice(summaries, ERRONEOUS):
        for failure in summary.facets.failures:
            kind = met.get(failure.fingerprint)
            if kind is None:
                kind = met[failure.fingerprint] = _Met(failure)
            kind.add(summary, failure)
    kinds = (found.kind() for found in met.values())
    return sorted(kinds, key=attrgetter("last_seen"), reverse=True)


class _Met:
    """What is kept of the recordings that met one kind of error. Their summaries take far more
    memory.
    """

    def __init__(self, last: Failure) -> None:
        self._last = last
        self._count = 0
        self._visitors: set[str] = set()
        self._moments: list[tuple[str, int]] = []
        self._times: list[float] = []

    def add(self, summary: Summary, failure: Failure) -> None:
        self._count += failure.count
        self._visitors.add(summary.name or summary.id)
        self._times.append(summary.started_at + failure.offset_ms / 1000)
        if len(self._moments) < _MOMENTS:
            self._moments.append((summary.id, failure.offset_ms))

    def kind(self) -> ErrorKind:
        return ErrorKind(
            fingerprint=self._last.fingerprint,
            type=self._last.type,
            place=self._last.place,
            message=self._last.message,
            count=self._count,
            recordings=len(self._times),
            visitors=len(self._visitors),
            first_seen=min(self._times),
            last_seen=max(self._times),
            moments=self._moments,
            times=self._times,
        )
