"""Time and processor of a request, as ratios to the bare app; rounds are interleaved, medians reported."""

from __future__ import annotations

import statistics
import subprocess
import sys

ROUNDS = 15
REQUESTS = 300
_LIMITS = {"recording": (1.15, 1.35), "unsampled": (1.02, None)}
_LABELS = {
    "bare": "bare app",
    "recording": "Flask-Replay, recording",
    "unsampled": "Flask-Replay, session not sampled",
    "opentelemetry": "OpenTelemetry, Flask + Jinja2",
    "sentry": "Sentry SDK, tracing on",
}


def run(rounds: int = ROUNDS, requests: int = REQUESTS) -> bool:
    """Measure, print the table, and tell whether the limits hold."""
    processes = {
        name: subprocess.Popen(
            [sys.executable, "-m", "benchmarks.variants", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for name in _LABELS
    }  # fmt: skip
    waits: dict[str, list[float]] = {name: [] for name in processes}
    used: dict[str, list[float]] = {name: [] for name in processes}
    for _ in range(rounds):
        for name, process in processes.items():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{requests}\n")
            process.stdin.flush()
            wait, processor = map(float, process.stdout.readline().split())
            waits[name].append(wait)
            used[name].append(processor)
    for process in processes.values():
        process.communicate("0\n")
    return _print(waits, used)


def _ratio(values: dict[str, list[float]], name: str) -> float:
    """Give the median of the ratios of each round: what slows a machine down slows both."""
    return statistics.median(one / other for one, other in zip(values[name], values["bare"], strict=True))


def _print(waits: dict[str, list[float]], used: dict[str, list[float]]) -> bool:
    print(f"\n{'':36}{'to the last byte':>24}{'processor, all in':>24}")
    good = True
    for name, label in _LABELS.items():
        wait, processor = _ratio(waits, name), _ratio(used, name)
        most_wait, most_processor = _LIMITS.get(name, (None, None))
        marks = []
        for value, most in ((wait, most_wait), (processor, most_processor)):
            holds = most is None or value <= most
            good = good and holds
            marks.append("" if most is None else f" (≤ {most})" if holds else f" (NOT ≤ {most})")
        print(
            f"{label:36}{statistics.median(waits[name]):8.0f} µs {wait:5.2f}×{marks[0]:14}"
            f"{statistics.median(used[name]):8.0f} µs {processor:5.2f}×{marks[1]}"
        )
    return good
