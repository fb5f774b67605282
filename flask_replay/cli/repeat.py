"""``flask replay test | curl``: repeat what a recording shows."""

from __future__ import annotations

import re

import click

from ..errors import RecordingNotFound
from ..insight import as_curl, as_test
from ..recording.events import Request
from ..recording.model import Recording
from .common import current_replay, current_state, plainly, replay_cli, say

_MOMENT = re.compile(r"(\d{1,9}):([0-5]\d)", re.ASCII)
_AT = "AT is a moment of the story (1:14), or a step's number, counted from 0."


@replay_cli.command("test", short_help="Print a pytest test that repeats a recording.")
@click.argument("id")
@click.option("--wrong", multiple=True, metavar="AT", help=f"A step with a wrong response. {_AT}")
@plainly
def test_(id: str, wrong: tuple[str, ...]) -> None:
    """Print a pytest test that repeats what the visitor of the recording ID did.

    It asserts statuses, redirects, templates, and values that the pages showed. Where the app
    failed, the test asserts that it does not fail. For steps given with --wrong, it also asserts
    that the app does not refuse the request or repeat its response. Such a test fails until the bug
    is fixed. Fill in redacted values yourself. Tokens of forms are taken from the pages.

    \b
    Examples:
      flask replay test 01jd3m4yq8x7c5tkz2v9bnw6ef > tests/test_gift_cards.py
      flask replay test 01jd3m4yq8x7c5tkz2v9bnw6ef --wrong 1:14
    """
    recording = current_replay().recordings.get(id)
    steps = [number_of(recording, at) for at in wrong]
    current_state().audit("view", id)
    say(*as_test(recording, current_state().observing, steps).removesuffix("\n").split("\n"))


@replay_cli.command("curl")
@click.argument("id")
@click.argument("at")
@plainly
def curl(id: str, at: str) -> None:
    """Print one request of the recording ID as a curl command. AT is a moment (1:14), or a step's
    number.

    Redacted values, including cookies, appear as shell variables (MASKED_...), and so does the host
    to send it to (SEND_TO).

    \b
    Example:
      flask replay curl 01jd3m4yq8x7c5tkz2v9bnw6ef 1:14
    """
    recording = current_replay().recordings.get(id)
    request = recording.batches[number_of(recording, at)].request
    assert request is not None
    current_state().audit("view", id)
    say(*as_curl(request).split("\n"))


def number_of(recording: Recording, at: str) -> int:
    """Return the number of the step with a request that a word denotes.

    :param at: the step's number, or a moment. Of several requests in that second, the first one
        that sent data is chosen.
    :raises RecordingNotFound: there is no such step.
    """
    requests = {
        number: batch.request
        for number, batch in enumerate(recording.batches)
        if batch.request is not None and not batch.request.aside
    }
    found = _MOMENT.fullmatch(at)
    if found is not None:
        second = 60 * int(found[1]) + int(found[2])
        then = [
            number for number, request in requests.items() if request.offset_ms // 1000 == second
        ]
        if then:
            return min(then, key=lambda number: (_reads(requests[number]), number))
    elif at.isascii() and at.isdecimal() and len(at) < 10 and int(at) in requests:
        return int(at)
    raise RecordingNotFound(
        f"the recording has no request at {at!r}: give a moment of its story (1:14), or a step"
    )


def _reads(request: Request) -> bool:
    return request.method in {"GET", "HEAD", "OPTIONS"}
