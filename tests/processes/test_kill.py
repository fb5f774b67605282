"""Processes that are killed under load lose at most what their last flush interval held."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from .server import FLUSH, Answer, Crowd, Shop

LATE = 0.5
"""Seconds that a busy machine may be late to wake a writer and to write."""


def old(answers: list[Answer], worker: int, now: float) -> list[Answer]:
    """Give a worker's answers that were older than a flush interval at some moment."""
    return [answer for answer in answers if answer.worker == worker and answer.at < now - FLUSH - LATE]


@pytest.mark.parametrize("options", [(), ("--preload",), ("--threads", "4")], ids=["plain", "preload", "threads"])
def test_a_killed_worker_loses_at_most_its_last_flush_interval(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Every recording is readable, and what is not in one was answered by the victim just before its end."""
    shop = Shop(tmp_path, *options)
    crowd = Crowd(shop.port)
    with shop.serve() as server:
        with crowd.busy():
            crowd.wait_until(lambda answers: all(len(old(answers, w, time.monotonic())) > 10 for w in server.workers))
            victim = server.workers[0]
            killed = time.monotonic()
            os.kill(victim, signal.SIGKILL)
            server.wait_for_workers(4)
            crowd.wait_until(lambda answers: any(answer.worker == server.workers[3] for answer in answers))
    shop.replay("finalize")

    recorded = shop.recorded()
    assert len(recorded) == len(crowd.jars)
    times = Counter(url for urls in recorded.values() for url in urls)
    assert set(times.values()) == {1}
    lost = [answer for answer in crowd.answers if answer.url not in times]
    assert {answer.worker for answer in lost} <= {victim}
    assert [killed - answer.at for answer in lost if answer.at < killed - FLUSH - LATE] == []


def test_a_killed_server_goes_on_where_it_was(tmp_path: Path) -> None:
    """All processes are killed and started again: the visitors' cookies continue their recordings."""
    shop = Shop(tmp_path)
    crowd = Crowd(shop.port)
    with crowd.busy():
        with shop.serve() as server:
            crowd.wait_until(lambda answers: all(len(old(answers, w, time.monotonic())) > 10 for w in server.workers))
            killed, victims = time.monotonic(), set(server.workers)
            server.end(signal.SIGKILL)
        with shop.serve() as server:
            crowd.wait_until(lambda answers: sum(answer.worker in server.workers for answer in answers) > 40)
    shop.replay("finalize")

    recorded = shop.recorded()
    assert len(recorded) == len(crowd.jars)
    urls = {url for urls in recorded.values() for url in urls}
    lost = [answer for answer in crowd.answers if answer.url not in urls]
    assert {answer.worker for answer in lost} <= victims
    assert [killed - answer.at for answer in lost if answer.at < killed - FLUSH - LATE] == []
    before = {answer.url for answer in crowd.answers if answer.worker in victims}
    assert all(before & set(urls) and set(urls) - before for urls in recorded.values())


def test_what_comes_after_a_recording_was_finished_is_kept(tmp_path: Path) -> None:
    """Recordings are finished while their visitors are busy: the rest goes into new ones, and nothing is lost."""
    shop = Shop(tmp_path)
    crowd = Crowd(shop.port, form=b"stars=5")
    with shop.serve() as server, crowd.busy():
        crowd.wait_until(lambda answers: len(answers) > 40)
        shop.replay("finalize")
        finished = time.monotonic()
        crowd.wait_until(lambda answers: {a.worker for a in answers if a.at > finished} == set(server.workers))
    shop.replay("finalize")

    recorded = shop.recorded()
    assert len(recorded) > len(crowd.jars)
    assert {answer.url for answer in crowd.answers} <= {url for urls in recorded.values() for url in urls}
