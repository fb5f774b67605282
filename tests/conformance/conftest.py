"""The process that replays, one for the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .harness import Replaying


@pytest.fixture(scope="session")
def replaying() -> Iterator[Replaying]:
    """Give a process that replays, and knows nothing of any app."""
    process = Replaying()
    yield process
    process.close()
