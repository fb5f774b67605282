"""What a busy server loses to the recorder: requests per second, the time of the slowest requests,
and the memory of a worker. gunicorn serves the page, bare and recorded.
"""

from __future__ import annotations

import http.client
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from flask import Flask

from . import memory
from .family import PAGES
from .pages import ROOT, ratio
from .variants import VARIANTS

WORKERS, THREADS = 2, 8
CONNECTIONS = 16
"""Connections of the clients, each with one visitor at a time."""

STAY = 40
"""Requests of a visitor."""

ROUNDS = 7
SECONDS = 6.0
"""Seconds of a round."""

BUSY = 0.5
"""The load under which slow requests are measured, as a share of what the bare app can answer."""

RATE = 100.0
"""Requests per second while memory is measured."""

MEMORY_SECONDS = 60.0
SLOWEST = 1.05
"""Highest ratio of the 99th percentiles."""

THROUGHPUT = 0.92
"""Lowest ratio of the requests per second."""

MEGABYTES = 12.0
"""The most that a worker may take beyond one of the bare app."""


class Server(NamedTuple):
    """A running server.

    :ivar process: the process that starts the workers.
    """

    port: int
    process: subprocess.Popen[bytes]

    def memory(self) -> float:
        """Return the most megabytes that one of its workers holds now."""
        pid = self.process.pid
        workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return max(memory.resident(int(worker)) for worker in workers) / memory.MEGABYTE


class Load(NamedTuple):
    """What clients met.

    :ivar waits: seconds that each request took, from the moment at which it was due.
    :ivar rate: answers per second.
    """

    waits: list[float]
    rate: float

    @property
    def slowest(self) -> float:
        """Return the 99th percentile of the seconds."""
        return sorted(self.waits)[int(0.99 * len(self.waits))]


def create(variant: str, page: str, folder: str) -> Flask:
    """Return the app that a worker serves."""
    return VARIANTS[variant](Path(folder), PAGES[page]).app


@contextmanager
def served(variant: str, page: str) -> Iterator[Server]:
    """Serve a page, and stop the server at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS),
            "--worker-class", "gthread", "--threads", str(THREADS), "--log-level", "error",
            f"benchmarks.load:create({variant!r}, {page!r}, {folder!r})",
        ]  # fmt: skip
        process = subprocess.Popen(command, cwd=ROOT)
        try:
            _wait_for(port, process)
            yield Server(port, process)
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"gunicorn ended with {process.returncode}")


def ask(port: int, seconds: float, rate: float | None = None) -> Load:
    """Send requests for some seconds.

    :param rate: requests per second, whether the server keeps up or not; ``None`` for the next one
        as soon as the last one was answered.
    """
    waits: list[float] = []
    start = time.monotonic()
    end = start + seconds

    def visit(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        cookie, sent = "", 0
        due = start if rate is None else start + number / rate
        while due < end:
            time.sleep(max(0.0, due - time.monotonic()))
            connection.request("GET", "/", headers={"Cookie": cookie} if cookie else {})
            response = connection.getresponse()
            response.read()
            assert response.status == 200
            now = time.monotonic()
            waits.append(now - due)
            sent += 1
            set_cookie = response.headers.get("Set-Cookie", "").partition(";")[0]
            cookie = "" if sent % STAY == 0 else set_cookie or cookie
            # computed anew, because rounding errors of a sum would add a request
            due = now if rate is None else start + (number + sent * CONNECTIONS) / rate
        connection.close()

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Load(waits, len(waits) / (time.monotonic() - start))


def compare(
    bare: Server, recorded: Server, rounds: int, seconds: float, rate: float | None = None
) -> tuple[list[Load], list[Load]]:
    """Ask two servers in turns, and return what clients met at each."""
    met: tuple[list[Load], list[Load]] = ([], [])
    for _ in range(rounds):
        for server, loads in zip((bare, recorded), met, strict=True):
            loads.append(ask(server.port, seconds, rate))
    return met


def measure(page: str, rounds: int, seconds: float, memory_seconds: float) -> tuple[float, ...]:
    """Return the ratio of the requests per second of the recorded app to those of the bare one, the
    ratio of the 99th percentiles, and the megabytes of a worker beyond those of a bare one.
    """
    with ExitStack() as stack:
        bare, recorded = (
            stack.enter_context(served(variant, page)) for variant in ("bare", "recording")
        )
        for server in (bare, recorded):
            ask(server.port, seconds)
        most, less = compare(bare, recorded, rounds, seconds)
        throughput = ratio([load.rate for load in less], [load.rate for load in most])
        busy = BUSY * statistics.median(load.rate for load in most)
        usual, slower = compare(bare, recorded, rounds, seconds, busy)
        slowest = ratio([load.slowest for load in slower], [load.slowest for load in usual])
    with ExitStack() as stack:
        servers = [stack.enter_context(served(variant, page)) for variant in ("bare", "recording")]
        for server in servers:
            ask(server.port, memory_seconds, RATE)
        before, after = (server.memory() for server in servers)
    return throughput, slowest, after - before


def run() -> bool:
    """Measure, print the table, and return whether the limits hold."""
    throughput, slowest, megabytes = measure("tasks", ROUNDS, SECONDS, MEMORY_SECONDS)
    print(f"\ngunicorn, gthread, {WORKERS} workers with {THREADS} threads, recorded against bare")
    print(f"  requests per second, as many as possible  {throughput:7.2f} × (≥ {THROUGHPUT} ×)")
    print(f"  99th percentile at {BUSY:.0%} of these          {slowest:7.2f} × (≤ {SLOWEST} ×)")
    print(
        f"  memory of a worker at {RATE:.0f} requests/s    {megabytes:+7.1f} MB (≤ {MEGABYTES:.0f} MB)"
    )
    return throughput >= THROUGHPUT and slowest <= SLOWEST and megabytes <= MEGABYTES
