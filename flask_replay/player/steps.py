"""A recording as the player wants it: one step for each request, small enough for thousands."""

from __future__ import annotations

from typing import Any

import msgspec

from ..recording.model import Batch, Error, Frame, Recording

_FACTS = ("method", "url", "host", "endpoint", "status", "duration_ms", "redirect", "mimetype", "size")
_DATA = ("view_args", "form", "json", "files", "flags")
_STRING = "(from a string)"
_MAX_MESSAGE = 300


def steps(recording: Recording) -> list[dict[str, Any]]:
    """Give the steps of a recording, in order; what is empty is left out.

    ``t`` is the offset and ``d`` the duration in milliseconds; ``page`` tells whether the step
    shows something, ``frames`` and ``errors`` what stands under it in the list of events.
    """
    return [_step(batch) for batch in recording.batches]


def _step(batch: Batch) -> dict[str, Any]:
    request = batch.request
    step: dict[str, Any] = {
        "page": bool(batch.parts),
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
