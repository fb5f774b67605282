"""A recording as the player wants it: one step for each request, small enough for thousands."""

from __future__ import annotations

from typing import Any

import msgspec

from ..recording.model import Batch, Error, Frame, Recording


def steps(recording: Recording) -> list[dict[str, Any]]:
    """Give the steps of a recording, in order.

    ``t`` is the offset and ``d`` the duration in milliseconds; ``page`` tells whether the step
    shows something, ``frames`` and ``errors`` what stands under it in the list of events.
    """
    return [_step(batch) for batch in recording.batches]


def _step(batch: Batch) -> dict[str, Any]:
    request = batch.request
    step: dict[str, Any] = {
        "t": batch.events[0].offset_ms if batch.events else 0,
        "frames": [frame.template or "(from a string)" for frame in batch.frames],
        "errors": [f"{error.type}: {error.message}"[:300] for error in batch.errors],
    }
    if request is not None:
        step |= {
            "method": request.method,
            "url": request.url,
            "host": request.host,
            "status": request.status,
            "redirect": request.redirect,
            "d": request.duration_ms,
            "page": bool(request.parts),
        }
    return step


def details(batch: Batch) -> dict[str, Any]:
    """Give everything that a step holds but the traces, as plain data for the panel."""
    request = batch.request
    shown: dict[str, Any] = {}
    if request is not None:
        for name in ("method", "url", "host", "endpoint", "status", "duration_ms", "redirect", "mimetype", "size"):
            shown[name] = getattr(request, name)
        for name in ("view_args", "form", "json", "files", "flags"):
            if getattr(request, name):
                shown[name] = msgspec.to_builtins(getattr(request, name))
    return {
        "request": shown,
        "frames": [_frame(frame) for frame in batch.frames],
        "errors": [_error(error) for error in batch.errors],
    }


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "template": frame.template or "(from a string)",
        "others": sorted(name.rpartition("\n")[2] for name in frame.templates),
        "objects": len(frame.trace.objects),
        "finished": not frame.stopped,
        "flags": list(frame.flags),
    }


def _error(error: Error) -> dict[str, Any]:
    return {"type": error.type, "message": error.message, "traceback": error.traceback}
