"""What belongs to one app that is recorded: ``app.extensions`` holds it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, request_started

from .capture.audit import Audit
from .capture.boundary import Boundary, logger
from .capture.capturing import Capturing
from .capture.identity import Identity
from .capture.obstacles import changed, obstacles
from .capture.requests import Recorder
from .capture.templates import know_tags
from .capture.writer import Writer
from .insight import Watching
from .player.places import clashes
from .replaying import Remembering, Renderer
from .settings import Settings
from .storage import Recordings, Storage
from .storage.prompt import ANSWERS, prompt

if TYPE_CHECKING:
    from .extension import Replay


class State:
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
        settings: Settings,
        storage: Storage,
        writer: Writer,
        recorder: Recorder | None,
        boundary: Boundary,
        capturing: Capturing,
        read: Mapping[str, Any],
    ) -> None:
        self.capturing = capturing
        self.replay = replay
        self.authorize = replay.authorize
        self.login_url = replay.login_url or settings.login_url
        self.settings = settings
        self.storage = storage
        self.writer = writer
        self.recorder = recorder
        self.boundary = boundary
        limits = settings.max_recordings, settings.max_age, settings.max_size, settings.max_unconfirmed
        self.identity = Identity(replay.identify, boundary)
        self.audit = Audit(self.identity)
        self.recordings = Recordings(
            storage, *limits, spooled=writer.spooled, largest=settings.max_recording_size, told=self.audit
        )
        self.renderer = Renderer(self.recordings.document)
        self.watching = Watching(self.recordings.document)
        self.read = read
        self.viewed = self._viewed()

    def _viewed(self) -> State:
        """Return the same for the player's pages: with a store that answers in time, or raises ``StorageError``."""
        viewed = copy(self)
        viewed.storage = prompt(self.storage, ANSWERS)
        viewed.recordings = copy(self.recordings)
        viewed.recordings.storage = viewed.storage
        viewed.renderer = Remembering(viewed.recordings.document)
        viewed.watching = Watching(viewed.recordings.document)
        return viewed

    def obstacles(self, app: Flask) -> list[str]:
        """Return why new visitors of the app are not recorded, though nothing fails; a line for each reason."""
        return [*obstacles(app, self.settings, self.writer), *changed(app, self.read), *clashes(app)]

    def look(self, app: Flask, **_: object) -> None:
        """Log, at the first request, what was set too late to be read, and which route is in the way of which."""
        request_started.disconnect(self.look, app)
        know_tags(app)  # once more: the app may have had other options after us
        for line in (*changed(app, self.read), *clashes(app)):
            logger.error("Flask-Replay: %s", line)


def spool_folder(app: Flask, settings: Settings, storage: Storage) -> Path:
    """Give the local folder of an app's workers: one for each app and store in ``REPLAY_SPOOL``.

    What one app could not save must never be saved by another that shares the instance folder.
    """
    own = hashlib.blake2b(f"{app.name} {storage.identity}".encode(), digest_size=4).hexdigest()
    return Path(app.instance_path) / (settings.spool or "replay-spool") / own
