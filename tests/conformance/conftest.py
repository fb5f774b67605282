"""The replaying process, one for the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .harness import Replaying


@pytest.fixture(scope="session")
def replaying() -> Iterator[Replaying]:
    """Return a process that replays without anything of an app."""
    process = Replaying()
    yield process
    process.close()
