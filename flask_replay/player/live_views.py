"""The views for watching a running recording: over a socket, or by polling."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import cached_property, partial, wraps
from typing import Any

import msgspec
from flask import Flask, current_app, request
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as BaseResponse

from ..errors import DecodeError, RecordingNotFound, StorageError
from ..recording.summary import Summary
from ..web import responses
from . import live
from .guard import refuse, same_site
from .views import Views


class _Routes:
    """Takes the view that Flask-Sock makes for a route, in place of a blueprint.

    :ivar view: the view.
    """

    view: Callable[..., Any]

    def route(self, rule: str, **options: object) -> Callable[[Callable[..., Any]], None]:
        """Return a function that takes the view."""
        return partial(setattr, self, "view")


class LiveViews(Views):
    """The views of a running recording."""

    def admit_first(self, state: BlueprintSetupState) -> None:
        """Check a viewer's rights before the socket is opened.

        The view is wrapped, because a hook of the blueprint would run for every page of the player,
        and extensions that inspect the app's hooks would find it.
        """
        endpoint = f"{state.name_prefix}.{state.name}.live".lstrip(".")
        open_socket = state.app.view_functions[endpoint]

        @wraps(open_socket)
        def admitted(id: str) -> Any:
            refusal = self._admit(id)
            return open_socket(id=id) if refusal is None else refusal

        state.app.view_functions[endpoint] = admitted

    def _admit(self, id: str) -> BaseResponse | None:
        """Refuse a viewer's socket if the user may not watch, or if this worker cannot keep it
        open.
        """
        guard = self._guard()
        try:
            summary = self._recent.get(self._state().recordings, id).summary
        except (RecordingNotFound, DecodeError):
            guard.missing()
        guard.require("view", "live", recording=summary)
        if not same_site(request):
            refuse()
        if not live.may_hold(request.environ):
            return responses.json(
                {"problem": "this worker keeps no sockets open; poll live.json"}, 501
            )
        return None

    def open_socket(self, id: str) -> Any:
        """Open a viewer's socket, and watch over it."""
        return self._open_socket(id=id)

    @cached_property
    def _open_socket(self) -> Callable[..., Any]:
        """Return Flask-Sock's view, which is imported with the first viewer's socket."""
        from flask_sock import Sock

        routes = _Routes()
        Sock().route("/<id>/live", bp=routes)(self.watch)
        return routes.view

    def watch(self, socket: Any, id: str) -> None:
        """Send the recording so far over a socket, and then each event as it happens."""
        cursor = live.cursor_of(request.args.get("after", ""))
        with live.Seat(request.environ) as seated:
            if not seated:
                socket.close(live.BUSY)
                return
            checked_at = -math.inf
            summary = Summary(id=id)
            while True:
                found = self._news(id, cursor)
                ended = found is not None and found["ended"]
                if found is not None and (
                    found["steps"] or ended or time.monotonic() - checked_at > live.RECHECKED_AFTER
                ):
                    checked_at = time.monotonic()
                    summary = found.pop("recorded", summary)
                    if not self._still_may_view(summary):
                        socket.close(live.REFUSED)
                        return
                    if found["steps"]:
                        self._guard().note("live", summary)
                    socket.send(msgspec.json.encode(found).decode())
                    cursor = found["cursor"]
                if ended:
                    return
                socket.receive(timeout=live.LIVE_PAUSE)

    def news(self, id: str) -> BaseResponse:
        """Return what a polling viewer lacks."""
        guard = self._guard()
        try:
            recording = self._recent.watch(self._state().recordings, id)
        except (RecordingNotFound, DecodeError):
            guard.missing()
        guard.require("view", "live", recording=recording.summary)
        news = live.news(recording, live.cursor_of(request.args.get("after", "")))
        if news["steps"]:
            guard.note("live", recording.summary)
        return responses.json(news)

    def _news(self, id: str, cursor: live.Cursor) -> dict[str, Any] | None:
        """Return what a viewer lacks, or ``None`` while the store fails."""
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
