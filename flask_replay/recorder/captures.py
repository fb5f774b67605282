"""Capture by hand: while a capture runs, every matching visitor is recorded in full. It ends with
:meth:`Capturing.stop`, or, unless it is detached, with the process that started it.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase

import msgspec
from flask import Request

from ..boundary import Boundary
from ..capture_state import ActiveSession, describe, new_capture
from ..codec import digest_key
from ..errors import (
    DecodeError,
    NoActiveRecording,
    RecordingInProgress,
    RecordingNotFound,
    StorageError,
)
from ..recording.summary import RecordingStatus, Summary
from ..storage import Filter, Recordings, Storage
from ..storage.lifecycle.retention import CAPTURING
from ..storage.names import NOTED
from ..storage.sealing.stores import title
from ..storage.time_limited import ANSWERS, time_limited
from .delivery.encoding import captured_flag
from .delivery.writer import WRITER_PAUSE, Writer
from .processes import after_fork

PARAMETER = "replay-capture"
"""The query parameter that marks a browser for a capture of only that browser."""

_DELAY = 0.25
"""Seconds that a read of the store is expected to take."""

_PATIENCE = 0.03
"""Seconds for which the first request of a process waits for the first read. Without threads, one
request each second waits as long.
"""

_LEASE = 5.0
"""Seconds for which the right to change the capture is leased."""

_EARLY = 60.0
"""Seconds by which the clocks of the recording machines may differ."""
_PAGE = 200


class Capturing:
    """The capture by hand, shared by all workers of all machines that use one store.

    The store keeps it as a document, under a fixed name instead of a content hash. A thread of the
    writer reads that document, so that a hanging store does not block requests.

    :param app: the name of the app; other apps may share the store.
    :ivar ready: whether this process has read the capture, or has stopped waiting for that.
    """

    def __init__(self, storage: Storage, app: str, writer: Writer, boundary: Boundary) -> None:
        self.storage = storage
        self._prompt = time_limited(storage, ANSWERS)
        self._hasty = time_limited(storage, _PATIENCE)
        self.key = f"{NOTED}{digest_key(app.encode())[len(NOTED) :]}"
        self.writer = writer
        self.boundary = boundary
        self._forget()
        after_fork(self._forget)
        writer.watchers.append(self.look)

    def _forget(self) -> None:
        self.ready = False
        self._next = 0.0
        self._found: ActiveSession | None = None
        self._looked = threading.Event()

    @property
    def current(self) -> ActiveSession | None:
        """Return the running capture, as of about a second ago."""
        if not self.ready:
            self._await_first_read()
        return self._found

    def _await_first_read(self) -> None:
        """Wait briefly for the first read of this process. Without threads, read now.

        Before the writer starts, nothing is read.
        """
        if not self.writer.started:
            return
        if self.writer.threadless:
            if time.monotonic() >= self._next:
                self._next = time.monotonic() + WRITER_PAUSE
                with self.boundary.guard("look for a capture"):
                    self._found = _living(self._read(self._hasty))
        else:
            self._looked.wait(_PATIENCE)
            self.ready = True

    def look(self) -> None:
        """Read which capture is running. Clean up one whose process died on this machine."""
        found = self._read(self.storage)
        if found is not None and found.is_dead:
            self._delete(found)
        self._found = _living(found)
        self._looked.set()

    def now(self) -> ActiveSession:
        """Return the running capture, read from the store now.

        :raises NoActiveRecording: no capture is running.
        """
        self._found = _living(self._read(self._prompt))
        if self._found is None:
            raise NoActiveRecording("nothing is being recorded")
        return self._found

    def _read(self, storage: Storage) -> ActiveSession | None:
        if not storage.has_template(self.key):
            return None
        try:
            return msgspec.json.decode(storage.get_template(self.key), type=ActiveSession)
        except (RecordingNotFound, DecodeError, msgspec.MsgspecError):
            return None  # it was stopped just now, or is malformed and the next one replaces it

    def _delete(self, capture: ActiveSession) -> None:
        """Delete the document of a capture, unless it already describes another one."""
        with self._alone(capture.id):
            found = self._read(self._prompt)
            if found is None or found.id == capture.id:
                self._prompt.delete_template(self.key)

    @contextmanager
    def _alone(self, owner: str) -> Iterator[None]:
        """Keep other processes from changing the capture.

        :raises StorageError: another process holds the lease for too long.
        """
        deadline = time.monotonic() + 2 * _LEASE
        while not self._prompt.lease(CAPTURING, owner, _LEASE):
            if time.monotonic() > deadline:
                raise StorageError("another process keeps changing the capture; try again")
            time.sleep(0.05)
        try:
            yield
        finally:
            self._prompt.release(CAPTURING, owner)

    def start(
        self,
        name: str,
        *,
        user: str = "",
        path: str = "",
        only_me: bool = False,
        detached: bool = False,
    ) -> ActiveSession:
        """Start a capture.

        :param user: capture only the visitor of this name.
        :param path: capture only visitors who request a matching path, such as ``/checkout/*``.
        :param only_me: capture only browsers marked by the query parameter :data:`PARAMETER` with
            the value of ``only["browser"]``.
        :param detached: whether the capture runs until it is stopped; otherwise it also ends with
            this process.
        :raises RecordingInProgress: a capture is already running.
        :raises StorageError: the store fails.
        """
        browser = secrets.token_urlsafe(9) if only_me else ""
        only = {
            key: value
            for key, value in (("user", user), ("path", path), ("browser", browser))
            if value
        }
        capture = new_capture(name, title(self.storage), only=only, detached=detached)
        with self._alone(capture.id):
            other = self._read(self._prompt)
            if other is not None and not other.is_dead:
                raise RecordingInProgress(describe(other))
            self._prompt.delete_template(self.key)
            self._prompt.put_template(self.key, msgspec.json.encode(capture))
        self._found = capture
        return capture

    def stop(self, writer: Writer, recordings: Recordings) -> tuple[ActiveSession, list[Summary]]:
        """Stop the capture, wait until every worker knows, and finalize its recordings.

        :raises NoActiveRecording: no capture is running.
        :raises StorageError: the store fails.
        """
        capture = self.now()
        self._delete(capture)
        self._found = None
        time.sleep(WRITER_PAUSE + _DELAY + 1.5 * writer.settings.flush_interval)
        writer.flush()
        for summary in captured(recordings, capture):
            if summary.status == RecordingStatus.ACTIVE:
                writer.maintenance.finalize(summary.id)
        return capture, captured(recordings, capture)


def _living(found: ActiveSession | None) -> ActiveSession | None:
    return None if found is None or found.is_dead else found


def matches(capture: ActiveSession, request: Request, name: str) -> bool:
    """Whether a capture records the visitor of a request.

    :param name: the visitor's name, if the capture is limited to one.
    """
    only = capture.only
    return (
        (not only.get("user") or only["user"] == name)
        and (not only.get("path") or fnmatchcase(request.path, only["path"]))
        and (not only.get("browser") or _same(request.args.get(PARAMETER, ""), only["browser"]))
    )


def _same(sent: str, expected: str) -> bool:
    """Whether two texts are equal, compared in constant time."""
    return hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode())


def captured(recordings: Recordings, capture: ActiveSession) -> list[Summary]:
    """Return the recordings made for a capture, oldest first."""
    flag = captured_flag(capture.id)
    where = Filter(since=capture.started_at - _EARLY)
    found: list[Summary] = []
    before: str | None = None
    while page := recordings.summaries(before=before, limit=_PAGE, where=where):
        found += [summary for summary in page if flag in summary.flags]
        before = page[-1].id
    return found[::-1]


def host_of(recordings: Recordings, id: str) -> str:
    """Return the scheme and host of a recording's first request with a host, or ``""``."""
    try:
        batches = recordings.get(id).batches
    except RecordingNotFound:
        return ""
    return next(
        (
            batch.request.host
            for batch in batches
            if batch.request is not None and batch.request.host
        ),
        "",
    )
