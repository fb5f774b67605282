"""The pytest plugin behind ``pytest --replay``: it records each test, and keeps the recording if
the test fails.

Every app in the process of the tests records into one store, whatever its own settings are. Every
request belongs to the recording of the running test, so no cookie, header or signature is needed.
An app that a test has forked, such as a live server, finds the recording in a file.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask import Request as FlaskRequest

from ..app_state import AppState
from ..boundary import Boundary
from ..engine.replaying import Renderer
from ..errors import RecordingNotFound, RecordingOver, ReplayError
from ..extension import Replay
from ..player.offline import one_file
from ..player.pages import Pages
from ..player.scenes import Scenes
from ..recorder.programs.programs import ProgramRecording
from ..recorder.visit import Visit
from ..recording.events import Error, Run
from ..settings import EXTENSION_KEY, Settings
from ..storage import FileStorage, Storage
from ..storage.files.tar import TarFile
from ..storage.lifecycle.moving import copy
from .browser import record_page

_PROPERTY = "replay"
_FLUSH = 0.2
"""Seconds between two flushes of a forked server."""
_ODD = re.compile(r"[^\w.-]+")


class _Test:
    """A running test.

    :ivar file: the file for its recording if it fails.
    :ivar states: the states of the apps that it used.
    :ivar page: the page of the browser, if it has one.
    :ivar problem: the reason for its failure.
    """

    def __init__(self, name: str, recording: ProgramRecording, file: Path) -> None:
        self.name = name
        self.recording = recording
        self.file = file
        self.states: dict[int, AppState] = {}
        self.page: Any = None
        self.problem: BaseException | str | None = None


class ReplayPlugin:
    """The hooks. For :func:`record_page` it is also a recording: that of the running test.

    :param folder: the folder for recordings.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = os.getpid()
        self.temporary = Path(tempfile.mkdtemp(prefix="flask-replay-"))
        self.storage = FileStorage(self.temporary / "recordings")
        self.current = self.temporary / "current"
        self.boundary = Boundary()
        self.lock = threading.Lock()
        self.apps = 0
        self.test: _Test | None = None
        self.patch = pytest.MonkeyPatch()
        self._patch()
        self.host = Flask(__name__, static_folder=None, instance_path=str(self.temporary))
        self.replay = Replay(self.host, url_prefix=None)

    # Let every app record into our store

    def _patch(self) -> None:
        read, begin, call = Settings.from_config, Replay.init_app, Flask.__call__

        def settings(cls: type[Settings], app: Flask) -> Settings:
            self.apps += 1
            spool = str(self.temporary / f"spool-{self.apps}")
            return msgspec.structs.replace(
                read(app), enabled=True, spool=spool, flush_interval=_FLUSH
            )

        def storage(replay: Replay, app: Flask, settings: Settings) -> Storage:
            return self.storage

        def init_app(replay: Replay, app: Flask) -> None:
            begin(replay, app)
            self._adopt(app.extensions[EXTENSION_KEY])

        def handle(app: Flask, environ: dict[str, Any], start_response: Any) -> Any:
            with self.lock:
                if EXTENSION_KEY not in app.extensions and not app._got_first_request:
                    Replay(app, url_prefix=None)
            return call(app, environ, start_response)

        self.patch.setattr(Settings, "from_config", classmethod(settings))
        self.patch.setattr(Replay, "_storage", storage)
        self.patch.setattr(Replay, "init_app", init_app)
        self.patch.setattr(Flask, "__call__", handle)

    def _adopt(self, state: AppState) -> None:
        """Add an app's requests to the recording of the running test."""
        assert state.recorder is not None
        if os.getpid() == self.process:
            state.capturing.ready = True
            state.writer.started = (
                True  # no threads are needed: everything is written when the test ends
            )
        visits = state.recorder.signed_visits
        signed = visits.visit_of_program

        def visit_of_program(request: FlaskRequest) -> Visit | None:
            return signed(request) or self._visit(state)

        visits.visit_of_program = visit_of_program

    def _visit(self, state: AppState) -> Visit | None:
        if os.getpid() != self.process:
            with suppress(OSError, ValueError):
                return msgspec.json.decode(self.current.read_bytes(), type=Visit)
            return None
        test = self.test
        if test is None:
            return None
        test.states[id(state)] = state
        return test.recording.visit

    # One recording for each test

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Record a test from its first fixture to its last."""
        self._begin(item.nodeid)
        try:
            return (yield)
        finally:
            self._end()

    def _begin(self, name: str) -> None:
        with self.host.app_context():
            recording = self.replay.start(name)
        self.current.write_bytes(msgspec.json.encode(recording.visit))
        self.test = _Test(name, recording, self.folder / file_name(name))

    def _end(self) -> None:
        test, self.test = self.test, None
        assert test is not None
        self.current.unlink(missing_ok=True)
        with self.boundary.guard("keep the recording of a test"):
            for file in (test.file, _page(test.file)):
                file.unlink(missing_ok=True)  # from an earlier run
            for state in test.states.values():
                if state.recorder is not None:
                    state.recorder.handover.hand_over_all()
                state.writer.flush()
            if test.problem is None:
                test.recording.complete()
            else:
                test.recording.driving = test.page is not None  # a forked server may still write
                test.recording.fail(test.problem)
                if self._is_used(test):
                    with TarFile(test.file, write=True) as tar:
                        copy(self.storage, tar, ids=[test.recording.id])
                    self._save(test)
            self._delete(test.recording, test.name)

    def _save(self, test: _Test) -> None:
        """Also keep a recording as a file that plays by itself."""
        recordings = self.replay.recordings
        scenes = Scenes(recordings, Renderer(recordings.document))
        with self.host.app_context():
            content = one_file(
                recordings.get(test.recording.id), scenes, Pages(Settings).environment
            )
            _page(test.file).write_bytes(content)

    def _delete(self, recording: ProgramRecording, test: str) -> None:
        """Delete the recording of a test that has ended.

        :param test: the name of the test.
        """
        self.storage.delete(recording.id)

    def _is_used(self, test: _Test) -> bool:
        """Whether a recording has anything to show."""
        try:
            events = self.replay.recordings.get(test.recording.id).events
        except RecordingNotFound:
            return False
        return any(not isinstance(event, Run | Error) for event in events)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note that a test failed, and add the file of the recording to its report."""
        report = yield
        test = self.test
        if test is not None and report.failed:
            if test.problem is None:
                test.problem = str(report.longrepr) if call.excinfo is None else call.excinfo.value
                self._look(test)
            if (
                test.states
                or test.recording.sequence
                or test.recording.id in self.storage.touched()
            ):
                file_property = (_PROPERTY, str(test.file))
                # these are in later reports
                for properties in (report.user_properties, item.user_properties):
                    if file_property not in properties:
                        properties.append(file_property)
        return report

    def _look(self, test: _Test) -> None:
        """Take a screenshot of the browser when a test fails."""
        if test.page is not None and not inspect.iscoroutinefunction(test.page.screenshot):
            with self.boundary.guard("take a screenshot of a test that failed"):
                picture = test.page.screenshot(scale="css")
                self.record_action(
                    "snapshot", None, "failed", picture, metadata={"url": str(test.page.url)}
                )

    # Browsers

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, Any]:
        """Record the actions on a page of Playwright, whichever fixture returns it."""
        value = yield
        kind = type(value)
        if kind.__name__ != "Page" or not kind.__module__.startswith("playwright."):
            return value
        if self.test is not None:
            self.test.page = value
        recorded = record_page(value, self)
        assert fixturedef.cached_result is not None
        fixturedef.cached_result = (recorded, *fixturedef.cached_result[1:])
        return recorded

    @property
    def headers(self) -> dict[str, str]:
        """Return no headers: the apps know which test is running."""
        return {}

    @property
    def elapsed_ms(self) -> int:
        """Return the milliseconds since the test began."""
        return 0 if self.test is None else self.test.recording.elapsed_ms

    def record_action(
        self,
        type: str,
        selector: str | None = None,
        value: Any = None,
        screenshot: bytes | None = None,
        *,
        metadata: Mapping[str, Any] | None = None,
        timestamp_ms: int | None = None,
    ) -> None:
        """Record an action in the browser."""
        more: dict[str, Any] = {"metadata": metadata, "timestamp_ms": timestamp_ms}
        if self.test is not None:
            with suppress(RecordingOver):
                self.test.recording.record_action(type, selector, value, screenshot, **more)

    # Reports

    def pytest_report_header(self) -> str:
        """Report that tests are recorded."""
        return f"flask-replay: recordings of failed tests go to {self.folder}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Report where the recordings are, and how to watch them."""
        found: dict[str, str] = {}
        for report in (
            *terminalreporter.getreports("failed"),
            *terminalreporter.getreports("error"),
        ):
            files = [
                value for name, value in getattr(report, "user_properties", []) if name == _PROPERTY
            ]
            found.update(dict.fromkeys(map(str, files), report.nodeid))
        kept = {path: name for path, name in found.items() if Path(path).exists()}
        if not kept:
            return
        terminalreporter.section("recordings of failed tests")
        for path, name in kept.items():
            terminalreporter.line(name)
            terminalreporter.line(f"    {_near(str(_page(Path(path))))}")
            terminalreporter.line(f"    flask replay import {_near(path)}")
            terminalreporter.line(f"    /replay/{_id_of(path)}")
        terminalreporter.line(
            "The HTML file plays in any browser. Or import one into the app, run it with --debug, "
            "and open its link."
        )

    def pytest_unconfigure(self) -> None:
        """Undo all changes to Flask and Jinja, and delete temporary files."""
        self.patch.undo()
        shutil.rmtree(self.temporary, ignore_errors=True)


def file_name(name: str) -> str:
    """Return the file name of a test's recording, which is unique."""
    plain = _ODD.sub("-", name.replace("::", ".")).strip("-")[:120]
    own = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
    return f"{plain}-{own}.tar" if "[" in name or len(name) > len(plain) + 20 else f"{plain}.tar"


def _page(file: Path) -> Path:
    """Return the file that plays a recording by itself, next to the recording."""
    return file.with_suffix(".html")


def _near(path: str) -> str:
    """Return a path relative to the current directory, if it is below it."""
    with suppress(ValueError):
        return str(Path(path).relative_to(Path.cwd()))
    return path


def _id_of(path: str) -> str:
    with suppress(ReplayError), TarFile(path) as tar:
        return next(iter(tar.ids()), "")
    return ""
