"""A recording in the form that the player uses: one step per batch, small enough for thousands."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple, overload

import msgspec

from ..fragments.pages_and_tabs import PagePlace, ResponseKind, follow
from ..insight.curl import as_curl
from ..insight.messages import glance
from ..recording.batch import Batch
from ..recording.events import Action, Error, Frame, RunStatus, Snapshot
from ..recording.model import Recording
from .other_pages import is_image_page
from .snapshots import address


class StepKind(StrEnum):
    """The kinds of content that a step can show."""

    PAGE = "page"
    """The page that the visitor received."""
    FRAGMENT = "fragment"
    """The visitor's page after a script inserted the response; or beside it, if only the script
    knows the place.
    """
    DATA = "data"
    """The response that a script of the page received, which is not HTML."""
    SNAPSHOT = "snapshot"
    """A snapshot of a program's action."""
    NO_STEP = ""


_FACTS = (
    "method",
    "url",
    "host",
    "endpoint",
    "status",
    "duration_ms",
    "redirect",
    "mimetype",
    "size",
    "literal",
)
_DATA = (
    "view_args",
    "form",
    "json",
    "data",
    "files",
    "flags",
    "request_headers",
    "response_headers",
)
STRING = "(from a string)"
_MAX_MESSAGE = 300
_MAX_VALUE = 100
_SOCKET = ("protocol", "headers", "code", "reason", "by", "lost")
_MESSAGE = ("text", "json", "event", "binary", "size", "flags")


class Step(NamedTuple):
    """One step of a recording.

    :param number: the number of its batch in the recording.
    :param key: its name in a running recording, where others may be inserted before it: the worker
        that wrote it, and its number.
    :param place: its tab and page.
    """

    number: int
    batch: Batch
    place: PagePlace
    key: tuple[str, int] | None = None

    @property
    def swaps(self) -> bool:
        """Whether a script of a recorded page used the response."""
        return (
            self.place.kind not in {ResponseKind.DOCUMENT, ResponseKind.OTHER}
            and self.place.page >= 0
        )

    @property
    def shows(self) -> StepKind:
        """Return what can be shown."""
        request, action = self.batch.request, self.batch.action
        if action is not None and action.snapshots:
            return StepKind.SNAPSHOT
        if self.swaps and (self.batch.parts or self.place.kind != ResponseKind.FETCH):
            return StepKind.FRAGMENT
        if self.batch.parts or is_image_page(request):
            return StepKind.PAGE
        return (
            StepKind.DATA if request is not None and request.data is not None else StepKind.NO_STEP
        )


class Steps(Sequence[Step]):
    """The steps of a recording. Each is built when it is needed, because a player repeatedly
    requests one of thousands.

    :param places: the tabs and pages of the batches.
    """

    def __init__(self, recording: Recording, places: Sequence[PagePlace]) -> None:
        self._recording = recording
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, number: int) -> Step: ...

    @overload
    def __getitem__(self, number: slice) -> list[Step]: ...

    def __getitem__(self, number: int | slice) -> Step | list[Step]:
        """Return a step, or several."""
        if isinstance(number, slice):
            return [self[single] for single in range(*number.indices(len(self)))]
        if not 0 <= number < len(self):
            raise IndexError(number)
        keys = self._recording.keys
        return Step(
            number,
            self._recording.batches[number],
            self._places[number],
            keys[number] if keys else None,
        )


def follow_steps(recording: Recording, places: Sequence[PagePlace] | None = None) -> Steps:
    """Return the steps of a recording, in order.

    :param places: the tabs and pages of the batches, if known.
    """
    return Steps(recording, follow(recording.batches) if places is None else places)


def steps(recording: Recording) -> list[dict[str, Any]]:
    """Return the steps of a recording for the player, see :func:`step_data`."""
    return [step_data(step) for step in follow_steps(recording)]


