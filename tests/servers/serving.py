"""Start real servers on a free port, visit them, and read the recordings."""

from __future__ import annotations

import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest

from flask_replay.recording.model import Recording
from flask_replay.storage import FileStorage, Recordings

DEADLINE = 30.0
"""Seconds after which a test gives up waiting."""

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
_SERVED = (
    "import os\nfrom tests.servers.app import create_app\napp = create_app(os.environ['SERVED'])\n"
)


_EXAMPLE = """
from example import create_app
folder = {folder!r}
app = create_app(dict(
    SQLALCHEMY_DATABASE_URI=f"sqlite:///{{folder}}/shop.db", REPLAY_STORAGE=f"{{folder}}/replay",
    REPLAY_SPOOL=f"{{folder}}/spool", {settings},
))
"""


@dataclass(frozen=True)
class Kind:
    """A way to serve an app.

    :param command: its words, with ``{port}`` for the port.
    :param processes: the number of processes that serve.
    :param sign: the signal that stops it normally.
    :param needs_requests: it has no threads, so the next request writes the entries.
    :param ended: what it prints after each request, if it kills a worker that is still busy.
    """

    command: tuple[str, ...]
    processes: int = 1
    sign: signal.Signals = signal.SIGTERM
    needs_requests: bool = False
    ended: str = ""


def gunicorn(*options: str, workers: int = 2) -> Kind:
    """Return a gunicorn server."""
    command = (
        sys.executable, "-m", "gunicorn", "-w", str(workers), "-b", "127.0.0.1:{port}", *options, "served:app"
    )  # fmt: skip
    return Kind(command, processes=workers)


def _uwsgi(*options: str) -> Kind:
    command = (
        str(BIN / "uwsgi"), "--http-socket", "127.0.0.1:{port}", "--home", sys.prefix, "--master", "--processes", "2",
        "--need-app", "--die-on-term", "--module", "served:app", *options,
    )  # fmt: skip
    return Kind(command, processes=2, needs_requests=not options, ended="=> generated ")


KINDS = {
    "gunicorn sync": gunicorn("-k", "sync"),
    "gunicorn sync preload": gunicorn("-k", "sync", "--preload"),
    "gunicorn gthread": gunicorn("-k", "gthread", "--threads", "4"),
    "gunicorn gthread preload": gunicorn("-k", "gthread", "--threads", "4", "--preload"),
    "gunicorn gevent": gunicorn("-k", "gevent"),
    "gunicorn gevent preload": gunicorn("-k", "gevent", "--preload"),
    "uwsgi": _uwsgi(),
    "uwsgi enable-threads": _uwsgi("--enable-threads"),
    "uwsgi threads": _uwsgi("--threads", "4"),
    "waitress": Kind(
        (
            sys.executable,
            "-m",
            "waitress",
            "--listen=127.0.0.1:{port}",
            "--threads=8",
            "served:app",
        ),
        sign=signal.SIGINT,
    ),
}

RELOADER = Kind(
    (sys.executable, "-m", "flask", "--app", "served", "run", "--debug", "--port", "{port}"),
    sign=signal.SIGINT,
)


class Site:
    """An app in a folder, and what was recorded of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.module = folder / "served.py"
        self.module.write_text(_SERVED)
        self.environment = {**os.environ, "PYTHONPATH": f"{folder}:{ROOT}", "SERVED": str(folder)}
        self.storage = FileStorage(folder / "replay")
        self.recordings = Recordings(self.storage, 1_000, 1e9)

    @contextmanager
    def serve(self, kind: Kind) -> Iterator[Server]:
        """Serve the app until the block ends, and let the server end normally."""
        with (self.folder / "log").open("wb") as log:
            server = Server(self, kind, log.fileno())
        try:
            server.wait_until(server.answers)
            yield server
        finally:
            server.end()

    def replay(self, *command: str, status: int = 0) -> str:
        """Run ``flask replay …`` beside the servers, check its exit status, and return its output.

        It runs in this process, because another one would take a second to import the app.
        """
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SERVED", str(self.folder))
            app = runpy.run_path(str(self.module))["app"]
        done = app.test_cli_runner().invoke(args=["replay", *command])
        assert done.exit_code == status, done.output
        return str(done.output)

    def flask(self, *command: str) -> str:
        """Run ``flask …`` in a separate process."""
        arguments = [sys.executable, "-m", "flask", "--app", "served", *command]
        done = subprocess.run(
            arguments,
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def running(self) -> dict[str, Recording]:
        """Return the running recordings by their visitors' names."""
        found = (
            self.recordings.get_active(summary.id) for summary in self.recordings.storage.active()
        )
        return {recording.summary.name: recording for recording in found}

    def urls(self) -> dict[str, Counter[str]]:
        """Return the paths of each visitor's requests, with how often each was recorded."""
        return {
            name: Counter(
                batch.request.path for batch in recording.batches if batch.request is not None
            )
            for name, recording in self.running().items()
        }


