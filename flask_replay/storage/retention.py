"""Keep the archive from growing without end: by age, by count, and the templates nobody uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from ..errors import DecodeError, RecordingNotFound
from ..recording.ids import is_id
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
    old = _id_of_time(present - max_age)
    surplus = [name for number, name in enumerate(ids) if number >= max_recordings or name < old]
    delete(storage, surplus, progress)
    _forget_templates(storage, present)
    return len(surplus)


def delete(storage: Storage, ids: list[str], progress: Progress | None = None) -> None:
    """Delete recordings, one at a time."""
    for number, name in enumerate(ids, 1):
        storage.delete(name)
        if progress is not None:
            progress(number, len(ids))


def _id_of_time(seconds: float) -> str:
    """Give a text that sorts before the ids made since a time and behind those made before."""
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    number = max(0, int(seconds * 1000))  # the first ten letters of an id
    return "".join(alphabet[number >> shift & 31] for shift in range(45, -1, -5))


def _forget_templates(storage: Storage, now: float) -> None:
    idle = [key for key, written in storage.templates() if now - written > _SPARED]
    if not idle:
        return
    used = set(_used(storage))
    if None in used:
        return  # a recording that cannot be read may use any of them
    for key in idle:
        if key not in used:
            storage.delete_template(key)


def _used(storage: Storage) -> Iterator[str | None]:
    for name in storage.ids():
        try:
            yield from storage.documents(name)
        except RecordingNotFound:
            continue
        except DecodeError:
            yield None
    for name in storage.touched():
        if is_id(name):
            try:
                for entry in storage.read(name).entries:
                    yield from entry.documents
            except RecordingNotFound:
                continue
