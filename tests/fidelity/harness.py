"""Go through an app with and without recording, then render every frame in another process."""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from werkzeug.test import TestResponse

import flask_replay
from flask_replay import Replay
from flask_replay.recorder.templates.render import Render
from flask_replay.recording.events import Frame

from . import replay_process
from .replay_process import Rendering, Report

FOREIGN = (
    "flask", "werkzeug", "flask_admin", "flask_security", "flask_babel", "flask_bootstrap", "flask_login", "flask_wtf",
    "flask_sqlalchemy", "sqlalchemy", "wtforms", "babel", "example", "tests",
)  # fmt: skip
"""Modules that a replay must not import."""

_TOKEN = re.compile(r'(?:name="csrf_token"[^>]*value|name="csrf-token"[^>]*content)="([^"]+)"')
_SIGNED = re.compile(r"[\w-]{8,}\.[\w-]{6}\.[\w-]{27}")
_OF_THE_TIME = {"Set-Cookie", "Date", "Content-Disposition"}
"""Headers that always differ, because signatures and file names contain the time."""


class Visit:
    """A visitor: a client that keeps the CSRF token of the last page, and notes all responses.

    :ivar answers: status, headers and text of each response; what is signed, and differs each time,
        taken out.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.token = ""
        self.answers: list[tuple[int, dict[str, str], str]] = []

    def get(self, path: str, status: int = 200) -> str:
        """Open a page and follow redirects.

        :param status: what the answer in the end must be.
        """
        return self._follow(self.client.get(path), status)

    def post(
        self,
        path: str,
        others: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
        **fields: Any,
    ) -> str:
        """Send a form and follow redirects.

        :param others: fields whose names are no names of Python's.
        :param fields: the form's; the CSRF token is added.
        """
        data = {"csrf_token": self.token, **(others or {}), **fields}
        return self._follow(self.client.post(path, data=data), status)

    def _follow(self, response: TestResponse, status: int) -> str:
        text = self._seen(response)
        while 300 <= response.status_code < 400:
            response = self.client.get(response.headers["Location"])
            text = self._seen(response)
        assert response.status_code == status, (
            f"{response.request.path}: {response.status}\n{text[-2000:]}"
        )
        return text

    def _seen(self, response: TestResponse) -> str:
        data = response.get_data()
        response.close()
        text = data.decode("utf-8", "replace")
        found = _TOKEN.search(text)
        if found is not None:
            self.token = found.group(1)
        headers = {
            name: _SIGNED.sub("signed", value)
            for name, value in response.headers.items()
            if name not in _OF_THE_TIME
        }
        self.answers.append((response.status_code, headers, _SIGNED.sub("signed", text)))
        return text


Drive = Callable[[Visit], None]


@dataclass
class Sent:
    """The sent texts by the digests of their frames, to compare with a different rendering."""

    texts: dict[str, str] = field(default_factory=dict)

    def listen(self, patch: pytest.MonkeyPatch) -> None:
        """Keep the output of each render when its frame is made."""
        make: Any = Render.frame

        def frame(
            render: Render, *arguments: Any, **options: Any
        ) -> tuple[Frame, dict[str, bytes]]:
            made: tuple[Frame, dict[str, bytes]] = make(render, *arguments, **options)
            self.texts[made[0].digest.hex()] = render.output or ""
            return made

        patch.setattr(Render, "frame", frame)


def drive(app: Flask, walk: Drive, store: Path | None = None) -> Visit:
    """Visit an app, recorded if there is a store."""
    app.config.update(SECRET_KEY="a key of the tests", PROPAGATE_EXCEPTIONS=True)
    if store is not None:
        app.config.update(REPLAY_STORAGE=str(store), REPLAY_ENABLED=True, REPLAY_MAX_EVENTS=100_000)
        Replay(app)
    visit = Visit(app)
    walk(visit)
    return visit


def finalize(app: Flask) -> None:
    """Write and finalize the recordings of an app, and assert that the recorder did not fail."""
    state = app.extensions["replay"]
    with app.app_context():
        state.replay.finalize()
    assert state.boundary.seen == set()


def render_elsewhere(store: Path) -> Report:
    """Render the content of a store in a process that has nothing of the app."""
    package = Path(flask_replay.__file__).parent
    command = [sys.executable, "-I", replay_process.__file__, str(package), str(store)]
    result = subprocess.run(command, capture_output=True, cwd="/", check=True)
    return msgspec.json.decode(result.stdout, type=Report)


def verify(make_app: Callable[[Path], Flask], folder: Path, walk: Drive, *, frames: int) -> Path:
    """Visit an app twice, record the second visit, and assert that recording changes nothing and no
    frame differs.

    :param make_app: returns a new app. It may store files in the given folder.
    :param walk: sends the visitor's requests.
    :param frames: the number of frames that must have been recorded at least.
    :returns: the folder of the recordings.
    """
    store = folder / "recordings"
    plain = drive(make_app(folder / "plain"), walk)
    sent = Sent()
    with pytest.MonkeyPatch.context() as patch:
        sent.listen(patch)
        recorded = drive(make_app(folder / "recorded"), walk, store)
        finalize(recorded.app)
    compare(plain, recorded)
    report = render_elsewhere(store)
    assert set(report.modules).isdisjoint(FOREIGN)
    problems = "\n".join(explain(report.renderings, sent))
    assert not problems, problems
    assert len(report.renderings) >= frames, [rendering.template for rendering in report.renderings]
    return store


def compare(plain: Visit, recorded: Visit) -> None:
    """Assert that a recorded visitor got the same responses as an unrecorded one."""
    assert len(plain.answers) == len(recorded.answers)
    for one, other in zip(plain.answers, recorded.answers, strict=True):
        diff = difflib.unified_diff(
            str(one).split("\\n"), str(other).split("\\n"), "plain", "recorded", lineterm=""
        )
        assert one == other, "\n".join(diff)


def explain(renderings: Iterable[Rendering], sent: Sent) -> Iterable[str]:
    """Return what is wrong with each inexact frame: template, verdict, missing reads, a diff."""
    for rendering in renderings:
        if rendering.exact:
            continue
        yield f"{rendering.template or 'a string'}: {rendering.verdict} {rendering.problem} {' '.join(rendering.flags)}"
        yield from (f"  not in the recording: {name}" for name in rendering.missing)
        before = sent.texts.get(rendering.digest, "").splitlines()
        yield from difflib.unified_diff(
            before, rendering.html.splitlines(), "as sent", "as rendered", "", "", 1, ""
        )
