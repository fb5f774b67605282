"""The soak test distinguishes level from growing memory, and its visitors are served."""

from __future__ import annotations

import os
from pathlib import Path

from . import soak
from .soak import Minute, level, sample

MB = 1_000_000


def test_growing_or_shrinking_memory_leaves_the_band() -> None:
    base = Minute({1: [99 * MB, 100 * MB, 104 * MB], 2: [100 * MB]})
    assert (
        level(base, [Minute({1: [102 * MB], 2: [98 * MB]}), Minute({1: [100 * MB], 2: [100 * MB]})])
        == []
    )
    (grown,) = level(
        base, [Minute({1: [100 * MB], 2: [104 * MB]}), Minute({1: [100 * MB], 2: [100 * MB]})]
    )
    assert grown == "worker 2 left the band: +4.0% of 100.0 MB"
    assert level(base, [Minute({1: [96 * MB], 2: [100 * MB]})]) == [
        "worker 1 left the band: -4.0% of 100.0 MB"
    ]


def test_the_memory_of_a_process_is_sampled() -> None:
    (held,) = sample([os.getpid()], 0.05, every=0.01).held.values()
    assert held > MB


def test_visitors_come_and_go_and_are_served(tmp_path: Path) -> None:
    """Three samples of two seconds, which is too short for level memory."""
    lines: list[str] = []
    problems = soak.soak(3, tmp_path, lines.append, minute=2)
    assert [problem for problem in problems if "left the band" not in problem] == []
    assert [line.split()[0] for line in lines] == ["minute", "1", "2", "3"]
    assert int(lines[-1].split()[-4].replace(",", "")) > 0
