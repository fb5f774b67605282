"""Render a case without and with recording, then replay the recording in a process without the app."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader

import flask_replay
from flask_replay.boundary import Boundary
from flask_replay.codec import BATCH_FORMATS, encode_batch
from flask_replay.recorder.cleaning.cleaner import Cleaner
from flask_replay.recorder.templates.environments import WatchedEnvironment
from flask_replay.recorder.templates.render import Render, frames
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Frame
from flask_replay.sanitize import Sanitizer

from . import replay_process
from .replay_process import Answer, Job, Replayed

Context = dict[str, Any]


def nothing(app: Flask) -> None:
    """Leave an app as it is."""


def page(context: Context) -> ResponseReturnValue:
    """Respond with the template ``page.html``."""
    return render_template("page.html", **context)


@dataclass(frozen=True)
class Case:
    """One situation.

    :param templates: the source of ``page.html``, or names to sources.
    :param context: makes what the page is given, anew for each render. A list under ``log`` takes
        down side effects: what objects were asked, which queries ran.
    :param setup: what the app does with its environment.
    :param view: how the app answers.
    """

    templates: str | Mapping[str, str]
    context: Callable[[], Context] = dict
    setup: Callable[[Flask], None] = nothing
    view: Callable[[Context], Any] = page


@dataclass
class Seen:
    """The result of one request.

    :ivar body: the response.
    :ivar headers: its headers.
    :ivar error: what was raised instead, ``""`` if nothing was.
    :ivar log: side effects, when the case takes them down.
    :ivar renders: the renders of a recorded request, in order of their beginning.
    """

    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    error: str = ""
    log: list[Any] = field(default_factory=list)
    renders: list[Render] = field(default_factory=list)


class Sink:
    """Collects the renders of one request."""

    max_reads = 100_000
    ignoring = 0
    unseen = False

    def __init__(self) -> None:
        self.renders: list[Render] = []

    def opened(self, render: Render) -> None:
        self.renders.append(render)


class Site:
    """A Flask app with one view.

    :param recorded: whether its renders are listened to.
    """

    def __init__(
        self, templates: Mapping[str, str], setup: Callable[[Flask], None], *, recorded: bool
    ) -> None:
        self.app = app = Flask("conformance", static_folder=None)
        app.jinja_loader = DictLoader(dict(templates))
        app.secret_key = "secret"  # a word that operations keep recognizable, so that their results count as no secret elsewhere
        app.testing = True
        self.sink: Sink | None = None
        if recorded:
            heard = WatchedEnvironment(lambda: self.sink, Boundary())
            app.before_request(lambda: heard.prepare(app))
        setup(app)
        self.view: Callable[[], Any] = dict
        app.add_url_rule("/", view_func=lambda: self.view())
        self.client = app.test_client()

    def visit(self, context: Callable[[], Context], view: Callable[[Context], Any]) -> Seen:
        """Request a page.

        :param context: makes what the page is given.
        :param view: answers with it.
        """
        seen = Seen()
        given: Context = {}

        def answer() -> Any:
            given.update(context())
            return view(given)

        self.view = answer
        self.sink = Sink()
        random.seed(7)
        try:
            response = self.client.get("/?q=hi&tag=a&tag=b", headers={"User-Agent": "Conformance"})
            seen.body, seen.headers = response.get_data(), dict(response.headers)
        except Exception as error:
            seen.error = f"{type(error).__name__}: {error}"
        seen.renders = self.sink.renders
        self.sink = None
        seen.log = list(given.get("log", ()))
        return seen


class Replaying:
    """A process that replays without anything of an app."""

    def __init__(self) -> None:
        self.process = self._start()

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        package = Path(flask_replay.__file__).parent
        command = [sys.executable, "-I", replay_process.__file__, str(package)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/")

    def replay(
        self,
        frames: Sequence[Frame],
        documents: dict[str, bytes],
        format: str = "msgpack",
        now: dict[str, str] | None = None,
    ) -> list[Replayed]:
        """Replay the frames of one request, encoded and decoded.

        :param now: templates of today to render with.
        """
        batch = encode_batch(Batch(tuple(frames)), format)
        stdin, stdout = cast(BinaryIO, self.process.stdin), cast(BinaryIO, self.process.stdout)
        replay_process.send(stdin, Job(batch, format, documents, now))
        data = replay_process.receive(stdout)
        if not data:
            self.close()
            self.process = self._start()
        assert data, "the replay ended its process"
        answer = msgspec.msgpack.decode(data, type=Answer)
        assert answer.foreign == ()
        return answer.frames

    def close(self) -> None:
        """End the process."""
        self.process.communicate(timeout=10)


_ADDRESS = re.compile(r"0x[0-9a-f]{6,}|id=[0-9]{6,}", re.IGNORECASE)


def without_addresses(text: str) -> str:
    """Replace addresses of objects, which differ between two renders."""
    return _ADDRESS.sub("…", text)


def comparable(headers: Mapping[str, str]) -> dict[str, str]:
    """Remove from headers what changes with the second and the address."""
    return {
        name: "" if name in {"Content-Length", "Set-Cookie"} else value
        for name, value in headers.items()
    }


_CLEANER = Cleaner(Sanitizer(), Boundary())


def frames_of(seen: Seen, *, flagged: bool = False) -> tuple[list[Frame], dict[str, bytes]]:
    """Return what is kept of a recorded request: its frames, and their documents.

    :param flagged: whether they may be incomplete.
    """
    made, documents = frames(seen.renders, lambda moment: 0, _CLEANER.begin())
    assert flagged or all(frame.flags == () for frame in made)
    return made, documents


def check(case: Case, replaying: Replaying) -> Seen:
    """Assert that recording a case changes nothing, and that its replay equals the recorded page.

    :returns: the result of the recorded request.
    """
    templates = {"page.html": case.templates} if isinstance(case.templates, str) else case.templates
    plain = Site(templates, case.setup, recorded=False).visit(case.context, case.view)
    seen = Site(templates, case.setup, recorded=True).visit(case.context, case.view)
    assert plain.error == ""
    assert plain.body
    assert seen.error == ""
    assert without_addresses(seen.body.decode()) == without_addresses(plain.body.decode())
    assert comparable(seen.headers) == comparable(plain.headers)
    assert seen.log == plain.log
    assert seen.renders
    frames, documents = frames_of(seen)
    for format in BATCH_FORMATS:
        for render, replayed in zip(
            seen.renders, replaying.replay(frames, documents, format), strict=True
        ):
            assert replayed.text == render.output
            assert (replayed.missing, replayed.problem, replayed.left) == ((), "", 0)
    return seen
