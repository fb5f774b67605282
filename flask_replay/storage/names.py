"""Check the names of files and rows: ids, content hashes and names of workers, and nothing else."""

from __future__ import annotations

import re

from ..errors import RecordingNotFound, StorageError
from ..recording.ids import is_id, made_at
from ..recording.summary import Summary

NOTED = b"captured".hex()
"""The prefix of the keys of documents that no recording uses and that cleanup keeps. No content
hash will ever have it.
"""

LINKED = NOTED + b"link".hex()
"""The prefix of the keys of links to recordings."""

_HASH = re.compile(r"[0-9a-f]{32}")
_WORKER = re.compile(r"[A-Za-z0-9_.-]{1,80}")


def is_hash(text: object) -> bool:
    """Whether a text has the form of a content hash."""
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


def checked_id(recording_id: str) -> str:
    """Return an id unchanged.

    :raises RecordingNotFound: it is not an id.
    """
    if not is_id(recording_id):
        raise RecordingNotFound(f"{recording_id!r:.80} is not the id of a recording")
    return recording_id


def checked_hash(key: str) -> str:
    """Return a content hash unchanged.

    :raises RecordingNotFound: it is not a content hash.
    """
    if not is_hash(key):
        raise RecordingNotFound(f"{key!r:.80} is not a content hash")
    return key


def checked_worker(worker: str) -> str:
    """Return the name of a worker unchanged.

    :raises StorageError: it is not a worker's name.
    """
    if not _WORKER.fullmatch(worker):
        raise StorageError(f"{worker!r:.80} cannot name a segment")
    return worker


def unreadable(recording_id: str, status: str, size: int = 0) -> Summary:
    """Return the summary that a list shows for a recording that cannot be read."""
    return Summary(
        id=recording_id,
        status=status,
        started_at=made_at(recording_id),
        size=size,
        flags=("unreadable",),
    )
