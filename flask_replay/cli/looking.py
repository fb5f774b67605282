"""How moments and spans of time are printed."""

from __future__ import annotations

from datetime import datetime

from ..recording.model import Summary


def _clock(milliseconds: int) -> str:
    minutes, rest = divmod(max(0, milliseconds), 60_000)
    return f"{minutes}:{rest / 1000:04.1f}"


def _moment(summary: Summary) -> str:
    return at(summary.started_at)


def at(moment: float) -> str:
    """Return a moment, in seconds since 1970, as the clock of this machine has it."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
