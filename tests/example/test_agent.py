"""The example's agent: its actions and the pages that it was served, on one timeline."""

from __future__ import annotations

from example.agent import shop as let_agent_shop
from flask_replay import Replay

from .conftest import Open


def test_the_agent_has_what_it_did_and_saw_in_one_recording(open_shop: Open) -> None:
    """A newcomer watches it beside the visitors'."""
    shop = open_shop()
    let_agent_shop(shop)
    let_agent_shop(shop)  # once is enough
    replay: Replay = shop.extensions["replay"].replay
    with shop.app_context():
        (summary,) = replay.recordings.summaries()
        assert summary.name.startswith("gift-bot_") and summary.status == "finished" and summary.flags == ()
        assert summary.tally.pages == 4 and 7_000 < summary.duration_ms < 10_000
        kinds = [type(event).__name__ for event in replay.recordings.get(summary.id).events]
        assert [kind for kind in kinds if kind in ("Action", "Request")] == [
            "Action", "Request", "Action", "Request", "Action", "Request", "Request", "Action", "Request", "Action",
        ]  # fmt: skip
        assert replay.verify(summary.id).ok
