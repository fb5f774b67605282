"""Pages with hostile objects leave nothing behind, with the compiled core and without it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from .hostile import Held, Rounds, is_level

FEW, MANY = 500, 6_000
"""Renders: in many, each kind of object meets each operation more often than the objects that may be
left for other reasons, so what one of them leaves each time is found.
"""


@pytest.mark.parametrize(("pure", "core"), [("0", "with the"), ("1", "without the")])
def test_reference_counts_stay_level(pure: str, core: str) -> None:
    """Although objects raise, render other pages, or delete themselves while they are asked.
    ``./dev fuzz core`` does it a million times.

    In a process of its own: threads of other tests let go of memory meanwhile.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzzing.hostile", "--renders", str(MANY)],
        env={**os.environ, "REPLAY_PURE": pure},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{core} compiled core" in done.stdout, done.stderr
    assert done.returncode == 0, done.stdout


def test_a_leak_is_found() -> None:
    """A filter that keeps its arguments is reported."""
    rounds, kept = Rounds(), []
    rounds.site.app.jinja_env.filters["kept"] = lambda value: kept.append([value]) or value  # type: ignore[func-returns-value]
    assert not is_level(rounds.grown(FEW))
    assert not is_level(Held(0, 10_000, 0))
