"""Decide whether a request may be recorded: by the app's function, the browser's signals and the
visitor's consent.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Request
from msgspec.structs import replace

from ...boundary import Boundary
from ...settings import Settings
from ...value_forms import kind
from ..visit import PROGRAM_VISITOR, Visit
from .signed_visits import COOKIE_VISIT, SignedVisits
from .visit_of_request import NEW_COOKIE, WITHDRAWN

ShouldRecord = Callable[[Request], bool]

_SIGNALS = ("HTTP_SEC_GPC", "HTTP_DNT")
"""Global Privacy Control (https://w3c.github.io/gpc/, section 3.2) and its predecessor. ``1`` means
no.
"""


class Permission:
    """Decides whether the requests of one app may be recorded.

    :param should_record: called for each request; ``None`` if the app has none.
    :ivar is_needed: whether there is anything to check. If not, every request may be recorded.
    """

    def __init__(
        self,
        settings: Settings,
        signed_visits: SignedVisits,
        boundary: Boundary,
        should_record: ShouldRecord | None,
    ) -> None:
        self.settings = settings
        self.signed_visits = signed_visits
        self.boundary = boundary
        self.should_record = should_record
        self.is_needed = (
            should_record is not None or settings.respect_gpc or settings.require_consent
        )

    def allows(self, request: Request) -> bool:
        """Whether a request may be recorded. The cookie of a visitor who no longer wants that is
        deleted.
        """
        environ = request.environ
        if self.settings.respect_gpc and any(environ.get(signal) == "1" for signal in _SIGNALS):
            if environ.get(COOKIE_VISIT) is not None:
                request.__dict__[NEW_COOKIE] = WITHDRAWN
            return False
        if self.settings.require_consent and not self._agreed(request):
            return False
        return self.should_record is None or self._allowed(self.should_record, request)

    def _agreed(self, request: Request) -> bool:
        """Whether the visitor has agreed, or is a program that records itself."""
        cookie_visit: Visit | None = request.environ.get(COOKIE_VISIT)
        if cookie_visit is not None and (
            cookie_visit.consented or cookie_visit.who == PROGRAM_VISITOR
        ):
            return True
        return self.signed_visits.visit_of_program(request) is not None

    def _allowed(self, should_record: ShouldRecord, request: Request) -> bool:
        with self.boundary.guard("call should_record, so the request is not recorded"):
            found: object = should_record(request)
            if isinstance(found, bool):
                return found
            self.boundary.say(
                "should_record",
                f"should_record must return True or False, got {kind(found)}: nothing is recorded",
            )
        return False

    def consent(self, request: Request) -> None:
        """Note that the visitor agrees. The response sets a cookie, and requests with it are
        recorded.
        """
        cookie_visit: Visit | None = request.environ.get(COOKIE_VISIT)
        withdrawn = request.__dict__.get(NEW_COOKIE) is WITHDRAWN
        if withdrawn or cookie_visit is None or not cookie_visit.consented:
            if not self.signed_visits.can_sign(request):
                return
            request.__dict__[NEW_COOKIE] = replace(self.signed_visits.begin(), consented=True)
