"""Other projects' own suites pass with recording on as they do with it off."""

from __future__ import annotations

from pathlib import Path

import pytest

from flask_replay.engine.replaying.verify import Outcome
from peers import running
from peers.known import PEERS, Peer, expected
from peers.reports import changed
from peers.running import NoSuiteError, Suite

QUICK = [peer for peer in PEERS if peer.quick]

OUTSIDE = """
from flask import Flask, render_template_string
from jinja2 import Environment

app = Flask(__name__)
app.secret_key = "a key"

@app.get("/")
def page():
    return render_template_string("{{ word|upper }}", word="hello")

def test_page():
    assert app.test_client().get("/").text == "HELLO"

def test_environment():
    assert Environment().from_string("{{ word }}").render(word="hello") == "hello"
"""
NOTICES = """
from flask import Flask

def test_nobody_is_there():
    app = Flask(__name__)
    app.test_client().get("/")
    assert "flask_replay" not in app.extensions
"""


@pytest.mark.parametrize("peer", QUICK, ids=lambda peer: peer.name)
def test_a_suite_passes_recorded_as_it_does_bare(peer: Peer) -> None:
    """Test by test. Whatever it renders replays."""
    suite = Suite(peer, here=True)
    suite.prepare()
    bare, recorded = suite.run(recorded=False), suite.run(recorded=True)
    assert bare.passed > len(bare.outcomes) * 0.9
    assert changed(bare, recorded).keys() == expected(peer.name).keys()


def _suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> Suite:
    """Return a suite of one module, as if it were that of pytest."""
    monkeypatch.setattr(running, "FOLDER", tmp_path)
    suite = Suite(Peer("pytest"), here=True)
    tests = suite.source / "tests"
    tests.mkdir(parents=True)
    (tests / "test_it.py").write_text(source)
    suite.prepare()
    return suite


def test_apps_and_environments_of_a_suite_are_recorded_and_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bare, nothing is."""
    suite = _suite(tmp_path, monkeypatch, OUTSIDE)
    bare, recorded = suite.run(recorded=False), suite.run(recorded=True)
    assert (bare.passed, bare.frames) == (2, 0)
    assert (recorded.passed, recorded.verdicts) == (2, {Outcome.IDENTICAL: 2})
    assert Outcome.DIFFERENT not in recorded.verdicts
    assert changed(bare, recorded) == {}


def test_a_test_that_notices_recording_is_a_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it notices."""
    suite = _suite(tmp_path, monkeypatch, NOTICES)
    found = changed(suite.run(recorded=False), suite.run(recorded=True))
    assert found == {"tests/test_it.py::test_nobody_is_there": ["passed, recorded failed"]}


def test_a_source_distribution_without_tests_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither a failure nor a success."""
    monkeypatch.setattr(running, "FOLDER", tmp_path)
    suite = Suite(Peer("pytest"), here=True)
    suite.source.mkdir(parents=True)
    with pytest.raises(NoSuiteError):
        suite.prepare()


def test_a_suite_runs_from_a_copy_of_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its current state. Files that a run leaves do not appear in the checkout."""
    monkeypatch.setattr(running, "FOLDER", tmp_path / "peers")
    checkout = tmp_path / "checkout"
    (checkout / "tests").mkdir(parents=True)
    suite = Suite(Peer("pytest"), here=True, checkout=checkout)
    for name in ("test_one.py", "test_two.py"):
        (checkout / "tests" / name).touch()
        suite.prepare()
        assert (suite.source / "tests" / name).exists()
    (suite.source / "tests" / "left.txt").touch()
    assert not (checkout / "tests" / "left.txt").exists()
