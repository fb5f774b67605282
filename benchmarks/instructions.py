"""Count the processor instructions that recording and replaying each page of the family takes,
under valgrind. Unlike times, counts hardly depend on the machine's load, so a test compares them
with those of the last time.

``python -m benchmarks instructions`` writes them into ``benchmarks/instructions.json``.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path

from .family import PAGES
from .pages import ROOT
from .variants import VARIANTS, Requests, recording

FILE = Path(__file__).with_name("instructions.json")
COUNTED = [key for key in PAGES if key not in {"admin", "books", "chat", "table"}]
"""Pages whose cost depends on no other library, that one thread answers, and that do not take longer
to count than all others together.
"""

LIBRARIES = ("Flask", "Werkzeug", "Jinja2", "MarkupSafe", "msgspec", "Brotli")
PROCESSES = ("bare", "compiled", "pure")
"""Not recorded; recorded with the compiled core; recorded without it."""

WARM_UP = 12
TIMES = 3

Counts = dict[str, dict[str, int]]
"""Instructions of the working thread, per page and work: ``requests`` are :data:`TIMES` of them,
``replays`` as many of one frame. What other threads do depends on when they wake up.
"""


def run() -> bool:
    """Count with this interpreter and these libraries, and write the file."""
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    known[build()] = shares(counted())
    FILE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    print(FILE.read_text())
    return True


def build() -> str:
    """Return the name of what the counts depend on: interpreter, processor and libraries."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    python = f"Python {platform.python_version()}, {platform.python_compiler()}"
    return f"{python}, {platform.machine()}, {libraries}"


def counted(processes: Sequence[str] = PROCESSES) -> dict[str, Counts]:
    """Return the counts of some processes, which run side by side."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(processes, pool.map(_counts, processes), strict=True))


def shares(counts: dict[str, Counts]) -> dict[str, float]:
    """Return how many times as many instructions a recorded request, or the replay of a frame,
    takes as a request of the bare page.

    :param counts: by process.
    """
    bare = counts["bare"]
    return {
        f"{page}, {work}, {process}": round(count / bare[page]["requests"], 3)
        for process in counts.keys() - {"bare"}
        for page, works in counts[process].items()
        for work, count in works.items()
    }


def _counts(process: str) -> Counts:
    """Run a process under valgrind, and return what it counted.

    At each call of ``getpgrp``, which nothing else calls, valgrind writes a file with the count
    since the call before. A work lies between two calls.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *("valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no"),
            "--separate-threads=yes",
            *(f"--callgrind-out-file={folder}/out", "--dump-before=getpgrp"),
            *(sys.executable, "-m", "benchmarks.instructions", process),
        ]
        pure = str(int(process == "pure"))
        environment = os.environ | {"PYTHONHASHSEED": "0", "REPLAY_PURE": pure}
        done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
        counts: Counts = {}
        for number, (page, work) in enumerate(json.loads(done.stdout), start=1):
            dump = Path(folder, f"out.{2 * number}-01").read_text()
            (total,) = re.findall(r"^totals: (\d+)", dump, re.MULTILINE)
            counts.setdefault(page, {})[work] = int(total)
        return counts


class Counted:
    """A page, and what is counted of it, after the first times: the interpreter optimizes what it
    runs often.

    :param recorded: whether it is recorded.
    """

    def __init__(self, key: str, folder: Path, *, recorded: bool) -> None:
        page = PAGES[key]
        if recorded:
            self.variant = recording(folder / key, page, REPLAY_FLUSH_INTERVAL=3600)
        else:
            self.variant = VARIANTS["bare"](folder, page)
        request = Requests(self.variant.app, page)
        self.works: dict[str, Callable[[], object]] = {"requests": request}
        _often(request, WARM_UP)
        self.variant.finish()
        if recorded:
            replay = self.variant.app.extensions["replay"].replay
            with self.variant.app.app_context():
                shown = [one for one in replay.recordings.list() if one.summary.tally.frames]
            if shown:  # some pages have no frames
                self.works["replays"] = partial(self._replay, shown[0].id)
                _often(self.works["replays"], WARM_UP)

    def _replay(self, id: str) -> None:
        with self.variant.app.app_context():
            self.variant.app.extensions["replay"].replay.render(id, 0)


def _often(work: Callable[[], object], times: int) -> None:
    for _ in range(times):
        work()


def _count(work: Callable[[], object]) -> None:
    """Do a work between two marks, and once before: after other pages, the first time takes more."""
    work()
    os.getpgrp()
    _often(work, TIMES)
    os.getpgrp()


def main(process: str) -> None:
    """Do all work between marks, and print the pages and works in their order."""
    with tempfile.TemporaryDirectory() as folder:
        pages = {key: Counted(key, Path(folder), recorded=process != "bare") for key in COUNTED}
        # Valgrind runs ten times as fast as long as it does not count.
        control = ("callgrind_control", "--instr=on", str(os.getpid()))
        subprocess.run(control, check=True, capture_output=True)
        gc.collect()
        gc.disable()
        done = []
        for key, page in pages.items():
            for name, work in page.works.items():
                _count(work)
                done.append((key, name))
        json.dump(done, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
