"""The example's own recordings, which are the first that a newcomer sees."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import pytest
from flask import Flask, Response, render_template, request

import example
import flask_replay
from example import cart
from example.visitor import visit
from flask_replay import Filter, Replay
from flask_replay.sanitize.html import mask

from .conftest import Open


@pytest.fixture
def shop(open_shop: Open) -> Flask:
    return open_shop()


def elsewhere(folder: Path) -> list[dict[str, Any]]:
    """Replay the content of a shop's folder in a process that has only Flask-Replay."""
    script = Path(__file__).with_name("replay_elsewhere.py")
    command = [
        sys.executable,
        str(script),
        str(folder / "replay"),
        str(Path(example.__file__).parent),
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(flask_replay.__file__).parents[1])}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=environment
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_the_scripted_visitors_replay_without_the_shop(shop: Flask, tmp_path: Path) -> None:
    """Each frame equals what the visitor saw, rendered by a process that does not have the shop's
    code.
    """
    assert visit(shop) == 4
    found = elsewhere(tmp_path / "shop")
    verdicts = Counter(verdict for recording in found for verdict in recording["verdicts"])
    assert verdicts.keys() == {"identical", "identical but for redacted values", "unfinished"}
    assert verdicts["unfinished"] == 2  # gift cards without a recipient
    assert verdicts.total() > 50
    assert not any(recording["missing"] for recording in found)
    assert [recording["name"] for recording in found] == ["Ann Page", "", "Nora Reads", ""]


def test_a_replayed_page_equals_the_sent_page(shop: Flask, tmp_path: Path) -> None:
    """Not only in its digest: the text itself, except for values redacted in both."""
    sent: dict[str, str] = {}

    def keep(response: Response) -> Response:
        if (
            request.method == "GET"
            and response.mimetype == "text/html"
            and response.status_code != 302
        ):
            sent[unquote(request.full_path.removesuffix("?"))] = response.get_data(as_text=True)
        return response

    shop.after_request(keep)
    visit(shop)
    replayed: dict[str, str] = {}
    # as received: the last of two pages at one URL counts
    for recording in reversed(elsewhere(tmp_path / "shop")):
        replayed |= {
            unquote(url).replace("+", " "): html for url, html in recording["pages"].items()
        }
    sent = {url.replace("+", " "): html for url, html in sent.items()}
    assert len(sent) > 30
    assert replayed.keys() == sent.keys()
    for url, html in sent.items():
        assert mask(replayed[url]) == mask(html), url
    # these pages contain nothing to redact
    assert sum(replayed[url] == html for url, html in sent.items()) > 15


def test_the_visitors_secrets_are_not_in_the_recordings(shop: Flask) -> None:
    """Passwords, tokens and card numbers were sent, and are not kept. An address is."""
    tokens: set[str] = set()

    def note_tokens(response: Response) -> Response:
        if response.mimetype == "text/html":
            tokens.update(
                re.findall(
                    r'name="csrf_token"[^>]* value="([^"]+)"', response.get_data(as_text=True)
                )
            )
        return response

    shop.after_request(note_tokens)
    visit(shop)
    replay: Replay = shop.extensions["replay"].replay
    with shop.app_context():
        recordings = [
            replay.recordings.get(summary.id) for summary in replay.recordings.summaries()
        ]
    kept = "".join(str(event) for recording in recordings for event in recording.events)
    assert "Elm Row 7" in kept
    assert "csrf_token" in kept
    assert tokens
    for secret in {
        "correct horse battery",
        "a book for Nora",
        "a book for me",
        "4111 1111 1111 1111",
        *tokens,
    }:
        assert secret not in kept


def test_the_recordings_take_minutes_and_are_finished(visited: Flask) -> None:
    """By the recorder's clock, the visitors took their time. No event is in another's recording."""
    replay: Replay = visited.extensions["replay"].replay
    with visited.app_context():
        summaries = replay.recordings.summaries()
    assert [summary.status for summary in summaries] == ["finished"] * 4
    assert all(60_000 < summary.duration_ms < 300_000 for summary in summaries)
    starts = [summary.started_at for summary in summaries]
    assert starts == sorted(starts, reverse=True)


def test_scripted_visitors_come_once(visited: Flask) -> None:
    """Starting the example again adds no recordings."""
    assert visit(visited) == 4


