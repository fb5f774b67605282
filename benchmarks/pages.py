"""The cost of each page of a family under each tool, as ratios to the bare app. Rounds take turns,
and medians are reported.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO, NamedTuple, cast

from .family import PAGES

STARTS = 2
"""Processes of each variant, one after the other, because two processes of one program differ by
more than the differences that we look for.
"""

ROUNDS = 4
SECONDS = 0.1
"""Approximate seconds of a round of the bare page."""

MOST = 400
"""Requests of a round, at most."""

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- pages -->\n", "<!-- end of pages -->"
LABELS = {
    "bare": "bare",
    "recording": "recorded",
    "unsampled": "not sampled",
    "excluded": "excluded",
    "opentelemetry": "OpenTelemetry",
    "sentry": "Sentry",
}
OPTIONAL = {"opentelemetry": "opentelemetry.instrumentation.jinja2", "sentry": "sentry_sdk"}
"""Tools that are measured if they are installed, by a module that exists then."""


class Limit(NamedTuple):
    """Highest cost of a variant: ratios to the bare app, ``None`` for no limit; and microseconds
    that are always allowed.
    """

    wait: float | None = None
    processor: float | None = None
    allowed: float = 0.0


LIMITS = {
    "recording": Limit(1.15, 1.60, 60.0),
    "unsampled": Limit(1.01, None, 3.0),
    "excluded": Limit(1.01, None, 3.0),
}


class Measured(NamedTuple):
    """One variant's microseconds per request, a number for each round."""

    waits: list[float]
    processors: list[float]

    def of(self, other: Measured) -> tuple[float, float]:
        """Return the ratios to another variant."""
        return ratio(self.waits, other.waits), ratio(self.processors, other.processors)


def variants() -> list[str]:
    """Return the tools that can be measured here."""
    return [name for name in LABELS if name not in OPTIONAL or _is_there(OPTIONAL[name])]


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def measure(
    page: str, names: Sequence[str], rounds: int, requests: int | None = None, starts: int = 1
) -> dict[str, Measured]:
    """Measure variants of a page, each in a process of its own; their rounds take turns.

    :param names: names of variants.
    :param rounds: rounds of each process.
    :param requests: requests of one variant in one round; by default as many as the bare page
        handles in a tenth of a second.
    :param starts: how often everything is repeated with new processes.
    """
    measured = {name: Measured([], []) for name in names}
    for seed in range(starts):
        processes = {name: _start(name, page, seed) for name in names}
        count = requests or min(MOST, int(SECONDS * 1e6 / _round(processes["bare"], 10)[0]) + 5)
        for _ in range(rounds):
            for name, process in processes.items():
                wait, processor = _round(process, count)
                measured[name].waits.append(wait)
                measured[name].processors.append(processor)
        for process in processes.values():
            process.communicate()
    return measured


def _round(process: subprocess.Popen[str], requests: int) -> tuple[float, float]:
    stdin, stdout = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
    stdin.write(f"{requests}\n")
    stdin.flush()
    wait, processor = map(float, stdout.readline().split())
    return wait, processor


def _start(name: str, page: str, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.variants", name, page]
    environment = os.environ | {"PYTHONHASHSEED": str(seed)}
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    )


def ratio(values: Sequence[float], bare: Sequence[float]) -> float:
    """Return the median of the ratios of rounds, because other load slows both variants of a
    round.
    """
    return statistics.median(one / other for one, other in zip(values, bare, strict=True))


def table(measured: dict[str, dict[str, Measured]]) -> list[str]:
    """Return the lines of a table: one page each, and the worst of all last. Values beyond their
    limit are bold.

    :param measured: variants by name, by page.
    """
    names = [name for name in next(iter(measured.values())) if name != "bare"]
    head = [
        "page",
        "bare",
        *(f"{LABELS[name]}, {what}" for name in names for what in ("last byte", "CPU")),
    ]
    lines = [_row(head), _row(["---", *["---:"] * (len(head) - 1)])]
    worst: dict[str, list[tuple[float, str]]] = {}
    for page, found in measured.items():
        bare = found["bare"]
        cells = [PAGES[page].label, _time(statistics.median(bare.waits))]
        for name in names:
            for what, of in zip(("wait", "processor"), found[name].of(bare), strict=True):
                mark = "" if holds(name, what, found[name], bare) else "**"
                cells.append(f"{mark}{of:.2f}×{mark}")
                worst.setdefault(f"{name} {what}", []).append((of, page))
        lines.append(_row(cells))
    return [
        *lines,
        _row(
            ["**the worst**", "", *(f"{of:.2f}× ({page})" for of, page in map(max, worst.values()))]
        ),
    ]


def holds(name: str, what: str, found: Measured, bare: Measured) -> bool:
    """Whether a variant is within its limit.

    :param what: ``"wait"`` or ``"processor"``.
    """
    limit = LIMITS.get(name, Limit())
    most: float | None = getattr(limit, what)
    ours, theirs = (getattr(each, f"{what}s") for each in (found, bare))
    return (
        most is None
        or ratio(ours, theirs) <= most
        or statistics.median(ours) - statistics.median(theirs) <= limit.allowed
    )


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _time(microseconds: float) -> str:
    return f"{microseconds / 1000:.2f} ms" if microseconds >= 1000 else f"{microseconds:.0f} µs"


def machine() -> str:
    """Return a sentence about the machine, the versions and its load."""
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.machine()
    versions = ", ".join(f"{name} {version(name)}" for name in ("Flask", "Jinja2", "MarkupSafe"))
    load = f"load {os.getloadavg()[0]:.1f}"
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} × {processor}, "
        f"{platform.system()}, "
        f"Python {platform.python_version()}, {versions}; {load} when it began."
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def run() -> bool:
    """Measure all pages, print the table and write it into the document, and return whether the
    limits hold.
    """
    begun, measured = machine(), {}
    for page in PAGES:
        print(f"{page} …", file=sys.stderr, flush=True)
        measured[page] = measure(page, variants(), ROUNDS, starts=STARTS)
    text = "\n".join([begun, "", *table(measured)])
    print(f"\n{text}")
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    DOCUMENT.write_text(
        f"{before}{BEGIN}\n{text}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8"
    )
    return all(
        holds(name, what, found[name], found["bare"])
        for found in measured.values()
        for name in LIMITS
        for what in ("wait", "processor")
    )
