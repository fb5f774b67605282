"""Small charts that the server draws: an SVG needs no script, and no style that the policy
forbids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from ..recording.summary import Summary

_MOST = 48
"""Bars of a chart."""

_HEIGHT = 40
_STEPS = (
    60,
    300,
    900,
    3600,
    3 * 3600,
    6 * 3600,
    12 * 3600,
    86_400,
    7 * 86_400,
    30 * 86_400,
    365 * 86_400,
)
"""Seconds that a bar stands for."""

_LATEST = 4_000_000_000
"""A damaged summary may hold any number."""


class Bar(NamedTuple):
    """What happened within one step of time.

    :ivar x: units from the left, of which each bar takes one.
    :ivar height: of :attr:`Chart.height`.
    :ivar since: when the step begins, as a filter takes it; ``until`` when it ends.
    """

    x: int
    height: float
    number: int
    since: str
    until: str


class Chart(NamedTuple):
    """How often something happened over time.

    :ivar width: units that all bars take, the empty ones too.
    """

    bars: list[Bar]
    width: int
    height: int
    first: float
    last: float


def chart(
    times: Sequence[float], span: tuple[float, float] | None = None, most: int = _MOST
) -> Chart | None:
    """Return how often something happened over time, or ``None`` if it did not.

    :param times: when it did, in seconds since 1970.
    :param span: the least that is shown; several charts so have one scale of time.
    """
    known = [time for time in times if 0 <= time < _LATEST]
    if not known:
        return None
    first, last = min(known), max(known)
    if span is not None:
        first, last = min(first, max(0, span[0])), max(last, min(_LATEST, span[1]))
    step = next((step for step in _STEPS if last // step - first // step < most), _STEPS[-1])
    begin = int(first // step)
    counts = Counter(int(time // step) - begin for time in known)
    highest = max(counts.values())
    bars = [
        Bar(
            x,
            max(2, round(_HEIGHT * count / highest, 1)),
            count,
            _said((begin + x) * step),
            _said((begin + x + 1) * step),
        )
        for x, count in sorted(counts.items())
    ]
    return Chart(bars, int(last // step) - begin + 1, _HEIGHT, first, last)


def _said(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ChartSpan(NamedTuple):
    """A recording on a line of time, in thousandths of its length."""

    x: float
    width: float
    summary: Summary


class Lane(NamedTuple):
    """The recordings of one device."""

    label: str
    spans: list[ChartSpan]


_WIDE = 1_000


def lanes(summaries: Sequence[Summary]) -> list[Lane]:
    """Return recordings on one line of time, a lane for each device and browser."""
    known = [summary for summary in summaries if 0 <= summary.started_at < _LATEST]
    if not known:
        return []
    first = min(summary.started_at for summary in known)
    whole = max(1.0, max(_end(summary) for summary in known) - first)
    found: dict[str, list[ChartSpan]] = {}
    for summary in known:
        width = max(6.0, _WIDE * (_end(summary) - summary.started_at) / whole)
        x = min(_WIDE * (summary.started_at - first) / whole, _WIDE - min(width, _WIDE))
        found.setdefault(device(summary) or "unknown device", []).append(
            ChartSpan(round(x, 1), round(width, 1), summary)
        )
    return [Lane(label, spans) for label, spans in found.items()]


def _end(summary: Summary) -> float:
    return min(_LATEST, summary.started_at + summary.duration_ms / 1000)


def device(summary: Summary) -> str:
    """Return what a visitor looked at pages with, in a few words."""
    return " · ".join(filter(None, (summary.facets.device, summary.facets.browser)))
