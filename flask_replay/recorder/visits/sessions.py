"""Keep track of visits with a signed cookie of our own, so that every worker knows a request's
recording.

The cookie holds the recording's id, when it started and was last seen, and a digest of the
visitor's name. It is not stored in Flask's session: reading that would add ``Vary: Cookie`` to a
response, and the app would see changes to it.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from flask import Flask, Request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from ...errors import ConfigError
from ...expiring import Expiring
from ...host.secret_keys import secret_keys
from ...recording.ids import is_id, new_id
from ...settings import Settings
from ..visit import AHEAD, ENVIRON, PROGRAM_VISITOR, RUN, Visit
from .cookies import Cookie

_REMEMBERED = 1_000
"""The most cookie headers with a checked signature, and the most changes of identity, to
remember.
"""

_REFRESH = 10
"""The cookie is sent again once this part (one tenth) of the idle time-out has passed, not with
each response.
"""


VISIT_SAID = "flask_replay.said"
"""The key, in the environment of a request, of the visit that its cookie names, however old it
is.
"""

_OTHERS = "flask_replay.others"
"""The key, in the environment of a request, of the values of other apps in our cookie; ``None`` if
it has another value.
"""


class _Known(NamedTuple):
    """What the cookies of a request hold, remembered by their header.

    :ivar visit: the visit in our cookie.
    :ivar others: the values of other apps in it; ``None`` if the usual name has another value.
    :ivar shown: the cookies that the app sees.
    """

    visit: Visit | None
    others: list[str] | None
    shown: MultiDict[str, str]


class Sessions:
    """Reads and writes the cookie of one app.

    :param mark: tells the app from others on its host.
    :param clock: returns the time in seconds since 1970.
    :param keeps: tells whether a recording is still running, although its visitor has sent no
        request for long.
    """

    def __init__(
        self,
        app: Flask,
        settings: Settings,
        mark: str = "",
        clock: Callable[[], float] = time.time,
        keeps: Callable[[str], bool] = lambda recording_id: False,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.keeps = keeps
        self.mark = mark
        self.cookie = Cookie(settings, mark)
        self.secret_key = app.secret_key
        self.serializer = self._serializer(app)
        self.known: Expiring[str, _Known] = Expiring(settings.idle_timeout, _REMEMBERED)
        self.changed: Expiring[tuple[str, str], Visit] = Expiring(
            2 * settings.idle_timeout, _REMEMBERED
        )

    def _serializer(self, app: Flask) -> URLSafeSerializer | None:
        keys = secret_keys(app)
        return URLSafeSerializer(keys, salt=f"flask-replay {self.mark}") if keys else None

    def keys(self) -> list[bytes]:
        """Return the app's secret keys, the newest last. The list is empty for an app without
        keys.
        """
        return [] if self.serializer is None else self.serializer.secret_keys

    # Reading

    def visit(self, app: Flask, request: Request) -> Visit | None:
        """Return the visit that a request continues, or ``None`` if it has none, or a stale or
        forged one.

        From here on, the app does not see our cookie.
        """
        if not self.cookie.name:
            self.cookie.settle(app)
        secret_key = app.config.get("SECRET_KEY")  # faster than the app's attribute
        if secret_key != self.secret_key:  # it was set or rotated after the app was made
            self.secret_key = secret_key
            self.known.clear()
            self.serializer = self._serializer(app)
        header = request.environ.get("HTTP_COOKIE", "")
        if self.cookie.name not in header or self.serializer is None:
            return None
        known = self.known.get(header)
        if known is None:
            known = self._found(request)
            self.known.put(header, known)
        visit, request.environ[_OTHERS], shown = known
        request.environ[VISIT_SAID] = visit
        request.__dict__["cookies"] = (
            shown if isinstance(shown, ImmutableMultiDict) else shown.copy()
        )
        now = self.clock()
        if visit is None or visit.seen > now + AHEAD:
            return None
        stale = now - visit.seen > self.settings.idle_timeout
        return None if stale and not self.keeps(visit.id) else visit

    def _found(self, request: Request) -> _Known:
        """Return what a request's cookies hold."""
        found = self.cookie.find(request)
        own = next(filter(None, map(self._read, found.own)), None)
        read = [(self._read(part), part) for part in found.parts]
        others = [part for visit, part in read if visit is None]
        visit = own or next((visit for visit, _ in read if visit is not None), None)
        return _Known(
            visit,
            None if found.foreign or own is not None else others,
            self.cookie.without(request),
        )

    def run(self, request: Request) -> Visit | None:
        """Return the recording of the program that sent a request, or ``None`` if it sent no
        header, or a stale one.
        """
        header = request.environ.get(ENVIRON)
        if header is None or self.serializer is None:
            return None
        visit = self._read(header)
        if visit is None or not visit.id or not -AHEAD <= self.clock() - visit.seen <= RUN:
            return None
        return visit

    def _read(self, text: str | None) -> Visit | None:
        """Return the visit in a signed text, or ``None`` if it was not signed here."""
        if text is None or self.serializer is None:
            return None
        try:
            return _visit(self.serializer.loads(text))
        except (BadData, msgspec.ValidationError):
            return None

    # Writing

    def signed(self, app: Flask, visit: Visit) -> tuple[str, str]:
        """Return the name and value of the cookie of a program's recording. The header has the same
        value.

        :raises ConfigError: the app has no secret key.
        """
        serializer = self._serializer(app)
        if serializer is None:
            raise ConfigError("the app has no SECRET_KEY to sign the header of a recording")
        value = serializer.dumps(
            [visit.id, visit.started_ms, int(self.clock()), "", PROGRAM_VISITOR]
        )
        if not self.cookie.name:
            self.cookie.settle(app)
        return self.cookie.name, value if isinstance(value, str) else value.decode()

    def header(self, app: Flask, request: Request, visit: Visit) -> str:
        """Return the header that sets a browser's cookie."""
        assert self.serializer is not None
        before = visit.previous or Visit("", 0, 0)
        said = [visit.id, visit.started_ms, int(self.clock()), visit.capture, visit.who]
        said += [before.id, before.started_ms, before.who, int(visit.consented)]
        while said[-1] in {"", 0}:
            said.pop()
        value = self.serializer.dumps(said)
        text = value if isinstance(value, str) else value.decode()
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

    def is_due(self, visit: Visit) -> bool:
        """Whether the cookie is so old that it should be sent again."""
        return self.clock() - visit.seen > self.settings.idle_timeout / _REFRESH

    # Identity

    def settle(self, visit: Visit, name: str) -> tuple[Visit, Visit]:
        """Find whose visit it is, once the app has responded. A recording belongs to one person at
        most.

        A visitor who logs in stays in the same recording, unless somebody else was known in this
        browser before. A visitor who logs out, or logs in as somebody else, continues in a new
        recording. One who comes back after anonymous pages continues in their former recording.

        :param name: the visitor's name by the app, ``""`` for nobody.
        :returns: the visit that the request belongs to, and the one with which the visitor
            continues.
        """
        if visit.who == PROGRAM_VISITOR:
            return visit, visit
        who = digest(name, self.secret_key) if name else ""
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


class _Said(msgspec.Struct, array_like=True):
    """The contents of a cookie, in order."""

    id: str
    started_ms: int
    seen: int
    capture: str = ""
    who: str = ""
    before: str = ""
    before_ms: int = 0
    before_who: str = ""
    consented: int = 0


def _visit(document: Any) -> Visit | None:
    """Return the visit in a signed document; ``None`` if it is malformed.

    :raises ValidationError: it has another shape.
    """
    said = msgspec.convert(document, _Said)
    if not all(name == "" or is_id(name) for name in (said.id, said.capture, said.before)):
        return None
    before = (
        Visit(said.before, said.before_ms, said.seen, who=said.before_who) if said.before else None
    )
    return Visit(
        said.id,
        said.started_ms,
        said.seen,
        said.capture,
        said.who,
        before,
        consented=said.consented == 1,
    )


@lru_cache(maxsize=1_000)
def digest(name: str, key: str | bytes | None) -> str:
    """Return a keyed digest of a name. It tells names apart, and does not reveal them to a reader
    of the cookie.
    """
    secret = key.encode() if isinstance(key, str) else key or b""
    return hashlib.blake2b(
        name.encode("utf-8", "replace"), digest_size=6, key=secret[:64]
    ).hexdigest()
