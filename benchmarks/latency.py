"""The cost of the store for a visitor: time to the last byte of a recorded request with each store,
compared with the bare app.
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
"""Seconds between two flushes, a tenth of the default and less than a round takes, so that the
store is working during the measurement.
"""

VISITORS = 10
"""Visitors that take turns: each flush writes to this many recordings."""

LIMIT = 1.1
"""Highest ratio of a median request with any store to one that is recorded in files."""


class Measured(NamedTuple):
    """Microseconds of requests, a number for each round."""

    medians: list[float]
    slow: list[float]


def measure(addresses: dict[str, str], rounds: int, requests: int) -> dict[str, Measured]:
    """Measure stores, each in a process of its own; their rounds take turns.

    :param addresses: the address of each store, ``""`` for the bare app.
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
    """Measure, print the table, and return whether the limit holds."""
    services = Services(durable=True)
    try:
        with ExitStack() as stack:
            stores = {kind.label: stack.enter_context(address(kind, services)) for kind in KINDS}
            measured = measure({BARE: "", **stores}, ROUNDS, REQUESTS)
    finally:
        services.remove()
    return show(measured)


def show(measured: dict[str, Measured]) -> bool:
    """Print the table, and return whether the limit holds."""
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
    """Send as many requests as each number on standard input says, and answer with the microseconds
    of each.

    Everything is written before the answer, so that no store works while another one is measured.
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
