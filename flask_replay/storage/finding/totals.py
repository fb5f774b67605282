"""What a list shows beside a page of recordings: how many there are, of which kinds, and which
errors they met.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import msgspec

from ...recording.facets import Failure
from ...recording.summary import CAPTURED, RecordingStatus, Summary, Tally
from .listing import LISTING_PATIENCE

COUNTED_ERRORS = 1_000
"""Recordings that are counted: those that come first."""

ERRONEOUS = 10_000
"""Recordings with errors that are looked at for their kinds: the newest."""

_FEW = 50
"""Recordings between two looks at the clock."""

_CHIPS = 20
"""Values of a facet that are counted: the most frequent."""

_MOMENTS = 20
"""Recordings that one kind of error names: the newest."""

Opens = Callable[[Summary], bool]
"""Whether somebody may see a recording."""


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What recordings sum up to.

    :param recordings: how many there are.
    :param complete: these are all; else there are more, which are not counted.
    :param live: how many are in progress.
    :param visitors: how many names they have.
    :param counts: for each facet the most frequent values, each with the number of recordings that
        have it.
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

    :param summaries: of its recordings.
    :param older: the place behind which the next page goes on; ``None`` behind the last one.
    :param totals: of all that the filter finds, on whichever page.
    """

    summaries: list[Summary]
    older: str | None
    totals: Totals


class ErrorKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of error, in all recordings that met it.

    :param fingerprint: finds these recordings: ``Filter(error=…)``.
    :param place: where in the app it was raised.
    :param message: of the last one.
    :param count: how often it happened.
    :param recordings: how many met it.
    :param visitors: how many visitors did, those without a name each for themselves.
    :param first_seen: seconds since 1970.
    :param moments: the newest recordings, each with the milliseconds from its start to the error.
    :param times: when each recording met it first, newest first, in seconds since 1970.
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
    """Sum recordings up, those alone that somebody may see.

    :param most: so many at most.
    :param patience: seconds for which it is counted; ``None`` for as long as it takes.
    """
    found: list[Summary] = []
    end, complete = math.inf if patience is None else clock() + patience, True
    for asked, summary in enumerate(summaries):
        if asked >= most or (asked and asked % _FEW == 0 and clock() > end):
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
    """Count the values that a filter takes, by its fields."""
    values: dict[str, list[str]] = {}
    for summary in found:
        for field, said in _values(summary):
            values.setdefault(field, []).extend(said)
    return {field: Counter(said).most_common(_CHIPS) for field, said in values.items() if said}


def _values(summary: Summary) -> Iterator[tuple[str, Iterable[str]]]:
    facets = summary.facets
    yield "endpoint", facets.endpoints
    yield "template", facets.templates
    yield "method", facets.methods
    yield "code", map(str, facets.codes)
    yield "kind", facets.kinds
    yield "error", (failure.fingerprint for failure in facets.failures)
    yield from (
        (field, _one(getattr(facets, field)))
        for field in ("device", "system", "language", "referrer")
    )
    yield "browser", _one(facets.browser.rpartition(" ")[0] or facets.browser)
    yield "campaign", facets.campaign
    yield (
        "capture",
        (flag.removeprefix(CAPTURED) for flag in summary.flags if flag.startswith(CAPTURED)),
    )
    yield "status", (summary.status,)
    yield "tag", summary.tags


def _one(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def error_kinds(summaries: Iterable[Summary]) -> list[ErrorKind]:
    """Return the kinds of errors in recordings, the one that was seen last first.

    :param summaries: newest first.
    """
    met: dict[str, list[tuple[Summary, Failure]]] = {}
    for summary in islice(summaries, ERRONEOUS):
        for failure in summary.facets.failures:
            met.setdefault(failure.fingerprint, []).append((summary, failure))
    return sorted(map(_kind, met.values()), key=lambda kind: kind.last_seen, reverse=True)


def _kind(met: list[tuple[Summary, Failure]]) -> ErrorKind:
    times = [summary.started_at + failure.offset_ms / 1000 for summary, failure in met]
    last = met[0][1]
    return ErrorKind(
        fingerprint=last.fingerprint,
        type=last.type,
        place=last.place,
        message=last.message,
        count=sum(failure.count for _, failure in met),
        recordings=len(met),
        visitors=len({summary.name or summary.id for summary, _ in met}),
        first_seen=min(times),
        last_seen=max(times),
        moments=[(summary.id, failure.offset_ms) for summary, failure in met[:_MOMENTS]],
        times=times,
    )
