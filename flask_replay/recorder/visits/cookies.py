"""Our cookie. Its name and attributes follow the app's session cookie, unless a setting says
otherwise.

Other apps on the same host may record their visitors, too. One cookie holds the signed values of
all of them. If the app itself uses a cookie of that name, ours takes a second name that nobody else
uses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from flask import Flask, Request, Response
from flask.sessions import SessionInterface
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.http import dump_cookie

from ...settings import Settings
from ..requests.headers import header

_AND = "~"
_PART = r"(?:WyI|\.eJ)[\w-]*\.[\w-]{27}"
"""The form of what we sign: a list that begins with a text, compressed or not, in Base64, and a
signature of 20 bytes.
"""

_OURS = re.compile(f"{_PART}({_AND}{_PART})*")
_OTHERS = 3
"""The most other apps of the host whose values are kept. A key that is no longer used counts as
one.
"""


class FoundCookies(NamedTuple):
    """The cookies of a request under our names.

    :ivar own: the values under the spare name.
    :ivar parts: the signed values of this app and others, under the usual name.
    :ivar foreign: whether the usual name has another value, too.
    """

    own: list[str]
    parts: list[str]
    foreign: bool


_DEFAULT = SessionInterface()

_PARSED: Any = Request.cookies
"""What parses the header, unless the app's request class has its own ``cookies``."""


def sent_cookies(request: Request) -> MultiDict[str, str]:
    """Return the cookies that a browser sent, even if the app's request class returns others."""
    own = type(request).cookies is not _PARSED
    sent: MultiDict[str, str] = _PARSED.fget(request) if own else request.cookies
    return sent


class Cookie:
    """The cookie of one app.

    :param mark: tells the app from others with the same key, and from itself with another store.
    :ivar name: the usual name, which is chosen at the first request, when the app is set up.
    :ivar spare: the name for visitors who have another cookie under the usual name.
    :ivar name_taken: whether the app itself uses the usual name.
    """

    def __init__(self, settings: Settings, mark: str) -> None:
        self.settings = settings
        self.mark = mark
        self.name = ""
        self.spare = ""
        self.name_taken = False

    def choose_names(self, app: Flask) -> None:
        """Choose the names, by a setting or by the name of the session cookie."""
        name = self.settings.cookie_name
        if name is None:
            session_name = str(_of_session(app, "name"))
            name = (
                session_name.replace("session", "replay")
                if "session" in session_name
                else f"{session_name}_replay"
            )
        self.name, self.spare = name, f"{name}_{self.mark}"

    def find(self, sent: MultiDict[str, str]) -> FoundCookies:
        """Return the cookies under our names.

        :param sent: the cookies that a browser sent.
        """
        usual = sent.getlist(self.name)
        ours = [value for value in usual if _OURS.fullmatch(value)]
        parts = [part for value in ours for part in value.split(_AND)]
        return FoundCookies(sent.getlist(self.spare), parts, len(ours) < len(usual))

    def without(self, sent: MultiDict[str, str]) -> MultiDict[str, str]:
        """Return the cookies that the app would see without us."""
        return type(sent)([pair for pair in sent.items(multi=True) if not self._is_ours(*pair)])

    def hide(self, request: Request, shown: MultiDict[str, str]) -> None:
        """Let the app not see our cookies.

        If the app's request class makes its cookies itself, only what it has already made is
        changed. It may return a mapping of any kind, and depend on more than the header.

        :param shown: the cookies that the browser sent, without ours.
        """
        attributes = request.__dict__
        if type(request).cookies is _PARSED:
            immutable = isinstance(shown, ImmutableMultiDict)
            attributes["cookies"] = shown if immutable else shown.copy()
            return
        made = attributes.get("cookies")
        if isinstance(made, MultiDict):
            attributes["cookies"] = self.without(made)
        elif type(made) is dict:
            kept = {name: value for name, value in made.items() if not self._is_ours(name, value)}
            attributes["cookies"] = kept

    def _is_ours(self, name: object, value: object) -> bool:
        return (
            name in {self.name, self.spare}
            and isinstance(value, str)
            and _OURS.fullmatch(value) is not None
        )

    def is_set_by(self, response: Response) -> bool:
        """Whether a response of the app sets a cookie of its own with our name. If so, we use the
        spare name from now on.

        The app may pass on the response to a request within the request, with our cookie.
        """
        if not header(response.headers, "set-cookie"):
            return False
        beginning = f"{self.name}="
        sets = any(
            cookie.startswith(beginning)
            and not _OURS.fullmatch(cookie.removeprefix(beginning).partition(";")[0])
            for cookie in response.headers.getlist("Set-Cookie")
        )
        self.name_taken = self.name_taken or sets
        return sets

    def header(self, app: Flask, value: str, others: Sequence[str] | None) -> str:
        """Return the header that sets the cookie.

        :param value: the value that this app signed; ``""`` to remove it.
        :param others: the values that other apps signed, under the usual name; ``None`` if that
            name has another value.
        """
        followed = attributes(app, self.settings)
        # what most browsers use if the attribute is missing
        followed["samesite"] = followed["samesite"] or "Lax"
        # Werkzeug supports it from 3.1 on
        partitioned: dict[str, Any] = {"partitioned": True} if followed.pop("partitioned") else {}
        shared = others is not None and not self.name_taken
        if shared and others:
            value = _AND.join([value, *others[:_OTHERS]] if value else others)
        name, age = self.name if shared else self.spare, None if value else 0
        return dump_cookie(
            name, value, max_age=age, expires=age, httponly=True, **followed, **partitioned
        )


def attributes(app: Flask, settings: Settings) -> dict[str, Any]:
    """Return the attributes of the cookie, by settings or those of the session cookie."""
    configured = {
        "domain": settings.cookie_domain,
        "path": settings.cookie_path,
        "secure": settings.cookie_secure,
        "samesite": settings.cookie_samesite,
        "partitioned": settings.cookie_partitioned,
    }
    return {
        field: _of_session(app, field) if value is None else value
        for field, value in configured.items()
    }


def refused(app: Flask, settings: Settings) -> list[str]:
    """Return why browsers refuse the cookie, or lose the session cookie to it, one line per reason.

    The rules are those of the draft RFC 6265bis, sections 4.1.2 and 4.1.3.
    """
    found: list[str] = []
    name, session_name = settings.cookie_name or "", str(_of_session(app, "name"))
    if name == session_name:
        found.append(f"REPLAY_COOKIE_NAME is the name of the session cookie, {name!r}")
    has = attributes(app, settings)
    needs = {
        "SameSite=None": (has["samesite"] or "").lower() == "none",
        "Partitioned": bool(has["partitioned"]),
        f"the name {name!r}": name.startswith(("__Secure-", "__Host-")),
    }
    found += [
        f"browsers refuse the cookie: {what} requires REPLAY_COOKIE_SECURE"
        for what, needed in needs.items()
        if needed and not has["secure"]
    ]
    if name.startswith("__Host-") and (has["domain"] or has["path"] != "/"):
        found.append(
            f"browsers refuse the cookie: the name {name!r} requires the path '/' and no domain"
        )
    return found


def _of_session(app: Flask, field: str) -> Any:
    """Return an attribute of the app's session cookie, from its own session interface if
    possible.
    """
    for interface in (app.session_interface, _DEFAULT):
        ask = getattr(interface, f"get_cookie_{field}", None)
        if ask is not None:
            # an interface made for something else; Flask's defaults apply then
            with suppress(Exception):
                return ask(app)
    return None  # Flask 3.0 does not support partitioned cookies
