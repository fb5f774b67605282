"""The views of a recording's steps: pages, verdicts, details and files, with access control."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..fragments.rebuild import Rebuilder
from ..markup import css_text
from ..recording.model import Recording
from ..recording.summary import RecordingStatus
from ..web import responses
from . import live
from .file_response import answer
from .framed_page import inner_page
from .guard import embedded, refuse
from .offline import one_file
from .pages import Pages
from .recent import Recent
from .recorded_files import CSS, DRAWING, PAGES, SCRIPTS, KnownFiles, shown_as
from .scenes import How, Scenes
from .steps import Step, details, step_data
from .tickets import Tickets, address_of, inner_address_of
from .views import PlayerState, Views

_PAGE = 1_000
"""Steps in one response."""

_REMEMBERED = 3600
"""Seconds for which a browser may cache a page for its open player."""


class Showing(Views):
    """The views of steps."""

    def __init__(self, state: Callable[[], PlayerState], recent: Recent) -> None:
        super().__init__(state, recent)
        self._rebuilder = Rebuilder()
        self._known_files = KnownFiles()
        self._pages = Pages(lambda: state().settings)

    def steps(self, id: str) -> BaseResponse:
        """Return the recording's summary, a page of its steps, and where the next page begins."""
        recording = self._recording(id)
        steps = self._scenes().steps(recording)
        start = request.args.get("from", 0, type=int)
        end = max(0, start) + _PAGE
        shown = [step_data(step) for step in steps[max(0, start) : end]]
        more = {"next": end} if end < len(steps) else {}
        return responses.json(
            {
                **live.state(recording),
                "device": self._known_files.of(recording).device,
                "steps": shown,
                **more,
            }
        )

    def step(self, id: str, number: int) -> BaseResponse:
        """Return all data of one step."""
        return responses.json(details(self._find(id, number)[1].batch))

    def page(self, id: str, number: int) -> BaseResponse:
        """Return the page that the visitor saw after a step, for the player's iframe.

        Each open player adds a random number to the addresses, so that the browser can cache pages
        that cannot change, and a step back needs no request. Without that number, nobody else can
        find the cached pages.
        """
        recording, step = self._find(id, number)
        how = self._seen(id, recording, step)
        page = self._scenes().page(recording, step, how)
        unchanging = recording.summary.status != RecordingStatus.ACTIVE and how.now is None
        if "window" in request.args and unchanging and self._guard().links.here(id) is None:
            page.remembered = _REMEMBERED
        return page

    def piece(self, id: str, number: int) -> BaseResponse:
        """Return only the response of a step, with the styles of the page that received it."""
        return self._scenes().piece(*self._find(id, number), self._how(id))

    def verdict(self, id: str, number: int) -> BaseResponse:
        """Return whether the response of a step equals the original, and how the page used it."""
        return responses.json(self._scenes().verdict(*self._find(id, number), self._how(id)))

    def offline(self, id: str) -> BaseResponse:
        """Return one file that plays the recording with no network."""
        recording = self._recording(id)
        self._guard().admit("export", recording=recording.summary)
        text = one_file(recording, self._scenes(), self._pages.environment)
        response = responses.html(text)
        response.headers["Content-Disposition"] = f'attachment; filename="recording-{id}.html"'
        return response

    def asset(self, id: str, key: str) -> BaseResponse:
        """Return a file of a recording to the player's pages with a ticket, and to users who may
        view it.
        """
        recording, shared = self._with_ticket(id)
        key = key.partition(".")[0]
        kind = self._known_files.of(recording).kind(key, request.args.get("type", ""))
        if kind is None:
            refuse()
        path, since = request.args.get("at", ""), request.args.get("n", "")
        number = int(since) if since.isdecimal() and len(since) < 10 else 0
        if kind in PAGES and path:
            text = self._scenes().static_page(recording, key, path, number, self._how(id))
            return inner_page(text, shared=shared).loading_from((), self._place(id))
        content = self._state().recordings.document(key)
        if kind == DRAWING:
            files = self._scenes().files(recording, number, self._how(id))
            if path:
                drawing = files.framed_drawing(content, path)
                return answer(drawing, DRAWING, shared=shared, place=self._place(id))
            return answer(files.drawing(content), DRAWING, shared=shared)
        if not path:
            return answer(content, shown_as(kind), shared=shared)
        allowed = [request.args.get("p", "")]
        files = self._scenes().files(recording, number, self._how(id), allowed)
        if kind in SCRIPTS:
            return answer(files.script(content, path), kind, shared=shared)
        return answer(files.stylesheet(css_text(content), path).encode(), CSS, shared=shared)

    def inner(self, id: str, number: int) -> BaseResponse:
        """Return the page of a frame within a page, under the same terms as a file."""
        recording, shared = self._with_ticket(id)
        number = _number(recording, number)
        if number >= len(recording.batches):
            refuse()
        return self._scenes().inner(recording, number, self._how(id), shared=shared)

    def _with_ticket(self, id: str) -> tuple[Recording, bool]:
        """Return a recording for a page without an origin, which has a ticket, or for a user who
        may view it; and whether there was a ticket.
        """
        tickets, ticket = Tickets(self._app()), request.args.get("ticket", "")
        if tickets.holds(id, ticket, self._guard().links):
            return self._recent.watch(self._state().recordings, id), True
        if embedded(request):
            refuse()
        return self._recording(id), False

    def way(self, id: str, number: int) -> BaseResponse:
        """Return how the visitor came from the previous page to a step."""
        return responses.json(self._scenes().way(*self._find(id, number), self._how(id)))

    def _recording(self, id: str) -> Recording:
        """Return a recording, or respond with 404 if the user may not view it. A link does not give
        access to the present templates.
        """
        recording = super()._recording(id)
        if request.args.get("as") == "now" and self._guard().by_link(recording.summary):
            refuse()
        return recording

    def _scenes(self) -> Scenes:
        state = self._state()
        return Scenes(state.recordings, state.renderer, self._rebuilder, self._known_files)

    def _ticket(self, id: str) -> str:
        """Return the ticket with which a page loads its files. A file that refers to others passes
        on its own ticket.
        """
        return request.args.get("ticket") or Tickets(self._app()).issue(
            id, self._guard().links.here(id)
        )

    def _how(self, id: str) -> How:
        """Return how the current request wants to view a recording."""
        state, version = self._state(), request.args.get("as")
        return How(
            dom=version == "dom",
            now=state.today(current_app.jinja_env) if version == "now" else None,
            address=address_of(id, self._ticket(id)),
            scripts=self._place(id) if "scripts" in request.args and version != "now" else "",
            framed=None if version == "now" else inner_address_of(id, self._ticket(id)),
            onward=request.args.get("to", -1, type=int),
            allowed=state.settings.external_assets,
            objects=self._place(id),
        )

    def _seen(self, id: str, recording: Recording, step: Step) -> How:
        """Return how the current request wants to view a page."""
        return self._how(id)

    def _place(self, id: str) -> str:
        """Return the location of a recording's files for a policy."""
        return f"{request.host}{url_for('.asset', id=id, key='')}"

    def _find(self, id: str, number: int) -> tuple[Recording, Step]:
        """Return a step by its number, or by its key in a running recording, where others may be
        inserted before it.
        """
        recording = self._recording(id)
        steps = self._scenes().steps(recording)
        number = _number(recording, number)
        if number >= len(steps):
            refuse()
        return recording, steps[number]


def _number(recording: Recording, number: int) -> int:
    """Return the number of the step whose key the request names, else the given number."""
    worker, _, entry = request.args.get("key", "").rpartition(":")
    key = (worker, int(entry) if entry.isdecimal() and len(entry) < 20 else -1)
    return recording.keys.index(key) if key in recording.keys else number
