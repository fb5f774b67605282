"""The example contains one of each kind of deliberate recording: an agent, a customer who takes
over, a capture by hand.
"""

from __future__ import annotations

from PIL import Image

from example.agent import _BOXES, _SCREENSHOTS
from example.agent import shop as let_agent_shop
from example.byhand import capture
from flask_replay import Replay
from flask_replay.recording.events import Action, Request

from .conftest import Open


def test_the_agents_actions_and_pages_are_in_one_recording(open_shop: Open) -> None:
    """The visitor who took over has another one, and each names the other."""
    shop = open_shop(REPLAY_FLUSH_INTERVAL=0.1)
    let_agent_shop(shop)
    let_agent_shop(shop)  # once is enough
    replay: Replay = shop.extensions["replay"].replay
    with shop.app_context():
        customer, agent = replay.recordings.summaries()
        assert (
            agent.name.startswith("gift-bot_") and agent.status == "finished" and agent.flags == ()
        )
        assert agent.tally.pages == 4 and 7_000 < agent.duration_ms < 12_000
        events = list(replay.recordings.get(agent.id).events)
        assert [type(event).__name__ for event in events if isinstance(event, Action | Request)] == [
            "Action", "Request", "Action", "Request", "Action", "Request", "Request", "Action", "Request", "Action",
        ]  # fmt: skip
        actions = [event for event in events if isinstance(event, Action)]
        assert all(action.screenshot is not None for action in actions)
        assert actions[-1].metadata["continued_as"] == customer.id
        assert customer.name.startswith("user_takeover_") and customer.tally.pages == 2
        run = replay.recordings.get(customer.id).batches[0].run
        assert run is not None and run.metadata["parent_demo_id"] == agent.id
        assert replay.verify(agent.id).ok and replay.verify(customer.id).ok


def test_screenshots_show_the_elements_on_which_the_agent_acts() -> None:
    """They show the current shop: take them again when a page looks different."""
    for name, (left, top, width, height) in _BOXES.items():
        with Image.open(_SCREENSHOTS / f"{name}.webp") as picture:
            assert (
                0 <= left < left + width <= picture.width
                and 0 <= top < picture.height
                and height > 0
            )


def test_a_capture_by_hand_can_be_watched(open_shop: Open) -> None:
    """It contains the bug to be captured."""
    shop = open_shop(REPLAY_SAMPLE_RATE=0, REPLAY_FLUSH_INTERVAL=0.1, DEBUG=True)
    capture(shop)
    capture(shop)
    assert shop.test_client().get("/replay/").status_code == 200  # in debug mode, as it was
    replay: Replay = shop.extensions["replay"].replay
    with shop.app_context():
        (summary,) = replay.recordings.summaries()
        assert summary.captured and summary.tally.requests == 3 and summary.tally.errors == 1
