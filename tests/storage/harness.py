"""What tests of storage share: stores to try, and recordings to put into them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from flask_replay.codec import encode_batch
from flask_replay.recording.ids import new_id
from flask_replay.recording.model import Batch, Request, Tally
from flask_replay.storage import Entry, FileStorage, Head, Storage, finalize

STORES: dict[str, Callable[[Path], Storage]] = {
    "files": lambda folder: FileStorage(folder / "replay"),
    "synced": lambda folder: FileStorage(folder / "replay", fsync=True),
}
"""Every implementation of the protocols; one that is added here has to keep the whole contract."""


def entry(
    number: int, offset: int = 0, method: str = "GET", documents: tuple[str, ...] = (), size: int = 3, name: str = ""
) -> Entry:
    """Make an entry whose URL is its number."""
    batch = Batch((Request(offset_ms=offset, method=method, url=f"/{number}", parts=("x" * size,)),))
    return Entry(
        number=number, offset_ms=offset, end_ms=offset + 5, tally=Tally.of(batch), payload=encode_batch(batch),
        landing=f"/{number}", name=name, documents=documents,
    )  # fmt: skip


def head(started: float | None = None) -> Head:
    """Make the head of a new recording."""
    moment = time.time() if started is None else started
    return Head(id=new_id(moment), started_at=moment)


def begun(storage: Storage, started: float | None = None, documents: tuple[str, ...] = ()) -> Head:
    """Record two pages, the second one posted."""
    first = head(started)
    storage.append(first, "w", [entry(0), entry(1, 10, "POST", documents)])
    return first


def finished(storage: Storage, started: float | None = None, documents: tuple[str, ...] = ()) -> str:
    """Record two pages and finish the recording."""
    name = begun(storage, started, documents).id
    assert finalize(storage, name, "me") is not None
    return name
