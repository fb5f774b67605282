"""The common base of all views of the player: the app's state, access control, and recordings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from flask import Flask, current_app, request
from jinja2 import Environment

from ..boundary import Boundary
from ..capture_state import ActiveSession
from ..engine.replaying import Renderer
from ..errors import DecodeError, RecordingNotFound
from ..host.audit import Audit
from ..host.identity import Identity
from ..insight import ObservingRenderer
from ..recording.model import Recording
from ..recording.summary import RecordingStatus, Summary
from ..settings import Settings
from ..storage import Recordings, Storage
from .guard import Authorize, Guard
from .recent import Recent


class HealthReport(Protocol):
    """The health of the recorder and the store."""

    @property
    def ok(self) -> bool:
        """Whether everything works."""


class PlayerState(Protocol):
    """The state of an app, as far as the player needs it."""

    recordings: Recordings
    renderer: Renderer
    observing: ObservingRenderer
    authorize: Authorize | None
    login_url: str | None
    identity: Identity
    audit: Audit
    boundary: Boundary
    settings: Settings
    storage: Storage

    def today(self, environment: Environment) -> Renderer:
        """Return the renderer of the present templates of an environment."""

    def obstacles(self, app: Flask) -> list[str]:
        """Return the reasons why new visitors of the app are not recorded, other than failures."""

    def blocking(self, app: Flask) -> list[str]:
        """Return the reasons why nothing of the app can be recorded, not even by hand."""

    def health(self, app: Flask) -> HealthReport:
        """Return the health of the recorder and the store."""

    def start_capture(self, name: str) -> None:
        """Start a capture by hand.

        :raises RecordingInProgress: a capture is running.
        """

    def stop_capture(self) -> None:
        """Stop the capture by hand, and finalize its recordings.

        :raises NoActiveRecording: no capture is running.
        """

    def capture(self) -> ActiveSession:
        """Return the running capture by hand.

        :raises NoActiveRecording: no capture is running.
        """


class Views:
    """The base of views. Each checks access first, and responds with 404 if it is refused.

    :param state: returns the :class:`PlayerState` of the current app.
    """

    def __init__(self, state: Callable[[], PlayerState], recent: Recent) -> None:
        self._state = state
        self._recent = recent

    def _guard(self) -> Guard:
        return Guard(self._app(), self._state())

    def _app(self) -> Flask:
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        return app

    def _recording(self, id: str) -> Recording:
        """Return a recording, or respond with 404 if the user may not view it."""
        guard = self._guard()
        try:
            recording = self._recent.get(self._state().recordings, id)
        except (RecordingNotFound, DecodeError):
            guard.missing()
        guard.admit("view", recording=recording.summary)
        return recording

    def _require_change(self, action: str, id: str) -> None:
        """Respond with 404 unless the user may change the recording, and the player's own form was
        used.
        """
        guard = self._guard()
        try:
            summary = self._recent.get(self._state().recordings, id).summary
        except RecordingNotFound:
            guard.missing()
        except DecodeError:
            summary = unreadable(id)
        guard.require("view", action, recording=summary)
        guard.require_change(request, action, id)


def unreadable(id: str) -> Summary:
    """Return a summary of a recording that cannot be read, for the app's rule to decide on."""
    return Summary(id=id, status=RecordingStatus.FINISHED, flags=("unreadable",))
