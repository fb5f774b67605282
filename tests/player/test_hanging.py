"""A hanging store: viewers are told in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_replay import Replay, app_state
from flask_replay.errors import RecordingNotFound, StorageError
from flask_replay.recorder.delivery import health
from flask_replay.recording.ids import new_id
from flask_replay.storage import FileStorage
from flask_replay.storage.time_limited import time_limited

from .handmade import TOUR, keep


class Hanging(FileStorage):
    """A store that blocks until it is freed."""

    def __init__(self, path: Path) -> None:
        self.free = threading.Event()
        self.free.set()
        super().__init__(path)

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and callable(getattr(FileStorage, name, None)):
            self.free.wait(60)
        return super().__getattribute__(name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Hanging]:
    store = Hanging(tmp_path / "replay")
    yield store
    store.free.set()


@pytest.fixture
def hung(store: Hanging, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return an app whose store hangs, and has half a second to answer."""
    monkeypatch.setattr(app_state, "ANSWERS", 0.5)
    monkeypatch.setattr(health, "STORE_PATIENCE", 0.5)
    app = Flask(__name__)
    app.config.update(REPLAY_ENABLED=False, SECRET_KEY="only for tests")
    app.debug = True
    replay = Replay(app, storage=store)
    app.extensions["replay"].capturing._prompt = time_limited(store, 0.5)
    assert app.extensions["replay"].replay is replay
    return app


PAGES = (
    "", "errors", "newest.json", "visitor?user=ann", "health", "health.json", "{id}", "{id}/steps.json",
    "{id}/live.json", "{id}/step/1.json", "{id}/page/1", "{id}/piece/1", "{id}/verdict/1.json",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_every_page_reports_a_hanging_store_in_time(hung: Flask, store: Hanging, page: str) -> None:
    """However often it has to access the store."""
    id = keep(store, TOUR)
    store.free.clear()
    began = time.monotonic()
    response = hung.test_client().get(f"/replay/{page.format(id=id)}")
    assert time.monotonic() - began < 5
    assert response.status_code == 503
    assert "does not answer" in response.text


def test_pages_work_again_once_the_store_does(hung: Flask, store: Hanging) -> None:
    """Programs that request a recording get the same responses."""
    id = keep(store, TOUR)
    client = hung.test_client()
    store.free.clear()
    assert [client.get(f"/replay/{id}").status_code for _ in range(3)] == [503] * 3
    store.free.set()
    end = time.monotonic() + 60
    while client.get(f"/replay/{id}").status_code != 200:
        assert time.monotonic() < end


def test_many_requests_to_a_hanging_store_block_one_thread(store: Hanging) -> None:
    """The first one waits, and all others are refused at once."""
    asked = time_limited(store, 0.2)
    store.free.clear()
    threads = threading.active_count()
    for _ in range(20):
        with pytest.raises(StorageError, match="does not answer"):
            asked.ids()
    assert threading.active_count() == threads + 1


def test_exceptions_of_a_store_are_passed_on(store: Hanging) -> None:
    """As if the store had been called directly."""
    with pytest.raises(RecordingNotFound, match="no finished recording"):
        time_limited(store, 60).load(new_id())
    assert time_limited(store, 60).identity == store.identity
