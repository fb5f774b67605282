"""Which recording a request belongs to: a signed cookie of our own, so that any worker knows.

The cookie holds the recording's id, when it started and when it was last seen. It is not Flask's
session: reading that would add ``Vary: Cookie`` to a response, and changing it would be seen.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Flask, Request, Response
from itsdangerous import BadData, URLSafeSerializer

from ..errors import ConfigError
from ..recording.ids import is_id, new_id
from ..settings import Settings

COOKIE = "replay"
HEADER = "X-Replay-Recording"
"""Names the recording of a program that drives the app itself; it is worth what the cookie is."""

_ENVIRON = "HTTP_X_REPLAY_RECORDING"
_RUN = 86_400.0
"""Seconds for which a program may use the header."""

_AHEAD = 60.0
"""Seconds by which the clock of another machine may be ahead."""

_REMEMBERED = 1_000
"""Cookie headers whose signature was checked and need not be again."""

_REFRESH = 10
"""The cookie is sent again when this part of the idle timeout has passed, not with each response."""


class Visit(msgspec.Struct, frozen=True):
    """What the cookie says.

    :param id: of the recording, ``""`` for a session that is not recorded.
    :param started_ms: milliseconds since 1970.
    :param seen: seconds since 1970.
    :param capture: id of the capture by hand that it is recorded for; ``""`` for none.
    """

    id: str
    started_ms: int
    seen: int
    capture: str = ""


class Sessions:
    """Reads and writes the cookie of one app.

    :param clock: gives seconds since 1970.
    :param keeps: tells of a recording whether it goes on, though its visitor sent no request for long.
    """

    def __init__(
        self,
        app: Flask,
        settings: Settings,
        clock: Callable[[], float] = time.time,
        keeps: Callable[[str], bool] = lambda recording_id: False,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.keeps = keeps
        self.secret_key = app.secret_key
        self.serializer = self._serializer(app)
        self.known: dict[str, Visit] = {}

    @staticmethod
    def _serializer(app: Flask) -> URLSafeSerializer | None:
        if not app.secret_key:
            return None
        fallbacks = app.config.get("SECRET_KEY_FALLBACKS") or []
        return URLSafeSerializer([*fallbacks, app.secret_key], salt="flask-replay")

    def visit(self, app: Flask, request: Request) -> Visit | None:
        """Give the visit that a request continues, or ``None``: it has none, or a stale or forged one."""
        if app.secret_key != self.secret_key:  # set or rotated after the app was made
            self.secret_key = app.secret_key
            self.known.clear()
            self.serializer = self._serializer(app)
        header = request.environ.get("HTTP_COOKIE", "")
        if COOKIE not in header or self.serializer is None:
            return None
        visit = self.known.get(header)
        if visit is None:
            visit = self._read(request.cookies.get(COOKIE))
            if visit is None:
                return None
            if len(self.known) >= _REMEMBERED:
                self.known.clear()
            self.known[header] = visit
        now = self.clock()
        if visit.seen > now + _AHEAD:
            return None
        stale = now - visit.seen > self.settings.idle_timeout
        return None if stale and not self.keeps(visit.id) else visit

    def unsampled(self, app: Flask, environ: dict[str, Any]) -> bool:
        """Tell whether a request is of a visitor who is known not to be recorded, and needs no new cookie."""
        visit = self.known.get(environ.get("HTTP_COOKIE", ""))
        return (
            visit is not None
            and not visit.id
            and _ENVIRON not in environ
            and app.config["SECRET_KEY"] == self.secret_key
            and -_AHEAD <= self.clock() - visit.seen <= self.settings.idle_timeout / _REFRESH
        )

    def run(self, app: Flask, request: Request) -> Visit | None:
        """Give the recording of the program that sent a request, or ``None``: it sent no header, or a stale one."""
        header = request.environ.get(_ENVIRON)
        if header is None or self.serializer is None:
            return None
        visit = self._read(header)
        if visit is None or not visit.id or not -_AHEAD <= self.clock() - visit.seen <= _RUN:
            return None
        return visit

    def token(self, app: Flask, visit: Visit) -> str:
        """Sign what the header says.

        :raises ConfigError: the app has no secret key.
        """
        serializer = self._serializer(app)
        if serializer is None:
            raise ConfigError("the app has no SECRET_KEY to sign the header of a recording")
        value = serializer.dumps([visit.id, visit.started_ms, int(self.clock())])
        return value if isinstance(value, str) else value.decode()

    def _read(self, text: str | None) -> Visit | None:
        """Read a cookie, or give ``None`` for what was not signed here."""
        if text is None or self.serializer is None:
            return None
        try:
            name, started, seen, *rest = self.serializer.loads(text)
        except (BadData, ValueError, TypeError):
            return None
        capture = rest[0] if rest else ""
        sound = (name == "" or is_id(name)) and type(started) is int and type(seen) is int
        return Visit(name, started, seen, capture) if sound and (capture == "" or is_id(capture)) else None

    def begin(self, capture: str = "") -> Visit:
        """Begin a visit, and decide once whether it is recorded.

        :param capture: id of the capture that it is recorded for, whatever sampling says.
        """
        now = self.clock()
        if capture:
            return Visit(new_id(now), int(now * 1000), int(now), capture)
        recorded = self.settings.sample_rate >= 1 or random.random() < self.settings.sample_rate
        return Visit(new_id(now) if recorded else "", int(now * 1000), int(now))

    def is_due(self, visit: Visit) -> bool:
        """Tell whether the cookie is so old that it should be sent again."""
        return self.clock() - visit.seen > self.settings.idle_timeout / _REFRESH

    def send(self, app: Flask, request: Request, response: Response, visit: Visit) -> None:
        """Set the cookie, unless a cache would give it to other visitors too."""
        if self.serializer is None or _is_shared(response):
            return
        capture = [visit.capture] if visit.capture else []
        value = self.serializer.dumps([visit.id, visit.started_ms, int(self.clock()), *capture])
        response.set_cookie(
            COOKIE,
            value if isinstance(value, str) else value.decode(),
            path=app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"],
            domain=app.config["SESSION_COOKIE_DOMAIN"],
            secure=request.is_secure or bool(app.config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite="Lax",
        )


def _is_shared(response: Response) -> bool:
    """Tell whether a cache may give a response to other visitors (RFC 9111, sections 3 and 4.2.1)."""
    cache = response.cache_control
    if "private" in cache or "no-store" in cache:
        return False
    if "public" in cache or cache.s_maxage or cache.max_age:
        return True
    return response.expires is not None and response.expires > datetime.now(UTC)
