"""Longer faults under load: workers killed one after another, and an unreachable store.

``./dev survive`` lets both last as long as they should.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..faults import until
from ..services import Services
from .server import Crowd, DatabaseStore, FolderStore, Server, Shop, Store

CRASHES = float(os.environ.get("REPLAY_CRASH_SECONDS", "6"))
"""Seconds of load in which workers are killed."""

OUTAGE = float(os.environ.get("REPLAY_OUTAGE_SECONDS", "4"))
"""Seconds for which the store is unreachable."""

EVERY = 2.0
"""Seconds between two kills."""

PATIENCE = 10.0
"""Seconds after which a request counts as blocked by the store. A busy machine alone takes less."""


@pytest.fixture(params=["files", "postgresql"])
def store(request: pytest.FixtureRequest, services: Services, tmp_path: Path) -> Iterator[Store]:
    """Return a store that can be made unreachable."""
    if request.param == "files":
        yield FolderStore(tmp_path)
        return
    with services.database(request.param, tmp_path) as url:
        store = DatabaseStore(services.server(request.param), url)
        yield store
        store.bring_back()


def kill_one(server: Server, killed: dict[int, float]) -> int:
    """Kill one of the workers, and wait until another has replaced it."""
    victim = random.choice([worker for worker in server.workers if worker not in killed])
    count = len(server.workers)
    killed[victim] = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    server.wait_for_workers(count + 1)
    return victim


def troubled(shop: Shop) -> bool:
    """Whether the operator is told that the store is unreachable and that every worker is affected."""
    report = json.loads(shop.replay("doctor", "--json", status=1))
    assert not report["store"]["writable"]
    alive = [worker for worker in report["workers"] if worker["fate"] == "alive"]
    return bool(report["spooled_bytes"]) and all(
        worker["status"]["failing_since"] for worker in alive
    )


def unexplained(crowd: Crowd, kills: list[float]) -> list[object]:
    """Return requests that failed or were refused, although nobody was killed during them."""
    failures = [
        failure
        for failure in crowd.failures
        if not any(failure.began - 0.1 < k < failure.at + 0.1 for k in kills)
    ]
    return [*failures, *(answer for answer in crowd.answers if answer.status != 200)]


def acknowledged(crowd: Crowd) -> set[str]:
    """Return the URLs of the answers whose worker flushed its data afterwards."""
    flushed: dict[int, float] = {}
    for flush in list(crowd.flushes):
        flushed[flush.worker] = max(flush.began, flushed.get(flush.worker, 0.0))
    return {
        answer.url for answer in list(crowd.answers) if answer.at <= flushed.get(answer.worker, 0.0)
    }


def test_workers_are_killed_one_after_another_under_load(tmp_path: Path) -> None:
    """Of four workers, a random one every two seconds: only requests of a killed worker fail, every
    recording is readable, all flushed data is there, and nothing is there twice.
    """
    shop = Shop(tmp_path, workers=4)
    crowd = Crowd(shop.port, visitors=6, flushing=True)
    killed: dict[int, float] = {}
    with shop.serve() as server:
        with crowd.busy():
            crowd.wait_until(
                lambda answers: {answer.worker for answer in answers} >= set(server.workers)
            )
            end = time.monotonic() + CRASHES
            while time.monotonic() < end:
                began = time.monotonic()
                kill_one(server, killed)
                threading.Event().wait(max(0.0, began + EVERY - time.monotonic()))
            crowd.wait_until(lambda _: len(acknowledged(crowd)) > 10)
    shop.replay("recover")
    shop.finish()

    times = Counter(url for urls in shop.recorded().values() for url in urls)
    assert len(killed) >= CRASHES / EVERY / 2
    assert unexplained(crowd, list(killed.values())) == []
    assert set(times.values()) == {1}
    assert {flush.status for flush in crowd.flushes} == {200}
    assert acknowledged(crowd) - times.keys() == set()
    assert {answer.worker for answer in crowd.answers if answer.url not in times} <= killed.keys()


def test_the_store_is_disconnected_under_load_and_comes_back(tmp_path: Path, store: Store) -> None:
    """A worker is killed meanwhile. Visitors notice nothing, the operator is told, and nothing is
    lost or duplicated.
    """
    shop = Shop(
        tmp_path, store=store, settings={"REPLAY_RETRY_ATTEMPTS": 2, "REPLAY_RETRY_DELAY": 0.2}
    )
    crowd = Crowd(shop.port)
    killed: dict[int, float] = {}
    with shop.serve() as server:
        with crowd.busy():
            crowd.wait_until(
                lambda answers: {answer.worker for answer in answers} >= set(server.workers)
            )
            shop.replay("doctor")
            store.take_away()
            gone = time.monotonic()
            crowd.wait_until(lambda answers: answers[-1].at > gone + OUTAGE / 2)
            crowd.wait_until(
                lambda answers: {a.worker for a in answers if a.began > gone} >= set(server.workers)
            )
            until(lambda: troubled(shop), every=0.2)
            spooled = shop.wait_until_kept(
                answer for answer in list(crowd.answers) if answer.began > gone
            )
            kill_one(server, killed)
            crowd.wait_until(lambda answers: answers[-1].at > gone + OUTAGE)
            store.bring_back()
            returned = time.monotonic()
            crowd.wait_until(
                lambda answers: (
                    {a.worker for a in answers if a.at > returned} >= server.alive(killed)
                )
            )
    shop.replay("recover")
    shop.finish()

    times = Counter(url for urls in shop.recorded().values() for url in urls)
    assert unexplained(crowd, list(killed.values())) == []
    assert set(times.values()) == {1}
    assert spooled - times.keys() == set()
    assert {answer.worker for answer in crowd.answers if answer.url not in times} <= killed.keys()
    assert (
        max(answer.at - answer.began for answer in crowd.answers if answer.began > gone) < PATIENCE
    )
    told = "".join(server.output)
    assert told.count("the store is failing; recorded data is kept") >= shop.count
    assert json.loads(shop.replay("doctor", "--json"))["spooled_bytes"] == 0
