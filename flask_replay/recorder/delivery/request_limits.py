"""Keep what one request takes within bounds: drop what there is most of first, so the rest tells
what happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ...codec import encode_batch
from ...recording.batch import Batch
from ...recording.events import AnyEvent, Error, Frame, Request
from ...trace.model import Trace

CUT = "cut"
"""Flags a recording of which a request was larger than may be kept, and the request."""

_BARE: dict[type, dict[str, Any]] = {
    Frame: {"trace": Trace(), "digest": b"", "masked": b"", "stopped": True},
    Request: {"view_args": {}, "form": {}, "json": None, "files": {}, "parts": (), "data": None},
    Error: {"message": "", "traceback": ""},
}
"""What is left out of an event, by its type. Others are cut where they are made."""

_TRUNCATED = "truncated"

_PAGE = 16
"""So small a part of what is kept is the page, in characters, each of which may take four bytes."""

_NUMBER = 4
"""Characters that the number of a frame stands for."""


def fit(batch: Batch, format: str, limit: int) -> tuple[Batch, bytes, bool]:
    """Return as much of a batch as may be kept, that encoded, and whether something was left out.

    The largest events lose what they carry, until the rest fits; if all did and it still does not,
    the last are gone.

    :param limit: bytes.
    """
    payload = encode_batch(batch, format)
    if len(payload) <= limit:
        return batch, payload, False
    sizes = [len(encode_batch(Batch((event,)), format)) for event in batch.events]
    events = list(batch.events)
    total = sum(sizes)
    for place in sorted(range(len(events)), key=lambda place: -sizes[place]):
        if total <= limit:
            break
        events[place] = _bare(events[place], limit // _PAGE)
        left = len(encode_batch(Batch((events[place],)), format))
        total, sizes[place] = total - sizes[place] + left, left
    while events and total > limit:
        events.pop()
        total -= sizes.pop()
    kept = Batch(tuple(events))
    return kept, encode_batch(kept, format), True


def _bare(event: AnyEvent, room: int) -> AnyEvent:
    """Return an event without what may be large in it, flagged where there is room for a flag.

    :param room: characters of a page that stay.
    """
    fields = dict(_BARE.get(type(event), {}))
    if isinstance(event, Request):
        fields["parts"] = tuple(_first(event.parts, room))
        fields["flags"] = (*event.flags, CUT)
    elif isinstance(event, Frame):
        fields["flags"] = (*event.flags, _TRUNCATED)
    return msgspec.structs.replace(event, **fields) if fields else event


def _first(parts: Iterable[int | str], room: int) -> Iterator[int | str]:
    """Return what a page begins with."""
    for part in parts:
        if room <= 0:
            break
        kept = part if isinstance(part, int) else part[:room]
        room -= _NUMBER if isinstance(kept, int) else len(kept)
        yield kept
