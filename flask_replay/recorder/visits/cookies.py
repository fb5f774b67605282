"""Our cookie: its name and attributes, which follow the app's session cookie unless a setting says
otherwise.

Other apps on the same host may record their visitors, too: one cookie holds what each of them has
signed. The app itself may use a cookie of that name; ours then takes a second name that nobody else
uses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from flask import Flask, Request, Response
from flask.sessions import SessionInterface
from werkzeug.datastructures import MultiDict
from werkzeug.http import dump_cookie

from ...settings import Settings
from ..requests.headers import header

_AND = "~"
_PART = r"(?:WyI|\.eJ)[\w-]*\.[\w-]{27}"
"""What we sign is a list that begins with a text, compressed or not, in Base64, and a signature of
20 bytes.
"""

_OURS = re.compile(f"{_PART}({_AND}{_PART})*")
_OTHERS = 3
"""Apps of one host, beside this one, that keep their visitors; a key that is no longer used counts
for one.
"""


class FoundCookies(NamedTuple):
    """What a request has under our names.

    :ivar own: what stands under the spare name.
    :ivar parts: what this app and others have signed, under the usual one.
    :ivar foreign: the usual name has something else.
    """

    own: list[str]
    parts: list[str]
    foreign: bool


_DEFAULT = SessionInterface()


class Cookie:
    """The cookie of one app.

    :param mark: tells the app from others with the same key, and from itself with another store.
    :ivar name: the usual name; known from the first request on, when the app is set up.
    :ivar spare: the name for visitors who have something else under the usual one.
    :ivar taken: the app uses the usual name itself.
    """

    def __init__(self, settings: Settings, mark: str) -> None:
        self.settings = settings
        self.mark = mark
        self.name = ""
        self.spare = ""
        self.taken = False

    def settle(self, app: Flask) -> None:
        """Choose the names: by a setting, else by that of the session's cookie."""
        name = self.settings.cookie_name
        if name is None:
            theirs = str(_of_session(app, "name"))
            name = (
                theirs.replace("session", "replay") if "session" in theirs else f"{theirs}_replay"
            )
        self.name, self.spare = name, f"{name}_{self.mark}"

    def find(self, request: Request) -> FoundCookies:
        """Return what a request has under our names."""
        usual = request.cookies.getlist(self.name)
        ours = [value for value in usual if _OURS.fullmatch(value)]
        parts = [part for value in ours for part in value.split(_AND)]
        return FoundCookies(request.cookies.getlist(self.spare), parts, len(ours) < len(usual))

    def without(self, request: Request) -> MultiDict[str, str]:
        """Return the cookies that the app would see without us."""
        cookies = request.cookies
        names = self.name, self.spare
        pairs = list(cookies.items(multi=True))
        kept = [
            (name, value)
            for name, value in pairs
            if name not in names or not _OURS.fullmatch(value)
        ]
        return type(cookies)(kept)

    def is_set_by(self, response: Response) -> bool:
        """Whether a response of the app's sets a cookie of our name; if so, the app has the name
        from now on.
        """
        if not header(response.headers, "set-cookie"):
            return False
        beginning = f"{self.name}="
        sets = any(
            cookie.startswith(beginning) for cookie in response.headers.getlist("Set-Cookie")
        )
        self.taken = self.taken or sets
        return sets

    def header(self, app: Flask, value: str, others: Sequence[str] | None) -> str:
        """Return the header that sets the cookie.

        :param value: what this app has signed; ``""`` to take that away.
        :param others: what other apps have signed, under the usual name; ``None`` if that has
            something else.
        """
        followed = self._followed(app)
        followed["samesite"] = followed["samesite"] or "Lax"  # what most browsers take silence for
        partitioned: dict[str, Any] = (
            {"partitioned": True} if followed.pop("partitioned") else {}
        )  # Werkzeug 3.1 and later know it
        shared = others is not None and not self.taken
        if shared and others:
            value = _AND.join([value, *others[:_OTHERS]] if value else others)
        name, age = self.name if shared else self.spare, None if value else 0
        return dump_cookie(
            name, value, max_age=age, expires=age, httponly=True, **followed, **partitioned
        )

    def _followed(self, app: Flask) -> dict[str, Any]:
        """Return the attributes of the cookie: by a setting, else as the session's cookie has
        them.
        """
        settings = self.settings
        said = {
            "domain": settings.cookie_domain,
            "path": settings.cookie_path,
            "secure": settings.cookie_secure,
            "samesite": settings.cookie_samesite,
            "partitioned": settings.cookie_partitioned,
        }
        return {
            field: _of_session(app, field) if value is None else value
            for field, value in said.items()
        }


def _of_session(app: Flask, field: str) -> Any:
    """Return what the app says of its session's cookie, by its own session interface if that
    tells.
    """
    for interface in (app.session_interface, _DEFAULT):
        ask = getattr(interface, f"get_cookie_{field}", None)
        if ask is not None:
            with suppress(
                Exception
            ):  # one that was made for something else; what Flask does counts then
                return ask(app)
    return None  # Flask 3.0 knows nothing of partitions
