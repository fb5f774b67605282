"""Drive an app through its pages while it is recorded, then render every frame in another process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_replay import Replay

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

_CHECK = """
import json, sys
from flask_replay.storage import FileStorage, Recordings
from flask_replay.replaying import Renderer, verify_all
import msgspec
recordings = Recordings(FileStorage(sys.argv[1]), 1000, 1e9)
found = []
for summary in recordings.list():
    frames = recordings.get(summary.id).frames
    found += verify_all(summary.id, frames, Renderer(recordings.document)).verdicts
foreign = {name.partition(".")[0] for name in sys.modules} & set(sys.argv[2].split(","))
print(json.dumps({"foreign": sorted(foreign), "verdicts": msgspec.to_builtins(found)}))
"""


class Visit:
    """A visitor of a recorded app: a client that keeps the CSRF token of the last page."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, status: int = 200) -> str:
        """Look at a page."""
        return self._seen(self.client.get(path, follow_redirects=True), status)

    def post(self, path: str, status: int = 200, **fields: object) -> str:
        """Send a form."""
        data = {"csrf_token": self.token, **fields} if self.token else fields
        return self._seen(self.client.post(path, data=data, follow_redirects=True), status)

    def _seen(self, response: TestResponse, status: int) -> str:
        text = response.get_data(as_text=True)
        response.close()
        assert response.status_code == status, text[-2000:]
        found = _TOKEN.search(text)
        if found is not None:
            self.token = found.group(1)
        return text


def verify(app: Flask, folder: Path, drive: Callable[[Visit], None], *, frames: int) -> None:
    """Record a visit and assert that no frame is different.

    :param frames: at least so many must have been recorded.
    """
    app.config.update(REPLAY_STORAGE=str(folder), REPLAY_ENABLED=True, REPLAY_MAX_EVENTS=100_000)
    replay = Replay(app)
    drive(Visit(app.test_client()))
    with app.app_context():
        replay.finalize()
    state = app.extensions["replay"]
    assert state.boundary.seen == set()
    foreign = "flask_admin,flask_security,flask_babel,flask_bootstrap,flask_login,sqlalchemy,wtforms,example,tests"
    result = subprocess.run(
        [sys.executable, "-c", _CHECK, str(folder), foreign], capture_output=True, text=True, check=True
    )
    report = json.loads(result.stdout)
    assert report["foreign"] == []
    verdicts = report["verdicts"]
    bad = [
        verdict
        for verdict in verdicts
        if not verdict["verdict"].startswith("identical") or verdict["missing"] or verdict["problem"]
    ]
    assert not bad, "\n".join(f"{v['template']}: {v['verdict']} {v['missing'][:8]} {v['problem']}" for v in bad[:20])
    assert len(verdicts) >= frames
