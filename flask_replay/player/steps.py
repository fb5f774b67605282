"""A recording as the player wants it: one step for each request, small enough for thousands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..fragments.visits import DOCUMENT, FETCH, OTHER, Place
from ..recording.model import Batch, Error, Frame, Recording

_FACTS = ("method", "url", "host", "endpoint", "status", "duration_ms", "redirect", "mimetype", "size")
_DATA = ("view_args", "form", "json", "data", "files", "flags")
_STRING = "(from a string)"
_MAX_MESSAGE = 300


def steps(recording: Recording, places: Sequence[Place]) -> list[dict[str, Any]]:
    """Give the steps of a recording, in order; what is empty is left out.

    ``t`` is the offset and ``d`` the duration in milliseconds; ``page`` tells whether the step
    shows something, ``frames`` and ``errors`` what stands under it in the list of events. ``tab`` is
    the number of the visitor's tab, ``at`` the address of the page, where a script asked and not the
    visitor, and ``data`` tells that a script got data.
    """
    return [_step(batch, place) for batch, place in zip(recording.batches, places, strict=True)]


def _step(batch: Batch, place: Place) -> dict[str, Any]:
    request = batch.request
    scripted = place.kind not in {DOCUMENT, OTHER}
    shown = bool(batch.parts) or (scripted and place.kind != FETCH and place.page >= 0)
    step: dict[str, Any] = {
        "tab": place.tab,
        "at": place.url if scripted and place.page >= 0 else "",
        "data": request is not None and request.data is not None,
        "page": shown,
        "frames": [frame.template or _STRING for frame in batch.frames],
        "errors": [f"{error.type}: {error.message}"[:_MAX_MESSAGE] for error in batch.errors],
    }
    if request is not None:
        step |= {
            "method": request.method,
            "url": request.url,
            "host": request.host,
            "status": request.status,
            "redirect": request.redirect,
            "d": request.duration_ms,
        }
    elif step["frames"]:
        step |= {"method": "render", "url": step["frames"].pop(0)}  # a job's: no request, the template names it
    kept = {name: value for name, value in step.items() if value}
    return {"t": batch.events[0].offset_ms if batch.events else 0, **kept}


def details(batch: Batch) -> dict[str, Any]:
    """Give everything that a step holds but the traces, as plain data for the panel."""
    request = batch.request
    return {
        "request": {} if request is None else {name: getattr(request, name) for name in _FACTS},
        "data": {} if request is None else msgspec.to_builtins({name: getattr(request, name) for name in _DATA}),
        "frames": [_frame(frame, batch.events[0].offset_ms) for frame in batch.frames],
        "errors": [_error(error) for error in batch.errors],
    }


def _frame(frame: Frame, start: int) -> dict[str, Any]:
    return {
        "template": frame.template or _STRING,
        "after_ms": frame.offset_ms - start,
        "others": sorted({name.rpartition("\n")[2] for name in frame.templates}),
        "objects": len(frame.trace.objects),
        "finished": not frame.stopped,
        "flags": list(frame.flags),
    }


def _error(error: Error) -> dict[str, Any]:
    return {"type": error.type, "message": error.message, "traceback": error.traceback}
