"""Time and processor of a request, as ratios to the bare app; rounds are interleaved, medians reported."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple, cast

STARTS = 15
"""Processes of each variant, one after the other: two processes of one program differ by more than we look for."""

ROUNDS = 6
REQUESTS = 100
ROOT = Path(__file__).resolve().parent.parent
LABELS = {
    "bare": "bare app",
    "recording": "Flask-Replay, recording",
    "unsampled": "Flask-Replay, session not sampled",
    "opentelemetry": "OpenTelemetry, Flask + Jinja2",
    "sentry": "Sentry SDK, tracing on",
}


class Limit(NamedTuple):
    """What a variant may cost: ratios to the bare app, ``None`` for any."""

    wait: float | None = None
    processor: float | None = None


LIMITS = {"recording": Limit(1.15, 1.35), "unsampled": Limit(1.02)}


class Measured(NamedTuple):
    """One variant's microseconds per request, a number for each round."""

    waits: list[float]
    processors: list[float]


def measure(names: Sequence[str], rounds: int, requests: int, starts: int = 1) -> dict[str, Measured]:
    """Measure variants, each in a process of its own, a round of each in turn.

    :param names: of variants.
    :param rounds: of each process.
    :param requests: of one variant in one round.
    :param starts: how often all of it is done with new processes.
    """
    measured = {name: Measured([], []) for name in names}
    for seed in range(starts):
        processes = {name: _start(name, seed) for name in names}
        for _ in range(rounds):
            for name, process in processes.items():
                stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
                stdin.write(f"{requests}\n")
                stdin.flush()
                wait, processor = map(float, stdout.readline().split())
                measured[name].waits.append(wait)
                measured[name].processors.append(processor)
        for process in processes.values():
            process.communicate()
    return measured


def _start(name: str, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.variants", name]
    environment = os.environ | {"PYTHONHASHSEED": str(seed)}
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    )


def ratio(values: Sequence[float], bare: Sequence[float]) -> float:
    """Give the median of each round's ratio: what slows the machine down slows both."""
    return statistics.median(one / other for one, other in zip(values, bare, strict=True))


def run() -> bool:
    """Measure, print the table, and tell whether the limits hold."""
    measured = measure(list(LABELS), ROUNDS, REQUESTS, STARTS)
    bare = measured["bare"]
    print(f"\n{'':36}{'to the last byte':<32}{'processor, all in':<32}")
    good = True
    for name, (waits, processors) in measured.items():
        limit = LIMITS.get(name, Limit())
        wait, wait_good = _cell(waits, bare.waits, limit.wait)
        processor, processor_good = _cell(processors, bare.processors, limit.processor)
        good = good and wait_good and processor_good
        print(f"{LABELS[name]:36}{wait:32}{processor}")
    return good


def _cell(values: Sequence[float], bare: Sequence[float], limit: float | None) -> tuple[str, bool]:
    found = ratio(values, bare)
    good = limit is None or found <= limit
    mark = "" if limit is None else f" ({'≤' if good else 'NOT ≤'} {limit})"
    return f"{statistics.median(values):6.0f} µs {found:6.3f}×{mark}", good
