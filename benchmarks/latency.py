"""What the store costs a visitor: time to the last byte of a recorded request, each store beside
the bare app.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple, cast

from flask_replay import Replay
from tests.services import Services

from .page import make_app
from .pages import ROOT, ratio
from .stores import KINDS, address, open_at
from .variants import WARM_UP, Requests

BARE = "bare app"
ROUNDS = 15
REQUESTS = 100
INTERVAL = 0.1
"""Seconds between two flushes, a tenth of what is usual, and less than a round takes: the store is
at work meanwhile.
"""

VISITORS = 10
"""Who send requests in turn: each flush writes to so many recordings."""

LIMIT = 1.1
"""Of a median request beside one that is recorded in files: what the store may cost, whichever it
is.
"""


class Measured(NamedTuple):
    """Microseconds of requests, a number for each round."""

    medians: list[float]
    slow: list[float]


def measure(addresses: dict[str, str], rounds: int, requests: int) -> dict[str, Measured]:
    """Measure stores, each in a process of its own, a round of each in turn.

    :param addresses: where each one is, ``""`` for the bare app.
    """
    measured = {label: Measured([], []) for label in addresses}
    processes = {label: _start(where) for label, where in addresses.items()}
    for _ in range(rounds):
        for label, process in processes.items():
            stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
            stdin.write(f"{requests}\n")
            stdin.flush()
            times = sorted(json.loads(stdout.readline()))
            measured[label].medians.append(statistics.median(times))
            measured[label].slow.append(times[int(0.95 * len(times))])
    for process in processes.values():
        process.communicate()
    return measured


def _start(where: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.latency", where]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def run() -> bool:
    """Measure, print the table, and tell whether the limit holds."""
    services = Services(durable=True)
    try:
        with ExitStack() as stack:
            stores = {kind.label: stack.enter_context(address(kind, services)) for kind in KINDS}
            measured = measure({BARE: "", **stores}, ROUNDS, REQUESTS)
    finally:
        services.remove()
    return show(measured)


def show(measured: dict[str, Measured]) -> bool:
    """Print the table, and tell whether the limit holds."""
    bare, files = measured[BARE], measured[KINDS[0].label]
    print(
        f"\n{'to the last byte, and to the bare app':38}{'p50':>8}{'p95':>19}{'p50, to files':>20}"
    )
    good = True
    for label, found in measured.items():
        times = ratio(found.medians, files.medians)
        good = good and times <= LIMIT
        mark = f"{times:8.3f}× ({'≤' if times <= LIMIT else 'NOT ≤'} {LIMIT})"
        print(f"{label:36}{_cell(found.medians, bare.medians)}{_cell(found.slow, bare.slow)}{mark}")
    return good


def _cell(values: Sequence[float], bare: Sequence[float]) -> str:
    return f"{statistics.median(values):7.0f} µs {ratio(values, bare):6.3f}× "


def serve(where: str, folder: Path) -> None:
    """Send requests, for each number on standard input so many; answer with the microseconds of
    each.

    What is still to be written is, before the answer: no store is at work while another one is
    measured.
    """
    app = make_app()
    replay = None
    if where:
        app.config.update(
            REPLAY_SPOOL=str(folder), REPLAY_FLUSH_INTERVAL=INTERVAL, REPLAY_MAX_EVENTS=10**7
        )
        replay = Replay(app, storage=open_at(where))
    visitors = [Requests(app) for _ in range(VISITORS)]
    for number in range(WARM_UP):
        visitors[number % VISITORS]()
    for line in sys.stdin:
        times = [visitors[number % VISITORS]() * 1e6 for number in range(int(line))]
        if replay is not None:
            with app.app_context():
                replay.flush()
        print(json.dumps(times), flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as spool:
        serve(sys.argv[1], Path(spool))
