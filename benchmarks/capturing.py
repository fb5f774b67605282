"""The cost of capture by hand while no capture is running: per request, and for the thread that
looks for captures each second.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import timeit
from typing import NamedTuple

from flask import Flask

from flask_replay import Replay
from tests.services import Services

from .stores import KINDS, address, open_at

LOOKS = 300
LIMIT = 2e-6
"""Seconds per request."""

SHARE = 0.005
"""Share of a processor that the look each second may take."""


class Measured(NamedTuple):
    """Seconds per request, seconds per look, and processor seconds per look."""

    request: float
    look: float
    processor: float


def measure(where: str, looks: int = LOOKS) -> Measured:
    """Measure a store."""
    app = Flask("benchmark", instance_path=tempfile.mkdtemp())
    app.config.update(SECRET_KEY="benchmark")
    Replay(app, storage=open_at(where))
    capturing = app.extensions["replay"].capturing
    capturing.look()
    capturing.ready = True
    times: list[float] = []
    began = time.process_time()
    for _ in range(looks):
        before = time.perf_counter()
        capturing.look()
        times.append(time.perf_counter() - before)
    processor = (time.process_time() - began) / looks
    request = min(timeit.repeat(lambda: capturing.current, number=10_000, repeat=20)) / 10_000
    app.extensions["replay"].writer.close()
    return Measured(request, statistics.median(times), processor)


def run() -> bool:
    """Measure all stores, print a table, and return whether the limits hold."""
    print("capture by hand, while nothing is captured")
    held = True
    services = Services()
    try:
        for kind in KINDS:
            with address(kind, services) as where:
                found = measure(where)
            held = held and found.request <= LIMIT and found.processor <= SHARE
            print(
                f"{kind.label:14} a request {found.request * 1e9:4.0f} ns, a look "
                f"{found.look * 1e6:5.0f} µs "
                f"({found.processor * 1e6:4.0f} µs of processor)"
            )
    finally:
        services.remove()
    return held
