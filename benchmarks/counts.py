"""Count the functions that are called to record and to replay each page of the family. Unlike times,
counts are the same on every run, so a test compares them with those of the last time.

``python -m benchmarks counts`` writes them into ``benchmarks/counts.json``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from .family import PAGES
from .pages import ROOT
from .variants import VARIANTS, Requests, recording

FILE = Path(__file__).with_name("counts.json")
COUNTED = [key for key in PAGES if key not in {"admin", "books", "chat"}]
"""Pages whose cost depends on no other library, and that one thread answers."""

WARM_UP = 12
REQUESTS = 9

Counts = dict[str, dict[str, int]]
"""By page: what recording adds to a request, and what the replay of its frame takes."""


def run() -> bool:
    """Count with the compiled core and without it, and write the file."""
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    for pure in (False, True):
        known[key_of(pure=pure)] = counted(pure=pure)
    FILE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    print(FILE.read_text())
    return True


def key_of(*, pure: bool) -> str:
    """Return the name under which this interpreter's counts are kept."""
    return f"{sys.version_info.major}.{sys.version_info.minor} {'pure' if pure else 'compiled'}"


def counted(*, pure: bool) -> Counts:
    """Return the counts of all pages, from a new interpreter.

    :param pure: without the compiled core.
    """
    environment = os.environ | {"REPLAY_PURE": str(int(pure)), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.counts"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    found: Counts = json.loads(done.stdout)
    return found


def _all() -> Iterator[tuple[str, dict[str, int]]]:
    """Count each page. The bare apps come first, as long as nothing of the recorder is loaded."""
    with tempfile.TemporaryDirectory() as folder:
        bare = {
            key: _requests(Requests(VARIANTS["bare"](Path(folder), PAGES[key]).app, PAGES[key]))
            for key in COUNTED
        }
        for key in COUNTED:
            place = Path(folder, key)
            app = recording(place, PAGES[key], REPLAY_FLUSH_INTERVAL=3600).app
            counts = {"recorded": _requests(Requests(app, PAGES[key])) - bare[key]}
            with app.app_context():
                replay = app.extensions["replay"].replay
                replay.finalize()
                for recorded in replay.recordings.list():  # none where no page was seen
                    if recorded.summary.tally.frames:
                        replay.render(recorded.id, 0)
                        counts["replayed"] = _calls(partial(replay.render, recorded.id, 0))
            yield key, counts


def _requests(request: Requests) -> int:
    """Return how many functions one request calls: the median of some, after the first ones."""
    for _ in range(WARM_UP):
        request()
    return sorted(_calls(request) for _ in range(REQUESTS))[REQUESTS // 2]


def _calls(work: Callable[[], object]) -> int:
    """Return how many functions, in Python and in C, this thread calls for some work."""
    count = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


if __name__ == "__main__":
    json.dump(dict(_all()), sys.stdout)
