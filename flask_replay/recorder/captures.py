"""Capture by hand: while it goes on, every visitor that is wanted is recorded in full."""

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
from ..codec import digest_key
from ..errors import (
    DecodeError,
    NoActiveRecording,
    RecordingInProgress,
    RecordingNotFound,
    StorageError,
)
from ..recording.summary import RecordingStatus, Summary
from ..state import ActiveSession, describe, new_session
from ..storage import Filter, Recordings, Storage
from ..storage.lifecycle.retention import CAPTURING
from ..storage.names import NOTED
from ..storage.sealing.stores import title
from ..storage.time_limited import ANSWERS, time_limited
from .delivery.encoding import captured_flag
from .delivery.writer import WRITER_PAUSE, Writer
from .processes import after_fork

PARAMETER = "replay-capture"
"""In the query of any page, it marks a browser for a capture of only that one."""

_DELAY = 0.25
"""Seconds that a look may take."""

_PATIENCE = 0.03
"""Seconds for which the first request of a process waits for the first look; without threads, one
each second.
"""

_LEASE = 5.0
"""Seconds that changing what is captured may take."""

_EARLY = 60.0
"""Seconds by which the clocks of the machines that record may differ."""
_PAGE = 200


class Capturing:
    """What is captured by hand, for all workers of all machines that share a store.

    The store has a document of it, under a name of its own in the place of a content hash. A thread
    of the writer's looks for that, so that a store that hangs holds up no request.

    :param app: name of the app; another one may share the store.
    :ivar settled: a look was had, or nobody is going to.
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
        self.settled = False
        self._next = 0.0
        self._found: ActiveSession | None = None
        self._looked = threading.Event()

    @property
    def current(self) -> ActiveSession | None:
        """Return the capture that goes on, as it was about a second ago."""
        if not self.settled:
            self._settle()
        return self._found

    def _settle(self) -> None:
        """Wait for the first look in a process, though not for long; without threads, look."""
        if self.writer.threadless:
            if time.monotonic() >= self._next:
                self._next = time.monotonic() + WRITER_PAUSE
                with self.boundary.guard("look for a capture"):
                    self._found = _living(self._read(self._hasty))
        else:
            self._looked.wait(_PATIENCE)
            self.settled = True

    def look(self) -> None:
        """See what is captured now. What a process left that died on this machine is cleaned up."""
        found = self._read(self.storage)
        if found is not None and found.is_dead:
            self._delete(found)
        self._found = _living(found)
        self._looked.set()

    def now(self) -> ActiveSession:
        """Return what is captured now.

        :raises NoActiveRecording: nothing is.
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
            return None  # it ended this moment; or nobody can read it, and the next one replaces it

    def _delete(self, session: ActiveSession) -> None:
        """Delete the document of a capture, if it is still of that."""
        with self._alone(session.id):
            found = self._read(self._prompt)
            if found is None or found.id == session.id:
                self._prompt.delete_template(self.key)

    @contextmanager
    def _alone(self, owner: str) -> Iterator[None]:
        """Keep others from changing what is captured.

        :raises StorageError: somebody else is at it, and comes to no end.
        """
        deadline = time.monotonic() + 2 * _LEASE
        while not self._prompt.lease(CAPTURING, owner, _LEASE):
            if time.monotonic() > deadline:
                raise StorageError("another process keeps changing what is captured; try again")
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
        """Begin to capture.

        :param user: only the visitor of this name.
        :param path: only visitors who come by it, ``/checkout/*``.
        :param only_me: only browsers that were marked: by :data:`PARAMETER` and what
            ``only["browser"]`` says.
        :param detached: until it is stopped, else until this process ends.
        :raises RecordingInProgress: a capture goes on already.
        :raises StorageError: the store fails.
        """
        browser = secrets.token_urlsafe(9) if only_me else ""
        only = {
            key: said
            for key, said in (("user", user), ("path", path), ("browser", browser))
            if said
        }
        session = new_session(name, title(self.storage), only=only, detached=detached)
        with self._alone(session.id):
            other = self._read(self._prompt)
            if other is not None and not other.is_dead:
                raise RecordingInProgress(describe(other))
            self._prompt.delete_template(self.key)
            self._prompt.put_template(self.key, msgspec.json.encode(session))
        self._found = session
        return session

    def stop(self, writer: Writer, recordings: Recordings) -> tuple[ActiveSession, list[Summary]]:
        """End the capture, wait until every worker knows, and finish what was recorded for it.

        :raises NoActiveRecording: there is none.
        :raises StorageError: the store fails.
        """
        session = self.now()
        self._delete(session)
        self._found = None
        time.sleep(WRITER_PAUSE + _DELAY + 1.5 * writer.settings.flush_interval)
        writer.flush()
        for summary in captured(recordings, session):
            if summary.status == RecordingStatus.ACTIVE:
                writer.maintenance.finalize(summary.id)
        return session, captured(recordings, session)


def _living(found: ActiveSession | None) -> ActiveSession | None:
    return None if found is None or found.is_dead else found


def wanted(session: ActiveSession, request: Request, name: str) -> bool:
    """Whether the visitor of a request is to be captured; only what was asked for is looked at.

    :param name: the visitor's, if it is asked for.
    """
    only = session.only
    return (
        (not only.get("user") or only["user"] == name)
        and (not only.get("path") or fnmatchcase(request.path, only["path"]))
        and (not only.get("browser") or _same(request.args.get(PARAMETER, ""), only["browser"]))
    )


def _same(given: str, wanted: str) -> bool:
    """Compare in a time that does not tell how much of it is right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def captured(recordings: Recordings, session: ActiveSession) -> list[Summary]:
    """Return the recordings that were made for a capture, oldest first."""
    flag = captured_flag(session.id)
    where = Filter(since=session.started_at - _EARLY)
    found: list[Summary] = []
    before: str | None = None
    while page := recordings.summaries(before=before, limit=_PAGE, where=where):
        found += [summary for summary in page if flag in summary.flags]
        before = page[-1].id
    return found[::-1]


def host_of(recordings: Recordings, id: str) -> str:
    """Return the scheme and host by which a recording's visitor came, ``""`` if it had no
    request.
    """
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
