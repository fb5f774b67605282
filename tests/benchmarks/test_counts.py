"""Recording and replaying a page call as many functions as when that was last measured."""

from __future__ import annotations

import json

import pytest

from benchmarks.counts import FILE, counted, key_of
from flask_replay.engine.recording.core import COMPILED

MORE = 1.03
OTHER_PYTHON = 1.1
"""In other versions of Python, the standard library calls other functions."""

FEW = 10
"""Additional calls that are allowed: the first use of a cache, a look into a directory."""


@pytest.mark.parametrize("pure", [False, True] if COMPILED else [True])
def test_no_page_calls_more_functions_than_before(*, pure: bool) -> None:
    """If a page becomes dearer for a good reason, ``./dev benchmark counts`` writes the new
    figures.
    """
    known = json.loads(FILE.read_text())
    key = key_of(pure=pure)
    usual = known.get(key) or known[f"3.11 {key.partition(' ')[2]}"]
    share = MORE if key in known else OTHER_PYTHON
    dearer = {
        f"{page}, {what}": (count, usual[page][what])
        for page, counts in counted(pure=pure).items()
        for what, count in counts.items()
        if count > usual[page][what] + FEW + (share - 1) * abs(usual[page][what])
    }
    assert dearer == {}
