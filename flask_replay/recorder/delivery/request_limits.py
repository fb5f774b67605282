"""Limit the size of one request. The largest parts are dropped first, so that the rest still shows
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
"""The flag of a request that was too large to be kept whole, and of its recording."""

_BARE: dict[type, dict[str, Any]] = {
    Frame: {"trace": Trace(), "digest": b"", "masked": b"", "stopped": True},
    Request: {"view_args": {}, "form": {}, "json": None, "files": {}, "parts": (), "data": None},
    Error: {"message": "", "traceback": ""},
}
"""The fields that are emptied, by the type of event. Other types are limited where they are made.
"""

_TRUNCATED = "truncated"

_PAGE = 16
"""The limit divided by this gives the most characters kept of a page. Each may take four bytes."""

_NUMBER = 4
"""The number of characters that a reference to a frame counts as."""


def fit(batch: Batch, format: str, limit: int) -> tuple[Batch, bytes, bool]:
    """Return as much of a batch as may be kept, its encoded form, and whether something was
    dropped.

    The largest events are emptied until the batch fits. If that is not enough, the last events are
    dropped.

    :param limit: the largest size, in bytes.
    """
    payload = encode_batch(batch, format)
    if len(payload) <= limit:
        return batch, payload, False
    sizes = [len(encode_batch(Batch((event,)), format)) for event in batch.events]
    events = list(batch.events)
    total = sum(sizes)
    for index in sorted(range(len(events)), key=lambda index: -sizes[index]):
        if total <= limit:
            break
        events[index] = _bare(events[index], limit // _PAGE)
        remaining = len(encode_batch(Batch((events[index],)), format))
        total, sizes[index] = total - sizes[index] + remaining, remaining
    while events and total > limit:
        events.pop()
        total -= sizes.pop()
    kept = Batch(tuple(events))
    return kept, encode_batch(kept, format), True


def _bare(event: AnyEvent, room: int) -> AnyEvent:
    """Return an event without its large fields. A request and a frame are flagged.

    :param room: the number of characters of a page to keep.
    """
    fields = dict(_BARE.get(type(event), {}))
    if isinstance(event, Request):
        fields["parts"] = tuple(_first(event.parts, room))
        fields["flags"] = (*event.flags, CUT)
    elif isinstance(event, Frame):
        fields["flags"] = (*event.flags, _TRUNCATED)
    return msgspec.structs.replace(event, **fields) if fields else event


def _first(parts: Iterable[int | str], room: int) -> Iterator[int | str]:
    """Yield the beginning of a page."""
    for part in parts:
        if room <= 0:
            break
        kept = part if isinstance(part, int) else part[:room]
        room -= _NUMBER if isinstance(kept, int) else len(kept)
        yield kept
