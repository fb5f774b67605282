"""The player's blueprint and its views."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import msgspec
from flask import Blueprint, Flask, current_app, redirect, request, url_for
from flask_sock import Sock
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from ..capture.boundary import Boundary
from ..capture.capturing import Capturing
from ..capture.health import Health, examine
from ..capture.writer import Writer
from ..errors import DecodeError, NoActiveRecording, RecordingInProgress, RecordingNotFound, StorageError
from ..recording.ids import is_id
from ..recording.model import Batch, Recording, Summary
from ..replaying import Renderer
from ..replaying import page as render_page
from ..settings import Settings
from ..state import ActiveSession
from ..storage import Recordings, Storage
from . import assets, live, responses
from .api import Api
from .document import head_of, is_whole, nothing, page_response
from .guard import Authorize, Guard, leave_tokens_to_us, refuse, same_site
from .pages import Pages
from .recent import Recent
from .snapshots import chosen, snapshot_page, snapshot_verdict
from .steps import details
from .verdicts import page_verdict

PAGE_SIZE = 30
_MAX_NAME = 200
_LOOK_BACK = 200
"""Steps before a piece of a page among which the page that it belongs to is looked for."""


class State(Protocol):
    """What the player needs to know of an app."""

    recordings: Recordings
    renderer: Renderer
    authorize: Authorize | None
    boundary: Boundary
    capturing: Capturing
    settings: Settings
    storage: Storage
    writer: Writer


def create_blueprint(state: Callable[[], Any]) -> Blueprint:
    """Make the blueprint.

    :param state: gives the :class:`State` of the current app.
    """
    static = str(assets.folder("static"))
    blueprint = Blueprint("replay", __name__, static_folder=static, static_url_path="/static")
    player = Player(state)
    for rule, name, view in (
        ("/", "list", player.recordings),
        ("/health", "health", player.health),
        ("/health.json", "health_data", player.health_data),
        ("/<id>", "show", player.show),
        ("/<id>/steps.json", "steps", player.steps),
        ("/<id>/live.json", "news", player.news),
        ("/<id>/step/<int:number>.json", "step", player.step),
        ("/<id>/page/<int:number>", "page", player.page),
        ("/<id>/verdict/<int:number>.json", "verdict", player.verdict),
    ):
        blueprint.add_url_rule(rule, name, view)
    blueprint.add_url_rule("/<id>/delete", "delete", player.delete, methods=["POST"])
    blueprint.add_url_rule("/<id>/pin", "pin", player.pin, methods=["POST"])
    blueprint.add_url_rule("/record", "record", player.record, methods=["POST"])
    blueprint.add_url_rule("/clear", "clear", player.clear, methods=["POST"])
    api = Api(state)
    for rule, name, call in (
        ("/api/recordings", "api_begin", api.begin),
        ("/api/recordings/<id>/actions", "api_act", api.act),
        ("/api/recordings/<id>/complete", "api_complete", api.complete),
        ("/api/recordings/<id>/fail", "api_fail", api.fail),
    ):
        blueprint.add_url_rule(rule, name, call, methods=["POST"])
    blueprint.add_url_rule("/api/openapi.json", "api", api.describe)
    Sock().route("/<id>/live", bp=blueprint, endpoint="live")(player.watch)
    blueprint.before_request(player.admit)
    blueprint.url_value_preprocessor(leave_tokens_to_us(blueprint))
    blueprint.register_error_handler(StorageError, player.unavailable)
    return blueprint


class Player:
    """The views. Each asks the guard first, and answers 404 to whom it refuses."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state
        self._pages = Pages()
        self._recent = Recent()

    def recordings(self) -> BaseResponse:
        """List the recordings that the visitor may see, newest first, a page at a time."""
        guard = self._guard()
        guard.require("list")
        before = request.args.get("before", "")
        shown = self._visible(guard, before if is_id(before) else None)
        return self._pages.answer(
            "list.html",
            summaries=shown[:PAGE_SIZE],
            reasons={summary.id: self._reason(summary.id) for summary in shown if "unreadable" in summary.flags},
            paged=is_id(before),
            health=guard.allows("health"),
            older=shown[PAGE_SIZE - 1].id if len(shown) > PAGE_SIZE else None,
            record_token=guard.token("record") if guard.allows("record") else "",
            capture=self._capture(),
            clear_token=guard.token("clear") if guard.allows("clear") else "",
        )

    def show(self, id: str) -> BaseResponse:
        """Show the player, or say why a recording cannot be played."""
        guard = self._guard()
        try:
            summary, reason = self._recent.get(self._state().recordings, id).summary, ""
        except RecordingNotFound:
            refuse()
        except DecodeError as error:
            summary, reason = _unreadable(id), str(error)
        guard.require("view", summary)
        return self._pages.answer(
            "unreadable.html" if reason else "player.html",
            summary=summary,
            reason=reason,
            pinned=self._state().recordings.pinned(id),
            pin_token=guard.token("pin", id) if guard.allows("pin", summary) else "",
            delete_token=guard.token("delete", id) if guard.allows("delete", summary) else "",
        )

    def steps(self, id: str) -> BaseResponse:
        """Give the recording's summary and steps."""
        recording = self._recording(id)
        return responses.json({**live.news(recording, {}), "steps": live.keyed_steps(recording)})

    def step(self, id: str, number: int) -> BaseResponse:
        """Give everything one step holds."""
        return responses.json(details(self._batch(id, self._place(id, number))))

    def page(self, id: str, number: int) -> BaseResponse:
        """Give a step's page, for the player's iframe."""
        number = self._place(id, number)
        batch = self._batch(id, number)
        shown = chosen(batch, dom=request.args.get("as") == "dom")
        if shown is not None:
            return snapshot_page(*shown, self._state().recordings)
        if not batch.parts:
            return nothing("No page", "This request was answered with something that is not a page.")
        renderer = self._now() or self._state().renderer
        rendered = render_page(batch, renderer)
        head = "" if is_whole(rendered.html) else self._head_before(id, number, renderer)
        return page_response(rendered, "/" if batch.request is None else batch.request.url, head)

    def verdict(self, id: str, number: int) -> BaseResponse:
        """Tell whether a step's page is what the visitor saw."""
        batch = self._batch(id, self._place(id, number))
        shown = chosen(batch, dom=request.args.get("as") == "dom")
        if shown is not None:
            return responses.json(snapshot_verdict(shown[1]))
        then, now = self._state().renderer, self._now()
        whole = is_whole(render_page(batch, now or then).html)
        return responses.json({**page_verdict(batch, then, now), "whole": whole})

    # Watching a recording that goes on

    def admit(self) -> BaseResponse | None:
        """Refuse a viewer's socket before it is opened, if it may not be, or if this worker cannot hold it."""
        if request.endpoint != f"{request.blueprint}.live":
            return None
        self._recording((request.view_args or {})["id"])
        if not same_site(request):
            refuse()
        if not live.may_hold(request.environ):
            return responses.json({"problem": "this worker holds no sockets; ask live.json"}, 501)
        return None

    def watch(self, socket: Any, id: str) -> None:
        """Tell a viewer, at a socket, what the recording has so far, and each event as it happens."""
        cursor = live.cursor_of(request.args.get("after", ""))
        with live.Seat(request.environ) as seated:
            if not seated:
                socket.close(live.BUSY)
                return
            told = -math.inf
            summary = Summary(id=id)
            while True:
                found = self._news(id, cursor)
                ended = found is not None and found["ended"]
                if found is not None and (found["steps"] or ended or time.monotonic() - told > live.ASKED):
                    told = time.monotonic()
                    summary = found.pop("recorded", summary)
                    if not self._still_may_view(summary):
                        socket.close(live.REFUSED)
                        return
                    socket.send(msgspec.json.encode(found).decode())
                    cursor = found["cursor"]
                if ended:
                    return
                socket.receive(timeout=live.PAUSE)

    def news(self, id: str) -> BaseResponse:
        """Give what a viewer lacks who has no socket, and asks again and again."""
        try:
            recording = self._recent.watch(self._state().recordings, id)
        except (RecordingNotFound, DecodeError):
            refuse()
        self._guard().require("view", recording.summary)
        return responses.json(live.news(recording, live.cursor_of(request.args.get("after", ""))))

    def _news(self, id: str, cursor: live.Cursor) -> dict[str, Any] | None:
        """Give what a viewer lacks, or ``None`` while the store fails."""
        try:
            recording = self._recent.watch(self._state().recordings, id)
        except StorageError:
            return None
        except (RecordingNotFound, DecodeError):
            return {"steps": [], "cursor": cursor, "ended": True}
        return {**live.news(recording, cursor), "recorded": recording.summary}

    def _still_may_view(self, summary: Summary) -> bool:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        return live.still_may_view(app, request.environ, self._guard(), summary)

    def _place(self, id: str, number: int) -> int:
        """Give a step's number; of a recording that goes on its key tells, for others may come before it."""
        worker, _, entry = request.args.get("key", "").rpartition(":")
        keys = self._recording(id).keys
        key = (worker, int(entry) if entry.isdecimal() else -1)
        return keys.index(key) if key in keys else number

    # Changes

    def delete(self, id: str) -> BaseResponse:
        """Delete a recording."""
        self._require_change("delete", id)
        try:
            self._state().recordings.delete(id)
        except RecordingNotFound:
            refuse()
        return redirect(url_for(".list"))

    def pin(self, id: str) -> BaseResponse:
        """Pin a recording, or unpin it."""
        self._require_change("pin", id)
        recordings = self._state().recordings
        try:
            (recordings.pin if request.form.get("pinned") == "yes" else recordings.unpin)(id)
        except RecordingNotFound:
            refuse()
        return redirect(url_for(".show", id=id))

    def _require_change(self, action: str, id: str) -> None:
        """Answer 404 unless the visitor may do something with a recording, and the player's own form asks for it."""
        guard = self._guard()
        try:
            summary = self._recent.get(self._state().recordings, id).summary
        except RecordingNotFound:
            refuse()
        except DecodeError:
            summary = _unreadable(id)
        guard.require("view", summary)
        guard.require(action, summary)
        guard.require_change(request, action, id)

    def clear(self) -> BaseResponse:
        """Delete all finished recordings that are not pinned."""
        guard = self._guard()
        guard.require("clear")
        guard.require_change(request, "clear")
        self._state().recordings.clear()
        return redirect(url_for(".list"))

    def record(self) -> BaseResponse:
        """Begin to capture by hand, or end that and finish what was recorded."""
        guard = self._guard()
        guard.require("record")
        guard.require_change(request, "record")
        state = self._state()
        with suppress(RecordingInProgress, NoActiveRecording):  # somebody else was quicker
            if request.form.get("name"):
                state.capturing.start(request.form["name"][:_MAX_NAME], detached=True)
            else:
                state.capturing.stop(state.writer, state.recordings)
        return redirect(url_for(".list"))

    def _capture(self) -> ActiveSession | None:
        """Give what is captured by hand."""
        try:
            return self._state().capturing.now()
        except NoActiveRecording:
            return None

    def health(self) -> BaseResponse:
        """Show how recording fares."""
        health = self._health()
        return self._pages.answer("health.html", status=200 if health.ok else 503, health=health)

    def health_data(self) -> BaseResponse:
        """Give the same to a program; the status is 503 when something is wrong."""
        health = self._health()
        return responses.json(health, 200 if health.ok else 503)

    def _health(self) -> Health:
        self._guard().require("health")
        state = self._state()
        return examine(state.storage, state.settings, state.writer, state.boundary)

    def unavailable(self, error: StorageError) -> BaseResponse:
        """Say that the store cannot be read, to those who may know that there is one."""
        if not self._guard().allows("list"):
            return current_app.make_response(current_app.handle_http_exception(NotFound()))
        return self._pages.answer("unavailable.html", status=503, reason=str(error))

    def _guard(self) -> Guard:
        state = self._state()
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        return Guard(app, state.authorize, state.boundary)

    def _visible(self, guard: Guard, before: str | None) -> list[Summary]:
        """Give a page of what the visitor may see, and one more if there is one."""
        shown: list[Summary] = []
        while len(shown) <= PAGE_SIZE:
            found = self._state().recordings.summaries(before=before, limit=PAGE_SIZE + 1)
            shown += [summary for summary in found if guard.allows("view", summary)]
            if len(found) <= PAGE_SIZE:
                break
            before = found[-1].id
        return shown

    def _reason(self, id: str) -> str:
        """Say why a recording cannot be read."""
        try:
            self._recent.get(self._state().recordings, id)
        except (RecordingNotFound, DecodeError, StorageError) as error:
            return str(error)
        return "it could not be read a moment ago"

    def _recording(self, id: str) -> Recording:
        try:
            recording = self._recent.get(self._state().recordings, id)
        except (RecordingNotFound, DecodeError):
            refuse()
        self._guard().require("view", recording.summary)
        return recording

    def _batch(self, id: str, number: int) -> Batch:
        batches = self._recording(id).batches
        if number >= len(batches):
            refuse()
        return batches[number]

    def _head_before(self, id: str, number: int, renderer: Renderer) -> str:
        """Give the head of the last whole page before a step."""
        batches = self._recording(id).batches[max(0, number - _LOOK_BACK) : number]
        pages = (render_page(batch, renderer).html for batch in reversed(batches))
        return next((head_of(html) for html in pages if is_whole(html)), "")

    def _now(self) -> Renderer | None:
        """Give what renders with the templates of today, if the player asks for that."""
        if request.args.get("as") != "now":
            return None
        return Renderer(self._state().recordings.document, current_app.jinja_env)


def _unreadable(id: str) -> Summary:
    return Summary(id=id, status="finished", flags=("unreadable",))
