"""The example under gunicorn, with visitors who send requests."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from example import create_app
from flask_replay.errors import DecodeError, RecordingNotFound, StorageError
from flask_replay.recording.model import Recording
from flask_replay.storage import FileStorage, Recordings, Storage

from .. import services
from ..faults import away, back, until
from ..storage.stores import make_tables, open_database, using

FLUSH = 0.5
"""Seconds: ``REPLAY_FLUSH_INTERVAL`` of the server."""

DEADLINE = 120
"""Seconds after which a test gives up waiting."""

PAUSE = 0.04
"""Seconds between two requests of a visitor, so that servers and tests beside these get some
processor time.
"""

WORKERS = 3

_BOOTED = re.compile(r"Booting worker with pid: (\d+)")
_SERVED = """
import os
from example import create_app
from example.models import db
from flask_replay import SQLAlchemyStorage

config = {config!r}
if "recordings" in config.get("SQLALCHEMY_BINDS", {{}}):
    config["REPLAY_STORAGE"] = SQLAlchemyStorage(db, bind_key="recordings")
app = create_app(config)
with app.app_context():
    db.engine.dispose()  # no connection to a database is open during a fork


@app.get("/flush")
def flush():
    app.extensions["replay"].replay.flush()
    return "flushed"


@app.after_request
def name_worker(response):
    response.headers["X-Worker"] = str(os.getpid())
    return response
"""


class Store(Protocol):
    """A store that the servers share, and that can be made unreachable for a while."""

    settings: dict[str, Any]

    def open(self) -> Storage:
        """Return the store, opened in this process."""

    def take_away(self) -> None:
        """Make it unreachable for the servers."""

    def bring_back(self) -> None:
        """Make it reachable again."""


class FolderStore:
    """Recordings in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "replay"
        self.settings: dict[str, Any] = {"REPLAY_STORAGE": str(self.path)}

    def open(self) -> Storage:
        return FileStorage(self.path)

    def take_away(self) -> None:
        away(self.path)

    def bring_back(self) -> None:
        back(self.path)


class DatabaseStore:
    """Recordings in the database of a server."""

    def __init__(self, server: services.Server, url: str) -> None:
        self.server = server
        self.url = url
        self.settings: dict[str, Any] = {"SQLALCHEMY_BINDS": {"recordings": url}}
        with using(open_database(url)) as storage:
            make_tables(storage)

    def open(self) -> Storage:
        return open_database(self.url)

    def take_away(self) -> None:
        self.server.stop()

    def bring_back(self) -> None:
        if self.server.process is None:
            self.server.start()


class Shop:
    """The example's data in a folder, and consecutive servers for it.

    :param options: of gunicorn.
    :param preload: import the app once, and fork the workers: they are there sooner.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        preload: bool = True,
        workers: int = WORKERS,
        store: Store | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.options = (*options, "--preload") if preload else options
        self.count = workers
        self.container: tuple[str, ...] = ()  # a prefix for the next server's command
        self.store = FolderStore(folder) if store is None else store
        config = {
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/shop.db",
            "REPLAY_FLUSH_INTERVAL": FLUSH,
            "REPLAY_SPOOL": str(folder / "spool"),
            "REPLAY_EXCLUDE": ["/flush"],
            **self.store.settings,
            **(settings or {}),
        }
        self.config = config
        create_app({**config, "REPLAY_ENABLED": False})  # the data exists before the workers start
        (folder / "served.py").write_text(_SERVED.format(config=config))
        self.environment = {**os.environ, "PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}"}
        self.new_port()

    def new_port(self) -> None:
        """Use another port for the next server."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]

    @contextmanager
    def serve(self) -> Iterator[Server]:
        """Run a server until the block ends, then stop it normally."""
        server = Server(self)
        try:
            yield server
        finally:
            server.end(signal.SIGTERM)

    def replay(self, *command: str, status: int = 0) -> str:
        """Run ``flask replay …`` beside the servers, check its exit status, and return its output."""
        app = create_app({**self.config, "REPLAY_STORAGE": self.store.open()})
        done = app.test_cli_runner().invoke(args=["replay", *command])
        assert done.exit_code == status, done.output
        return done.stdout

    def finish(self) -> None:
        """Finalize all recordings. One that a killed process was finalizing can be finalized a
        minute later.
        """
        end = time.monotonic() + DEADLINE
        while True:
            try:
                self.replay("finalize")
            except AssertionError:
                assert time.monotonic() < end
                threading.Event().wait(1)
            else:
                return

    def recorded(self) -> dict[str, list[str]]:
        """Return the URLs of each finished recording, after checking that every one is readable and
        replays.
        """
        report = json.loads(self.replay("verify", "--json"))
        assert not report["unreadable"]
        assert all(recording["ok"] for recording in report["recordings"])
        recordings = Recordings(self.store.open(), 1_000, 1e9)
        found = {recording.id: recording for recording in recordings.list()}
        assert found.keys() == {recording["id"] for recording in report["recordings"]}
        return {key: _urls(recording) for key, recording in found.items()}

    def wait_until_kept(self, answers: Iterable[Answer]) -> set[str]:
        """Wait until answered requests are in the store's folder or in a spool, and return their
        URLs.

        The servers write it by themselves, every flush interval; how late they are depends on the
        machine.
        """
        urls = {answer.url for answer in answers}
        missing = set(urls)

        def all_kept() -> bool:
            missing.difference_update(self._kept())
            return not missing

        until(all_kept, every=0.1)
        return urls

    def _kept(self) -> Iterator[str]:
        folders = [path for path in self.folder.glob("spool/*/boxes/*") if path.is_dir()]
        for store in map(FileStorage, [*folders, self.folder / "replay"]):
            with suppress(StorageError):  # it is unreachable
                for id in store.touched():
                    with suppress(RecordingNotFound, DecodeError):  # it is being finalized
                        yield from _urls(Recordings(store, 1_000, 1e9).get_active(id))

    def statuses(self) -> dict[str, str]:
        """Return the status of each finished recording."""
        recordings = Recordings(self.store.open(), 1_000, 1e9)
        return {recording.id: recording.status for recording in recordings.list()}


