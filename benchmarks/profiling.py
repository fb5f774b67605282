"""Where the time of a recorded request goes, function by function."""

from __future__ import annotations

import cProfile
import pstats
import tempfile
from pathlib import Path

from .variants import WARM_UP, Requests, recording

REQUESTS = 500
ROWS = 40


def run() -> bool:
    """Profile the recording of the page on the request's own thread, and print what took longest."""
    with tempfile.TemporaryDirectory() as folder:
        variant = recording(Path(folder))
        request = Requests(variant.app)
        for _ in range(WARM_UP):
            request()
        profile = cProfile.Profile()
        profile.enable()
        for _ in range(REQUESTS):
            request()
        profile.disable()
        variant.finish()
    pstats.Stats(profile).sort_stats("tottime").print_stats(ROWS)
    return True
