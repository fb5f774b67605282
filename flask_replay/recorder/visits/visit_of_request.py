"""Find the recording of a request: the one that its cookie or header names, or a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import Flask, Request, Response
from msgspec.structs import replace

from ...boundary import Boundary
from ...capture_state import ActiveSession
from ...host.identity import Identity
from ...recording.summary import PARTED
from ..captures import Capturing, matches
from ..delivery.writer import Writer
from ..obstacles import FULL, NO_KEY
from ..visit import ENVIRON, Visit
from .shared_caches import is_shared
from .signed_visits import SignedVisits

NEW_COOKIE = "flask_replay.visit"
"""The key, in the attributes of a request, of the visit that the response's cookie will name."""

_BEGUN = "flask_replay.begun"
"""The beginning of the key, in the environment of a request, of the visit that it began. A request
within it may have the same environment, or a copy.
"""

WITHDRAWN = Visit("", 0, 0)
"""The value under that key when the response deletes the visitor's cookie."""


class ResolvedVisit(NamedTuple):
    """The visit of a request, as it is known once the app has responded.

    :ivar visit: the visit that the request belongs to.
    :ivar name: the name of the visitor.
    :ivar cookie: the value of the ``Set-Cookie`` header; ``""`` for no header.
    """

    visit: Visit | None
    name: str
    cookie: str


class Visits:
    """Finds the visits of the requests of one app.

    :param identify: returns the name of the current request's visitor, or ``None``.
    """

    def __init__(
        self,
        signed_visits: SignedVisits,
        writer: Writer,
        capturing: Capturing,
        boundary: Boundary,
        identify: Callable[[], str | None] | None,
    ) -> None:
        self.signed_visits = signed_visits
        self.writer = writer
        self.capturing = capturing
        self.boundary = boundary
        self.begun = f"{_BEGUN} {signed_visits.mark}"  # another app may get the environment, too
        self.identity = Identity(identify, boundary)

    def skips(self, request: Request, visit: Visit | None, now: float) -> bool:
        """Whether the visitor is not recorded and already has a cookie that says so.

        :param now: the time in seconds since 1970.
        """
        return (
            visit is not None
            and not visit.id
            and not self.signed_visits.is_due(visit, now)
            and self.capturing.current is None
            and ENVIRON not in request.environ
        )

    def find(self, app: Flask, request: Request, visit: Visit | None, now: float) -> Visit | None:
        """Return the visit of a request, and note whether the response must set the cookie.

        :param visit: the visit in the cookie.
        :param now: the time in seconds since 1970.
        :returns: ``None`` if the visitor is not recorded and no cookie need be set.
        """
        moved = self.writer.continued.successors
        run = self.signed_visits.visit_of_program(request)
        if run is not None and run.id not in moved:
            return run
        capture = self.capturing.current
        if capture is not None or (visit is not None and visit.capture):
            visit = self._captured(request, visit, capture)
        if visit is not None and not visit.id and not self.signed_visits.is_due(visit, now):
            return None
        fresh = visit is None
        if visit is None:
            visit = request.environ.get(self.begun) or self._begin(request)
            if visit is None:
                return None
            request.environ[self.begun] = visit
        elif visit.id in moved:
            visit, fresh = self.writer.continued.visit(visit), True
        if fresh or self.signed_visits.is_due(visit, now):
            request.__dict__[NEW_COOKIE] = visit
        return visit

    def resolve(
        self, app: Flask, request: Request, response: Response, visit: Visit | None
    ) -> ResolvedVisit:
        """Find whose visit a request is, once the app has responded, and which cookie to set.

        :param visit: the visit of the request; ``None`` if it is not recorded.
        """
        new_cookie, own, after, name = request.__dict__.pop(NEW_COOKIE, None), visit, visit, None
        if new_cookie is WITHDRAWN:
            return ResolvedVisit(None, "", self._removal(app, request, response))
        if visit is not None:
            name = self.identity.name()
            if visit.fresh and name and "HTTP_COOKIE" in request.environ:
                # a visitor who is logged in is not a bot
                visit = own = after = replace(visit, fresh=False)
            if name is not None:
                own, after = self.signed_visits.resolve_identity(request, visit, name)
            if visit.who and after is not visit:
                self.writer.touch(
                    visit,
                    max(0, int(self.signed_visits.clock() * 1000) - visit.started_ms),
                    (PARTED,),
                )
        if after is not visit or (
            self.signed_visits.cookie.is_set_by(response) and new_cookie is None
        ):
            new_cookie = after
        cookie = ""
        if new_cookie is not None and not is_shared(request, response):
            cookie = self.signed_visits.header(app, request, new_cookie)
        return ResolvedVisit(own, name or "", cookie)

    def _removal(self, app: Flask, request: Request, response: Response) -> str:
        """Return the header that deletes the cookie, or ``""`` for a response in a shared cache,
        since it would delete everybody's.
        """
        if not is_shared(request, response):
            return self.signed_visits.removal(app, request)
        self.boundary.say(
            "withdrawn",
            "a response that shared caches may keep cannot delete the cookie; answer withdrawals "
            "with no-store",
        )
        return ""

    def _captured(
        self, request: Request, visit: Visit | None, capture: ActiveSession | None
    ) -> Visit | None:
        """Return the visit for a capture by hand. It is a visit of its own, which ends with the
        capture.
        """
        if capture is None:
            return None
        if visit is not None and visit.capture == capture.id:
            return visit
        name = (self.identity.name() or "") if capture.only.get("user") else ""
        if not matches(capture, request, name):
            return None if visit is not None and visit.capture else visit
        begun = self.signed_visits.begin(capture.id)
        request.__dict__[NEW_COOKIE] = begun
        return begun

    def _begin(self, request: Request) -> Visit | None:
        """Start a visit, unless it could not be recorded."""
        if not self.signed_visits.can_sign(request):
            self.boundary.say("key", f"not recording: {NO_KEY}")
            return None
        budget = self.writer.budget
        if budget.full:
            budget.refused += 1
            self.boundary.say("memory", f"not recording new sessions: {FULL}")
            return None
        return replace(self.signed_visits.begin(), fresh=True)
