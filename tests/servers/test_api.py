"""A program records itself over HTTP with an app that four workers serve."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from flask_replay.recording.events import Action
from flask_replay.web.api import token_hash

from .serving import DEADLINE, example_site, gunicorn

TOKEN = "replay_of-a-bot"
FOUR = gunicorn("--threads", "2", "--preload", workers=4)


def test_actions_sent_to_any_worker_are_stored_once(tmp_path: Path) -> None:
    """Even if they are sent again to another one. The recording also contains the pages of the
    shop, which has CSRF protection.
    """
    tokens = {"bot": token_hash(TOKEN)}
    site = example_site(tmp_path, f"REPLAY_FLUSH_INTERVAL=1.0, REPLAY_API_TOKENS={tokens!r}")
    with site.serve(FOUR) as server:
        address = f"http://127.0.0.1:{server.port}"

        def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
            request = Request(
                f"{address}/replay/api/recordings{path}", json.dumps(body).encode(), headers
            )
            with urlopen(request, timeout=DEADLINE) as answer:
                found: dict[str, Any] = json.load(answer)
            return found

        begun = post("", {"name": "remote"})
        id = begun["id"]

        def act(numbers: list[int]) -> None:
            for number in numbers:
                post(
                    f"/{id}/actions",
                    {"sequence": number, "type": "click", "selector": f"#n{number}"},
                )

        threads = [threading.Thread(target=act, args=(list(range(1, 51)),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(1, 5):
            urlopen(
                Request(f"{address}/book/{number}", headers=begun["headers"]), timeout=DEADLINE
            ).read()
        for thread in threads:
            thread.join()
        # by several workers
        server.wait_until(lambda: site.recordings.get_active(id).summary.tally.pages == 4)
        assert post(f"/{id}/complete", {})["status"] == "completed"
        assert post(f"/{id}/complete", {})["status"] == "completed"
    found = site.recordings.get(id)
    actions = [event for event in found.events if isinstance(event, Action)]
    assert sorted(action.sequence for action in actions) == list(range(1, 51))
    assert (found.summary.name, found.summary.status, found.summary.tally.pages) == (
        "remote",
        "finished",
        4,
    )
