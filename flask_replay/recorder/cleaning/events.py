"""The last stage of cleaning: every known secret is removed from all texts of an event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from ...recording.events import AnyEvent, Frame
from ...sanitize.guarded import GuardedSanitizer

_STRUCTURE = frozenset(
    {
        "offset_ms", "method", "host", "ip", "endpoint", "status", "mimetype", "flags", "kind",
        "state", "protocol", "socket", "by", "type", "screenshot", "dom", "sequence", "snapshots",
        "asset",
    }
)  # fmt: skip
"""Fields whose values come from Flask-Replay, from HTTP or from the app's code."""

E = TypeVar("E", bound=AnyEvent)


def clean_events(events: Iterable[E], guarded: GuardedSanitizer, written: object) -> tuple[E, ...]:
    """Return events without the secrets that were learnt while they were made.

    Call this when the whole batch is made, because a secret may be learnt from its last event.
    Frames are already clean: of their text, only what was read is kept (``render.py``).

    :param written: the events that are no frames, or their JSON.
    """
    made = tuple(events)
    if not guarded.may_hold(written):
        return made
    return tuple(event if isinstance(event, Frame) else _clean(event, guarded) for event in made)


def _clean(event: E, guarded: GuardedSanitizer) -> E:
    changed: dict[str, object] = {}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if name in _STRUCTURE or not value or not isinstance(value, str | dict | list | tuple):
            continue
        if name == "parts":  # some parts are numbers of frames
            kept: object = tuple(
                guarded.hide(part) if isinstance(part, str) else part for part in value
            )
        else:
            kept = guarded.hide(value)
        if kept != value:
            changed[name] = kept
    return msgspec.structs.replace(event, **changed) if changed else event
