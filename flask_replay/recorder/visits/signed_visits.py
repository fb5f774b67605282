"""Keep visits in a signed cookie of our own, so that every worker knows a request's
recording.

The cookie holds the recording's id, when it started and was last seen, and a digest of the
visitor's name. It is not stored in Flask's session: reading that would add ``Vary: Cookie`` to a
response, and the app would see changes to it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import msgspec
from flask import Flask, Request

from ...errors import ConfigError
from ...expiring import Expiring
from ...recording.ids import new_id
from ...settings import Settings
from ..visit import AHEAD, ENVIRON, PROGRAM_VISITOR, RUN, Visit
from .cookies import Cookie, sent_cookies
from .signing import CookieContents, Signing, Signings

_REMEMBERED = 1_000
"""The most changes of identity to remember."""

_REFRESH = 10
"""The cookie is sent again once this part (one tenth) of the idle time-out has passed, not with
each response.
"""


COOKIE_VISIT = "flask_replay.cookie_visit"
"""The key, in the environment of a request, of the visit that its cookie names, however old it
is.
"""

_OTHERS = "flask_replay.others"
"""The key, in the environment of a request, of the values of other apps in our cookie; ``None`` if
it has another value.
"""


class SignedVisits:
    """Reads visits from the signed cookie of one app, and signs them for it.

    :param mark: tells the app from others on its host.
    :param clock: returns the time in seconds since 1970.
    :param keeps_alive: tells whether a recording is still running, although its visitor has sent no
        request for long.
    """

    def __init__(
        self,
        app: Flask,
        settings: Settings,
        mark: str = "",
        clock: Callable[[], float] = time.time,
        keeps_alive: Callable[[str], bool] = lambda recording_id: False,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.keeps_alive = keeps_alive
        self.mark = mark
        self.cookie = Cookie(settings, mark)
        self.signings = Signings(app, f"flask-replay {mark}", settings.idle_timeout)
        self.changed: Expiring[tuple[str, str], Visit] = Expiring(
            2 * settings.idle_timeout, _REMEMBERED
        )

    def keys(self) -> list[bytes]:
        """Return the app's secret keys, the newest last. The list is empty for an app without
        keys.
        """
        return self.signings.keys()

    def can_sign(self, request: Request) -> bool:
        """Whether the app has a secret key for a request."""
        return self.signings.of(request).serializer is not None

    # Reading

    def visit(self, app: Flask, request: Request, now: float) -> Visit | None:
        """Return the visit that a request continues, or ``None`` if it has none, or a stale or
        forged one.

        From here on, the app does not see our cookie.

        :param now: the time in seconds since 1970.
        """
        if not self.cookie.name:
            self.cookie.choose_names(app)
        signing = self.signings.begin(app, request)
        header = request.environ.get("HTTP_COOKIE", "")
        if self.cookie.name not in header or signing.serializer is None:
            return None
        contents = signing.contents.get(header)
        if contents is None:
            contents = self._found(request, signing)
            signing.contents.put(header, contents)
        visit, request.environ[_OTHERS], shown = contents
        request.environ[COOKIE_VISIT] = visit
        self.cookie.hide(request, shown)
        if visit is None or visit.seen > now + AHEAD:
            return None
        stale = now - visit.seen > self.settings.idle_timeout
        return None if stale and not self.keeps_alive(visit.id) else visit

    def _found(self, request: Request, signing: Signing) -> CookieContents:
        """Return the contents of a request's cookies."""
        sent = sent_cookies(request)
        found = self.cookie.find(sent)
        own = next(filter(None, map(signing.read, found.own)), None)
        read = [(signing.read(part), part) for part in found.parts]
        others = [part for visit, part in read if visit is None]
        visit = own or next((visit for visit, _ in read if visit is not None), None)
        return CookieContents(
            visit,
            None if found.foreign or own is not None else others,
            self.cookie.without(sent),
        )

    def visit_of_program(self, request: Request) -> Visit | None:
        """Return the recording of the program that sent a request, or ``None`` if it sent no
        header, or a stale one.
        """
        header = request.environ.get(ENVIRON)
        if header is None:
            return None
        visit = self.signings.of(request).read(header)
        if visit is None or not visit.id or not -AHEAD <= self.clock() - visit.seen <= RUN:
            return None
        return visit

    # Writing

    def signed(self, app: Flask, visit: Visit) -> tuple[str, str]:
        """Return the name and value of the cookie of a program's recording. The header has the same
        value.

        :raises ConfigError: the app has no secret key.
        """
        signing = self.signings.made(app)
        if signing.serializer is None:
            raise ConfigError("the app has no SECRET_KEY to sign the header of a recording")
        if not self.cookie.name:
            self.cookie.choose_names(app)
        fields = [visit.id, visit.started_ms, int(self.clock()), "", PROGRAM_VISITOR]
        return self.cookie.name, signing.sign(fields)

    def header(self, app: Flask, request: Request, visit: Visit) -> str:
        """Return the header that sets a browser's cookie."""
        before = visit.previous or Visit("", 0, 0)
        fields = [visit.id, visit.started_ms, int(self.clock()), visit.capture, visit.who]
        fields += [before.id, before.started_ms, before.who, int(visit.consented)]
        while fields[-1] in {"", 0}:
            fields.pop()
        text = self.signings.of(request).sign(fields)
        return self.cookie.header(app, text, request.environ.get(_OTHERS, []))

    def removal(self, app: Flask, request: Request) -> str:
        """Return the header that removes the visit from a browser's cookie. The values of other
        apps in it stay.
        """
        return self.cookie.header(app, "", request.environ.get(_OTHERS, []))

    def begin(self, capture: str = "", *, recorded: bool | None = None) -> Visit:
        """Start a visit, and decide once whether it is recorded.

        :param capture: the id of the capture by hand that it is recorded for, whatever the sample
            rate.
        :param recorded: whether it is recorded, if that was decided before.
        """
        now = self.clock()
        if recorded is None:
            rate = self.settings.sample_rate
            recorded = bool(capture) or rate >= 1 or random.random() < rate
        consented = self.settings.require_consent  # otherwise a visit would not have been started
        return Visit(
            new_id(now) if recorded else "", int(now * 1000), int(now), capture, consented=consented
        )

    def is_due(self, visit: Visit, now: float) -> bool:
        """Whether the cookie is so old that it should be sent again."""
        return now - visit.seen > self.settings.idle_timeout / _REFRESH

    # Identity

    def resolve_identity(self, request: Request, visit: Visit, name: str) -> tuple[Visit, Visit]:
        """Return the visits of a request and of its visitor's next ones, once the app has
        responded. A recording belongs to one person at most.

        A visitor who logs in stays in the same recording, unless somebody else was known in this
        browser before. A visitor who logs out, or logs in as somebody else, continues in a new
        recording. One who comes back after anonymous pages continues in their former recording.

        :param name: the visitor's name by the app, ``""`` for nobody.
        :returns: the visit that the request belongs to, and the one with which the visitor
            continues.
        """
        if visit.who == PROGRAM_VISITOR:
            return visit, visit
        who = self.signings.of(request).digest(name)
        before = visit if visit.who else visit.previous
        if who == visit.who:
            return visit, visit
        if before is None:
            own = msgspec.structs.replace(visit, who=who)
            return own, own
        if before is not visit and before.who == who:
            back = msgspec.structs.replace(before, capture=visit.capture, consented=visit.consented)
            return back, back
        after = self.changed.get((visit.id, who))
        if after is None:
            begun = self.begin(visit.capture, recorded=True)
            kept = msgspec.structs.replace(before, previous=None)
            after = msgspec.structs.replace(begun, who=who, previous=kept)
            self.changed.put((visit.id, who), after)
        # The response to a logout still belongs to the visitor who logs out.
        return (after if who else visit), after
