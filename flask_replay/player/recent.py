"""A cache of the recordings that people look at, because a player makes many requests for each."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from weakref import WeakKeyDictionary

from ..errors import RecordingNotFound
from ..recording.events import Frame
from ..recording.ids import is_id
from ..recording.model import Recording
from ..recording.summary import RecordingStatus
from ..single_flight import SingleFlight
from ..storage import Recordings

_KEPT = 8
_YOUNG = 0.1
"""Seconds for which all viewers of a running recording get the same data."""


class Recent:
    """Caches the last few recordings. A running one is read again when it has new entries."""

    def __init__(self) -> None:
        self._decoded: WeakKeyDictionary[Recordings, OrderedDict[str, Recording]] = (
            WeakKeyDictionary()
        )
        self._asked = ""
        self._looked: dict[str, float] = {}
        self._lock = threading.Lock()
        self._turns = SingleFlight()

    def get(self, recordings: Recordings, recording_id: str) -> Recording:
        """Return a recording.

        :raises RecordingNotFound: there is none with this id, or it was deleted.
        :raises DecodeError: it cannot be read.
        """
        if not is_id(recording_id):
            raise RecordingNotFound(f"{recording_id!r} is not the id of a recording")
        kept = self._of(recordings)
        with self._turns.of((id(recordings), recording_id)):
            with self._lock:
                known = kept.get(recording_id)
            finished = recordings.storage.finished(recording_id)
            if known is None or known.summary.status == RecordingStatus.ACTIVE or not finished:
                known = self._read(recordings, recording_id, known)
            with self._lock:
                kept[recording_id] = known
                kept.move_to_end(recording_id)
                while len(kept) > _KEPT:
                    kept.popitem(last=False)
        return known

    def frame(self, recordings: Recordings, recording_id: str, number: int) -> Frame:
        """Return one frame of a recording.

        A caller that asks for a second one may ask for many, so the whole recording is then decoded
        and cached.

        :raises RecordingNotFound: there is no such recording, or it has no such frame.
        :raises DecodeError: it cannot be read.
        """
        with self._lock:
            again = recording_id in {*self._of(recordings), self._asked}
            self._asked = recording_id
        if not again and is_id(recording_id):
            with suppress(RecordingNotFound):  # it is not finished
                found = recordings.frame(recording_id, number)
                if found is not None:
                    return found
        frames = list(self.get(recordings, recording_id).frames)
        if not 0 <= number < len(frames):
            raise RecordingNotFound(
                f"the recording {recording_id} has {len(frames)} frames, but none numbered {number}"
            )
        return frames[number]

    def watch(self, recordings: Recordings, recording_id: str) -> Recording:
        """Return a recording as it was at most a moment ago, for viewers who poll.

        :raises RecordingNotFound: there is none with this id, or it was deleted.
        :raises DecodeError: it cannot be read.
        """
        with self._lock:
            known = self._of(recordings).get(recording_id)
            young = time.monotonic() - self._looked.get(recording_id, -math.inf) < _YOUNG
            if known is not None and young:
                return known
            if len(self._looked) > _KEPT:
                self._looked.clear()
            self._looked[recording_id] = time.monotonic()
        return self.get(recordings, recording_id)

    def _of(self, recordings: Recordings) -> OrderedDict[str, Recording]:
        return self._decoded.setdefault(recordings, OrderedDict())

    @staticmethod
    def _read(recordings: Recordings, recording_id: str, known: Recording | None) -> Recording:
        if known is None or known.summary.status != RecordingStatus.ACTIVE:
            return recordings.get(recording_id)
        with suppress(RecordingNotFound):
            if recordings.storage.size(recording_id) == known.summary.size:
                return known
            return recordings.get_active(recording_id, known)
        return recordings.get(recording_id)
