"""gunicorn workers that are killed under load lose at most the last flush interval."""

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
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

FLUSH = 0.2
_WORKER = re.compile(r"Booting worker with pid: (\d+)")
_APP = """
from example import create_app
app = create_app({{"SQLALCHEMY_DATABASE_URI": "sqlite:///{folder}/shop.db", "REPLAY_STORAGE": "{folder}/replay",
                   "REPLAY_FLUSH_INTERVAL": {flush}}})
"""


class Server:
    """The example under gunicorn."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        (folder / "served.py").write_text(_APP.format(folder=folder, flush=FLUSH))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {**os.environ, "PYTHONPATH": f"{folder}:{Path(__file__).parents[2]}"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-w", "3", "-b", f"127.0.0.1:{self.port}", *options, "served:app"],
            stderr=subprocess.PIPE, text=True, env=self.environment, cwd=folder,
        )  # fmt: skip
        self.workers: list[int] = []
        self.booted = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self.wait_for_workers(3)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            found = _WORKER.search(line)
            if found is not None:
                with self.booted:
                    self.workers.append(int(found.group(1)))
                    self.booted.notify_all()

    def wait_for_workers(self, count: int) -> None:
        with self.booted:
            assert self.booted.wait_for(lambda: len(self.workers) >= count, 60)

    def run(self, *command: str) -> str:
        """Run ``flask replay …`` beside the server."""
        arguments = [sys.executable, "-m", "flask", "--app", "served", "replay", *command]
        return subprocess.run(
            arguments, env=self.environment, cwd=self.folder, capture_output=True, text=True, check=True
        ).stdout


@pytest.fixture(params=[(), ("--preload",)], ids=["plain", "preload"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, *request.param)
    yield server
    server.process.terminate()
    server.process.wait(30)


def load(port: int, done: list[float], stop: threading.Event) -> None:
    """Visit again and again, noting when each answer was complete."""
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    while not stop.is_set():
        try:
            with opener.open(f"http://127.0.0.1:{port}/book/{1 + len(done) % 14}", timeout=10) as answer:
                answer.read()
        except (URLError, ConnectionError, TimeoutError, OSError):
            continue  # the worker that had it was killed
        done.append(time.monotonic())


def test_a_killed_worker_loses_at_most_the_last_flush_interval(server: Server) -> None:
    """Every recording is readable, and every answer older than the interval is in one."""
    stop = threading.Event()
    visitors: list[list[float]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=load, args=(server.port, done, stop)) for done in visitors]
    for thread in threads:
        thread.start()
    enough = threading.Event()
    while sum(map(len, visitors)) < 60:
        enough.wait(0.05)
    killed = time.monotonic()
    victim = server.workers[1]
    os.kill(victim, signal.SIGKILL)
    server.wait_for_workers(4)
    while sum(1 for done in visitors for moment in done if moment > killed) < 40:
        enough.wait(0.05)
    stop.set()
    for thread in threads:
        thread.join(30)
    server.process.terminate()
    server.process.wait(30)
    server.run("finalize")
    summaries = json.loads(server.run("list", "--json"))
    assert len(summaries) == len(visitors)
    assert not any(summary.get("flags") for summary in summaries if "torn" not in summary.get("flags", []))
    events = [json.loads(server.run("show", summary["id"], "--json")) for summary in summaries]
    recorded = sum(len(recording["batches"]) for recording in events)
    answered = sum(map(len, visitors))
    at_risk = sum(1 for done in visitors for moment in done if killed - 2 * FLUSH - 0.3 < moment < killed + 0.1)
    assert recorded >= answered - at_risk
    report = json.loads(server.run("verify", "--json"))
    assert not report["unreadable"]
    assert all(recording["ok"] for recording in report["recordings"])