def _urls(recording: Recording) -> list[str]:
    return [batch.request.url for batch in recording.batches if batch.request]


class Server:
    """A gunicorn server with a process group of its own."""

    def __init__(self, shop: Shop) -> None:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-w",
            str(shop.count),
            "-b",
            f"127.0.0.1:{shop.port}",
        ]
        self.process = subprocess.Popen(
            [*shop.container, *command, *shop.options, "served:app"],
            stderr=subprocess.PIPE, text=True, env=shop.environment, cwd=shop.folder, start_new_session=True,
        )  # fmt: skip
        # the command that makes the container passes on no signals
        self.contained = bool(shop.container)
        self.workers: list[int] = []
        self.output: list[str] = []
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.wait_for_workers(shop.count)

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                with self.changed:
                    self.output.append(line)
                    found = _BOOTED.search(line)
                    self.workers += [int(found[1])] if found else []
                    self.changed.notify_all()

    def wait_for_workers(self, count: int) -> None:
        """Wait until this many workers have been started, including those that have ended."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.workers) >= count, DEADLINE), "".join(
                self.output
            )

    def alive(self, killed: Container[int]) -> set[int]:
        """Return the workers that were started and not killed."""
        with self.changed:
            return {worker for worker in self.workers if worker not in killed}

    def end(self, sign: signal.Signals) -> None:
        """Stop the server: ``SIGTERM`` asks gunicorn to stop, ``SIGKILL`` kills all its processes
        at once.
        """
        if self.process.poll() is None:
            if sign is signal.SIGKILL or self.contained:
                os.killpg(self.process.pid, sign)
            else:
                self.process.send_signal(sign)
        self.process.wait(DEADLINE)
        self.reader.join(DEADLINE)


@dataclass(frozen=True)
class Answer:
    """A complete response to a visitor.

    :param worker: the process that sent it.
    :param began: ``time.monotonic()`` when it was requested.
    :param at: the same when it was complete.
    """

    url: str
    worker: int
    status: int
    began: float
    at: float


@dataclass(frozen=True)
class Failure:
    """A request without a complete response."""

    url: str
    reason: Exception
    began: float
    at: float


class Crowd:
    """Visitors who request page after page, each with a cookie jar of their own.

    :param form: what they send with each request, so that none is a plain look at one page.
    :param flushing: somebody beside them asks workers to flush, again and again.
    """

    def __init__(
        self, port: int, visitors: int = 4, form: bytes | None = None, *, flushing: bool = False
    ) -> None:
        self.flushing = flushing
        self.address = f"http://127.0.0.1:{port}"
        self.form = form
        self.jars = [CookieJar() for _ in range(visitors)]
        self.answers: list[Answer] = []
        self.flushes: list[Answer] = []
        self.failures: list[Failure] = []
        self.changed = threading.Condition()
        self.asked = 0

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Send requests until the block ends."""
        leave = threading.Event()
        threads = [threading.Thread(target=self._visit, args=(jar, leave)) for jar in self.jars]
        threads += [threading.Thread(target=self._flush, args=(leave,))] if self.flushing else []
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            leave.set()
            for thread in threads:
                thread.join(DEADLINE)

    def _visit(self, jar: CookieJar, leave: threading.Event) -> None:
        opener = build_opener(HTTPCookieProcessor(jar))
        while not leave.wait(PAUSE):
            with self.changed:
                self.asked += 1
                url = f"/book/{1 + self.asked % 16}?number={self.asked}"
            self._ask(opener, url, self.form, self.answers, leave)

    def _flush(self, leave: threading.Event) -> None:
        opener = build_opener()
        while not leave.wait(0.05):
            self._ask(opener, "/flush", None, self.flushes, leave)

    def _ask(
        self,
        opener: OpenerDirector,
        url: str,
        form: bytes | None,
        answers: list[Answer],
        leave: threading.Event,
    ) -> None:
        """Read a response to its end, and note which worker sent it."""
        began = time.monotonic()
        try:
            try:
                answer = opener.open(self.address + url, form, timeout=30)
            except HTTPError as refusal:
                answer = refusal
            with answer:
                answer.read()
                worker, status = int(answer.headers["X-Worker"]), int(answer.status)
        except (HTTPException, URLError, OSError) as error:
            with self.changed:
                self.failures.append(Failure(url, error, began, time.monotonic()))
            leave.wait(0.02)  # the worker was killed, and its successor may not be listening yet
            return
        with self.changed:
            answers.append(Answer(url, worker, status, began, time.monotonic()))
            self.changed.notify_all()

    def wait_until(self, true: Callable[[list[Answer]], bool]) -> None:
        """Wait until the responses so far meet a condition."""
        with self.changed:
            assert self.changed.wait_for(lambda: true(self.answers), DEADLINE)
