"""Replay everything in a store, in a process that has no access to the shop.

Run with the folder of the storage and that of the shop: what imports the shop, or opens one of its
files, fails. Prints, as JSON, what was found for each recording: its verdicts, what its frames
missed, and its pages.
"""

from __future__ import annotations

import json
import sys
from typing import Any

storage, shop = sys.argv[1:]


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and str(arguments[0]).startswith(shop):
        raise PermissionError(f"a replay opened {arguments[0]}")


sys.addaudithook(refuse)
for gone in ("example", "flask_login", "flask_sqlalchemy", "flask_wtf", "sqlalchemy", "wtforms"):
    sys.modules[gone] = None  # type: ignore[assignment]

from flask_replay.engine.replaying import Renderer, page, verify_all  # noqa: E402
from flask_replay.storage import FileStorage, Recordings  # noqa: E402

recordings = Recordings(FileStorage(storage), 1_000, 1e9)
renderer = Renderer(recordings.document)
found = []
for summary in recordings.summaries():
    recording = recordings.get(summary.id)
    verdicts = verify_all(summary.id, recording.frames, renderer).verdicts
    found.append(
        {
            "name": summary.name,
            "verdicts": [verdict.verdict for verdict in verdicts],
            "missing": [name for verdict in verdicts for name in verdict.missing],
            "pages": {
                batch.request.url: page(batch, renderer).html
                for batch in recording.batches
                if batch.request is not None
                and batch.request.method == "GET"
                and batch.request.parts
            },
        }
    )
print(json.dumps(found))
