"""The player's blueprint. Its pages have an environment of their own: the app's may be set up in any way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, Protocol

import msgspec
from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for
from jinja2 import Environment, FileSystemLoader
from werkzeug.wrappers import Response as BaseResponse

from ..capture.boundary import Boundary
from ..errors import DecodeError, RecordingNotFound
from ..recording.model import Batch, Recording, Summary
from ..replaying import Renderer
from ..replaying import page as render_page
from ..storage import Recordings
from . import assets
from .document import nothing, page_response
from .guard import Authorize, Guard, refuse
from .steps import details, steps
from .verdicts import page_verdict

PAGE_SIZE = 30
_KEPT = 8

_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"


class State(Protocol):
    """What the player needs to know of an app."""

    recordings: Recordings
    renderer: Renderer
    authorize: Authorize | None
    boundary: Boundary


def create_blueprint(state: Callable[[], Any]) -> Blueprint:
    """Make the blueprint.

    :param state: gives the state of the current app.
    """
    blueprint = Blueprint(
        "replay", __name__, static_folder=str(assets.folder("static")), static_url_path="/static"
    )
    player = Player(state)
    for rule, view in (
        ("/", player.list),
        ("/<id>", player.show),
        ("/<id>/steps.json", player.steps),
        ("/<id>/step/<int:number>.json", player.step),
        ("/<id>/page/<int:number>", player.page),
        ("/<id>/verdict/<int:number>.json", player.verdict),
    ):
        blueprint.add_url_rule(rule, view_func=view)
    blueprint.add_url_rule("/<id>/delete", view_func=player.delete, methods=["POST"])
    blueprint.add_url_rule("/clear", view_func=player.clear, methods=["POST"])
    blueprint.after_request(_harden)
    return blueprint


class Player:
    """The views."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state
        self._environment = Environment(
            loader=FileSystemLoader(assets.folder("templates")), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.filters |= {"clock": clock, "moment": moment, "size": size}
        self._decoded: dict[tuple[int, str], Recording] = {}

    def list(self) -> str:
        """List recordings, a page at a time."""
        guard = self._guard()
        guard.require("list")
        before = request.args.get("before")
        summaries = self._state().recordings.summaries(before=before, limit=PAGE_SIZE + 1)
        shown = [summary for summary in summaries[:PAGE_SIZE] if guard.allows("view", summary)]
        return self._render(
            "list.html",
            summaries=shown,
            before=before,
            older=summaries[PAGE_SIZE - 1].id if len(summaries) > PAGE_SIZE else None,
            clear_token=guard.token("clear") if guard.allows("clear") else "",
        )

    def show(self, id: str) -> str:
        """Show the player."""
        guard = self._guard()
        summary = self._summary(guard, id)
        may_delete = guard.allows("delete", summary)
        return self._render(
            "player.html",
            summary=summary,
            delete_token=guard.token("delete", id) if may_delete else "",
        )

    def steps(self, id: str) -> Response:
        """Give the recording's summary and steps."""
        recording = self._recording(id)
        return _json({"summary": msgspec.to_builtins(recording.summary), "steps": steps(recording)})

    def step(self, id: str, number: int) -> Response:
        """Give everything one step holds."""
        return _json(details(self._batch(self._recording(id), number)))

    def page(self, id: str, number: int) -> Response:
        """Give a step's page."""
        batch = self._batch(self._recording(id), number)
        if batch.request is None or not batch.request.parts:
            return nothing("No page", "This request was answered with something that is not a page.")
        return page_response(render_page(batch, self._renderer()), batch.request.url)

    def verdict(self, id: str, number: int) -> Response:
        """Tell whether a step's page is what the visitor saw."""
        batch = self._batch(self._recording(id), number)
        return _json(page_verdict(batch, self._state().renderer, self._now()))

    def delete(self, id: str) -> BaseResponse:
        """Delete a recording."""
        guard = self._guard()
        summary = self._summary(guard, id)
        guard.require("delete", summary)
        guard.require_change(request, "delete", id)
        self._state().recordings.delete(id)
        return redirect(url_for("replay.list"))

    def clear(self) -> BaseResponse:
        """Delete all finished recordings."""
        guard = self._guard()
        guard.require("clear")
        guard.require_change(request, "clear")
        self._state().recordings.clear()
        return redirect(url_for("replay.list"))

    def _guard(self) -> Guard:
        state = self._state()
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        return Guard(app, state.authorize, state.boundary)

    def _summary(self, guard: Guard, id: str) -> Summary:
        """Give the summary of a recording that the visitor may see."""
        try:
            summary = self._load(id).summary
        except RecordingNotFound:
            refuse()
        except DecodeError:
            summary = Summary(id=id, status="finished", flags=("unreadable",))
        guard.require("view", summary)
        return summary

    def _recording(self, id: str) -> Recording:
        try:
            recording = self._load(id)
        except (RecordingNotFound, DecodeError):
            refuse()
        self._guard().require("view", recording.summary)
        return recording

    def _load(self, id: str) -> Recording:
        """Give a recording; the last few finished ones are kept decoded, for they do not change."""
        recordings = self._state().recordings
        key = (hash(recordings), id)
        recording = self._decoded.pop(key, None)
        if recording is None or not recordings.storage.finished(id):
            recording = recordings.get(id)
        if recording.summary.status == "finished":
            self._decoded[key] = recording
            while len(self._decoded) > _KEPT:
                self._decoded.pop(next(iter(self._decoded)), None)
        return recording

    @staticmethod
    def _batch(recording: Recording, number: int) -> Batch:
        if number >= len(recording.batches):
            refuse()
        return recording.batches[number]

    def _now(self) -> Renderer | None:
        if request.args.get("as") != "now":
            return None
        return Renderer(self._state().recordings.document, current_app.jinja_env)

    def _renderer(self) -> Renderer:
        return self._now() or self._state().renderer

    def _render(self, name: str, **variables: Any) -> str:
        template = self._environment.get_template(f"replay/{name}")
        return template.render(url_for=url_for, **variables)


def _json(data: Any) -> Response:
    return Response(msgspec.json.encode(data), mimetype="application/json")


def _harden(response: Response) -> Response:
    """Add the headers of the player's own pages to what has none of its own."""
    if request.endpoint != "replay.static":
        response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def clock(milliseconds: int) -> str:
    """Write a duration: ``3:07``, ``1:02:09``."""
    seconds = max(0, milliseconds) // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def moment(seconds: float) -> str:
    """Write a time, in UTC; the page's script makes it the viewer's."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M")


def size(amount: int) -> str:
    """Write a number of bytes."""
    return f"{amount / 1024:.1f} KB" if amount < 1 << 20 else f"{amount / (1 << 20):.1f} MB"
