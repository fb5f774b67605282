"""Hostile requests for each route of the player and the API. The long form is ``./dev fuzz
requests``.
"""

from __future__ import annotations

import random
from pathlib import Path

from ..fuzzing.requests import Requests


def test_every_request_is_answered(tmp_path: Path) -> None:
    """Without server errors, and with nothing recorded for people without permission."""
    requests, chance = Requests(tmp_path), random.Random(7)
    assert [
        line for _ in range(40) for line in requests.check(chance) if not line.startswith("took ")
    ] == []
    assert {"open 200", "closed 404"} <= requests.counts.keys()