def step_data(step: Step) -> dict[str, Any]:
    """Return the data of a step for the player's page, without empty fields.

    ``t`` is the offset and ``d`` the duration in milliseconds. ``shows`` is the kind of content;
    ``frames`` and ``errors`` are listed below the step. ``tab`` is the number of the visitor's tab.
    ``at`` is the address of the page, if it differs from the step's own.
    """
    batch, place = step.batch, step.place
    request = batch.request
    facts: dict[str, Any] = {
        "key": step.key,
        "tab": place.tab,
        "at": place.url if step.swaps else "",
        "shows": step.shows,
        "frames": [frame.template or STRING for frame in batch.frames],
        "errors": [f"{error.type}: {error.message}"[:_MAX_MESSAGE] for error in batch.errors],
    }
    if request is not None:
        facts |= {
            "method": request.method,
            "url": request.url,
            "host": request.host,
            "status": request.status,
            "redirect": request.redirect,
            "d": request.duration_ms,
        }
    elif batch.action is not None:
        facts |= _action_facts(batch.action)
    elif batch.run is not None:
        facts |= {
            "method": "run",
            "url": "began" if batch.run.status == RunStatus.RECORDING else batch.run.status,
        }
    elif batch.message is not None:
        message = batch.message
        way = "event" if message.event else "sent" if message.sent else "received"
        says = "" if facts["frames"] else glance(message)
        facts |= {"method": way, "url": message.url, "says": says, "socket": message.socket}
    elif batch.socket is not None:
        socket = batch.socket
        says = " ".join(
            (str(socket.code or ""), f"by the {socket.by}" if socket.by else "", socket.reason)
        ).strip()
        facts |= {"method": socket.state, "url": socket.url, "says": says, "socket": socket.socket}
    elif facts["frames"]:
        # a job has no request, so its template names it
        facts |= {"method": "render", "url": facts["frames"].pop(0)}
    kept = {name: value for name, value in facts.items() if value}
    return {"t": batch.events[0].offset_ms if batch.events else 0, **kept}


def _action_facts(action: Action) -> dict[str, Any]:
    """Return the data of a program's action for the list of events."""
    value = action.value
    shown = (
        ""
        if value is None
        else value
        if isinstance(value, str)
        else msgspec.json.encode(value).decode()
    )
    shown = f"{shown[:_MAX_VALUE]}…" if len(shown) > _MAX_VALUE else shown
    return {
        "both": len(action.snapshots) > 1,
        "method": action.type,
        "url": action.selector or shown,
        "value": shown if action.selector else "",
        "at": address(action),
    }


def details(batch: Batch) -> dict[str, Any]:
    """Return all data of a step except traces, for the panel."""
    request = batch.request
    return {
        "request": {} if request is None else {name: getattr(request, name) for name in _FACTS},
        "data": {}
        if request is None
        else msgspec.to_builtins({name: getattr(request, name) for name in _DATA}),
        **_connection(batch),
        "frames": [_frame(frame, batch.events[0].offset_ms) for frame in batch.frames],
        "errors": [_error(error) for error in batch.errors],
        "program": _program(batch),
        "curl": "" if request is None else as_curl(request),
    }


def _program(batch: Batch) -> dict[str, Any]:
    """Return a program's data of an action or its run, without empty fields."""
    action, run = batch.action, batch.run
    own: dict[str, Any]
    fields: dict[str, Any] = {}
    if action is not None:
        own = {
            "action": action.type,
            "number": action.sequence,
            "selector": action.selector,
            "value": action.value,
            "screenshot": _size(action.screenshot),
            "DOM snapshot": _size(action.dom),
        }
        # the program's own fields come last and replace no others
        fields = {**own, **action.metadata, **own}
    elif run is not None:
        own = {"run": run.status, "error": run.error}
        fields = {**own, **run.metadata, **own}
    return {name: value for name, value in fields.items() if value not in ("", None)}


def _size(snapshot: Snapshot | None) -> str:
    if snapshot is None:
        return ""
    pixels = f"{snapshot.width} × {snapshot.height}, " if snapshot.width else ""
    return f"{pixels}{snapshot.size:,} bytes"


def _connection(batch: Batch) -> dict[str, Any]:
    """Return the data of a message or connection."""
    message, socket = batch.message, batch.socket
    if message is not None:
        facts = {
            "url": message.url,
            "direction": "sent by the app" if message.sent else "sent by the visitor",
        }
        kept = {name: value for name in _MESSAGE if (value := getattr(message, name))}
        if message.json is not None:  # it may be 0, false or empty
            kept["json"] = message.json
        return {"request": facts, "data": msgspec.to_builtins(kept)}
    if socket is None:
        return {}
    kept = {name: value for name in _SOCKET if (value := getattr(socket, name))}
    return {"connection": msgspec.to_builtins({"state": socket.state, **kept})}


def _frame(frame: Frame, start: int) -> dict[str, Any]:
    return {
        "template": frame.template or STRING,
        "after_ms": frame.offset_ms - start,
        "others": sorted({name.rpartition("\n")[2] for name in frame.templates}),
        "objects": len(frame.trace.objects),
        "finished": not frame.stopped,
        "flags": list(frame.flags),
    }


def _error(error: Error) -> dict[str, Any]:
    return {"type": error.type, "message": error.message, "traceback": error.traceback}
