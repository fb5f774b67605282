"""Keep the archive from growing without end: by age, by count, and the templates nobody uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from ..errors import DecodeError, RecordingNotFound, StorageError
from ..recording.ids import first_id
from .protocols import Storage

Progress = Callable[[int, int], object]
"""Is told how many of how many are done."""

_SPARED = 3600.0
"""Seconds for which a template is kept though no recording names it: one is perhaps being written."""


def cleanup(
    storage: Storage,
    max_recordings: int,
    max_age: float,
    *,
    now: float | None = None,
    progress: Progress | None = None,
) -> int:
    """Delete the finished recordings that are too old or too many, then unused templates.

    :param max_recordings: how many of the newest stay.
    :param max_age: seconds after its start for which one stays.
    :param now: seconds since 1970; the present when left out.
    :returns: how many recordings were deleted.
    """
    present = time.time() if now is None else now
    ids = storage.ids()
    old = first_id(present - max_age)
    surplus = [name for number, name in enumerate(ids) if number >= max_recordings or name < old]
    delete(storage, surplus, progress)
    for name, touched in storage.touched().items():
        if touched < present - max_age:
            storage.drop(name)  # nobody could finish it in all this time: it cannot be read
    _forget_templates(storage, present)
    return len(surplus)


def delete(storage: Storage, ids: list[str], progress: Progress | None = None) -> None:
    """Delete recordings, one at a time."""
    for number, name in enumerate(ids, 1):
        storage.delete(name)
        if progress is not None:
            progress(number, len(ids))


def _forget_templates(storage: Storage, now: float) -> None:
    used = set(_used(storage))
    if None in used:
        return  # a recording that cannot be read may use any of them
    for key, written in storage.templates():
        if now - written > _SPARED and key not in used:
            storage.delete_template(key)


def _used(storage: Storage) -> Iterator[str | None]:
    """Give what is used by recordings; first of those in progress, since they may be finished meanwhile."""
    for name in storage.touched():
        with suppress(RecordingNotFound):
            try:
                for entry in storage.read(name).entries:
                    yield from entry.documents
            except (DecodeError, StorageError):
                yield None
    for name in storage.ids():
        with suppress(RecordingNotFound):
            try:
                yield from storage.documents(name)
            except (DecodeError, StorageError):
                yield None
