"""Servers with recordings in a database: connections survive a fork, and workers are killed."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from flask_replay.storage import Recordings

from ..services import Services
from .server import Crowd, DatabaseStore, Shop


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_workers_share_a_database(kind: str, services: Services, tmp_path: Path) -> None:
    """They are forked from one process, and one is killed: what it had flushed is there, and
    nothing is duplicated.
    """
    with services.database(kind, tmp_path) as url:
        shop = Shop(tmp_path, store=DatabaseStore(services.server(kind), url))
        served = tmp_path / "served.py"  # a connection of the recorder is open during the fork
        served.write_text(
            f"{served.read_text()}\nwith app.app_context():\n    app.extensions['replay'].storage.ids()\n"
        )
        crowd = Crowd(shop.port, form=b"stars=5")
        with shop.serve() as server:
            with crowd.busy():
                crowd.wait_until(lambda answers: len(answers) > 100)
                victim = server.workers[0]
                os.kill(victim, signal.SIGKILL)
                server.wait_for_workers(4)
                crowd.wait_until(
                    lambda answers: any(answer.worker == server.workers[3] for answer in answers)
                )
        assert "finished" in shop.replay("finalize")
        assert "different" in shop.replay("verify")

        storage = shop.store.open()
        recordings = Recordings(storage, 1_000, 1e9)
        times = Counter(
            batch.request.url
            for summary in recordings.summaries()
            for batch in recordings.get(summary.id).batches
            if batch.request
        )
        assert set(times.values()) == {1}
        assert {answer.worker for answer in crowd.answers if answer.url not in times} <= {victim}
        assert storage.touched() == {}
