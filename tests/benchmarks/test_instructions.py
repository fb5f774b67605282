"""Recording and replaying a page take as many instructions as when that was last measured."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks.instructions import FILE, build, counted, shares
from flask_replay.engine.recording.core import COMPILED

MORE = 0.03
ELSEWHERE = 0.2
"""Other versions of Python and of libraries need other shares for the same work."""


@pytest.mark.skipif(sys.platform != "linux", reason="valgrind counts on Linux")
def test_no_page_takes_more_instructions_than_before() -> None:
    """If a page becomes dearer for a good reason, ``./dev benchmark instructions`` writes the new
    figures.
    """
    known = json.loads(FILE.read_text())
    usual, more = known.get(build()), MORE
    if usual is None:
        usual, more = list(known.values())[-1], ELSEWHERE
    process = "compiled" if COMPILED else "pure"
    found = shares(counted(("bare", process)))
    assert found.keys() == {work for work in usual if work.endswith(process)}
    dearer = {
        work: (share, usual[work])
        for work, share in found.items()
        if share > usual[work] * (1 + more)
    }
    assert dearer == {}
