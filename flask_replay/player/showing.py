"""The views of a recording's steps: what there is to see of each, and whether that is what the visitor saw."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

from flask import current_app, request
from werkzeug.wrappers import Response as BaseResponse

from ..fragments.rebuild import Rebuilder, Rebuilt
from ..recording.model import Batch, Recording
from ..recording.model import Request as RequestEvent
from ..replaying import Rendered, Renderer
from ..replaying import page as render_page
from . import live, responses
from .document import Document, head_of, inert, is_whole, nothing, page_response
from .files import CSS, Files, Shelves, Tickets, address_of, answer
from .guard import embedded, refuse
from .leaving import as_left, page_before, tree_of, typed_before, way_to
from .leaving import told as way_told
from .recent import Recent
from .snapshots import chosen, snapshot_page, snapshot_verdict
from .steps import FRAGMENT, Step, details, follow_steps, told
from .verdicts import page_verdict, with_files
from .views import State, Views

_REMEMBERED = 3600
"""Seconds for which an open player's browser may keep a page."""

_NESTED = 2
"""Frames within frames that are shown."""

_LOOK_BACK = 200
"""Steps before a piece of a page among which the page that it belongs to is looked for."""


class Showing(Views):
    """The views of steps."""

    def __init__(self, state: Callable[[], State], recent: Recent) -> None:
        super().__init__(state, recent)
        self._rebuilder = Rebuilder()
        self._shelves = Shelves()

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

    def asset(self, id: str, key: str) -> BaseResponse:
        """Give a file of a recording, to pages of the player that have a ticket, and to whoever may view it."""
        tickets, ticket = Tickets(self._app()), request.args.get("ticket", "")
        shared = tickets.holds(id, ticket)
        if shared:
            recording = self._recent.watch(self._state().recordings, id)
        elif embedded(request):
            refuse()
        else:
            recording, ticket = self._recording(id), tickets.issue(id)
        shelf = self._shelves.of(recording)
        if key not in shelf.kinds:
            refuse()
        content = self._state().recordings.document(key)
        path, since = request.args.get("at", ""), request.args.get("n", "")
        if not path:
            return answer(content, shelf.kinds[key], shared=shared)
        number = int(since) if since.isdecimal() and len(since) < 10 else 0
        files = self._files(recording, number, ticket)
        return answer(files.stylesheet(content.decode("utf-8", "replace"), path).encode(), CSS, shared=shared)

    def _files(self, recording: Recording, number: int, ticket: str) -> Files:
        shelf = self._shelves.of(recording)
        return Files(
            shelf,
            next((found.host for found in map(_request, recording.batches[number:]) if found is not None), ""),
            number,
            address_of(recording.summary.id, shelf.since(number), ticket),
            self._state().recordings.document,
        )

    def _response(self, rendered: Rendered, url: str, recording: Recording, number: int, head: str = "") -> Document:
        """Serve a page as of a step, with the files of then, unless it is asked for as of now."""
        files = self._kept(recording, number)
        return page_response(rendered, url, head, files, lambda source: self._inner(source, url, recording, number, 0))

    def _kept(self, recording: Recording, number: int) -> Files | None:
        """Return the files of a recording as of a step; ``None`` if those of today are to be shown, or it has none."""
        if request.args.get("as") == "now" or not self._shelves.of(recording):
            return None
        return self._files(recording, number, Tickets(self._app()).issue(recording.summary.id))

    def _inner(self, source: str, url: str, recording: Recording, number: int, depth: int) -> str | None:
        """Return the page that a frame within a page shows: the one that its visitor was sent for it."""
        files = self._files(recording, number, "")
        target = files.url(source, urljoin(f"{files.host or 'http://own'}/", url))
        found = -1 if target is None else self._shelves.of(recording).frame(target, number)
        if found < 0 or found == number or target is None or depth > _NESTED:
            return None
        rendered = render_page(recording.batches[found], self._now() or self._state().renderer)

        def inner(source: str) -> str | None:
            return self._inner(source, target, recording, found, depth + 1)

        return inert(rendered.html, target, self._kept(recording, found), inner)

    def _dressed(self, page: Document) -> Document:
        return page.loading_from(self._state().settings.external_assets)

    def _page(self, recording: Recording, step: Step) -> Document:
        snapshot = chosen(step.batch, dom=request.args.get("as") == "dom")
        if snapshot is not None:
            return snapshot_page(*snapshot, self._state().recordings)
        if step.shows != FRAGMENT and not step.batch.parts:
            return self._alone(recording, step)
        rendered, url, head = self._sent(recording, step)
        if head:
            return self._response(rendered, url, recording, step.number, head)
        steps = self._steps(recording)
        number = request.args.get("to", -1, type=int)
        onward = steps[number] if 0 <= number < len(steps) else None
        leaves = onward is not None and page_before(steps, onward) == step
        leave = (recording, step, onward) if onward is not None and leaves else None
        html = as_left(rendered.html, url, typed_before(recording, step), leave)
        return self._response(Rendered(html, problem=rendered.problem), url, recording, step.number)

    def way(self, id: str, number: int) -> BaseResponse:
        """Tell how the visitor came to a step from the page before."""
        recording, step = self._find(id, number)
        before = page_before(self._steps(recording), step)
        tree = None
        if before is not None:
            rendered, url, _ = self._sent(recording, before)
            tree = tree_of(rendered.html, url)
        return responses.json(way_told(way_to(recording, before, step, tree), recording, before, step))

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
        lacks = self._lacks(recording, step, rebuilt.html or html)
        return responses.json({**with_files(page_verdict(step.batch, then, now), *lacks), **found})

    def _lacks(self, recording: Recording, step: Step, html: str) -> tuple[list[str], list[str]]:
        """Return the files of a page that are not kept, and the hosts whose files are not shown."""
        files = self._kept(recording, step.number)
        if files is None:
            return [], []
        url = step.place.url if step.shows == FRAGMENT or step.batch.request is None else step.batch.request.url
        files.look_into(html, url)
        allowed = self._state().settings.external_assets
        return list(files.missing), [host for host in files.hosts if not any(host in source for source in allowed)]

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
        if not step.batch.parts:
            return nothing("No page", "This request was answered with something that is not a page.")
        rendered, url, head = self._part(recording, step)
        return self._response(rendered, url, recording, step.number, head)

    def _sent(self, recording: Recording, step: Step) -> tuple[Rendered, str, str]:
        """Give the page after a step, its address, and what it begins with if it is but a piece of one."""
        if step.shows == FRAGMENT:
            return Rendered(self._rebuild(recording, step).html), step.place.url, ""
        return self._part(recording, step)

    def _part(self, recording: Recording, step: Step) -> tuple[Rendered, str, str]:
        """Give what came with a step alone, its address, and what a piece of a page begins with."""
        renderer = self._now() or self._state().renderer
        rendered = render_page(step.batch, renderer)
        head = "" if is_whole(rendered.html) else self._head_before(recording, step.number, renderer)
        return rendered, "/" if step.batch.request is None else step.batch.request.url, head

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


def _request(batch: Batch) -> RequestEvent | None:
    return batch.request
