"""The HTTP API for programs that remark on recordings: notes at moments, and tags.

Access requires a token with the scope ``note``, and the app's ``authorize`` must allow ``"view"``
and ``"note"`` for the recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request

from ..errors import ConfigError, DecodeError, RecordingNotFound
from ..recording.remarks import Remarks
from ..storage import Recordings
from ..web.api import Refused, answering, body
from ..web.payloads import NewNote, NewTag
from .api_reading import Reading, reader

_LARGEST = 64 * 1024
"""Bytes of a request body: several times the size of the longest note."""


class RemarkCalls(Reading):
    """The views for programs that remark. Each returns all remarks on the recording."""

    scope = "note"

    @answering
    def note(self, id: str) -> tuple[Remarks, int]:
        """Add a note at a moment, under the token's name."""
        recordings = self._opened(id)
        new = body(NewNote, _LARGEST)
        with _refusing():
            recordings.note(id, new.text, new.at_ms / 1000, reader() or "")
            return recordings.remarks(id), 200

    @answering
    def unnote(self, id: str, note: str) -> tuple[Remarks, int]:
        """Remove a note."""
        recordings = self._opened(id)
        with _refusing():
            recordings.unnote(id, note)
            return recordings.remarks(id), 200

    @answering
    def tag(self, id: str) -> tuple[Remarks, int]:
        """Add a tag."""
        recordings = self._opened(id)
        new = body(NewTag, _LARGEST)
        with _refusing():
            recordings.tag(id, new.tag)
            return recordings.remarks(id), 200

    @answering
    def untag(self, id: str, tag: str) -> tuple[Remarks, int]:
        """Remove a tag. If the recording does not have it, this does nothing."""
        recordings = self._opened(id)
        with _refusing():
            recordings.untag(id, tag)
            return recordings.remarks(id), 200

    def _opened(self, id: str) -> Recordings:
        """Return the recordings if the app's rule allows the token to remark on this one."""
        recording = self._admitted(id)
        if not self._guard().allows("note", recording=recording.summary):
            self._state().audit("refused", id, f"note {request.path}")
            raise Refused(403, "the app's rule does not let this token write remarks")
        return self._state().recordings


@contextmanager
def _refusing() -> Iterator[None]:
    """Refuse remarks that are invalid or do not exist."""
    try:
        yield
    except RecordingNotFound as error:
        raise Refused(404, str(error)) from None
    except ConfigError as error:
        raise Refused(422, str(error)) from None
    except DecodeError as error:
        raise Refused(503, str(error)) from None
