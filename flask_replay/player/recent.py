"""The recordings that somebody looks at just now, decoded once for the many requests of a player."""

from __future__ import annotations

import threading
from collections import OrderedDict
from weakref import WeakKeyDictionary

from ..errors import RecordingNotFound
from ..recording.ids import is_id
from ..recording.model import Recording
from ..storage import Recordings

_KEPT = 8


class Recent:
    """Keeps the last few finished recordings; running ones are read anew each time."""

    def __init__(self) -> None:
        self._decoded: WeakKeyDictionary[Recordings, OrderedDict[str, Recording]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def get(self, recordings: Recordings, recording_id: str) -> Recording:
        """Give a recording.

        :raises RecordingNotFound: there is none with this id, or it is gone since.
        :raises DecodeError: it cannot be read.
        """
        if not is_id(recording_id):
            raise RecordingNotFound(f"{recording_id!r} is no id of a recording")
        if not recordings.storage.finished(recording_id):
            return recordings.get(recording_id)
        with self._lock:
            kept = self._decoded.setdefault(recordings, OrderedDict())
            recording = kept.pop(recording_id, None)
        recording = recording or recordings.get(recording_id)
        with self._lock:
            kept[recording_id] = recording
            while len(kept) > _KEPT:
                kept.popitem(last=False)
        return recording
