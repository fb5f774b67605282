"""The state of one recorded app, kept in ``app.extensions``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, request_started
from jinja2 import Environment

from .boundary import logger
from .capture_state import ActiveSession
from .engine.replaying import CachingRenderer, Renderer
from .host.audit import Audit
from .host.identity import Identity
from .insight import ObservingRenderer
from .player.mounting import clashes
from .recorder.captures import Capturing
from .recorder.delivery.health import Health, examine
from .recorder.delivery.writer import Writer
from .recorder.obstacles import blocking, changed, obstacles, unmatched
from .recorder.recorder import Recorder
from .recorder.services import Services
from .recorder.templates.environments import register_ignore_tag
from .recorder.visits.cookies import refused
from .settings import Settings
from .storage import Recordings, Storage
from .storage.time_limited import ANSWERS, time_limited

if TYPE_CHECKING:
    from .extension import Replay


class AppState:
    """The state of one app.

    :ivar capturing: the captures by hand.
    :ivar settings: the settings, parsed when the extension was initialized.
    :ivar recorder: the recorder; ``None`` when ``REPLAY_ENABLED`` is false.
    :ivar read: the ``REPLAY_*`` keys of ``app.config`` at that time.
    :ivar viewed: a copy of this state for the player's pages, whose store has a time limit.
    """

    def __init__(
        self,
        replay: Replay,
        services: Services,
        storage: Storage,
        writer: Writer,
        recorder: Recorder | None,
        capturing: Capturing,
        read: Mapping[str, Any],
    ) -> None:
        settings, boundary = services.settings, services.boundary
        self.services = services
        self.capturing = capturing
        self.replay = replay
        self.authorize = replay.authorize
        self.login_url = replay.login_url or settings.login_url
        self.settings = settings
        self.storage = storage
        self.writer = writer
        self.recorder = recorder
        self.boundary = boundary
        limits = (
            settings.max_recordings,
            settings.max_age,
            settings.max_size,
            settings.max_unconfirmed,
        )
        self.identity = Identity(replay.identify, boundary)
        self.audit = Audit(self.identity)
        self.recordings = Recordings(
            storage,
            *limits,
            spooled=writer.spooled,
            largest=settings.max_recording_size,
            note_change=self.audit,
        )
        self.renderer = Renderer(self.recordings.document)
        self.observing = ObservingRenderer(self.recordings.document)
        self._today: Renderer | None = None
        self.read = read
        self.viewed = self._viewed()

    def _viewed(self) -> AppState:
        """Return a copy for the player's pages, with a store that responds in time or raises
        ``StorageError``.
        """
        viewed = copy(self)
        viewed.storage = time_limited(self.storage, ANSWERS)
        viewed.recordings = copy(self.recordings)
        viewed.recordings.storage = viewed.storage
        viewed.renderer = CachingRenderer(viewed.recordings.document)
        viewed.observing = ObservingRenderer(viewed.recordings.document)
        return viewed

    def today(self, environment: Environment) -> Renderer:
        """Return the renderer of the present templates of an environment. It is kept, because
        compiling the templates of a page takes a hundred times as long as rendering it.
        """
        known = self._today
        if known is None or known.now is not environment:
            recorded = self.renderer.shared
            known = self._today = Renderer(self.recordings.document, environment, recorded)
        return known

    def obstacles(self, app: Flask) -> list[str]:
        """Return why new visitors of the app are not recorded although nothing fails, one line per
        reason.
        """
        return [*obstacles(app, self.settings, self.writer), *self._mistakes(app)]

    def _mistakes(self, app: Flask) -> list[str]:
        """Return a line for each setting that is of no use, or was changed too late, and for each
        route that hides one of the player's, or is hidden by it.
        """
        return [
            *changed(app, self.read),
            *unmatched(app, self.settings),
            *refused(app, self.settings),
            *clashes(app),
        ]

    def blocking(self, app: Flask) -> list[str]:
        """Return why nothing of the app can be recorded, not even by hand, one line per reason."""
        return blocking(app, self.settings)

    def health(self, app: Flask) -> Health:
        """Return the state of recording and of the store."""
        return examine(
            self.writer.storage, self.settings, self.writer, self.boundary, self.obstacles(app)
        )

    def start_capture(self, name: str) -> None:
        """Start a capture by hand that continues after this process ends.

        :raises RecordingInProgress: another capture is running.
        """
        self.capturing.start(name, detached=True)

    def stop_capture(self) -> None:
        """Stop the capture by hand, and finalize its recordings.

        :raises NoActiveRecording: no capture is running.
        """
        self.capturing.stop(self.writer, self.recordings)

    def capture(self) -> ActiveSession:
        """Return the running capture by hand.

        :raises NoActiveRecording: no capture is running.
        """
        return self.capturing.now()

    def look(self, app: Flask, **_: object) -> None:
        """Log, at the first request, mistakes in the settings, and which routes hide one
        another.
        """
        request_started.disconnect(self.look)
        # Once more: the app may have changed its options after Replay was initialized.
        register_ignore_tag(app)
        for line in self._mistakes(app):
            logger.error("Flask-Replay: %s", line)


def spool_folder(app: Flask, settings: Settings, storage: Storage) -> Path:
    """Return the local folder for the workers of an app: one per app and store, within
    ``REPLAY_SPOOL``.

    Apps that share an instance folder must not save each other's data.
    """
    own = hashlib.blake2b(f"{app.name} {storage.identity}".encode(), digest_size=4).hexdigest()
    return Path(app.instance_path) / (settings.spool or "replay-spool") / own
