"""The views of a recording's steps: what there is to see of each, and whether that is what the visitor saw."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, request
from werkzeug.wrappers import Response as BaseResponse

from ..fragments.rebuild import Rebuilder, Rebuilt
from ..recording.model import Recording
from ..replaying import Rendered, Renderer
from ..replaying import page as render_page
from . import live, responses
from .document import Document, head_of, is_whole, nothing, page_response
from .guard import refuse
from .recent import Recent
from .snapshots import chosen, snapshot_page, snapshot_verdict
from .steps import FRAGMENT, Step, details, follow_steps, told
from .verdicts import page_verdict
from .views import State, Views

_REMEMBERED = 3600
"""Seconds for which an open player's browser may keep a page."""

_LOOK_BACK = 200
"""Steps before a piece of a page among which the page that it belongs to is looked for."""


class Showing(Views):
    """The views of steps."""

    def __init__(self, state: Callable[[], State], recent: Recent) -> None:
        super().__init__(state, recent)
        self._rebuilder = Rebuilder()

    def steps(self, id: str) -> BaseResponse:
        """Give the recording's summary and steps."""
        recording = self._recording(id)
        return responses.json({**live.state(recording), "steps": [told(step) for step in self._steps(recording)]})

    def step(self, id: str, number: int) -> BaseResponse:
        """Give everything one step holds."""
        return responses.json(details(self._find(id, number)[1].batch))

    def page(self, id: str, number: int) -> BaseResponse:
        """Give the page that the visitor had before them after a step, for the player's iframe.

        While it is open, a player names itself by a number that is its own: under that the browser may keep pages that
        cannot change, so that a step back asks for nothing. Nobody comes by these who does not know the number.
        """
        recording, step = self._find(id, number)
        page = self._page(recording, step)
        if "window" in request.args and recording.summary.status != "active" and self._now() is None:
            page.remembered = _REMEMBERED
        return self._dressed(page)

    def piece(self, id: str, number: int) -> BaseResponse:
        """Give what came with a step alone, in the looks of the page it came to."""
        return self._dressed(self._alone(*self._find(id, number)))

    def _dressed(self, page: Document) -> Document:
        return page.loading_from(self._state().settings.external_assets)

    def _page(self, recording: Recording, step: Step) -> Document:
        snapshot = chosen(step.batch, dom=request.args.get("as") == "dom")
        if snapshot is not None:
            return snapshot_page(*snapshot, self._state().recordings)
        if step.shows == FRAGMENT:
            return page_response(Rendered(self._rebuild(recording, step).html), step.place.url)
        return self._alone(recording, step)

    def verdict(self, id: str, number: int) -> BaseResponse:
        """Tell whether what came with a step is what the visitor was sent, and what became of it."""
        recording, step = self._find(id, number)
        snapshot = chosen(step.batch, dom=request.args.get("as") == "dom")
        if snapshot is not None:
            return responses.json(snapshot_verdict(snapshot[1]))
        then, now = self._state().renderer, self._now()
        rebuilt = self._rebuild(recording, step) if step.shows == FRAGMENT else Rebuilt("")
        html = "" if step.shows == FRAGMENT else render_page(step.batch, now or then).html
        whole = not html.strip() or is_whole(html)
        beside = rebuilt.beside and bool(step.batch.parts)
        found = {"whole": whole, "beside": beside, "note": rebuilt.note}
        return responses.json({**page_verdict(step.batch, then, now), **found})

    def _find(self, id: str, number: int) -> tuple[Recording, Step]:
        """Find a step by its number; in a recording that goes on its key tells, for others may come before it."""
        recording = self._recording(id)
        steps = self._steps(recording)
        worker, _, entry = request.args.get("key", "").rpartition(":")
        key = (worker, int(entry) if entry.isdecimal() else -1)
        if key in recording.keys:
            number = recording.keys.index(key)
        if number >= len(steps):
            refuse()
        return recording, steps[number]

    def _steps(self, recording: Recording) -> list[Step]:
        return follow_steps(recording, self._rebuilder.places(recording))

    def _rebuild(self, recording: Recording, step: Step) -> Rebuilt:
        """Give the page after a step, with all that scripts had put into it until then."""
        now = self._now()
        renderer = now or self._state().renderer
        return self._rebuilder.rebuild(recording, step.number, renderer, keep=now is None)

    def _alone(self, recording: Recording, step: Step) -> Document:
        batch = step.batch
        if not batch.parts:
            return nothing("No page", "This request was answered with something that is not a page.")
        renderer = self._now() or self._state().renderer
        rendered = render_page(batch, renderer)
        head = "" if is_whole(rendered.html) else self._head_before(recording, step.number, renderer)
        return page_response(rendered, "/" if batch.request is None else batch.request.url, head)

    def _head_before(self, recording: Recording, number: int, renderer: Renderer) -> str:
        """Give the head of the last whole page before a step."""
        batches = recording.batches[max(0, number - _LOOK_BACK) : number]
        pages = (render_page(batch, renderer).html for batch in reversed(batches))
        return next((head_of(html) for html in pages if is_whole(html)), "")

    def _now(self) -> Renderer | None:
        """Give what renders with the templates of today, if the player asks for that."""
        if request.args.get("as") != "now":
            return None
        return Renderer(self._state().recordings.document, current_app.jinja_env)
