"""The player's blueprint, and its views of whole recordings."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..errors import DecodeError, KeyMissing, RecordingNotFound, StorageError
from ..recording.device import device_of
from ..recording.remarks import NO_REMARKS, Remarks
from ..recording.summary import RecordingStatus
from ..sanitize.text import clean
from ..web import responses
from . import api_errors, coloring
from .api_reading import Reading
from .api_remarks import RemarkCalls
from .assets import YEAR, Static
from .compare import Beside
from .guard import exempt_from_csrf, keep_to_own_site, refuse
from .links import COOKIE
from .list_views import Lists
from .live_views import LiveViews
from .mounting import NAME, PlayerBlueprint, forget_host, name_host
from .pages import Pages
from .panel_views import Panels
from .recent import Recent
from .remark_views import RemarkViews
from .views import HealthReport, PlayerState, Views, unreadable

_MAX_NAME = 200


def create_blueprint(state: Callable[[], Any], recent: Recent) -> Blueprint:
    """Return the player's blueprint.

    :param state: returns the :class:`PlayerState` of the current app.
    :param recent: caches the recordings that people look at.
    """
    blueprint, own = PlayerBlueprint(NAME, __name__), Static()
    pages = Pages(lambda: state().settings, own.modules)
    lists, player = Lists(state, recent, pages), Player(state, recent, pages)
    showing, watching = Panels(state, recent), LiveViews(state, recent)
    for rule, name, view in (
        ("/", "list", lists.recordings),
        ("/newest.json", "newest", lists.newest),
        ("/errors", "errors", lists.errors),
        ("/visitor", "visitor", lists.visitor),
        ("/compare", "compare", Beside(state, recent, pages).compare),
        ("/health", "health", player.health),
        ("/health.json", "health_data", player.health_data),
        ("/link/<token>", "link", player.follow),
        ("/<id>", "show", player.show),
        ("/<id>/steps.json", "steps", showing.steps),
        ("/<id>/live.json", "news", watching.news),
        ("/<id>/step/<int:number>.json", "step", showing.step),
        ("/<id>/page/<int:number>", "page", showing.page),
        ("/<id>/piece/<int:number>", "piece", showing.piece),
        ("/<id>/offline.html", "offline", showing.offline),
        ("/<id>/asset/<key>", "asset", showing.asset),
        ("/<id>/asset/page/<int:number>", "inner", showing.inner),
        ("/<id>/verdict/<int:number>.json", "verdict", showing.verdict),
        ("/<id>/state/<int:number>.json", "state", showing.state),
        ("/<id>/template/<int:number>.json", "template", showing.template),
        ("/<id>/story.json", "story", showing.story),
        ("/<id>/way/<int:number>.json", "way", showing.way),
        ("/static/<version>/<filename>", "static", own.static),
        ("/color/<color>.css", "color", player.color),
    ):
        blueprint.add_url_rule(rule, name, view)
    remarking = RemarkViews(state, recent, pages)
    changes = {"delete": player.delete, "pin": player.pin}
    changes |= {"note": remarking.note, "tag": remarking.tag, "share": remarking.share}
    for name, change in changes.items():
        blueprint.add_url_rule(f"/<id>/{name}", name, change, methods=["POST"])
    blueprint.add_url_rule("/record", "record", lists.record, methods=["POST"])
    blueprint.add_url_rule("/clear", "clear", lists.clear, methods=["POST"])
    _answer_programs(blueprint, state, recent)
    blueprint.add_url_rule("/<id>/live", "live", watching.open_socket, websocket=True)
    blueprint.url_value_preprocessor(forget_host)
    blueprint.url_defaults(name_host)
    blueprint.url_defaults(own.defaults)
    blueprint.record(watching.admit_first)
    blueprint.url_value_preprocessor(keep_to_own_site)
    blueprint.url_value_preprocessor(exempt_from_csrf(blueprint))
    blueprint.register_error_handler(StorageError, player.unavailable)
    return blueprint


def _answer_programs(blueprint: Blueprint, state: Callable[[], Any], recent: Recent) -> None:
    """Add the views for programs that read recordings and remark on them."""
    reading, remarking = Reading(state, recent), RemarkCalls(state, recent)
    one = "/api/recordings/<id>"
    for rule, name, method, view in (
        ("/api/recordings", "list", "GET", reading.recordings),
        ("/api/errors", "errors", "GET", reading.errors),
        (one, "read", "GET", reading.recording),
        (f"{one}/frames/<int:number>", "state", "GET", reading.state),
        (f"{one}/pages/<int:number>", "page", "GET", reading.page),
        (f"{one}/notes", "note", "POST", remarking.note),
        (f"{one}/notes/<note>", "unnote", "DELETE", remarking.unnote),
        (f"{one}/tags", "tag", "POST", remarking.tag),
        (f"{one}/tags/<{api_errors.ANY_PATH}:tag>", "untag", "DELETE", remarking.untag),
    ):
        blueprint.add_url_rule(rule, f"api_{name}", view, methods=[method])
    api_errors.add_routes(blueprint)


class Player(Views):
    """The views of whole recordings, and of health."""

    def __init__(self, state: Callable[[], PlayerState], recent: Recent, pages: Pages) -> None:
        super().__init__(state, recent)
        self._pages = pages

    def show(self, id: str) -> BaseResponse:
        """Show the player, or the reason why a recording cannot be played."""
        guard = self._guard()
        device: list[str] = []
        try:
            recording = self._recent.get(self._state().recordings, id)
            summary, reason, locked = recording.summary, "", False
            device = device_of(recording.batches, recording.summary.facets).facts
        except RecordingNotFound:
            guard.missing()
        except DecodeError as error:
            summary, reason, locked = unreadable(id), str(error), isinstance(error, KeyMissing)
        guard.admit("view", recording=summary)
        own = guard.by_link(summary) is None  # a link shows the recording and nothing else
        return self._pages.answer(
            "unreadable.html" if reason else "player.html",
            summary=summary,
            status=503 if locked else 200,
            reason=reason,
            export=summary.status != RecordingStatus.ACTIVE
            and guard.allows("export", recording=summary),
            device=device,
            live=summary.status == RecordingStatus.ACTIVE
            and guard.allows("live", recording=summary),
            pinned=self._state().recordings.pinned(id),
            compare=own,
            remarks=self._remarks(id) if own else NO_REMARKS,
            note_token=guard.token("note", id) if guard.allows("note", recording=summary) else "",
            share_token=guard.token("share", id)
            if guard.links.on and guard.allows("share", recording=summary)
            else "",
            pin_token=guard.token("pin", id) if guard.allows("pin", recording=summary) else "",
            delete_token=guard.token("delete", id)
            if guard.allows("delete", recording=summary)
            else "",
        )

    def _remarks(self, id: str) -> Remarks:
        """Return the remarks on a recording, none if they cannot be decoded."""
        with suppress(DecodeError):
            return self._state().recordings.remarks(id)
        return NO_REMARKS

    def color(self, color: str) -> BaseResponse:
        """Return the style sheet for the app's own color."""
        if color != self._state().settings.color:
            refuse()
        response = responses.compressed(coloring.style(color).encode(), "text/css")
        response.remembered = YEAR
        return response

    def follow(self, token: str) -> BaseResponse:
        """Open a link: set a cookie that allows the player's pages of this recording only."""
        guard, audit = self._guard(), self._state().audit
        link = guard.links.opened(token)
        if link is None:
            audit("refused", detail="an expired, revoked or forged link")
            guard.missing()
        audit("share", link.recording, f"link {link.id} was opened")
        place = url_for(".show", id=link.recording)
        response = responses.PlayerResponse(status=302)
        response.referrer = "no-referrer"
        response.location = f"{place}#t={link.at_ms}" if link.at_ms else place
        lasts = max(0, int(link.expires_at - time.time()))
        response.set_cookie(
            COOKIE,
            token,
            lasts,
            path=place,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
        return response

    def delete(self, id: str) -> BaseResponse:
        """Delete a recording."""
        self._require_change("delete", id)
        try:
            self._state().recordings.delete(id)
        except RecordingNotFound:
            refuse()
        return redirect(url_for(".list"))

    def pin(self, id: str) -> BaseResponse:
        """Pin or unpin a recording."""
        self._require_change("pin", id)
        recordings = self._state().recordings
        try:
            (recordings.pin if request.form.get("pinned") == "yes" else recordings.unpin)(id)
        except RecordingNotFound:
            refuse()
        return redirect(url_for(".show", id=id))

    def health(self) -> BaseResponse:
        """Show the health of the recorder."""
        health = self._health()
        return self._pages.answer("health.html", status=200 if health.ok else 503, health=health)

    def health_data(self) -> BaseResponse:
        """Return the health of the recorder as JSON. The status is 503 if something is wrong."""
        health = self._health()
        return responses.json(health, 200 if health.ok else 503)

    def _health(self) -> HealthReport:
        self._guard().require("health")
        return self._state().health(self._app())

    def unavailable(self, error: StorageError) -> BaseResponse:
        """Report that the store cannot be read, to users who may see the list."""
        refusal = self._guard().refusal("list")
        if refusal is not None:
            return current_app.make_response(current_app.handle_http_exception(refusal))
        return self._pages.answer("unavailable.html", status=503, reason=clean(str(error)))
