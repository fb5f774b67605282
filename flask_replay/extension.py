"""``Replay(app)``: connects recorder, storage, player and commands."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, request_started

from .app_state import AppState, spool_folder
from .arguments import (
    check_app,
    check_arguments,
    check_login,
    check_places,
    check_store,
    check_templates,
)
from .boundary import logger
from .cli import replay_cli
from .engine.replaying import Rendered, Renderer, Verification, verify_all
from .errors import ConfigError, StorageError
from .parts import monitors
from .parts.choices import Choices
from .parts.insights import Insights
from .parts.sharing import Sharing
from .player.blueprint import create_blueprint
from .player.guard import Authorize
from .player.mounting import clashes
from .player.recent import Recent
from .recorder.captures import Capturing
from .recorder.delivery.health import Health
from .recorder.delivery.writer import Writer
from .recorder.obstacles import current_settings
from .recorder.processes import when_gone
from .recorder.programs import naming
from .recorder.programs.http_api import add_routes
from .recorder.programs.jobs import recorded
from .recorder.programs.programs import ProgramRecording
from .recorder.recorder import Recorder
from .recorder.services import Services
from .recorder.templates.environments import register_ignore_tag
from .recorder.visits.permission import ShouldRecord
from .sanitize import Sanitizer
from .settings import EXTENSION_KEY, SETTING_FORMS, Settings
from .storage import FileStorage, Keyring, Recordings, Recovered, Storage, recover, sealed
from .storage.lifecycle.retention import RetentionProgress


class Replay(Choices, Insights, Sharing):
    """Records what the visitors of an app see and do, and replays it.

    One object may serve many apps. Its methods work on the current app, or on the app that was
    passed to the constructor.

    :param app: the app to record. Leave it out to call :meth:`init_app` later.
    :param url_prefix: the path of the player. With ``None``, the app registers :attr:`blueprint`
        itself.
    :param authorize: a function ``authorize(action, recording)`` that decides who may do what.
        ``action`` is one of ``"list"``, ``"view"``, ``"live"`` (watch a running recording; needs
        ``"view"`` too), ``"pin"``, ``"delete"``, ``"note"`` (write notes and tags), ``"share"``
        (make links, where links are enabled), ``"export"`` (save a recording as a file; needs
        ``"view"`` too), ``"clear"``, ``"health"`` and ``"record"`` (capture by hand). ``recording``
        is a summary, or ``None`` when the action concerns no single recording. Return ``True`` to
        allow the action. A returned response and a raised ``HTTPException`` are sent to the
        browser. Every other result is answered with 404. Without this function the player is open
        in debug mode only, and only to this machine.
    :param sanitizer: an object with the hooks of :class:`Sanitizer`.
    :param storage: a store. Defaults to ``REPLAY_STORAGE``.
    :param identify: a function ``identify()`` that returns the name of the current request's
        visitor, or ``None``.
    :param login_url: where to redirect people who may not look and whom ``identify`` does not know:
        a path, a URL or an endpoint. It gets the URL of the player's page as ``next``. Defaults to
        ``REPLAY_LOGIN_URL``.
    :param should_record: a function ``should_record(request)`` that decides whether a request may
        be recorded. Unless it returns ``True``, the request leaves nothing in a
        recording and its response sets no cookie.
    :raises ConfigError: an argument or a setting of the app is invalid.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        url_prefix: str | None = "/replay",
        authorize: Authorize | None = None,
        sanitizer: Sanitizer | None = None,
        storage: Storage | None = None,
        identify: Callable[[], str | None] | None = None,
        login_url: str | None = None,
        should_record: ShouldRecord | None = None,
    ) -> None:
        check_arguments(url_prefix, authorize, identify, sanitizer, should_record)
        self.login_url = SETTING_FORMS["login_url"].read("login_url", login_url)
        self.url_prefix = url_prefix
        self.authorize = authorize
        self.sanitizer = Sanitizer() if sanitizer is None else sanitizer
        self.storage: Any = None if storage is None else check_store("storage", storage)
        self.identify = identify
        self.should_record = should_record
        self.clock: Callable[[], float] = time.time
        self._recent = Recent()
        self.blueprint: Blueprint = create_blueprint(lambda: self._state().viewed, self._recent)
        add_routes(self.blueprint, lambda: self._state().viewed)
        if app is None:
            request_started.connect(self._forgotten)
        else:
            self._made_for = weakref.ref(check_app(app))
            self.init_app(app)

    def _forgotten(self, app: Flask, **_: object) -> None:
        """Log, at the first request to any app, that this object was not given an app."""
        request_started.disconnect(self._forgotten)
        if EXTENSION_KEY not in app.extensions:
            logger.error(
                "Flask-Replay: Replay() was given no app, so nothing is recorded: call "
                "replay.init_app(app)"
            )

    def init_app(self, app: Flask) -> None:
        """Record an app, and register the player and the commands.

        This reads the settings, so set the ``REPLAY_*`` keys first. The app's Jinja environment and
        session are left alone.

        :raises ConfigError: a ``REPLAY_*`` key is unknown or malformed, or the app already has a
            Replay.
        """
        app = check_app(app)
        if EXTENSION_KEY in app.extensions:
            raise ConfigError("this app already has a Replay; remove the second one")
        settings = Settings.from_config(app)
        check_templates(app, settings.templates)
        check_login(self.login_url or settings.login_url, self.identify)
        keyring = Keyring(settings.encryption_keys)
        storage = sealed(self._storage(app, settings), keyring)
        services = Services.of(settings, self.sanitizer, lambda: self.clock())
        spool = spool_folder(app, settings, storage)
        if settings.enabled:
            check_places(app, storage, spool)
        writer = Writer(services, storage, spool, keyring)
        when_gone(app, writer.retire)
        capturing = Capturing(storage, app.name, writer, services.boundary)
        recorder = None
        # The folder's name tells this app from the same app with another store.
        if settings.enabled:
            recorder = Recorder(
                app,
                services,
                writer,
                capturing,
                self.identify,
                spool.name,
                self.should_record,
            )
            recorder.connect(app)
        state = AppState(
            self, services, storage, writer, recorder, capturing, current_settings(app)
        )
        app.extensions[EXTENSION_KEY] = state
        app.extensions.setdefault("replay", state)
        register_ignore_tag(app)
        request_started.connect(state.look, app)
        if recorder is not None:
            monitors.connect(app)
            if recorder.environment.expect(app) and "jinja_env" in vars(app):
                recorder.environment.prepare(app)
        request_started.disconnect(self._forgotten)
        app.cli.add_command(
            replay_cli, "flask-replay" if "replay" in app.cli.commands else "replay"
        )
        if self.url_prefix is not None:
            app.register_blueprint(self.blueprint, url_prefix=self.url_prefix)
        for clash in clashes(app):
            raise ConfigError(clash)

    def _storage(self, app: Flask, settings: Settings) -> Storage:
        chosen: Any = self.storage
        if chosen is None:
            named = settings.storage
            chosen = "replay" if named is None else check_store("REPLAY_STORAGE", named)
        if isinstance(chosen, str):
            return FileStorage(Path(app.instance_path) / chosen, fsync=settings.fsync == "append")
        # Some stores need the app, for example to read its configuration.
        bind: Callable[[Flask], Storage] | None = getattr(chosen, "for_app", None)
        found: Storage = chosen if bind is None else bind(app)
        return found

    # What is recorded

    @property
    def recordings(self) -> Recordings:
        """Return the recordings of the app."""
        return self._state().recordings

    @property
    def current(self) -> str | None:
        """Return the id of the recording that the current request or job belongs to, or
        ``None``.
        """
        recorder = self._state().recorder
        buffer = None if recorder is None else recorder.current()
        return None if buffer is None else buffer.visit.id

    @contextmanager
    def record(self, name: str) -> Iterator[str | None]:
        """Record what is rendered within a ``with`` block: in a command, a queue worker or a
        scheduled job.

        ::

            with replay.record("weekly letter") as id:
                send(render_template("letter.html", user=user))

        The recording is finalized at the end of the block. An exception that ends the block is
        recorded and propagates. A block that renders nothing leaves no recording.

        The recording holds what this thread or task renders. It also holds what threads and tasks
        render that run with a copy of its context, as ``asyncio.to_thread`` does. Sampling and
        exclusions do not apply. A block inside another block or inside a recorded request makes a
        recording of its own, and so does a request made inside a block.

        :param name: the name in the list of recordings, in the place of a visitor's name.
        :returns: the recording's id, or ``None`` when nothing is recorded because
            ``REPLAY_ENABLED`` is false or ``REPLAY_MAX_MEMORY`` is reached.
        """
        recorder = self._state().recorder
        job = None if recorder is None else recorder.job(self._app(), name)
        if job is None:
            yield None
            return
        with recorded(job):
            yield job.visit.id

    def start(
        self,
        name: str | None = None,
        *,
        agent_run: Any = None,
        sandbox_session: Any = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> ProgramRecording:
        """Start the recording of a program that records itself: a browser agent, a test or a demo.

        ::

            with replay.start("checkout bot") as recording:
                recording.record_action("click", "#buy", screenshot=page.screenshot())

        :param name: the name of the recording. By default it is made of the name of the agent or
            template and the time.
        :param agent_run: the run of an agent: a name, or an object or mapping whose ``agent`` has a
            ``name``.
        :param sandbox_session: the session of a template: a name, or an object or mapping whose
            ``agent_template`` has a ``name``.
        :param metadata: plain data about the run.
        """
        data = {**naming.origin(agent_run, sandbox_session), **(metadata or {})}
        return self._start(
            name or naming.generated_name(agent_run, sandbox_session, self.clock()), data
        )

    def start_user_session(
        self,
        visitor_id: str | None = None,
        parent_demo_id: str | None = None,
        page_url: str | None = None,
    ) -> ProgramRecording:
        """Start the recording of a visitor who takes over from a demo.

        :param parent_demo_id: the id of the demo's recording.
        """
        data = {"visitor_id": visitor_id, "parent_demo_id": parent_demo_id, "page_url": page_url}
        return self._start(
            naming.takeover_name(self.clock()), {"session_type": "user_takeover", **data}
        )

    def _start(self, name: str, metadata: Mapping[str, Any]) -> ProgramRecording:
        state, app = self._state(), self._app()
        recorder = state.recorder
        if recorder is not None:
            recorder.environment.prepare(app)

        def following(name: str | None, metadata: Mapping[str, Any]) -> ProgramRecording:
            return self._start(name or naming.generated_name(None, None, self.clock()), metadata)

        return ProgramRecording(
            name,
            metadata,
            state.services,
            state.writer,
            state.recordings,
            following=following,
            sign=None
            if recorder is None
            else lambda visit: recorder.signed_visits.signed(app, visit),
        )

    def flush(self) -> None:
        """Write everything recorded so far to the journal.

        :raises StorageError: the storage fails; the data is kept and written later.
        """
        state = self._state()
        if state.recorder is not None:
            state.recorder.handover.hand_over_all()
            state.recorder.handover.wait()
        if not state.writer.flush():
            outbox = state.writer.outbox
            reason = outbox.outage.problem.removeprefix("StorageError: ") or "the store is busy"
            raise StorageError(f"{reason}; what was recorded is kept: {outbox.counts}")

    def finalize(self, id: str | None = None) -> None:
        """Finalize one running recording now, or all of them.

        :param id: the id of the recording. Without it, all running recordings are finalized.
        :raises RecordingNotFound: there is no recording with this id.
        :raises StorageError: the storage fails; the journal still holds everything.
        """
        self.flush()
        state = self._state()
        if id is not None and id not in state.storage.touched():
            state.recordings.get(id)  # finalized already, or this raises
            return
        for name in [id] if id is not None else list(state.storage.touched()):
            state.writer.maintenance.finalize(name)

    def recover(self, progress: RetentionProgress | None = None) -> Recovered:
        """Finalize recordings left behind by killed workers, with the status ``interrupted``.

        Recordings that running workers still write are left alone.

        :param progress: is called with the number of recordings done and the total.
        :raises StorageError: the storage fails; the journal still holds everything.
        """
        self._collect()
        state = self._state()
        fate, idle_timeout = state.writer.roster.fate, state.settings.idle_timeout
        return recover(
            state.storage, fate, idle_timeout, state.writer.maintenance.finalize, progress
        )

    def _collect(self) -> None:
        """Save everything recorded so far, and everything that ended workers left in the spool.

        :raises StorageError: the storage fails; the spool still holds everything.
        """
        outbox = self._state().writer.outbox
        outbox.adopt()
        self.flush()
        if not outbox.send():
            raise StorageError(f"not all that is spooled could be saved: {outbox.outage.problem}")

    def health(self) -> Health:
        """Return the state of recording: the configuration, whether the store responds, what is
        waiting and what was lost.
        """
        state = self._state()
        return state.health(self._app())

    # What it shows

    def render(self, id: str, frame: int, *, now: bool = False) -> Rendered:
        """Render one frame of a recording.

        :param frame: the frame's number, counted from 0.
        :param now: render with the app's current templates instead of the recorded ones.
        :raises RecordingNotFound: the recording does not exist, or it has no such frame.
        """
        return (self._now() if now else self._state().renderer).render(self._frame(id, frame))

    def verify(self, id: str, *, now: bool = False) -> Verification:
        """Render every frame of a recording and compare it with what the visitor was sent.

        :param now: also render with the app's current templates, as a regression test over a real
            session.
        :raises RecordingNotFound: the recording does not exist.
        """
        state = self._state()
        recording = state.recordings.get(id)
        now_ = self._now() if now else None
        return verify_all(
            id, recording.frames, state.renderer, now_, recording.summary.tally.literal
        )

    def _now(self) -> Renderer:
        return self._state().today(self._app().jinja_env)
