"""The example's own recordings: what a newcomer sees first must be right."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from example import create_app
from example.visitor import visit

_VERIFY = """
import json, sys
from flask_replay.replaying import Renderer, verify_all
from flask_replay.storage import FileStorage, Recordings
recordings = Recordings(FileStorage(sys.argv[1]), 100, 1e9)
words = []
for summary in recordings.list():
    result = verify_all(summary.id, recordings.get(summary.id).frames, Renderer(recordings.document))
    words += [verdict.verdict for verdict in result.verdicts]
    assert not any(verdict.missing for verdict in result.verdicts)
assert not {"example", "sqlalchemy", "flask_login", "wtforms"} & {name.partition(".")[0] for name in sys.modules}
print(json.dumps(words))
"""


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return create_app(
        {
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/shop.db",
            "REPLAY_STORAGE": str(tmp_path / "replay"),
            "PROPAGATE_EXCEPTIONS": False,
        }
    )


def test_the_scripted_visitors_replay_with_the_shop_gone(app: Flask, tmp_path: Path) -> None:
    """Each frame is what the visitor saw, rendered by a process that has never heard of the shop."""
    assert visit(app) == 4
    command = [sys.executable, "-c", _VERIFY, str(tmp_path / "replay")]
    words = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert len(words) > 40
    assert words.count("unfinished") == 1  # the gift card that divides by nobody
    assert all(word == "unfinished" or word.startswith("identical") for word in words)


def test_the_visitors_secrets_are_nowhere_on_the_disk(app: Flask, tmp_path: Path) -> None:
    """Passwords, tokens and card numbers were sent, and are not kept."""
    visit(app)
    replay = app.extensions["replay"].replay
    with app.app_context():
        recordings = [replay.recordings.get(summary.id) for summary in replay.recordings.list()]
    kept = "".join(str(event) for recording in recordings for event in recording.events)
    assert "Elm Row 7" in kept
    for secret in ("correct horse battery", "a good long password", "4111 1111", "IjM5"):
        assert secret not in kept


def test_visitors_come_once(app: Flask) -> None:
    """Starting the example again adds no recordings."""
    assert visit(app) == visit(app) == 4
