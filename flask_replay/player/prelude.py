"""The script that runs before a page's own scripts, if the viewer lets these run."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import msgspec

from ..recording.model import Recording
from . import assets

_MAX_DATA = 5_000_000
"""The most bytes of JSON documents, and of HTML, that are put into a page for its scripts."""


def prelude_of(
    recording: Recording,
    number: int,
    files: dict[str, str],
    media: dict[str, str],
    answers: dict[str, dict[str, Any]],
) -> str:
    """Return the script that runs before a page's scripts. It sets the time of the step and seeds
    random numbers.

    :param files: the viewer's addresses of files, which scripts may load.
    :param media: the values of the visitor's media features.
    :param answers: what the page requested, by address: JSON documents as ``data``, HTML as
        ``texts``.
    """
    moment = (
        round(1000 * recording.summary.started_at) + recording.batches[number].events[0].offset_ms
    )
    seed = crc32(recording.summary.id.encode()) + number
    known = {"moment": moment, "seed": seed, "files": files, "media": media}
    first = {kind: _first(documents) for kind, documents in answers.items()}
    settings = msgspec.json.encode({**known, **first})
    # as a text that the script parses: in its own code, a name such as __proto__ means something
    written = msgspec.json.encode(settings.decode()).replace(b"<", b"\\u003c")
    text = (assets.folder("static") / "page" / "prelude.js").read_text("utf-8")
    return text.replace("SETTINGS", f"JSON.parse({written.decode()})")


def _first(data: dict[str, Any]) -> dict[str, msgspec.Raw]:
    """Return the first responses of a page, as many as it can hold."""
    found: dict[str, msgspec.Raw] = {}
    left = _MAX_DATA
    for address, document in data.items():
        encoded = msgspec.json.encode(document)
        left -= len(encoded)
        if left >= 0:
            found[address] = msgspec.Raw(encoded)
    return found
