"""Note the static files that visitors' browsers request from the app. A script may put their
addresses together, so that nothing names them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from flask import Request as FlaskRequest

from ...recording.batch import Batch
from ...recording.events import Request
from ..assets import FileReferences
from ..delivery.writer import Writer
from ..processes import after_fork
from ..visit import Visit
from ..visits.permission import Permission
from .request_data import address_of

_LOADED = frozenset(
    {"script", "style", "image", "font", "empty", "track", "audio", "video", "json"}
    | {"audioworklet", "paintworklet"}
)
"""Destinations of requests for files that a page or its scripts load (Fetch, section 2.2.5)."""

_SENT = frozenset({200, 206, 304})
_MOST = 10_000


class _Noted(NamedTuple):
    """A request for a static file.

    :ivar root: the prefix under which the app is served.
    :ivar path: the path of the file, as browsers request it.
    """

    visit: Visit
    host: str
    root: str
    path: str
    offset_ms: int


class StaticRequests:
    """Adds the static files that a browser requested to the visitor's recording, unless a page,
    stylesheet or script there refers to them.

    The writer looks for that, after it has encoded the page.

    :param clock: returns the time in seconds since 1970.
    :param permission: decides whether a visitor's request may be recorded.
    """

    def __init__(self, writer: Writer, clock: Callable[[], float], permission: Permission) -> None:
        self.writer = writer
        self.clock = clock
        self.permission = permission
        self.noted: deque[_Noted] = deque(maxlen=_MOST)
        after_fork(self.forget)
        writer.sources.append(self.collect)

    def note(self, request: FlaskRequest, visit: Visit, status: int) -> None:
        """Note a request for a static file. A page of another site may embed such a file, too."""
        environ = request.environ
        if (
            environ.get("HTTP_SEC_FETCH_DEST") in _LOADED
            and environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"
            and request.method == "GET"
            and status in _SENT
            and self.writer.library.largest
            and (not self.permission.is_needed or self.permission.allows(request))
        ):
            host, url = address_of(environ)
            path, root = url.partition("?")[0], request.script_root
            known = self.writer.library.recorded_hashes.get(visit.id)
            if known is None or path not in known:
                offset = max(0, int(1000 * self.clock()) - visit.started_ms)
                self.noted.append(_Noted(visit, host, root, path, offset))

    def forget(self) -> None:
        """Forget what was noted. After a fork, the parent process puts it."""
        self.noted.clear()

    def collect(self) -> None:
        """Put what was noted into the recordings."""
        if not self.noted:
            return
        self.writer.queue.encode()
        by_visit: dict[str, list[_Noted]] = {}
        while self.noted:
            noted = self.noted.popleft()
            by_visit.setdefault(noted.visit.id, []).append(noted)
        for requests in by_visit.values():
            self._put(requests)

    def _put(self, requests: list[_Noted]) -> None:
        """Put the files of one visitor that are not known into an event of their own. A file that a
        page loads belongs to a recording that has the page.
        """
        first, library = requests[0], self.writer.library
        if self.writer.queue.encoder.totals.get(first.visit.id) is None:
            return
        known = library.recorded_hashes.get(first.visit.id) or {}
        paths = tuple(
            path
            for path in dict.fromkeys(noted.path for noted in requests)
            if path not in known and library.folders.file(path.removeprefix(first.root)) is not None
        )
        if paths:
            event = Request(
                offset_ms=first.offset_ms,
                method="GET",
                url=paths[0],
                host=first.host,
                status=200,
                aside=True,
            )
            files = FileReferences(first.root, paths)
            self.writer.put(first.visit, "", Batch((event,)), {}, references=files)
