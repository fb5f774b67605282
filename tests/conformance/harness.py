"""Render a case without and with recording, then replay what was recorded where the app is not."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader

import flask_replay
from flask_replay.capture.rendering import Render
from flask_replay.capture.templates import listen
from flask_replay.codec import FORMATS, encode_batch
from flask_replay.recording.model import Batch, Frame
from flask_replay.sanitize import Sanitizer

from . import replay_process
from .replay_process import Answer, Job

Context = dict[str, Any]


def nothing(app: Flask) -> None:
    """Leave an app as it is."""


def page(context: Context) -> ResponseReturnValue:
    """Answer with the template ``page``."""
    return render_template("page", **context)


@dataclass(frozen=True)
class Case:
    """One situation.

    :param templates: the source of ``page``, or names to sources.
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
    """What one request gave.

    :ivar body: the response, as far as it came.
    :ivar error: what was raised instead, ``""`` if nothing was.
    :ivar log: side effects, when the case takes them down.
    :ivar frames: the renders of a recorded request, with their outputs.
    """

    body: bytes = b""
    error: str = ""
    log: list[Any] = field(default_factory=list)
    frames: list[tuple[Frame, str | None]] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)


class Sink:
    """Takes the renders of one request."""

    max_reads = 100_000

    def __init__(self) -> None:
        self.renders: list[Render] = []

    def opened(self, render: Render) -> None:
        self.renders.append(render)


class Site:
    """A Flask app with one view.

    :param recorded: whether its renders are listened to.
    """

    def __init__(self, templates: Mapping[str, str], setup: Callable[[Flask], None], *, recorded: bool) -> None:
        self.app = app = Flask("conformance", static_folder=None)
        app.jinja_loader = DictLoader(dict(templates))
        app.secret_key = "conformance"
        app.testing = True
        self.sink: Sink | None = None
        if recorded:
            listen(app, lambda: self.sink)
        setup(app)
        self.job: Callable[[], Any] = dict
        app.add_url_rule("/", view_func=lambda: self.job())
        self.client = app.test_client()

    def visit(self, case: Case) -> Seen:
        """Ask for the case's page."""
        seen = Seen()
        kept: list[Context] = []

        def job() -> Any:
            context = case.context()
            kept.append(context)
            return case.view(context)

        self.job = job
        self.sink = Sink()
        random.seed(7)
        try:
            seen.body = self.client.get("/?q=hi&tag=a&tag=b", headers={"User-Agent": "Conformance"}).get_data()
        except Exception as error:
            seen.error = f"{type(error).__name__}: {error}"
        sink, self.sink = self.sink, None
        seen.log = list(kept[0].get("log", ())) if kept else []
        for render in sink.renders:
            frame, documents = render.frame(0, Sanitizer())
            seen.frames.append((frame, render.output))
            seen.documents.update(documents)
        return seen


class Replaying:
    """A process that replays, and knows nothing of any app."""

    def __init__(self) -> None:
        package = Path(flask_replay.__file__).parent
        self.process = subprocess.Popen(
            [sys.executable, "-I", replay_process.__file__, str(package)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
        )

    def replay(self, seen: Seen, number: int, format: str, now: dict[str, str] | None = None) -> Answer:
        """Replay one frame of a request."""
        import msgspec

        batch = encode_batch(Batch(tuple(frame for frame, _ in seen.frames)), format)
        assert self.process.stdin is not None and self.process.stdout is not None
        replay_process.send(self.process.stdin, Job(batch, format, number, seen.documents, now))  # type: ignore[arg-type]
        data = replay_process.receive(self.process.stdout)  # type: ignore[arg-type]
        return msgspec.msgpack.decode(data, type=Answer)

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


_ADDRESS = re.compile(rb"0x[0-9a-f]{6,}")


def without_addresses(text: bytes) -> bytes:
    """Replace addresses of objects: those of two renders differ, recorded or not."""
    return _ADDRESS.sub(b"0x", text)


def compare(case: Case, plain_site: Site, traced_site: Site, replaying: Replaying) -> Seen:
    """Assert that recording changes nothing, and that a replay gives what was recorded.

    :returns: what the recorded request gave.
    """
    plain = plain_site.visit(case)
    traced = traced_site.visit(case)
    assert without_addresses(traced.body) == without_addresses(plain.body)
    assert without_addresses(traced.error.encode()) == without_addresses(plain.error.encode())
    assert traced.log == plain.log
    assert traced.frames
    for number, (frame, output) in enumerate(traced.frames):
        assert frame.flags == ()
        for format in FORMATS:
            answer = replaying.replay(traced, number, format)
            assert answer.foreign == ()
            if output is None:
                assert answer.problem
                continue
            assert answer.text == output
            assert (answer.missing, answer.problem) == ((), "")
    return traced


def check(case: Case, replaying: Replaying) -> Seen:
    """Compare a case on sites of its own; it must render, and leave text.

    :returns: what the recorded request gave.
    """
    templates = {"page": case.templates} if isinstance(case.templates, str) else case.templates
    sites = (Site(templates, case.setup, recorded=recorded) for recorded in (False, True))
    seen = compare(case, *sites, replaying)
    assert not seen.error
    assert seen.body
    return seen
