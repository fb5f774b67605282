"""Handmade recordings, and an app that shows them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flask import Flask

from flask_replay import Replay
from flask_replay.codec import encode_batch, encode_recording
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Error, Request
from flask_replay.recording.facets import merged
from flask_replay.recording.gathering import facets_of
from flask_replay.recording.ids import new_id
from flask_replay.recording.summary import Summary, Tally
from flask_replay.storage import FileStorage
from flask_replay.storage.protocols import Entry, Head

STARTED = 1_780_000_000.0
_SECONDS = itertools.count()


def page(title: str, body: str = "") -> str:
    """Return a whole page of HTML."""
    return f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"


def step(
    offset_ms: int,
    url: str = "/",
    html: str | None = None,
    *,
    errors: Sequence[Error] = (),
    **fields: Any,
) -> Batch:
    """Return the batch of one request.

    :param html: the page it was answered with; none when left out.
    :param fields: of :class:`Request`.
    """
    fields = {
        "method": "GET",
        "status": 200,
        "host": "https://shop.example",
        "duration_ms": 20,
        **fields,
    }
    parts = () if html is None else (html,)
    return Batch((Request(offset_ms=offset_ms, url=url, parts=parts, **fields), *errors))


def summarize(batches: Sequence[Batch], **fields: Any) -> Summary:
    """Return summaries of batches, each a second newer than the previous one."""
    number = next(_SECONDS)
    tally = sum((Tally.of(batch) for batch in batches), Tally())
    ends = [
        event.offset_ms + getattr(event, "duration_ms", 0)
        for batch in batches
        for event in batch.events
    ]
    first = batches[0].request if batches else None
    made = {
        "id": new_id(STARTED + number),
        "status": "finished",
        "started_at": STARTED + number,
        "duration_ms": max(ends, default=0),
        "tally": tally,
        "facets": merged(map(facets_of, batches)),
        "landing": first.url if first is not None else "",
    }
    return Summary(**{**made, **fields})


def keep(storage: FileStorage, batches: Sequence[Batch], **fields: Any) -> str:
    """Put a finished recording into a store.

    :param fields: of its :class:`Summary`.
    :returns: its id.
    """
    summary = summarize(batches, **fields)
    storage.save(
        summary.id,
        encode_recording(
            summary, [(batch.events[0].offset_ms, encode_batch(batch)) for batch in batches]
        ),
    )
    return summary.id


def go_on(
    storage: FileStorage,
    recording_id: str,
    batches: Sequence[Batch],
    number: int = 0,
    *,
    worker: str = "worker",
) -> None:
    """Append to a running recording.

    :param number: how many entries the worker has already appended.
    """
    entries = [
        Entry(
            number=number + index,
            offset_ms=batch.events[0].offset_ms,
            end_ms=batch.events[-1].offset_ms,
            tally=Tally.of(batch),
            facets=facets_of(batch),
            payload=encode_batch(batch),
        )
        for index, batch in enumerate(batches)
    ]
    storage.append(Head(id=recording_id, started_at=STARTED), worker, entries)


def make_app(
    folder: Path,
    authorize: Callable[..., Any] | None = None,
    *,
    debug: bool = True,
    secret_key: str | None = "only for tests",
    url_prefix: str | None = "/replay",
    recorded: bool = False,
    **config: Any,
) -> Flask:
    """Return an app with a player, which by default is not recorded."""
    app = Flask(__name__, static_folder=None)
    app.config.update(REPLAY_ENABLED=recorded, SECRET_KEY=secret_key, **config)
    app.debug = debug
    Replay(app, storage=FileStorage(folder), authorize=authorize, url_prefix=url_prefix)
    return app


TOUR = [
    step(0, "/", page("Welcome")),
    step(1000, "/cart", page("Cart", "<p>Two books</p>"), duration_ms=40),
    step(
        1000,
        "/cart/1",
        method="POST",
        status=302,
        redirect="/cart",
        form={"count": ["2"], "password": ["[redacted]"]},
    ),
    step(1000, "/cart?added=1", page("Cart again")),
    step(
        61_000,
        "/api/stock.json",
        mimetype="application/json",
        size=2048,
        json={"ids": [1, 2], "deep": {"flag": True}},
    ),
    step(
        62_000,
        "/pay",
        page("Sorry"),
        status=500,
        errors=[
            Error(
                offset_ms=62_010,
                type="app.PaymentError",
                message="no gateway",
                traceback="Traceback …\n  pay()",
            )
        ],
    ),
    step(64_000, "/bye", page("Goodbye")),
]
"""A visit with three steps in one millisecond, a minute without events, and an error."""
