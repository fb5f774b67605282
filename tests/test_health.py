"""``flask replay doctor`` and the health view: configuration, store, waiting and lost entries."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from flask_replay.recorder.delivery import health
from flask_replay.recorder.delivery.status import status_of
from flask_replay.storage.workers.roster import Status

from .conftest import AppMaker, replay_of
from .faults import away, back, held, until
from .recorder.test_outbox import Site

QUICK = {"REPLAY_FLUSH_INTERVAL": 0.02, "REPLAY_RETRY_ATTEMPTS": 2, "REPLAY_RETRY_DELAY": 0.02}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the folder of the store."""
    return tmp_path / "replay"


def doctor(app: Flask, *options: str, status: int = 0) -> Result:
    """Run the command, and check its exit status."""
    result = app.test_cli_runner().invoke(args=["replay", "doctor", *options])
    assert result.exit_code == status, result.output
    return result


def report(app: Flask, status: int = 0) -> dict[str, Any]:
    """Return the output of ``doctor --json``."""
    found: dict[str, Any] = json.loads(doctor(app, "--json", status=status).stdout)
    assert found["ok"] == (status == 0)
    return found


def test_a_new_app_is_healthy_and_checking_leaves_nothing_behind(app: Flask, store: Path) -> None:
    """Except for the store's folder, which the first visitor would create anyway."""
    text = doctor(app).stdout
    assert str(store) in text and "readable, writable" in text
    assert text.endswith("All is well.\n")
    assert [path.name for path in store.rglob("*") if path.is_file()] == ["lock"]
    assert report(app)["problems"] == []


def test_a_worker_reports_its_state(app: Flask, store: Path) -> None:
    """What it has saved, and its settings."""
    app.test_client().get("/hello/ann").close()
    with app.app_context():
        replay_of(app).flush()
    writer = app.extensions["replay"].writer
    with writer.queue.lock:
        writer.roster.write(status_of(writer, False))
    found = report(app)
    (worker,) = found["workers"]
    assert (worker["fate"], worker["status"]["dropped"]) == ("alive", 0)
    assert worker["status"]["saved"] >= 2
    assert found["settings"]["fsync"] == "archive"


def test_a_store_that_cannot_be_written_is_named_with_the_reason(app: Flask, store: Path) -> None:
    """There is a file in place of its folder."""
    away(store)
    problems = report(app, status=1)["problems"]
    assert len(problems) == 1
    assert re.search(r"the store: StorageError: .*replay", problems[0])
    result = doctor(app, status=1)
    assert "Problem: the store" in result.stderr and "All is well" not in result.stdout


def test_the_check_of_a_hanging_store_ends_in_time(
    app: Flask, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an answer."""
    monkeypatch.setattr(health, "STORE_PATIENCE", 0.3)
    with held(store):
        found = report(app, status=1)
    assert found["problems"] == ["the store: it does not answer within 0 s"]
    assert (found["store"]["readable"], found["store"]["writable"]) == (True, False)


def test_a_spool_that_cannot_be_written_is_named(make_app: AppMaker, tmp_path: Path) -> None:
    """With the setting for its folder."""
    (tmp_path / "spool").write_text("")
    problems = report(make_app(REPLAY_SPOOL=str(tmp_path / "spool")), status=1)["problems"]
    assert len(problems) == 1 and "the spool: StorageError" in problems[0]
    assert "/spool is a file where a folder is needed" in problems[0]


def test_problems_of_another_process_are_reported_with_the_reason(
    make_app: AppMaker, store: Path, tmp_path: Path
) -> None:
    """While it lives, after it was killed, and until everything is saved."""
    app = make_app()
    site = Site(tmp_path, store)
    try:
        site.tell("ask 0")
        until(site.saved)
        away(store)
        site.tell("ask 1")
        until(site.spooled)
        until(lambda: len(report(app, status=1)["problems"]) == 2)
        found = report(app, status=1)
        (worker,) = found["workers"]
        assert worker["fate"] == "alive" and worker["status"]["failing_since"] > 0
        assert "in the spool: StorageError" in found["problems"][1]
        assert found["spooled_bytes"] > 0
        back(store)
        until(lambda: app.test_cli_runner().invoke(args=["replay", "doctor"]).exit_code == 0)
        away(store)
        site.tell("ask 2")
        until(site.spooled)
    finally:
        site.kill()
    back(store)
    assert report(app, status=1)["problems"] == [
        "the spool holds data of workers that are gone: start a worker, or run flask replay recover"
    ]
    app.test_cli_runner().invoke(args=["replay", "recover"])
    assert report(app)["workers"][0]["fate"] in ("alive", "dead")


def test_lost_requests_and_a_full_spool_are_reported(make_app: AppMaker) -> None:
    """With the settings to check."""
    app = make_app(REPLAY_MAX_SPOOL=1 << 20)
    writer = app.extensions["replay"].writer
    writer.roster.write(Status(worker=writer.worker, since=1.0, dropped=3, refused=2))
    boxes = writer.outbox.spool.folder
    boxes.mkdir(parents=True)
    (boxes / "filler").write_bytes(b"\0" * (1 << 20))
    lost, full = report(app, status=1)["problems"]
    assert "3 requests were lost and 2 sessions not recorded, because REPLAY_MAX_MEMORY" in lost
    assert "REPLAY_MAX_SPOOL" in full


def _player(folder: Path, **options: Any) -> Flask:
    from .player.handmade import make_app

    return make_app(folder, recorded=True, **options)


def test_the_player_shows_the_same(store: Path) -> None:
    """As a page and as JSON, with status 503 if something is wrong."""
    client = _player(store).test_client()
    page = client.get("/replay/health")
    assert page.status_code == 200 and "All is well" in page.get_data(as_text=True)
    assert "/replay/health" in client.get("/replay/").get_data(as_text=True)
    data = client.get("/replay/health.json")
    assert data.status_code == 200 and data.get_json()["ok"] is True
    away(store)
    page = client.get("/replay/health")
    assert page.status_code == 503 and "StorageError" in page.get_data(as_text=True)
    data = client.get("/replay/health.json")
    assert data.status_code == 503 and data.get_json()["problems"]


def test_an_invalid_worker_name_does_no_harm(store: Path) -> None:
    """Anybody with access to the local folder may have written it."""
    app = _player(store)
    roster = app.extensions["replay"].writer.roster
    roster.write(
        Status(worker="<script>alert(1)</script>".replace("/", "_"), since=1.0, problem="<b>")
    )
    text = app.test_client().get("/replay/health").get_data(as_text=True)
    assert "&lt;script&gt;" in text and "<script>alert" not in text
