"""How moments and spans of time are printed."""

from __future__ import annotations

from datetime import datetime

from ..recording.summary import Summary


def clock(milliseconds: int) -> str:
    """Return a span of time as minutes and seconds."""
    minutes, rest = divmod(max(0, milliseconds), 60_000)
    return f"{minutes}:{rest / 1000:04.1f}"


def moment_of(summary: Summary) -> str:
    """Return when a recording began, as the clock of this machine has it."""
    return at(summary.started_at)


def at(moment: float) -> str:
    """Return a moment, in seconds since 1970, as the clock of this machine has it."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
