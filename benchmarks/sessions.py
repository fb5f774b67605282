"""The memory of a process for running sessions, which are recorded, flushed and listed, but not
finalized.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile

from flask_replay import Filter, Replay
from flask_replay.storage import Storage
from tests.services import Services

from . import memory
from .page import make_app
from .pages import ROOT
from .stores import KINDS, address, open_at
from .variants import WARM_UP, Requests

SESSIONS = 5_000
PAGES = 4
"""Pages of each visitor, who takes turns with all others."""

LIMIT_MEGABYTES = 150.0


def measure(where: str, sessions: int) -> float:
    """Return the highest number of megabytes beyond idle of a new process that writes to the store
    at an address.
    """
    command = [sys.executable, "-m", "benchmarks.sessions", where, str(sessions)]
    found = float(subprocess.check_output(command, text=True, cwd=ROOT))
    assert len(open_at(where).touched()) == sessions
    return found


def record(storage: Storage, sessions: int, spool: str) -> float:
    """Record visitors with several pages each, and list them, in this process."""
    app = make_app()
    app.config.update(REPLAY_SPOOL=spool)
    replay = Replay(app, storage=storage)
    _warm_up(replay, Requests(app))
    idle = memory.resident()
    visitors = [Requests(app) for _ in range(sessions)]
    for _ in range(PAGES):
        for visitor in visitors:
            visitor()
    replay.flush()
    assert replay.recordings.summaries(where=Filter(name="nobody")) == []
    return (memory.peak() - idle) / memory.MEGABYTE


def _warm_up(replay: Replay, request: Requests) -> None:
    """Record a visitor and finalize the recording, so that everything that a process needs is
    loaded.
    """
    for _ in range(WARM_UP):
        request()
    with request.app.app_context():
        replay.flush()
        replay.recordings.summaries(where=Filter(name="nobody"))
        replay.finalize()


def run() -> bool:
    """Measure, print the table, and return whether the limit holds."""
    print(f"\n{f'{SESSIONS:,} sessions in progress':36}{'over idle':>12}")
    good = True
    services = Services(durable=True)
    try:
        for kind in (KINDS[0], KINDS[3]):
            with address(kind, services) as where:
                found = measure(where, SESSIONS)
            holds = found <= LIMIT_MEGABYTES
            good = good and holds
            print(
                f"{kind.label:36}{found:9.0f} MB ({'≤' if holds else 'NOT ≤'} "
                f"{LIMIT_MEGABYTES:.0f} MB)"
            )
    finally:
        services.remove()
    return good


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(record(open_at(sys.argv[1]), int(sys.argv[2]), folder))
