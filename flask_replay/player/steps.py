"""A recording as the player wants it: one step for each request, small enough for thousands."""

from __future__ import annotations

from typing import Any

import msgspec

from ..fragments.visits import DOCUMENT, FETCH, OTHER, Place, follow
from ..recording.model import Batch, Error, Frame, Message, Recording

_FACTS = ("method", "url", "host", "endpoint", "status", "duration_ms", "redirect", "mimetype", "size")
_DATA = ("view_args", "form", "json", "data", "files", "flags")
_STRING = "(from a string)"
_MAX_MESSAGE = 300
_MAX_GLANCE = 120
_SOCKET = ("protocol", "headers", "code", "reason", "by", "lost")
_MESSAGE = ("text", "json", "event", "binary", "size", "flags")


def steps(recording: Recording) -> list[dict[str, Any]]:
    """Give the steps of a recording, in order; what is empty is left out.

    ``t`` is the offset and ``d`` the duration in milliseconds; ``page`` tells whether the step
    shows something, ``frames`` and ``errors`` what stands under it in the list of events. ``tab`` is
    the number of the visitor's tab, ``at`` the address of the page, where a script asked and not the
    visitor, and ``data`` tells that a script got data.
    """
    places = follow(recording.batches)
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
    elif batch.message is not None:
        message = batch.message
        way = "event" if message.event else "sent" if message.sent else "received"
        says = "" if step["frames"] else glance(message)
        step |= {"method": way, "url": message.url, "says": says, "socket": message.socket}
    elif batch.socket is not None:
        socket = batch.socket
        says = " ".join((str(socket.code or ""), f"by the {socket.by}" if socket.by else "", socket.reason)).strip()
        step |= {"method": socket.state, "url": socket.url, "says": says, "socket": socket.socket}
    elif step["frames"]:
        step |= {"method": "render", "url": step["frames"].pop(0)}  # a job's: no request, the template names it
    kept = {name: value for name, value in step.items() if value}
    return {"t": batch.events[0].offset_ms if batch.events else 0, **kept}


def glance(message: Message) -> str:
    """Say in a few words what a message says."""
    if message.json is not None:
        shown = msgspec.json.encode(message.json).decode()
    elif message.binary:
        shown = f"{message.size:,} bytes"
    else:
        literal = "".join(part for part in message.parts if isinstance(part, str))
        shown = message.text or " ".join(literal.split()) or ("HTML" if message.parts else f"{message.size:,} bytes")
    name = f"{message.event}: " if message.event else ""
    return f"{name}{shown[:_MAX_GLANCE]}{'…' if len(shown) > _MAX_GLANCE else ''}"


def details(batch: Batch) -> dict[str, Any]:
    """Give everything that a step holds but the traces, as plain data for the panel."""
    request = batch.request
    return {
        "request": {} if request is None else {name: getattr(request, name) for name in _FACTS},
        "data": {} if request is None else msgspec.to_builtins({name: getattr(request, name) for name in _DATA}),
        **_connection(batch),
        "frames": [_frame(frame, batch.events[0].offset_ms) for frame in batch.frames],
        "errors": [_error(error) for error in batch.errors],
    }


def _connection(batch: Batch) -> dict[str, Any]:
    """Give what a message holds, or what became of a connection."""
    message, socket = batch.message, batch.socket
    if message is not None:
        facts = {"url": message.url, "direction": "sent by the app" if message.sent else "sent by the visitor"}
        kept = {name: value for name in _MESSAGE if (value := getattr(message, name))}
        return {"request": facts, "data": msgspec.to_builtins(kept)}
    if socket is None:
        return {}
    kept = {name: value for name in _SOCKET if (value := getattr(socket, name))}
    return {"connection": msgspec.to_builtins({"state": socket.state, **kept})}


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
