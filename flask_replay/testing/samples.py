"""Sample recordings for tests of stores."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import product

from ..codec import encode_batch
from ..errors import RecordingNotFound
from ..recording.batch import Batch
from ..recording.events import Error, Request
from ..recording.gathering import facets_of
from ..recording.ids import new_id
from ..recording.summary import Tally
from ..storage import Entry, Head, Storage, finalize


def entry(
    number: int,
    offset: int = 0,
    method: str = "GET",
    documents: tuple[str, ...] = (),
    size: int = 3,
    name: str = "",
    error: bool = False,
) -> Entry:
    """Return an entry whose URL is its number.

    :param offset: milliseconds since the recording started.
    :param size: characters of the response.
    :param error: the entry contains an error.
    """
    request = Request(offset_ms=offset, method=method, url=f"/{number}", parts=("x" * size,))
    batch = Batch((request, Error(offset_ms=offset, type="ValueError")) if error else (request,))
    return Entry(
        number=number,
        offset_ms=offset,
        end_ms=offset + 5,
        tally=Tally.of(batch),
        facets=facets_of(batch),
        payload=encode_batch(batch),
        landing=f"/{number}",
        name=name,
        documents=documents,
    )


def head(started: float | None = None) -> Head:
    """Return the head of a new recording.

    :param started: seconds since 1970; the present time if omitted.
    """
    moment = time.time() if started is None else started
    return Head(id=new_id(moment), started_at=moment)


def begun(
    storage: Storage,
    started: float | None = None,
    documents: tuple[str, ...] = (),
    name: str = "",
    error: bool = False,
) -> Head:
    """Record two pages, the second one by POST, and return the head of the recording."""
    first = head(started)
    storage.append(first, "w", [entry(0, name=name), entry(1, 10, "POST", documents, error=error)])
    return first


def finished(
    storage: Storage,
    started: float | None = None,
    documents: tuple[str, ...] = (),
    name: str = "",
    error: bool = False,
) -> str:
    """Record two pages, finalize the recording, and return its id."""
    recording_id = begun(storage, started, documents, name, error).id
    assert finalize(storage, recording_id, "me") is not None
    return recording_id


def all_refuse(methods: Iterable[Callable[[str], object]], names: Iterable[str]) -> None:
    """Check that each of a store's methods raises ``RecordingNotFound`` for each of the names."""
    accepted = []
    for method, name in product(methods, names):
        with suppress(RecordingNotFound):
            method(name)
            accepted.append((method, name))
    assert not accepted