def example_site(folder: Path, settings: str) -> Site:
    """Return the example in a folder.

    :param settings: further settings, as arguments of ``dict``.
    """
    site = Site(folder)
    site.module.write_text(_EXAMPLE.format(folder=str(folder), settings=settings))
    site.replay("list")  # creates the shop's database, before several workers would
    return site


class Server:
    """A server process, with a process group of its own."""

    def __init__(self, site: Site, kind: Kind, log: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.site = site
        self.kind = kind
        self.process = subprocess.Popen(
            [word.format(port=self.port) for word in kind.command],
            stdout=log, stderr=log, env=site.environment, cwd=site.folder, start_new_session=True,
        )  # fmt: skip

    def answers(self) -> bool:
        """Whether the server accepts connections."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def wait_until(self, true: Callable[[], bool]) -> None:
        """Wait for a condition, as long as the server is running."""
        deadline = time.monotonic() + DEADLINE
        while not true():
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                assert time.monotonic() < deadline, self.log()
            else:
                raise AssertionError(f"the server has ended\n{self.log()}")

    def wait_until_idle(self, visitors: list[Visitor]) -> None:
        """Wait until the server has completed all requests, if that takes longer than answering
        them.
        """
        if self.kind.ended:
            asked = sum(len(visitor.seen) for visitor in visitors)
            self.wait_until(lambda: self.log().count(self.kind.ended) >= asked)

    def log(self) -> str:
        """Return the server's output."""
        return (self.site.folder / "log").read_text()

    def end(self) -> None:
        """Stop the server normally, like a terminal or an init system."""
        if self.process.poll() is None:
            if self.kind.sign is signal.SIGINT:
                os.killpg(self.process.pid, signal.SIGINT)
            else:
                self.process.send_signal(self.kind.sign)
        try:
            self.process.wait(DEADLINE)
            deadline = time.monotonic() + DEADLINE
            while time.monotonic() < deadline and _lives(self.process.pid):
                time.sleep(0.05)  # a reloader does not wait for its child
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)


def _lives(group: int) -> bool:
    """Whether a process of a group is still running."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == group and state != "Z":
            return True
    return False


@dataclass
class Visitor:
    """A visitor with a cookie jar.

    :ivar seen: the paths that were answered.
    :ivar workers: the processes that answered.
    """

    name: str
    seen: list[str] = field(default_factory=list)
    workers: set[str] = field(default_factory=set)
    opener: OpenerDirector = field(
        default_factory=lambda: build_opener(HTTPCookieProcessor(CookieJar()))
    )

    def look(self, server: Server, path: str, form: bytes | None = None) -> None:
        """Request a page."""
        address = f"http://127.0.0.1:{server.port}{path}?visitor={self.name}"
        with self.opener.open(address, form, timeout=DEADLINE) as answer:
            assert b"Hello" in answer.read()
            self.workers.add(answer.headers["X-Worker"])
            assert answer.headers["X-Threadless"] == str(server.kind.needs_requests)
        self.seen.append(path)


def visit_at_once(server: Server, visitors: list[Visitor], pages: int) -> None:
    """Let visitors request pages, all at the same time."""
    failures: list[BaseException] = []

    def look(visitor: Visitor) -> None:
        try:
            for _ in range(pages):
                visitor.look(server, f"/{visitor.name}-{len(visitor.seen)}", b"stars=5")
        except (OSError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=look, args=(visitor,)) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert failures == [], server.log()
