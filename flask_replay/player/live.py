"""Watch a running recording: send the entries of the journal that a viewer does not have yet.

Everything is read from the journal, so any process or machine can serve the viewer. A cursor holds
the viewer's position: for each worker that wrote, the number of entries that the viewer has, and
the number of the last one. After a lost connection, the viewer sends the cursor to any worker.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from flask import Flask

from ..fragments.pages_and_tabs import follow
from ..recording.model import Recording
from ..recording.summary import RecordingStatus, Summary
from .guard import Guard
from .steps import Step, follow_steps, step_data

LIVE_PAUSE = 0.2
"""Seconds between two reads of the journal."""

RECHECKED_AFTER = 5.0
"""Seconds after which a viewer's permission is checked again, if nothing happens."""

REFUSED = 1008
BUSY = 1013
"""Codes with which a viewer's socket is closed: RFC 6455, section 7.4."""

Cursor = dict[str, tuple[int, int]]

_seats = threading.Semaphore(1)
"""A worker with threads serves one viewer over a socket, because a socket occupies a thread that
visitors need. Other viewers poll.
"""


def cursor_of(text: str) -> Cursor:
    """Return the cursor that a viewer sent, an empty one if it is invalid."""
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.MsgspecError:
        return {}


def news(recording: Recording, cursor: Cursor) -> dict[str, Any]:
    """Return the steps that a viewer lacks, and the new cursor.

    If entries arrive late, from a store that had failed, all entries of their worker are sent
    again. A step is also sent again if its tab becomes known only now, because two tabs are used
    alternately. The key of a step tells which one it replaces.
    """
    numbers = _numbers(recording)
    last = {worker: _last(found, cursor.get(worker, (0, -1))) for worker, found in numbers.items()}
    known = [number <= last[worker] for worker, number in recording.keys]
    return {
        **state(recording),
        "steps": [] if all(known) else [step_data(step) for step in _fresh(recording, known)],
    }


def state(recording: Recording) -> dict[str, Any]:
    """Return the summary, the cursor of a viewer who has everything, and whether the recording has
    ended.
    """
    return {
        "summary": msgspec.to_builtins(recording.summary),
        "cursor": {
            worker: (len(found), max(found)) for worker, found in _numbers(recording).items()
        },
        "ended": recording.summary.status != RecordingStatus.ACTIVE,
    }


def _numbers(recording: Recording) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for worker, number in recording.keys:
        numbers.setdefault(worker, []).append(number)
    return numbers


def _fresh(recording: Recording, known: Sequence[bool]) -> Iterator[Step]:
    """Return the steps that a viewer does not have, or has in another tab."""
    before = iter(
        follow([batch for batch, old in zip(recording.batches, known, strict=True) if old])
    )
    for step, old in zip(follow_steps(recording), known, strict=True):
        if not old or next(before).tab != step.place.tab:
            yield step


def _last(numbers: list[int], known: tuple[int, int]) -> int:
    """Return the number up to which a viewer has all entries of a worker, -1 if some are
    missing.
    """
    count, last = known
    return last if sum(number <= last for number in numbers) == count else -1


def may_hold(environ: Mapping[str, Any]) -> bool:
    """Whether the worker of a request can keep a socket open and still serve visitors."""
    if environ.get("SERVER_SOFTWARE", "").startswith("gevent") or "eventlet.input" in environ:
        return True
    reachable = "werkzeug.socket" in environ or "gunicorn.socket" in environ
    return reachable and bool(environ.get("wsgi.multithread"))


class Seat:
    """A context in which a viewer may keep a socket open.

    :ivar taken: whether a seat was free.
    """

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self.counted = "gunicorn.socket" in environ and not _is_green()
        self.taken = True

    def __enter__(self) -> bool:
        if self.counted:
            self.taken = _seats.acquire(blocking=False)
        return self.taken

    def __exit__(self, *_: object) -> None:
        if self.counted and self.taken:
            _seats.release()


def _is_green() -> bool:
    """Whether threads are greenlets, of which there may be any number."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))


def still_may_view(app: Flask, environ: Mapping[str, Any], guard: Guard, summary: Summary) -> bool:
    """Check again whether a viewer may watch, as if in a new request, because what the app loaded
    for the first one is out of date.
    """
    ours = ("flask_replay.", "werkzeug.request")
    fresh = {name: value for name, value in environ.items() if not name.startswith(ours)}
    with guard.boundary.guard("ask again who may see recordings"), app.request_context(fresh):  # type: ignore[arg-type]
        return app.preprocess_request() is None and guard.allows("view", "live", recording=summary)
    return False
