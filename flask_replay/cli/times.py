"""Format moments, durations and numbers of things."""

from __future__ import annotations

from datetime import datetime

from ..recording.summary import Summary


def counted(number: int, thing: str) -> str:
    """Return a number with its noun: ``0 recordings``, ``1 recording``, ``1,024 recordings``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def elapsed(milliseconds: int) -> str:
    """Return a duration as minutes and seconds."""
    minutes, rest = divmod(max(0, milliseconds), 60_000)
    return f"{minutes}:{rest / 1000:04.1f}"


def moment_of(summary: Summary) -> str:
    """Return when a recording began, in this machine's time zone."""
    return at(summary.started_at)


def at(moment: float) -> str:
    """Return a time in seconds since 1970 as text, in this machine's time zone."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
