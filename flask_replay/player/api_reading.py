"""The HTTP API for programs that read recordings: summaries, what templates read, and pages.

Access requires a token with the scope ``read``. As for all users, the app's ``authorize`` decides
what the program may see; ``replay.token`` is the name of its token.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import request

from .. import value_forms
from ..engine.replaying import page
from ..errors import ConfigError, DecodeError, RecordingNotFound
from ..insight import PageState, state, story
from ..recording.model import Recording
from ..safe_text import whole
from ..storage import Filter
from ..storage.finding.filters import FINDS, NAMES
from ..storage.finding.orders import ORDERS, order
from ..value_forms import Form, shown
from ..web.api import Refused, answering, named_token
from ..web.payloads import LARGEST, LIST_PAGE, Errors, Listing, PageHTML, RecordingSteps
from .guard import Guard
from .steps import details, follow_steps, step_data
from .views import Views, unreadable

TOKEN_NAME = "flask_replay.token"  # noqa: S105 - a key of the WSGI environment
"""The key in the WSGI environment for the name of the request's token."""

_STEPS = 500
"""Steps in one response."""


class Reading(Views):
    """The views for programs that read."""

    scope = "read"
    """The scope that a token needs."""

    @answering
    def recordings(self) -> tuple[Listing, int]:
        """Return a page of the recordings that the token may read, by the filters of the list."""
        guard = self._listing()
        where, how = _filtered("before", "limit", "sort", "unconfirmed")
        found = self._state().recordings.found(
            where,
            sort=how.get("sort", "start"),
            before=how.get("before"),
            limit=how.get("limit", LIST_PAGE),
            unconfirmed=how.get("unconfirmed", False),
            opens=lambda summary: guard.allows("view", recording=summary),
        )
        return Listing(found.summaries, found.older, found.totals), 200

    @answering
    def errors(self) -> tuple[Errors, int]:
        """Return the kinds of errors in the recordings that the token may read."""
        guard = self._listing()
        where, how = _filtered("unconfirmed")
        kinds = self._state().recordings.errors(
            where,
            unconfirmed=how.get("unconfirmed", False),
            opens=lambda summary: guard.allows("view", recording=summary),
        )
        return Errors(kinds), 200

    @answering
    def recording(self, id: str) -> tuple[RecordingSteps, int]:
        """Return a recording: its summary and a page of its steps, the first page with its
        story.
        """
        recording = self._admitted(id)
        start = _parameters("from").get("from", 0)
        frames = 0
        events: list[dict[str, Any]] = []
        for step in follow_steps(recording):
            if start <= step.number < start + _STEPS:
                events.append(
                    {
                        "step": step.number,
                        "frame": frames,
                        **step_data(step),
                        "details": details(step.batch),
                    }
                )
            frames += len(step.batch.frames)
        more = start + _STEPS if start + _STEPS < len(recording.batches) else None
        sentences = None if start else story(recording, self._state().observing)
        return RecordingSteps(
            recording.summary, sentences, events, self._state().recordings.remarks(id), more
        ), 200

    @answering
    def state(self, id: str, number: int) -> tuple[PageState, int]:
        """Return what the template of a frame read."""
        frames = list(self._admitted(id).frames)
        _parameters()
        if number >= len(frames):
            raise Refused(
                404, f"the recording has {len(frames)} frames, but none numbered {number}"
            )
        return state(frames[number], self._state().observing), 200

    @answering
    def page(self, id: str, number: int) -> tuple[PageHTML, int]:
        """Return the HTML of the response of a step."""
        batches = self._admitted(id).batches
        _parameters()
        if number >= len(batches):
            raise Refused(
                404, f"the recording has {len(batches)} steps, but none numbered {number}"
            )
        rendered = page(batches[number], self._state().renderer)
        return PageHTML(
            whole(rendered.html), tuple(map(whole, rendered.missing)), whole(rendered.problem)
        ), 200

    def _listing(self) -> Guard:
        """Return the guard of a token that the app's rule allows to list recordings, and log the
        access.
        """
        guard = self._let_in()
        if not guard.allows("list"):
            self._state().audit("refused", detail=f"list {request.path}")
            raise Refused(404, "this token may not list recordings")
        guard.note("list")
        return guard

    def _let_in(self) -> Guard:
        """Return the guard of a request whose token may read. ``authorize`` can find out the
        token's name.
        """
        guard, tokens = self._guard(), self._state().settings.api_tokens
        request.environ[TOKEN_NAME] = named_token(tokens, self.scope)[0]
        return guard

    def _admitted(self, id: str) -> Recording:
        """Return a recording that both the token and the app's rule allow to read, and log the
        access.
        """
        state_, guard = self._state(), self._let_in()
        closed = Refused(404, "there is no such recording, or this token may not read it")
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


_FORMS: dict[str, Form[Any]] = {
    "before": Form("a place named by the previous page", str),
    "from": value_forms.whole(0),
    "limit": value_forms.whole(1, LARGEST),
    "sort": value_forms.one_of(ORDERS),
    "unconfirmed": value_forms.flag(),
}
"""Parameters besides filters."""


def _filtered(*beside: str) -> tuple[Filter, dict[str, Any]]:
    """Return the filter in the address of the current request, and its other parameters.

    :param beside: names in :data:`_FORMS`.
    :raises Refused: a parameter is unknown, repeated, or has an invalid value; the message names
        it.
    """
    where, unknown = Filter.parse(request.args.items(multi=True), beside)
    for name, value in unknown:
        if name not in (NAMES.get(field, field) for field in FINDS):
            raise Refused(400, f"{shown(name)} is not a parameter")
        raise Refused(400, f"{name} was given twice, or cannot be {shown(value)}")
    how = _other_parameters(beside)
    if "before" in how and order(how.get("sort", "start")).read(how["before"]) is None:
        raise Refused(
            400, f"before must be a place named by the previous page, got {shown(how['before'])}"
        )
    return where, how


def _parameters(*names: str) -> dict[str, Any]:
    """Return the parameters in the address of the current request, which accepts no filter.

    :raises Refused: a parameter is unknown, repeated, or has an invalid value; the message names
        it.
    """
    unknown = next((name for name in request.args if name not in names), None)
    if unknown is not None:
        raise Refused(400, f"{shown(unknown)} is not a parameter")
    return _other_parameters(names)


def _other_parameters(names: Collection[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, values in request.args.lists():
        if name not in names:
            continue
        if len(values) > 1:
            raise Refused(400, f"{name} was given twice")
        try:
            found[name] = _FORMS[name].read(name, values[0])
        except ConfigError as error:
            raise Refused(400, str(error)) from None
    return found


def reader() -> str | None:
    """Return the name of the token of the current request, ``None`` if it has none."""
    name = request.environ.get(TOKEN_NAME) if request else None
    return name if isinstance(name, str) else None
