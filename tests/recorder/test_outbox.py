"""A store that fails, hangs or is full: visitors notice nothing, and everything is saved once it
works again.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_replay import StorageError
from flask_replay.recorder.delivery import outbox, writer
from flask_replay.recorder.delivery.outbox import Outbox
from flask_replay.recorder.delivery.writer import Writer
from flask_replay.recording.ids import following, made_at
from flask_replay.storage import FileStorage, Recordings

from ..conftest import AppMaker, recordings_of, replay_of
from ..faults import away, back, held, is_held, may_mount, no_room, small_disk, until

QUICK = {"REPLAY_FLUSH_INTERVAL": 0.02, "REPLAY_RETRY_ATTEMPTS": 2, "REPLAY_RETRY_DELAY": 0.02}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the folder of the store."""
    return tmp_path / "replay"


@pytest.fixture
def quick(make_app: AppMaker, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return an app with short flush and retry intervals."""
    monkeypatch.setattr(outbox, "_SLOW", 0.2)
    return make_app(**QUICK)


def writer_of(app: Flask) -> Writer:
    writer: Writer = app.extensions["replay"].writer
    return writer


def outbox_of(app: Flask) -> Outbox:
    return writer_of(app).outbox


def all_saved(app: Flask) -> bool:
    """Whether the store has everything."""
    writer = writer_of(app)
    with writer.queue.lock:
        return not writer.queue.waiting and not writer.outbox.pending


def ask(client: FlaskClient, *numbers: int) -> None:
    for number in numbers:
        response = client.get(f"/hello/{number}")
        assert response.status_code == 200
        response.close()


def urls(app: Flask) -> list[list[str]]:
    """Return the URLs of every recording, in the order of the journal."""
    return [
        [batch.request.url for batch in found.batches if batch.request]
        for found in recordings_of(app)
    ]


def spool_of(tmp_path: Path) -> list[Path]:
    """Return the spooled segments. ``os.walk`` skips folders that others delete meanwhile."""
    walk = os.walk(tmp_path / "instance" / "replay-spool")
    return [
        Path(folder) / name for folder, _, names in walk for name in names if name.endswith(".seg")
    ]


def wanted(count: int) -> list[str]:
    return [f"/hello/{number}" for number in range(count)]


def test_maintenance_reports_the_second_failure_in_a_row(app: Flask, store: Path) -> None:
    """The first may be the beginning of an outage, which the outbox reports."""
    maintenance = writer_of(app).maintenance
    app.test_client().get("/").close()
    with app.app_context():
        replay_of(app).flush()
    maintenance.run(0.0)
    away(store)
    maintenance.run(0.0)
    with pytest.raises(StorageError):
        maintenance.run(0.0)
    back(store)
    maintenance.run(0.0)
    away(store)
    maintenance.run(0.0)
    back(store)


def test_entries_that_a_failing_store_refuses_are_spooled_and_saved_in_order(
    quick: Flask, store: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Only the owner can read them. One line is logged at the beginning, and one at the end."""
    caplog.set_level(logging.INFO, "flask_replay")
    client = quick.test_client()
    ask(client, 0, 1)
    until(lambda: all_saved(quick))
    away(store)
    ask(client, 2, 3)
    until(lambda: outbox_of(quick).spool.count >= 2 and not outbox_of(quick).waiting)
    ask(client, 4)
    until(lambda: outbox_of(quick).spool.count >= 3)
    assert {stat.S_IMODE(path.stat().st_mode) for path in spool_of(tmp_path)} == {0o600}
    with quick.app_context(), pytest.raises(StorageError, match="3 in .*boxes"):
        replay_of(quick).flush()
    back(store)
    until(lambda: all_saved(quick))
    ask(client, 5)
    assert urls(quick) == [wanted(6)]
    assert spool_of(tmp_path) == [] and outbox_of(quick).spool.size() == 0
    begun, ended = [record.getMessage() for record in caplog.records]
    assert "the store is failing" in begun and "replay" in begun
    assert "the store works again after" in ended
    with quick.app_context():
        replay_of(quick).finalize()
        (summary,) = replay_of(quick).recordings.summaries()
        assert replay_of(quick).verify(summary.id).identical == 6


def test_the_log_reports_once_a_minute(
    quick: Flask, store: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In this test, a minute is short."""
    monkeypatch.setattr("flask_replay.recorder.delivery.outage._MINUTE", 0.1)
    away(store)
    ask(quick.test_client(), 0)
    until(lambda: caplog.text.count("the store has failed for") >= 2)
    assert "in memory" in caplog.text
    back(store)
    until(lambda: "the store works again" in caplog.text)


def test_a_hanging_store_delays_nobody(quick: Flask, store: Path) -> None:
    """A stopped process holds its lock. Requests are answered, and their data is spooled, then
    saved when the store works again.
    """
    client = quick.test_client()
    ask(client, 0)
    until(lambda: all_saved(quick))
    with held(store):
        ask(client, 1, 2)
        until(lambda: outbox_of(quick).spool.count >= 2)
        ask(client, 3)
        until(lambda: outbox_of(quick).spool.count >= 3)
        assert is_held(store)
    until(lambda: all_saved(quick))
    assert urls(quick) == [wanted(4)]


def test_a_recording_that_cannot_be_written_does_not_block_others(
    quick: Flask, store: Path
) -> None:
    """There is a file in place of its folder."""
    bad, good = quick.test_client(), quick.test_client()
    ask(bad, 0)
    until(lambda: all_saved(quick))
    (name,) = [path.name for path in (store / "journal").iterdir()]
    away(store / "journal" / name)
    ask(bad, 1)
    until(lambda: outbox_of(quick).outage.failures >= 2)
    ask(good, 7)
    until(
        lambda: [
            path
            for path in (store / "journal").glob("*/*.seg")
            if name not in str(path) and path.stat().st_size
        ]
    )
    back(store / "journal" / name)
    until(lambda: all_saved(quick))
    assert urls(quick) == [wanted(2), ["/hello/7"]]


def test_if_memory_and_spool_are_full_requests_are_lost_and_counted(
    make_app: AppMaker, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Visitors notice nothing, and recording continues once the store works again."""
    app = make_app(**QUICK, REPLAY_MAX_MEMORY=1 << 20, REPLAY_MAX_SPOOL=1 << 20)
    client = app.test_client()
    ask(client, 0)
    until(lambda: all_saved(app))
    away(store)
    filler = outbox_of(app).spool.folder / "filler"
    filler.parent.mkdir(parents=True)
    filler.write_bytes(b"\0" * (1 << 20))
    number = 0
    while not writer_of(app).dropped:
        number += 1
        client.get(f"/hello/{'x' * 50_000}{number}").close()
        assert number < 1_000
    assert app.test_client().get("/hello/new").status_code == 200
    assert writer_of(app).budget.refused == 1
    assert "REPLAY_MAX_SPOOL" in caplog.text and "REPLAY_MAX_MEMORY" in caplog.text
    back(store)
    until(lambda: all_saved(app))
    ask(client, 1)
    (found,) = urls(app)
    assert len(found) == number + 2 - writer_of(app).dropped
    assert found[-1] == "/hello/1"


SERVED = """
import json, os, sys
from flask import Flask, render_template_string
from flask_replay import Replay

app = Flask("small", instance_path=sys.argv[1])
app.config.update(SECRET_KEY="test", REPLAY_STORAGE=sys.argv[2], **json.loads(sys.argv[3]))
replay = Replay(app)
app.add_url_rule("/hello/<name>", "hello", lambda name: render_template_string("<h1>Hello {{ name }}</h1>", name=name))
client = app.test_client()
writer = app.extensions["replay"].writer
for line in sys.stdin:
    word, _, number = line.strip().partition(" ")
    if word == "ask":
        client.get("/hello/" + number).close()
    elif word == "end":
        sys.exit()
    with writer.queue.lock:
        print(json.dumps([writer.outbox.waiting + len(writer.queue.waiting), writer.outbox.spool.count]), flush=True)
"""


class Site:
    """An app in a separate process, which sends itself requests on command."""

    def __init__(self, tmp_path: Path, store: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVED, str(tmp_path / "instance"), str(store), json.dumps(QUICK)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def tell(self, line: str) -> list[int]:
        """Send a command. Returns the counts of entries in memory and in the spool."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        found: list[int] = json.loads(self.process.stdout.readline())
        return found

    def saved(self) -> bool:
        """Whether the store has everything."""
        return self.tell("") == [0, 0]

    def spooled(self) -> bool:
        """Whether everything that is not in the store is spooled."""
        waiting, spooled = self.tell("")
        return not waiting and spooled > 0

    def end(self) -> None:
        """Let it end normally."""
        assert self.process.stdin is not None
        self.process.stdin.write("end\n")
        self.process.stdin.close()
        assert self.process.wait(60) == 0
        assert self.process.stdout is not None
        self.process.stdout.close()

    def kill(self) -> None:
        """Kill it if it is running."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


@pytest.fixture
def site(tmp_path: Path, store: Path) -> Iterator[Site]:
    site = Site(tmp_path, store)
    yield site
    site.kill()


def _stop_by(name: str) -> Callable[[Site], None]:
    return {"killed": Site.kill, "ended": Site.end}[name]


@pytest.mark.parametrize("how", ["killed", "ended"])
def test_spooled_entries_of_a_dead_worker_are_saved_by_the_next_one(
    site: Site, make_app: AppMaker, store: Path, tmp_path: Path, how: str
) -> None:
    """Whether it was killed or ended normally while the store was down. They keep its name, and are
    saved once.
    """
    site.tell("ask 0")
    until(site.saved)
    away(store)
    site.tell("ask 1")
    if how == "killed":
        until(site.spooled)
    _stop_by(how)(site)
    back(store)
    assert len(spool_of(tmp_path)) == 1
    app = make_app(**QUICK)
    ask(app.test_client(), 7)
    until(lambda: not spool_of(tmp_path))
    with app.app_context():
        done = replay_of(app).recover()
        assert len(done.interrupted) == (how == "killed")
        replay_of(app).finalize()
        found = [
            replay_of(app).recordings.get(summary.id)
            for summary in replay_of(app).recordings.summaries()
        ]
    statuses = [(recording.summary.status, len(recording.batches)) for recording in found]
    assert statuses == ([("interrupted", 2)] if how == "killed" else [("finished", 2)])


def test_recover_saves_spooled_entries(site: Site, make_app: AppMaker, store: Path) -> None:
    """No worker needs to start."""
    away(store)
    site.tell("ask 0")
    site.tell("ask 1")
    until(site.spooled)
    site.kill()
    back(store)
    app = make_app()
    with app.app_context():
        done = replay_of(app).recover()
        (name,) = done.interrupted
        assert len(replay_of(app).recordings.get(name).batches) == 2


@pytest.mark.parametrize("place", ["limit", *(["mount"] if may_mount() else [])])
def test_a_full_disk_loses_nothing(
    site: Site, make_app: AppMaker, store: Path, tmp_path: Path, place: str
) -> None:
    """Of the store, or of store and spool. The torn write of that moment does no harm."""
    if place == "limit":
        site.tell("ask 0")
        until(site.saved)
        with no_room(site.process.pid):
            site.tell("ask 1")
            until(lambda: site.tell("")[0])
            site.tell("ask 2")
        until(site.saved)
        app = make_app()
        assert urls(app) == [wanted(3)]
    else:
        with small_disk(store, "256k"):
            site.tell("ask 0")
            until(site.saved)
            filler = store / "filler"
            subprocess.run(
                ["dd", "if=/dev/zero", f"of={filler}", "bs=4096"], check=False, capture_output=True
            )
            assert not os.statvfs(store).f_bfree
            for number in range(1, 40):
                site.tell(f"ask {number}")
            until(site.spooled)
            filler.unlink()
            until(site.saved)
            site.kill()
            app = make_app()
            assert urls(app) == [wanted(40)]


def test_a_stopped_worker_keeps_its_recording_and_its_spool(
    site: Site, make_app: AppMaker, store: Path, tmp_path: Path
) -> None:
    """SIGSTOP is not death: nobody takes over its boxes or finalizes its recordings. Once it
    continues, it saves everything.
    """
    site.tell("ask 0")
    until(site.saved)
    away(store)
    site.tell("ask 1")
    until(site.spooled)
    os.kill(site.process.pid, signal.SIGSTOP)
    os.waitid(
        os.P_PID, site.process.pid, os.WSTOPPED | os.WNOWAIT
    )  # until all its threads stand still
    back(store)
    app = make_app()
    with app.app_context():
        done = replay_of(app).recover()
    assert (done.interrupted, done.deleted, done.running) == ([], [], 1)
    assert len(spool_of(tmp_path)) == 1
    os.kill(site.process.pid, signal.SIGCONT)
    until(site.saved)
    assert urls(app) == [wanted(2)]


def test_recording_continues_if_nothing_local_can_be_written(
    make_app: AppMaker, tmp_path: Path
) -> None:
    """The spool's folder is a file, so only memory is left for outages. Visitors notice nothing."""
    (tmp_path / "spool").write_text("")
    app = make_app(**QUICK, REPLAY_SPOOL=str(tmp_path / "spool"))
    client = app.test_client()
    ask(client, 0)
    until(lambda: all_saved(app))
    away(tmp_path / "replay")
    ask(client, 1)
    until(lambda: outbox_of(app).outage.failures >= 3)
    assert 1 in outbox_of(app).entries
    back(tmp_path / "replay")
    until(lambda: all_saved(app))
    assert urls(app) == [wanted(2)]


def test_all_workers_continue_a_finished_recording_in_the_same_new_one(app: Flask) -> None:
    """Two workers derive the same id independently. It sorts directly after the first."""
    client = app.test_client()
    ask(client, 0, 1)
    with app.app_context():
        replay_of(app).finalize()
        (finished,) = replay_of(app).recordings.storage.summaries()
    ask(client, 2)
    (going,) = recordings_of(app)
    assert going.summary.id == following(finished.id)
    assert made_at(going.summary.id) == made_at(finished.id)
    with app.app_context():
        replay_of(app).finalize()
        # although it is a single page
        assert replay_of(app).recordings.get(going.summary.id).summary.flags == ("continued",)


def test_an_emptied_store_gets_its_templates_again(app: Flask, store: Path) -> None:
    """If a volume was recreated or a database restored, later recordings can be replayed."""
    client = app.test_client()
    ask(client, 1, 2)
    replay = replay_of(app)
    with app.app_context():
        replay.flush()
        shutil.rmtree(store)
        ask(app.test_client(), 3, 4)
        replay.flush()
        replay.finalize()
        (summary,) = replay.recordings.summaries()
        assert replay.verify(summary.id).identical == 2


def test_a_store_that_hangs_at_startup_delays_no_request(
    make_app: AppMaker, tmp_path: Path
) -> None:
    """Whichever method is called first. Looking up its methods does not access it."""
    hangs = threading.Event()

    class Hanging(FileStorage):
        def __getattribute__(self, name: str) -> object:
            if name in (
                "append",
                "has_template",
                "get_template",
                "put_template",
                "writers",
                "touched",
                "lease",
            ):
                hangs.wait(30)
            return super().__getattribute__(name)

    begun = time.monotonic()
    client = make_app(storage=Hanging(tmp_path / "hanging")).test_client()
    ask(client, 1, 2)
    assert time.monotonic() - begun < 10  # far less than 30, whatever else the machine does
    hangs.set()


def test_a_hanging_store_delays_nobody_without_threads(
    make_app: AppMaker, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request waits briefly. Its data is saved when the store works again."""
    monkeypatch.setattr(writer, "runs_without_threads", lambda: True)
    app = make_app(**QUICK)
    client = app.test_client()
    ask(client, 0)
    with held(store):
        ask(client, *range(1, 20))  # would never return if one of them waited for the store
        assert is_held(store)
        assert not all_saved(app)

    def saved() -> bool:
        ask(client, 20)
        return outbox_of(app).saved > 20

    until(saved)


def test_a_hanging_store_does_not_delay_the_end_of_a_process(tmp_path: Path, store: Path) -> None:
    """What is not saved is in the spool, from where the next worker takes it."""
    site = Site(tmp_path, store)
    with held(store):
        site.tell("ask 0")
        site.tell("ask 1")
        site.end()
        assert spool_of(tmp_path)
    site = Site(tmp_path, store)
    site.tell("ask 2")
    until(lambda: site.saved() and not spool_of(tmp_path))
    site.end()
    found = Recordings(FileStorage(store), 1_000, 1e9)
    kept = [found.get_active(summary.id) for summary in found.storage.active()]
    asked = [
        batch.request.url for recording in kept for batch in recording.batches if batch.request
    ]
    assert sorted(asked) == wanted(3)
