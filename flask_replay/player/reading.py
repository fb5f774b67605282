"""Programs read recordings over HTTP: what happened, what a template read, what a page was.

A token with the scope ``read`` lets them in, and the app's ``authorize`` says what they may see, as of everybody else:
``replay.token`` tells it which token it is.
"""

from __future__ import annotations

from typing import Any

from flask import request

from ..engine.replaying import page
from ..errors import DecodeError, RecordingNotFound
from ..inert import whole
from ..insight import State, state, story
from ..recording.model import Recording
from ..web.api import Refused, answering, named_token
from ..web.openapi import Page, Told
from .steps import details, follow_steps, told
from .views import Views, unreadable

TOKEN = "flask_replay.token"  # noqa: S105 - a key of the WSGI environment
"""Under which the environment of a request names the token that let it in."""

_STEPS = 500
"""Steps that are told at once."""


class Reading(Views):
    """The views of programs that read."""

    @answering
    def recording(self, id: str) -> tuple[Told, int]:
        """Tell a recording: its summary, its steps, a page of them at a time, and with the first its story."""
        recording = self._admitted(id)
        start = max(0, request.args.get("from", 0, type=int))
        frames = 0
        events: list[dict[str, Any]] = []
        for step in follow_steps(recording):
            if start <= step.number < start + _STEPS:
                events.append({"step": step.number, "frame": frames, **told(step), "details": details(step.batch)})
            frames += len(step.batch.frames)
        more = start + _STEPS if start + _STEPS < len(recording.batches) else None
        said = None if start else story(recording, self._state().watching)
        return Told(recording.summary, said, events, more), 200

    @answering
    def state(self, id: str, number: int) -> tuple[State, int]:
        """Tell what the template of a frame read."""
        frames = list(self._admitted(id).frames)
        if number >= len(frames):
            raise Refused(404, f"the recording has {len(frames)} frames, and none numbered {number}")
        return state(frames[number], self._state().watching), 200

    @answering
    def page(self, id: str, number: int) -> tuple[Page, int]:
        """Give the HTML that a step was answered with."""
        batches = self._admitted(id).batches
        if number >= len(batches):
            raise Refused(404, f"the recording has {len(batches)} steps, and none numbered {number}")
        rendered = page(batches[number], self._state().renderer)
        return Page(whole(rendered.html), tuple(map(whole, rendered.missing)), whole(rendered.problem)), 200

    def _admitted(self, id: str) -> Recording:
        """Return a recording to whose token, and the app's rule, let it be read; note that."""
        state_, guard = self._state(), self._guard()
        request.environ[TOKEN] = named_token(state_.settings.api_tokens, reads=True)[0]
        closed = Refused(404, "there is no such recording that this token may read")
        problem: DecodeError | None = None
        try:
            recording = self._recent.get(state_.recordings, id)
        except RecordingNotFound:
            raise closed from None
        except DecodeError as error:
            recording, problem = Recording(summary=unreadable(id), batches=()), error
        if not guard.allows("view", recording=recording.summary):
            state_.audit("refused", id, f"view {request.path}")
            raise closed
        if problem is not None:
            raise Refused(503, str(problem)) from None
        guard.note("view", recording.summary)
        return recording


def reader() -> str | None:
    """Return the name of the token that let the current request read, ``None`` where none did."""
    name = request.environ.get(TOKEN) if request else None
    return name if isinstance(name, str) else None
