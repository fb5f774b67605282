"""What belongs to one app that is recorded: ``app.extensions`` holds it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, request_started

from .boundary import logger
from .engine.replaying import Remembering, Renderer
from .host.audit import Audit
from .host.identity import Identity
from .insight import Watching
from .player.mounting import clashes
from .recorder.captures import Capturing
from .recorder.delivery.health import Health, examine
from .recorder.delivery.writer import Writer
from .recorder.obstacles import blocking, changed, obstacles
from .recorder.recorder import Recorder
from .recorder.services import Services
from .recorder.templates.listening import know_tags
from .settings import Settings
from .state import ActiveSession
from .storage import Recordings, Storage
from .storage.time_limited import ANSWERS, time_limited

if TYPE_CHECKING:
    from .extension import Replay


class AppState:
    """What belongs to one app.

    :ivar capturing: what is captured by hand.
    :ivar settings: parsed when the extension was initialised.
    :ivar recorder: ``None`` when ``REPLAY_ENABLED`` is false.
    :ivar read: the settings as they were then.
    :ivar viewed: the same for those who look.
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
            told=self.audit,
        )
        self.renderer = Renderer(self.recordings.document)
        self.watching = Watching(self.recordings.document)
        self.read = read
        self.viewed = self._viewed()

    def _viewed(self) -> AppState:
        """Return the same for the player's pages: with a store that answers in time, or raises
        ``StorageError``.
        """
        viewed = copy(self)
        viewed.storage = time_limited(self.storage, ANSWERS)
        viewed.recordings = copy(self.recordings)
        viewed.recordings.storage = viewed.storage
        viewed.renderer = Remembering(viewed.recordings.document)
        viewed.watching = Watching(viewed.recordings.document)
        return viewed

    def obstacles(self, app: Flask) -> list[str]:
        """Return why new visitors of the app are not recorded, though nothing fails; a line for
        each reason.
        """
        return [
            *obstacles(app, self.settings, self.writer),
            *changed(app, self.read),
            *clashes(app),
        ]

    def blocking(self, app: Flask) -> list[str]:
        """Return why nothing of the app can be recorded, not even by hand."""
        return blocking(app, self.settings)

    def health(self, app: Flask) -> Health:
        """Return how recording and the store are doing."""
        return examine(
            self.writer.storage, self.settings, self.writer, self.boundary, self.obstacles(app)
        )

    def start_capture(self, name: str) -> None:
        """Begin to capture by hand; it goes on when this process ends.

        :raises RecordingInProgress: a capture goes on.
        """
        self.capturing.start(name, detached=True)

    def stop_capture(self) -> None:
        """End the capture by hand, and finish what was recorded.

        :raises NoActiveRecording: there is none.
        """
        self.capturing.stop(self.writer, self.recordings)

    def capture(self) -> ActiveSession:
        """Return the capture by hand that goes on.

        :raises NoActiveRecording: there is none.
        """
        return self.capturing.now()

    def look(self, app: Flask, **_: object) -> None:
        """Log, at the first request, what was set too late to be read, and which route is in the
        way of which.
        """
        request_started.disconnect(self.look)
        know_tags(app)  # once more: the app may have had other options after us
        for line in (*changed(app, self.read), *clashes(app)):
            logger.error("Flask-Replay: %s", line)


def spool_folder(app: Flask, settings: Settings, storage: Storage) -> Path:
    """Return the local folder of an app's workers: one for each app and store in ``REPLAY_SPOOL``.

    What one app could not save must never be saved by another that shares the instance folder.
    """
    own = hashlib.blake2b(f"{app.name} {storage.identity}".encode(), digest_size=4).hexdigest()
    return Path(app.instance_path) / (settings.spool or "replay-spool") / own
