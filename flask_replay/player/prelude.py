"""The script that runs before a page's own scripts, if the viewer lets these run."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from zlib import crc32

import msgspec
from werkzeug import Response

from ..recording.batch import Batch
from ..recording.device import described_device, headers_of, languages_of
from ..recording.model import Recording
from . import assets
from .files import Files
from .media import values_of
from .recorded_files import RecordedAnswer, RecordedFiles

_MAX_DATA = 5_000_000
"""The most bytes of answers that are put into a page for its scripts."""


def prelude_of(
    recording: Recording,
    steps: tuple[int, int],
    recorded: RecordedFiles,
    files: Files | None,
    html_of: Callable[[Batch], str],
    url: str = "/",
) -> str:
    """Return the script that runs before a page's scripts. It sets the time of the step and seeds
    random numbers.

    :param steps: the number of the page's step, and of the step that is shown.
    :param recorded: the files and answers of the recording.
    :param files: the files that scripts may load.
    :param html_of: returns the page of a batch.
    :param url: path and query of the page's address.
    """
    page, number = steps
    answers = recorded.answers(recording, page, html_of)
    statuses = (answer.status for answer in answers.values())
    moment = (
        round(1000 * recording.summary.started_at) + recording.batches[number].events[0].offset_ms
    )
    request = recording.batches[page].request
    seed = crc32(recording.summary.id.encode()) + number
    known = {
        "moment": moment,
        "seed": seed,
        "files": {} if files is None else files.addresses_by_url(),
        "media": values_of(recorded.device),
        "url": url,
        "referrer": request.request_headers.get("Referer", "") if request is not None else "",
        "navigator": _navigator(recording),
        "answers": _first(answers),
        "messages": recorded.messages(recording, page, number),
        "phrases": {status: _phrase(status) for status in {HTTPStatus.OK, *statuses}},
    }
    settings = msgspec.json.encode(known)
    # as a text that the script parses: in its own code, a name such as __proto__ means something
    written = msgspec.json.encode(settings.decode()).replace(b"<", b"\\u003c")
    text = (assets.folder("static") / "page" / "prelude.js").read_text("utf-8")
    return text.replace("SETTINGS", f"JSON.parse({written.decode()})")


def _phrase(status: int) -> str:
    """Return the text that Werkzeug sends after a status."""
    return Response(status=status).status.partition(" ")[2]


def _navigator(recording: Recording) -> dict[str, Any]:
    """Return what scripts read about the visitor's browser."""
    headers = headers_of(recording.batches)
    agent, languages = headers.get("User-Agent"), languages_of(headers.get("Accept-Language", ""))
    if not agent:
        return {}
    points = 5 if described_device(headers, recording.summary.facets).has_touch_screen else 0
    known = {"userAgent": agent, "maxTouchPoints": points}
    return {**known, "language": languages[0], "languages": languages} if languages else known


def _first(answers: dict[str, RecordedAnswer]) -> dict[str, msgspec.Raw]:
    """Return the first answers that a page got, as many as it can hold."""
    found: dict[str, msgspec.Raw] = {}
    left = _MAX_DATA
    for name, answer in answers.items():
        encoded = msgspec.json.encode(answer)
        left -= len(encoded)
        if left >= 0:
            found[name] = msgspec.Raw(encoded)
    return found
