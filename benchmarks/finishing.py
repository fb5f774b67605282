"""The time and memory for finalizing the longest recording, beyond the memory of an idle
process.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from flask_replay.storage import Segments, Storage, finalize
from tests.services import Services

from . import memory
from .pages import ROOT
from .stores import KINDS, address, open_at
from .visits import record

EVENTS = 10_000
"""The default of ``REPLAY_MAX_EVENTS``."""

BATCH = 10
LIMIT_SECONDS, LIMIT_MEGABYTES = 2.0, 100.0
RUNS = 3


class Measured(NamedTuple):
    """The result of a measurement.

    :param megabytes: the peak beyond the memory of the idle process.
    """

    seconds: float
    megabytes: float


def measure(where: str, segments: Segments) -> Measured:
    """Put a recording into the store at an address, and finalize it in another process."""
    storage = open_at(where)
    entries = list(segments.entries)
    storage.delete(segments.head.id)
    for start in range(0, len(entries), BATCH):
        storage.append(segments.head, "worker", entries[start : start + BATCH])
    command = [sys.executable, "-m", "benchmarks.finishing", where, segments.head.id]
    seconds, megabytes = subprocess.check_output(command, text=True, cwd=ROOT).split()
    assert storage.summaries(limit=1)[0].tally.requests == len(entries)
    return Measured(float(seconds), float(megabytes))


def finish(storage: Storage, recording_id: str) -> Measured:
    """Finalize a recording in this process."""
    storage.finished(recording_id)  # opens the connection before the measurement
    idle, start = memory.resident(), time.perf_counter()
    finalize(storage, recording_id, "benchmark")
    return Measured(time.perf_counter() - start, (memory.peak() - idle) / memory.MEGABYTE)


def run() -> bool:
    """Measure, print the table, and return whether the limits hold."""
    segments = record(EVENTS)
    size = sum(len(entry.payload) for entry in segments.entries)
    title = f"finish {EVENTS:,} events, {size / memory.MEGABYTE:.0f} MB"
    print(f"\n{title:36}{'time':>12}{'over idle':>12}")
    good = True
    services = Services(durable=True)
    try:
        for kind in KINDS:
            with address(kind, services) as where:
                runs = [measure(where, segments) for _ in range(RUNS)]
            found = Measured(*map(_median, zip(*runs, strict=True)))
            holds = found.seconds <= LIMIT_SECONDS and found.megabytes <= LIMIT_MEGABYTES
            good = good and holds
            mark = f"{'≤' if holds else 'NOT ≤'} {LIMIT_SECONDS:.0f} s, {LIMIT_MEGABYTES:.0f} MB"
            print(f"{kind.label:36}{found.seconds:10.2f} s{found.megabytes:9.0f} MB ({mark})")
    finally:
        services.remove()
    return good


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    print(*finish(open_at(sys.argv[1]), sys.argv[2]))
