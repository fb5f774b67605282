"""The writer keeps working after forks, with greenlets, without threads, and when the store fails."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string
from flask_sqlalchemy import SQLAlchemy

from flask_replay import FileStorage, Replay, Sanitizer, SQLAlchemyStorage, StorageError
from flask_replay.recorder.delivery.writer import Writer

from ..conftest import AppMaker, recordings_of, replay_of
from ..faults import until


def test_a_response_open_during_a_fork_is_recorded_once(app: Flask) -> None:
    """The parent hands it over, and the child forgets it."""
    response = app.test_client().get("/hello/parent")
    child = os.fork()
    if child == 0:
        with app.app_context():
            replay_of(app).flush()
        os._exit(0)
    os.waitpid(child, 0)
    response.close()
    (recording,) = recordings_of(app)
    assert recording.summary.tally.requests == 1


def test_a_child_does_not_wait_for_locks_that_its_parent_held(app: Flask) -> None:
    """Another thread may be counting or writing at the moment of the fork."""
    client = app.test_client()
    client.get("/hello/parent").close()
    state = app.extensions["replay"]
    writer, recorder = state.writer, state.recorder
    visits, cleaner = recorder.signed_visits, state.recorder.services.cleaner
    remembered = (
        visits.changed,
        visits.signings.current.contents,
        recorder.connections.closed,
        writer.continued.successors,
    )
    locks = (
        writer.queue.lock,
        writer.budget.lock,
        cleaner.lasting.lock,
        recorder.environment.lock,
        *(each._lock for each in remembered),
    )
    holds, release = threading.Event(), threading.Event()

    def hold() -> None:
        with ExitStack() as stack:
            for lock in locks:
                stack.enter_context(lock)
            holds.set()
            release.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    holds.wait(60)
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        del vars(app)["jinja_env"]  # the child makes and watches its own
        client.post("/save", data={"title": "x", "password": "s3cret-of-the-child"}).close()
        client.get("/hello/child").close()
        with app.app_context():
            replay_of(app).flush()
        os._exit(0)
    assert os.waitpid(child, 0) == (child, 0)
    release.set()
    thread.join()
    assert recordings_of(app)[0].summary.tally.requests == 3


def test_an_entry_added_during_a_flush_is_no_failure(make_app: AppMaker, tmp_path: Path) -> None:
    """A visitor's page that arrives just before the end of ``flush()`` waits for the next one."""

    class Busy(FileStorage):
        meanwhile: Callable[[], object] = staticmethod(lambda: None)

        def append(self, *arguments: Any) -> None:
            super().append(*arguments)
            self.meanwhile()

    storage = Busy(tmp_path / "busy")
    app = make_app(storage=storage, REPLAY_FLUSH_INTERVAL=3600)
    app.test_client().get("/hello/ann").close()

    def visit() -> None:
        storage.meanwhile = lambda: None
        app.test_client().get("/hello/bob").close()

    storage.meanwhile = visit
    with app.app_context():
        replay_of(app).flush()
    assert len(recordings_of(app)) == 2


