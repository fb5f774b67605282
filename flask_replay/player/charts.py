"""Small charts that the server draws as SVG, so they need no script and no inline style, which the
policy forbids.
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
"""Possible widths of a bar, in seconds."""

_LATEST = 4_000_000_000
"""Seconds since 1970. Later times come from damaged summaries and are ignored."""


class Bar(NamedTuple):
    """The events within one step of time.

    :ivar x: position from the left, in bars.
    :ivar height: height, in units of :attr:`Chart.height`.
    :ivar start: start of the step, in seconds since 1970.
    :ivar step: seconds of the step.
    """

    x: int
    height: float
    number: int
    start: int
    step: int

    @property
    def since(self) -> str:
        """Return the start of the step, as a filter takes it."""
        return _time(self.start)

    @property
    def until(self) -> str:
        """Return the end of the step, as a filter takes it."""
        return _time(self.start + self.step)


class Chart(NamedTuple):
    """The number of events over time.

    :ivar width: number of bars, including empty ones.
    """

    bars: list[Bar]
    width: int
    height: int
    first: float
    last: float

    @property
    def outline(self) -> str:
        """Return the bars as one path, for charts without links: a page has many of these."""
        return "".join(
            f"M{bar.x + 0.1:.1f} {self.height}v-{bar.height}h.8v{bar.height}z" for bar in self.bars
        )


def chart(
    times: Sequence[float], span: tuple[float, float] | None = None, most: int = _MOST
) -> Chart | None:
    """Return a chart of events over time, or ``None`` if there are none.

    :param times: the times of the events, in seconds since 1970.
    :param span: start and end that the chart covers at least, so that several charts share one
        scale.
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
            (begin + x) * step,
            step,
        )
        for x, count in sorted(counts.items())
    ]
    return Chart(bars, int(last // step) - begin + 1, _HEIGHT, first, last)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ChartSpan(NamedTuple):
    """A recording on a time line. Its position and width are in thousandths of the line.

    :ivar since: its start, as a filter takes it.
    """

    x: float
    width: float
    summary: Summary
    since: str


class Lane(NamedTuple):
    """The recordings of one device."""

    label: str
    spans: list[ChartSpan]


_WIDE = 1_000


def lanes(summaries: Sequence[Summary]) -> list[Lane]:
    """Return recordings on one time line, with a lane for each device and browser."""
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
            ChartSpan(round(x, 1), round(width, 1), summary, _time(int(summary.started_at)))
        )
    return [Lane(label, spans) for label, spans in found.items()]


def _end(summary: Summary) -> float:
    return min(_LATEST, summary.started_at + summary.duration_ms / 1000)


def device(summary: Summary) -> str:
    """Return a short description of the visitor's device."""
    return " · ".join(filter(None, (summary.facets.device, summary.facets.browser)))
