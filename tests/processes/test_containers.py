"""Containers that are replaced under load, with their own host names and process ids, on persistent
volumes.

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

from .server import Crowd, Server, Shop

ROUNDS = int(os.environ.get("REPLAY_CONTAINERS", "2"))


def container(name: str) -> tuple[str, ...]:
    """Return a command prefix that gives a process its own host name and process ids, empty where
    that is not allowed.
    """
    alone = ("unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
    for own in (alone, (*alone, "--user", "--map-root-user")):
        command = (*own, "sh", "-c", 'hostname "$0" && exec "$@"', name)
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    return ()


def settle(shop: Shop, crowd: Crowd, server: Server) -> set[str]:
    """Wait until all workers of a server have answered and written their answers, and return the
    URLs.
    """
    began = time.monotonic()
    crowd.wait_until(
        lambda answers: {a.worker for a in answers if a.began > began} >= set(server.workers)
    )
    return shop.wait_until_kept(answer for answer in list(crowd.answers) if answer.began > began)


def test_containers_that_stop_normally_lose_and_interrupt_nothing(tmp_path: Path) -> None:
    """Their visitors' recordings continue in the next one, or are finished."""
    shop = Shop(tmp_path, workers=2)
    crowd = Crowd(shop.port)
    with crowd.busy():
        for number in range(ROUNDS):
            shop.container = container(f"box{number}")
            server = Server(shop)
            settle(shop, crowd, server)
            server.end(signal.SIGTERM)
    assert shop.replay("recover").startswith("0 interrupted")
    shop.finish()
    times = Counter(url for urls in shop.recorded().values() for url in urls)
    assert set(times.values()) == {1}
    assert {answer.url for answer in crowd.answers} - times.keys() == set()
    assert set(shop.statuses().values()) == {"finished"}


@pytest.mark.parametrize("away", [False, True], ids=["", "while the store is away"])
def test_killed_containers_lose_at_most_their_last_flush_interval(
    tmp_path: Path, away: bool
) -> None:
    """Their spooled data is saved by the next one, which knows neither their host names nor their
    processes.
    """
    settings = {"REPLAY_RETRY_ATTEMPTS": 1, "REPLAY_RETRY_DELAY": 0.1}
    shop = Shop(tmp_path, workers=2, settings=settings)
    crowd = Crowd(shop.port)
    kept: set[str] = set()
    with crowd.busy():
        for number in range(ROUNDS):
            shop.container = container(f"box{number}")
            server = Server(shop)
            kept |= settle(shop, crowd, server)
            if away:
                shop.store.take_away()
                kept |= settle(shop, crowd, server)
            server.end(signal.SIGKILL)
            if away:
                shop.store.bring_back()
    shop.replay("recover")
    shop.finish()
    times = Counter(url for urls in shop.recorded().values() for url in urls)
    assert set(times.values()) == {1}
    assert kept - times.keys() == set()
    assert list((tmp_path / "spool").glob("*/boxes/*/journal/*")) == []