def test_the_writer_survives_an_unexpected_error_of_a_store(
    make_app: AppMaker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its thread continues, and later entries are written."""

    class Odd(FileStorage):
        odd = True
        asked = threading.Event()
        written = threading.Event()

        def append(self, *arguments: Any) -> None:
            if self.odd:
                self.asked.set()
                raise KeyError("odd")
            super().append(*arguments)
            self.written.set()

    storage = Odd(tmp_path / "odd")
    app = make_app(storage=storage, REPLAY_FLUSH_INTERVAL=0.01)
    client = app.test_client()
    client.get("/hello/ann").close()
    assert storage.asked.wait(30)
    with app.app_context(), pytest.raises(StorageError):
        replay_of(app).flush()
    storage.odd = False
    client.get("/hello/bob").close()
    assert storage.written.wait(30)
    assert caplog.text.count("the store is failing") == 1
    assert recordings_of(app)[0].summary.tally.requests == 2


def test_without_threads_idle_recordings_are_finished(make_app: AppMaker) -> None:
    """The request that writes also does the maintenance, after its response was sent."""
    app = make_app(REPLAY_FLUSH_INTERVAL=1e-9, REPLAY_IDLE_TIMEOUT=1e-9)
    writer: Writer = app.extensions["replay"].writer
    writer.threadless = True
    client = app.test_client()
    for _ in range(2):
        client.post("/save", data={"title": "x"}).close()
    client.get("/health").close()
    assert len(app.extensions["replay"].recordings.summaries()) >= 1


def test_if_no_thread_can_start_the_request_writes(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process may have reached its limit of threads."""
    app = make_app(REPLAY_FLUSH_INTERVAL=1e-9)

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    app.test_client().get("/hello/ann").close()
    assert app.extensions["replay"].writer.threadless
    assert len(app.extensions["replay"].storage.active()) == 1


@pytest.mark.parametrize("kind", ["files", "database"])
def test_a_released_app_leaves_no_thread_and_loses_nothing(kind: str, tmp_path: Path) -> None:
    """A test suite makes an app for each of its tests."""

    def create_app() -> Flask:
        app = Flask("shop", instance_path=str(tmp_path))
        app.config.update(
            SECRET_KEY="test", SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/shop.db"
        )
        db = SQLAlchemy(app)
        Replay(
            app,
            storage=SQLAlchemyStorage(db)
            if kind == "database"
            else FileStorage(tmp_path / "replay"),
        )
        with app.app_context():
            db.create_all()
        app.add_url_rule(
            "/<page>", "page", lambda page: render_template_string("<p>{{ page }}</p>", page=page)
        )
        return app

    before = set(threading.enumerate())
    for number in range(3):
        create_app().test_client().get(f"/{number}").close()
    until(lambda: gc.collect() >= 0 and not set(threading.enumerate()) - before, every=0.2)
    assert len(recordings_of(create_app())) == 3


def test_an_app_that_never_served_is_released(tmp_path: Path) -> None:
    """Whatever its store and sanitizer refer to."""

    def create_app(**config: Any) -> Flask:
        app = Flask("shop", instance_path=str(tmp_path))
        app.config.update(config, SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/shop.db")

        class Hooks(Sanitizer):
            owner = app

        Replay(app, storage=SQLAlchemyStorage(SQLAlchemy(app)), sanitizer=Hooks())
        return app

    apps = [weakref.ref(create_app()), weakref.ref(create_app(REPLAY_ENABLED=False))]
    until(lambda: gc.collect() >= 0 and [app() for app in apps] == [None, None])


def test_entries_that_a_released_app_could_not_save_are_saved_by_another(
    make_app: AppMaker, tmp_path: Path
) -> None:
    """Although the process continues."""

    class Away(FileStorage):
        away = True

        def append(self, *arguments: Any) -> None:
            if Away.away:
                raise StorageError("away")
            super().append(*arguments)

    storage = Away(tmp_path / "away")
    settings = {"REPLAY_FLUSH_INTERVAL": 0.1, "REPLAY_RETRY_DELAY": 0.1, "REPLAY_IDLE_TIMEOUT": 2.0}
    before = set(threading.enumerate())
    make_app(storage=storage, **settings).test_client().get("/hello/ann").close()
    until(lambda: gc.collect() >= 0 and not set(threading.enumerate()) - before, every=0.2)
    Away.away = False
    app = make_app(storage=storage, **settings)
    app.test_client().get("/hello/bob").close()
    recordings = app.extensions["replay"].recordings
    until(lambda: len(recordings.storage.active()) + len(recordings.storage.summaries()) == 2)


def test_responses_during_the_end_of_the_process_are_left_to_the_next_one(
    make_app: AppMaker,
) -> None:
    """Other threads serve visitors until the last moment, when the writer has already ended."""
    app = make_app()
    writer = app.extensions["replay"].writer
    writer.close()
    app.test_client().get("/hello/ann").close()
    (box,) = writer.spooled()
    assert [summary.landing for summary in box.active()] == ["/hello/ann"]
    assert writer.budget.used == 0


def test_an_entry_about_to_be_queued_at_the_end_is_not_lost(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The process may end before its thread continues."""
    writer: Writer = app.extensions["replay"].writer

    def visited() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(writer, "_spool", lambda: None)
            app.test_client().get("/hello/ann").close()

    monkeypatch.setattr(writer, "_await_last_send", visited)
    writer.close()
    assert "could not save" not in caplog.text
    (box,) = writer.spooled()
    assert [summary.landing for summary in box.active()] == ["/hello/ann"]


def test_memory_held_by_requests_is_released(make_app: AppMaker) -> None:
    """Once everything is in the journal, nothing counts against the limit."""
    app = make_app()
    client = app.test_client()
    responses = [client.get(f"/hello/{n}") for n in range(5)]
    budget = app.extensions["replay"].writer.budget
    assert budget.used > 0
    for response in responses:
        response.close()
    recordings_of(app)
    assert budget.used == 0


_GREENLETS = """
from gevent import monkey
monkey.patch_all()
import gevent, sys
from flask import Flask, render_template_string
from flask_replay import Replay

app = Flask("green")
app.config.update(SECRET_KEY="test", REPLAY_STORAGE=sys.argv[1], REPLAY_FLUSH_INTERVAL=0.01)
replay = Replay(app)

@app.get("/<name>")
def page(name):
    gevent.sleep(0)
    return render_template_string("<p>{{ name }}{{ pause() }}</p>", name=name, pause=lambda: gevent.sleep(0) or "")

def visit(name):
    client = app.test_client()
    for _ in range(4):
        client.get("/" + name).close()

gevent.joinall([gevent.spawn(visit, "visitor%d" % n) for n in range(20)], raise_error=True)
with app.app_context():
    replay.finalize()
    found = replay.recordings.summaries()
    assert len(found) == 20, len(found)
    for summary in found:
        recording = replay.recordings.get(summary.id)
        assert len({batch.request.url for batch in recording.batches}) == 1, recording
        assert len(recording.batches) == 4
        assert replay.verify(summary.id).ok
"""


def test_greenlets_do_not_mix(tmp_path: Path) -> None:
    """Under gevent, twenty visitors whose renders alternate have one recording each."""
    subprocess.run(
        [sys.executable, "-c", _GREENLETS, str(tmp_path / "replay")], check=True, timeout=120
    )


_ENDS = """
import os, sys, threading
from flask import Flask, render_template_string
from flask_replay import Replay

app = Flask("ends", instance_path=sys.argv[1])
app.config.update(SECRET_KEY="test", REPLAY_STORAGE=sys.argv[1])
replay = Replay(app)
app.add_url_rule("/<name>", view_func=lambda name: render_template_string("<p>{{ name }}</p>", name=name))
client = app.test_client()
client.get("/first").close()
left_open = client.get("/second")
recorder = app.extensions["replay"].recorder
making = threading.Event()
put = recorder.writer.put

def slow(*arguments):
    making.set()
    recorder.writer.wake.wait(0.2)
    put(*arguments)

third = client.get("/third")
recorder.writer.put = slow
threading.Thread(target=third.close, daemon=True).start()
making.wait()
"""


def test_responses_sent_just_before_the_end_of_a_process_are_recorded(tmp_path: Path) -> None:
    """A server's threads may not be done with a response when the process ends."""
    subprocess.run([sys.executable, "-c", _ENDS, str(tmp_path)], check=True)
    storage = FileStorage(tmp_path)
    (summary,) = storage.active()
    assert summary.tally.requests == 3


_IMPORTS = """
import sys
from flask import Flask, render_template_string
from flask_replay import FileStorage, Replay

class Pooled(FileStorage):
    \"\"\"A store whose library is imported when it is first needed, as a driver may be.\"\"\"

    def append(self, *arguments, **named):
        from concurrent.futures import ThreadPoolExecutor
        return super().append(*arguments, **named)

app = Flask("imports", instance_path=sys.argv[1])
app.config.update(SECRET_KEY="test")
Replay(app, storage=Pooled(sys.argv[1]))
app.add_url_rule("/", view_func=lambda: render_template_string("<p>{{ 1 }}</p>"))
app.test_client().get("/")
"""


def test_a_library_may_be_imported_when_a_short_process_ends(tmp_path: Path) -> None:
    """Thread pools, which libraries import, could not be imported then for the first time."""
    subprocess.run([sys.executable, "-c", _IMPORTS, str(tmp_path)], check=True)
    (summary,) = FileStorage(tmp_path).active()
    assert summary.tally.requests == 1
