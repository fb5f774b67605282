"""Operations that read everything: a filtered list with running sessions, and a cleanup that finds
unused templates.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from flask_replay import Filter
from flask_replay.storage import Recordings, Storage
from flask_replay.storage.lifecycle.retention import cleanup
from flask_replay.testing import entry, head
from tests.services import Services

from .storage import FILES, LARGE, PAGE, fill_database, fill_folder
from .stores import KINDS, open_database, opener

RUNNING = 100
ENTRIES = 40
"""Entries of each running session."""

BUSY = 20
"""Sessions with activity between two lists: those of one second, with a page every five seconds."""

CALLS = 100
LIMIT_MS = 50.0
LIMIT_SECONDS = 30.0
WHERE = Filter(name="nobody", errors=True)


class Listed(NamedTuple):
    """Milliseconds of a list: the first one of a process, and the 95th percentile of all others."""

    first: float
    later: float


def measure_list(storage: Storage, running: int, calls: int) -> Listed:
    """List with a filter while sessions are running."""
    heads = [head() for _ in range(running)]
    for started in heads:
        storage.append(
            started, "worker", [entry(number, number, size=1_000) for number in range(ENTRIES)]
        )
    recordings = Recordings(storage, 1, 1)
    times = []
    for call in range(calls):
        start = time.perf_counter()
        assert recordings.summaries(limit=PAGE + 1, where=WHERE) == []
        times.append((time.perf_counter() - start) * 1_000)
        for place in range(min(BUSY, running)):
            number = ENTRIES + call * BUSY + place
            storage.append(heads[number % running], "worker", [entry(number, number, size=1_000)])
    return Listed(times[0], sorted(times[1:])[int(0.95 * (calls - 1))])


def measure_cleanup(storage: Storage, count: int) -> float:
    """Return the seconds of a cleanup that deletes no recording, but must know the documents of
    all.
    """
    start = time.perf_counter()
    cleaned = cleanup(storage, 2 * count, 1e9)
    assert cleaned is not None
    assert cleaned.left == count
    return time.perf_counter() - start


def run() -> bool:
    """Measure, print the tables, and return whether the limits hold."""
    services = Services(durable=True)
    try:
        return all([_run_lists(services), _run_cleanups(services)])
    finally:
        services.remove()


def _run_lists(services: Services) -> bool:
    print(f"\n{f'filtered list, {RUNNING} running, p95':36}{'first':>14}{'later':>14}")
    good = True
    for kind in KINDS:
        if kind.fsync:
            continue
        with opener(kind, services) as open_storage:
            first, later = measure_list(open_storage(), RUNNING, CALLS)
        good = good and later <= LIMIT_MS
        mark = f"{'≤' if later <= LIMIT_MS else 'NOT ≤'} {LIMIT_MS:.0f} ms"
        print(f"{kind.label:36}{first:11.1f} ms{later:11.1f} ms ({mark})", flush=True)
    return good


def _run_cleanups(services: Services) -> bool:
    with tempfile.TemporaryDirectory() as folder, services.database("postgresql", Path()) as url:
        database = open_database(url)
        fill_database(database, LARGE)
        found = {
            f"files, {FILES:,}": measure_cleanup(fill_folder(Path(folder), FILES), FILES),
            f"PostgreSQL, {LARGE:,}": measure_cleanup(database, LARGE),
        }
    print(f"\n{'cleanup that finds nothing to delete':36}")
    for label, seconds in found.items():
        mark = f"{'≤' if seconds <= LIMIT_SECONDS else 'NOT ≤'} {LIMIT_SECONDS:.0f} s"
        print(f"{label:36}{seconds:12.1f} s ({mark})")
    return max(found.values()) <= LIMIT_SECONDS
