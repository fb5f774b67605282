"""What all views of the player share: the app's state, the guard, and the recordings that are
looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from flask import Flask, current_app, request

from ..boundary import Boundary
from ..engine.replaying import Renderer
from ..errors import DecodeError, RecordingNotFound
from ..host.audit import Audit
from ..host.identity import Identity
from ..insight import Watching
from ..recording.model import Recording
from ..recording.summary import Summary
from ..settings import Settings
from ..state import ActiveSession
from ..storage import Recordings, Storage
from .guard import Authorize, Guard
from .recent import Recent


class HealthReport(Protocol):
    """How recording and the store are doing."""

    @property
    def ok(self) -> bool:
        """Whether nothing fails."""


class PlayerState(Protocol):
    """What the player needs to know of an app."""

    recordings: Recordings
    renderer: Renderer
    watching: Watching
    authorize: Authorize | None
    login_url: str | None
    identity: Identity
    audit: Audit
    boundary: Boundary
    settings: Settings
    storage: Storage

    def obstacles(self, app: Flask) -> list[str]:
        """Return why new visitors of the app are not recorded, though nothing fails."""

    def blocking(self, app: Flask) -> list[str]:
        """Return why nothing of the app can be recorded, not even by hand."""

    def health(self, app: Flask) -> HealthReport:
        """Return how recording and the store are doing."""

    def start_capture(self, name: str) -> None:
        """Begin to capture by hand.

        :raises RecordingInProgress: a capture goes on.
        """

    def stop_capture(self) -> None:
        """End the capture by hand, and finish what was recorded.

        :raises NoActiveRecording: there is none.
        """

    def capture(self) -> ActiveSession:
        """Return the capture by hand that goes on.

        :raises NoActiveRecording: there is none.
        """


class Views:
    """Views. Each asks the guard first, and answers 404 to whom it refuses.

    :param state: gives the :class:`PlayerState` of the current app.
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
        """Return a recording, or 404 to whom may not view it."""
        guard = self._guard()
        try:
            recording = self._recent.get(self._state().recordings, id)
        except (RecordingNotFound, DecodeError):
            guard.missing()
        guard.admit("view", recording=recording.summary)
        return recording

    def _require_change(self, action: str, id: str) -> None:
        """Answer 404 unless the visitor may do something with a recording, and the player's own
        form asks for it.
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
    """Return what is said of a recording that nobody can read, for the app's rule to judge."""
    return Summary(id=id, status="finished", flags=("unreadable",))
