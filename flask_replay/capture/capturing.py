"""Capture by hand: while it goes on, every visitor that is wanted is recorded in full."""

from __future__ import annotations

import hmac
import secrets
import time
from fnmatch import fnmatchcase
from pathlib import Path

from flask import Request

from ..errors import NoActiveRecording, RecordingNotFound
from ..recording.model import Summary
from ..state import ActiveSession, RecordingState
from ..storage import Filter, Recordings
from ..storage.folder import make_folder
from .boundary import Boundary
from .encoding import captured_flag
from .writer import Writer

PARAMETER = "replay-capture"
"""In the query of any page, it marks a browser for a capture of only that one."""

PAUSE = 1.0
"""Seconds between two looks for a capture."""

_EARLY = 60.0
"""Seconds by which the clocks of the machines that record may differ."""
_PAGE = 200


class Capturing:
    """What is captured by hand, for all workers of a machine.

    :param folder: a local one; it is made when a capture begins.
    """

    def __init__(self, folder: Path, boundary: Boundary) -> None:
        self.folder = folder
        self.state = RecordingState(folder)
        self.boundary = boundary
        self._next = 0.0
        self._found: ActiveSession | None = None

    @property
    def current(self) -> ActiveSession | None:
        """Give the capture that goes on, as it was at most a second ago."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + PAUSE
            self._found = None
            with self.boundary.guard("look for a capture"):
                self._found = self._look()
        return self._found

    def _look(self) -> ActiveSession | None:
        try:
            session = self.state.current()
        except NoActiveRecording:
            return None
        return None if session.is_dead else session

    def start(
        self, name: str, *, user: str = "", path: str = "", only_me: bool = False, detached: bool = False
    ) -> ActiveSession:
        """Begin to capture.

        :param user: only the visitor of this name.
        :param path: only visitors who come by it, ``/checkout/*``.
        :param only_me: only browsers that were marked: by :data:`PARAMETER` and what ``only["browser"]`` says.
        :param detached: until it is stopped, else until this process ends.
        :raises RecordingInProgress: a capture goes on already.
        """
        make_folder(self.folder)
        browser = secrets.token_urlsafe(9) if only_me else ""
        only = {key: said for key, said in (("user", user), ("path", path), ("browser", browser)) if said}
        return self.state.start(name, self.folder, only=only, detached=detached)

    def stop(self, writer: Writer, recordings: Recordings) -> tuple[ActiveSession, list[Summary]]:
        """End the capture, wait until every worker knows, and finish what was recorded for it.

        :raises NoActiveRecording: there is none.
        """
        if not self.folder.is_dir():
            raise NoActiveRecording("nothing is being captured")
        session = self.state.stop()
        time.sleep(PAUSE + 1.5 * writer.settings.flush_interval)
        writer.flush()
        for summary in captured(recordings, session):
            if summary.status == "active":
                writer.finalize(summary.id)
        return session, captured(recordings, session)


def wanted(session: ActiveSession, request: Request, name: str) -> bool:
    """Tell whether the visitor of a request is to be captured; only what was asked for is looked at.

    :param name: the visitor's, if it is asked for.
    """
    only = session.only
    return (
        (not only.get("user") or only["user"] == name)
        and (not only.get("path") or fnmatchcase(request.path, only["path"]))
        and (not only.get("browser") or hmac.compare_digest(request.args.get(PARAMETER, ""), only["browser"]))
    )


def captured(recordings: Recordings, session: ActiveSession) -> list[Summary]:
    """Give the recordings that were made for a capture, oldest first."""
    flag = captured_flag(session.id)
    where = Filter(since=session.started_at - _EARLY)
    found: list[Summary] = []
    before: str | None = None
    while page := recordings.summaries(before=before, limit=_PAGE, where=where):
        found += [summary for summary in page if flag in summary.flags]
        before = page[-1].id
    return found[::-1]


def host_of(recordings: Recordings, id: str) -> str:
    """Give the scheme and host by which a recording's visitor came, ``""`` if it had no request."""
    try:
        batches = recordings.get(id).batches
    except RecordingNotFound:
        return ""
    return next((batch.request.host for batch in batches if batch.request is not None and batch.request.host), "")
