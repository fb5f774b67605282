"""Containers that are replaced under load: host names and process ids of their own, on volumes that stay.

``./dev survive`` replaces ten.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from .server import FLUSH, Crowd, Server, Shop

ROUNDS = int(os.environ.get("REPLAY_CONTAINERS", "2"))
LATE = 1.0
"""Seconds that a busy machine may be late to wake a writer and to write."""


def container(name: str) -> tuple[str, ...]:
    """Return what a command is put into, to have a host name and process ids of its own; nothing where that may not be."""
    alone = ("unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
    for own in (alone, (*alone, "--user", "--map-root-user")):
        command = (*own, "sh", "-c", 'hostname "$0" && exec "$@"', name)
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    return ()


def settle(crowd: Crowd, server: Server) -> None:
    """Wait until all workers of a server have answered, and what they answered first must have left them."""
    began = time.monotonic()
    crowd.wait_until(lambda answers: {a.worker for a in answers if a.began > began} >= set(server.workers))
    first = min(answer.at for answer in crowd.answers if answer.began > began)
    crowd.wait_until(lambda answers: answers[-1].at > first + 2 * FLUSH + LATE)


def test_containers_that_are_replaced_in_peace_lose_and_interrupt_nothing(tmp_path: Path) -> None:
    """What their visitors began goes on in the next one, or is finished."""
    shop = Shop(tmp_path, workers=2)
    crowd = Crowd(shop.port)
    with crowd.busy():
        for number in range(ROUNDS):
            shop.container = container(f"box{number}")
            server = Server(shop)
            settle(crowd, server)
            server.end(signal.SIGTERM)
    assert shop.replay("recover").startswith("0 interrupted")
    shop.finish()
    times = Counter(url for urls in shop.recorded().values() for url in urls)
    assert set(times.values()) == {1}
    assert {answer.url for answer in crowd.answers} - times.keys() == set()
    assert set(shop.statuses().values()) == {"finished"}


@pytest.mark.parametrize("away", [False, True], ids=["", "while the store is away"])
def test_containers_that_are_killed_lose_their_last_flush_interval_at_most(tmp_path: Path, away: bool) -> None:
    """Whatever they had spooled, the next one saves, which knows neither their host name nor their processes."""
    settings = {"REPLAY_RETRY_ATTEMPTS": 1, "REPLAY_RETRY_DELAY": 0.1}
    shop = Shop(tmp_path, workers=2, settings=settings)
    crowd = Crowd(shop.port)
    kills: list[float] = []
    with crowd.busy():
        for number in range(ROUNDS):
            shop.container = container(f"box{number}")
            server = Server(shop)
            settle(crowd, server)
            if away:
                shop.store.take_away()
                settle(crowd, server)
            kills.append(time.monotonic())
            server.end(signal.SIGKILL)
            if away:
                shop.store.bring_back()
    shop.replay("recover")
    shop.finish()
    times = Counter(url for urls in shop.recorded().values() for url in urls)
    assert set(times.values()) == {1}
    lost = [answer for answer in crowd.answers if answer.url not in times]
    kept_back = (2 if away else 1) * FLUSH + LATE
    assert [answer for answer in lost if not any(kill - kept_back < answer.at < kill + LATE for kill in kills)] == []
    assert list((tmp_path / "spool").glob("*/boxes/*/journal/*")) == []