def test_the_stories_of_the_scripted_visitors_say_what_they_did(visited: Flask) -> None:
    """Each is made by rules, and contains the facts that somebody who looks for a cause needs."""
    replay: Replay = visited.extensions["replay"].replay
    with visited.app_context():
        stories = [replay.story(summary.id) for summary in replay.recordings.summaries()]
    buyer, unlucky, customer, searcher = ([line.text for line in told.lines] for told in stories)
    assert [told.subject for told in stories] == [
        "Ann Page",
        "A visitor",
        "Nora Reads",
        "A visitor",
    ]
    assert "looked at *Novels* (sort: price)" in buyer
    assert (
        "put *The Salt Road* into the cart (count: 1): “‘The Salt Road’ is in your cart.”, and "
        "came to *Your cart*" in buyer
    )
    assert "tried to use the coupon reader20: refused, “READER20 is for 3 books or more.”" in buyer
    assert "used the coupon spring10: “10% off. Enjoy!”, and came to *Your cart*" in buyer
    assert (
        "asked for /cart/checkout and was sent to *Log in*: “Please log in to access this page.”"
        in buyer
    )
    assert any(
        text.startswith("checked out (name: “Ann Page”") and "*Order no. 0003*" in text
        for text in buyer
    )
    assert "came to /gift-cards: there is no such page (404)" in unlucky
    assert (
        "opened *Gift cards* (amount: 100, friends: empty): it failed with DivisionByZero (500)"
        in unlucky
    )
    assert customer[1:3] == [
        "tried to log in: refused, “Email and password do not match.”",
        "logged in: “Welcome back, Nora Reads.”, and came to *Books*",
    ]
    assert customer[-1] == "logged out"
    assert searcher[:3] == ["opened *Books*", "searched for “clock”", "opened *The Clock Towers*"]
    assert (
        "tried to put *Night Trains* into the cart (count: 200): refused, “Between 0 and 20 "
        "copies, please.”" in searcher
    )
    assert "44 seconds later they tried to check out" in stories[0].text


@pytest.fixture
def repeat(visited: Flask) -> Iterator[Callable[..., None]]:
    """Return a function that runs the test printed by ``flask replay test`` for a recording. Its
    own recordings are deleted.
    """
    replay: Replay = visited.extensions["replay"].replay
    with visited.app_context():
        ids = [summary.id for summary in replay.recordings.summaries()]

    @cache
    def printed_test(number: int, *options: str) -> Callable[[Flask], None]:
        printed = visited.test_cli_runner().invoke(args=["replay", "test", ids[number], *options])
        assert printed.exit_code == 0, printed.output
        module: dict[str, Any] = {}
        exec(compile(printed.stdout, "printed.py", "exec"), module)
        (test,) = (value for name, value in module.items() if name.startswith("test_"))
        return cast("Callable[[Flask], None]", test)

    yield lambda number, *options: printed_test(number, *options)(visited)
    with visited.app_context():
        replay.flush()
        for id in set(replay.recordings.storage.touched()):
            replay.recordings.delete(id)


def test_a_recording_turned_into_a_test_fails_until_the_bug_is_fixed(
    visited: Flask, repeat: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken page need not be named, but a refusal must, because only a person knows that it was
    wrong.
    """
    buyer, unlucky, searcher = 0, 1, 3
    repeat(searcher)  # who met no bug, and whose pages are unchanged
    for number, options in ((unlucky, ()), (buyer, ("--wrong", "1:14"))):
        with pytest.raises(AssertionError):
            repeat(number, *options)

    replay: Replay = visited.extensions["replay"].replay
    with visited.app_context():
        recording = replay.recordings.get(
            replay.recordings.summaries(where=Filter(name="Ann Page"))[0].id
        )
        at = next(
            number
            for number, one in enumerate(recording.frames)
            if "READER20 is" in str(one.trace.answers)
        )
        state = replay.state(recording.summary.id, at)
    rows, books = state.node("cart.rows"), state.node("cart.rows|sum(attribute='copies')")
    assert rows is not None and books is not None
    # two titles
    assert [node.name for node in rows.children] == ["[0]", "[1]", "|sum(attribute='copies')"]
    assert books.value == 3  # and three books, which is what the coupon is for

    card = visited.view_functions["gifts.card"]
    monkeypatch.setattr(cart, "refusal", lambda code, cart: "")
    monkeypatch.setitem(
        visited.view_functions,
        "gifts.card",
        lambda: (
            card()
            if request.args.get("friends") or not request.args
            else render_template("gift.html", amounts=())
        ),
    )
    repeat(unlucky)
    repeat(buyer, "--wrong", "1:14")


def test_the_command_line_lists_and_verifies_them(visited: Flask) -> None:
    """``flask --app example replay list`` prints the visitors, and ``verify`` finds no different
    frame.
    """
    runner = visited.test_cli_runner()
    listed = runner.invoke(args=["replay", "list"])
    assert listed.exit_code == 0
    assert "Ann Page" in listed.output
    verified = runner.invoke(args=["replay", "verify"])
    assert verified.exit_code == 0, verified.output


def test_the_player_is_open_in_debug_mode_only(open_shop: Open) -> None:
    """Somebody who runs the example sees the list. A deployed shop shows nothing."""
    for config, status in (({"DEBUG": True}, 200), ({"DEBUG": False}, 404)):
        shop = open_shop(f"debug-{status}", **config)
        with shop.test_client().get("/replay/") as answer:
            assert answer.status_code == status
