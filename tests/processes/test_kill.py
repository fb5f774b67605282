"""Processes killed under load lose at most their last flush interval."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from .server import WORKERS, Answer, Crowd, Server, Shop


def all_busy(crowd: Crowd, server: Server, count: int = 5) -> list[Answer]:
    """Wait until each worker of a server has answered this often, and return all responses so far."""

    def busy(answers: list[Answer]) -> bool:
        times = Counter(answer.worker for answer in answers)
        return all(times[worker] >= count for worker in server.workers)

    crowd.wait_until(busy)
    return list(crowd.answers)


@pytest.mark.parametrize("threads", [False, True], ids=["sync", "threads"])
def test_a_killed_worker_loses_at_most_its_last_flush_interval(
    tmp_path: Path, threads: bool
) -> None:
    """Every recording is readable. Missing requests were answered by the killed worker, and not yet
    written.
    """
    shop = Shop(tmp_path, *(("--threads", "4") if threads else ()), preload=not threads)
    crowd = Crowd(shop.port)
    with shop.serve() as server:
        with crowd.busy():
            kept = shop.wait_until_kept(all_busy(crowd, server))
            victim = server.workers[0]
            os.kill(victim, signal.SIGKILL)
            server.wait_for_workers(4)
            crowd.wait_until(
                lambda answers: any(answer.worker == server.workers[3] for answer in answers)
            )
    shop.finish()

    recorded = shop.recorded()
    assert len(recorded) == len(crowd.jars)
    times = Counter(url for urls in recorded.values() for url in urls)
    assert set(times.values()) == {1}
    assert kept - times.keys() == set()
    lost = [answer for answer in crowd.answers if answer.url not in times]
    assert [answer for answer in lost if answer.worker != victim] == [], "".join(server.output)


def test_visitors_of_a_killed_server_continue_in_one_recording_each(tmp_path: Path) -> None:
    """Visitors who return at once stay in their recordings. The others' are interrupted, and all
    workers choose the same new recording for them.
    """
    shop = Shop(tmp_path)
    crowd = Crowd(shop.port)
    with crowd.busy():
        with shop.serve() as server:
            kept = shop.wait_until_kept(all_busy(crowd, server))
            victims = set(server.workers)
            server.end(signal.SIGKILL)
        with shop.serve() as server:
            crowd.wait_until(
                lambda answers: sum(answer.worker in server.workers for answer in answers) > 40
            )
    shop.finish()

    recorded = shop.recorded()
    status = shop.statuses()
    assert list(status.values()).count("finished") == len(crowd.jars)
    assert len(status) <= 2 * len(crowd.jars)
    times = Counter(url for urls in recorded.values() for url in urls)
    assert set(times.values()) == {1}
    assert kept - times.keys() == set()
    assert {answer.worker for answer in crowd.answers if answer.url not in times} <= victims
    before = {answer.url for answer in crowd.answers if answer.worker in victims}
    assert all(
        before.issuperset(urls) == (status[name] == "interrupted")
        for name, urls in recorded.items()
    )
    assert before & times.keys()


def test_a_server_that_stops_normally_interrupts_nothing(tmp_path: Path) -> None:
    """After a restart, the visitors' cookies continue their recordings. The same holds for recycled
    workers.
    """
    shop = Shop(tmp_path, "--max-requests", "15")
    crowd = Crowd(shop.port)
    with crowd.busy():
        for _ in range(2):
            with shop.serve() as server:
                server.wait_for_workers(WORKERS + 3)
                crowd.wait_until(
                    lambda answers: sum(answer.worker in server.workers for answer in answers) > 60
                )
    shop.replay("recover")
    assert shop.recorded() == {}
    shop.finish()

    recorded = shop.recorded()
    assert list(shop.statuses().values()) == ["finished"] * len(crowd.jars)
    times = Counter(url for urls in recorded.values() for url in urls)
    assert set(times.values()) == {1}
    assert {answer.url for answer in crowd.answers} <= times.keys()


def test_recover_finishes_recordings_of_killed_workers_only(tmp_path: Path) -> None:
    """One server is killed, and another one beside it is running."""
    shop = Shop(tmp_path)
    gone = Crowd(shop.port, form=b"stars=5")
    with shop.serve() as server:
        with gone.busy():
            shop.wait_until_kept(all_busy(gone, server))
        server.end(signal.SIGKILL)
    shop.new_port()
    living = Crowd(shop.port, visitors=2, form=b"stars=5")
    with shop.serve() as server:
        with living.busy():
            shop.wait_until_kept(all_busy(living, server))
        shop.replay("recover")
        assert list(shop.statuses().values()) == ["interrupted"] * len(gone.jars)
    shop.replay("recover")
    assert len(shop.recorded()) == len(gone.jars)


def test_requests_after_the_end_of_a_recording_are_kept(tmp_path: Path) -> None:
    """Recordings are finished while their visitors are active: later requests go into new ones, and
    nothing is lost.
    """
    shop = Shop(tmp_path)
    crowd = Crowd(shop.port, form=b"stars=5")
    with shop.serve() as server, crowd.busy():
        crowd.wait_until(lambda answers: len(answers) > 40)
        shop.finish()
        finished = time.monotonic()
        crowd.wait_until(
            lambda answers: {a.worker for a in answers if a.at > finished} == set(server.workers)
        )
    shop.finish()

    recorded = shop.recorded()
    assert len(recorded) > len(crowd.jars)
    assert {answer.url for answer in crowd.answers} <= {
        url for urls in recorded.values() for url in urls
    }
