"""Sign visits for our cookie with the app's secret key, and read them again.

An app may have a key for each of its tenants, by overriding ``secret_key``. A request uses the key
that the app has when it begins.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from inspect import getattr_static
from typing import Any, NamedTuple

import msgspec
from flask import Flask, Request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.datastructures import MultiDict

from ...expiring import Expiring
from ...host.secret_keys import secret_keys
from ...recording.ids import is_id
from ..visit import Visit

_REMEMBERED = 1_000
"""The most cookie headers with a checked signature to remember, and the most keys."""

_SIGNING = "flask_replay.signing"
"""The key, in the attributes of a request, of its :class:`Signing`, in an app with several secret
keys.
"""


class CookieContents(NamedTuple):
    """The contents of the cookies of a request, remembered by their header.

    :ivar visit: the visit in our cookie.
    :ivar others: the values of other apps in it; ``None`` if the usual name has another value.
    :ivar shown: the cookies that the app sees.
    """

    visit: Visit | None
    others: list[str] | None
    shown: MultiDict[str, str]


class Signing:
    """Signs with one secret key.

    :param keys: the app's secret keys, the current one last; empty for an app without keys.
    :param salt: tells the app from others with the same key.
    :param seconds: how long a checked header is remembered.
    :ivar contents: the contents of cookie headers that were read with this key.
    """

    def __init__(self, keys: list[Any], salt: str, seconds: float) -> None:
        self.secret_key = keys[-1] if keys else None
        self.serializer = URLSafeSerializer(keys, salt=salt) if keys else None
        self.contents: Expiring[str, CookieContents] = Expiring(seconds, _REMEMBERED)

    @property
    def keys(self) -> list[bytes]:
        """Return the secret keys, the newest last."""
        return [] if self.serializer is None else self.serializer.secret_keys

    def sign(self, fields: list[Any]) -> str:
        """Return the signed text of a visit. There must be a key."""
        assert self.serializer is not None
        value = self.serializer.dumps(fields)
        return value if isinstance(value, str) else value.decode()

    def read(self, text: str | None) -> Visit | None:
        """Return the visit in a signed text, or ``None`` if it was not signed with this key."""
        if text is None or self.serializer is None:
            return None
        try:
            return _visit(self.serializer.loads(text))
        except (BadData, msgspec.ValidationError):
            return None

    def digest(self, name: str) -> str:
        """Return a digest of a visitor's name, ``""`` for nobody."""
        return _digest(name, self.secret_key) if name else ""


class Signings:
    """Provides the :class:`Signing` for each request of one app.

    :param salt: tells the app from others with the same key.
    :param seconds: how long a checked header is remembered.
    :ivar current: the :class:`Signing` for the latest request.
    """

    def __init__(self, app: Flask, salt: str, seconds: float) -> None:
        self.salt = salt
        self.seconds = seconds
        own, usual = (getattr_static(kind, "secret_key") for kind in (type(app), Flask))
        self.overridden = own is not usual
        self.several: Expiring[tuple[Any, ...], Signing] = Expiring(seconds, _REMEMBERED)
        self.current = self.made(app)

    def made(self, app: Flask) -> Signing:
        """Return a :class:`Signing` with the key that the app has now."""
        return Signing(secret_keys(app), self.salt, self.seconds)

    def begin(self, app: Flask, request: Request) -> Signing:
        """Return the :class:`Signing` for a request that begins."""
        if self.overridden:
            return self._of_tenant(app, request)
        # Faster than the app's attribute. The key may be set or rotated at any time.
        if app.config.get("SECRET_KEY") != self.current.secret_key:
            self.current = self.made(app)
        return self.current

    def _of_tenant(self, app: Flask, request: Request) -> Signing:
        keys = secret_keys(app)
        found = self.several.get(tuple(keys)) or Signing(keys, self.salt, self.seconds)
        self.several.put(tuple(keys), found)
        self.current = request.__dict__[_SIGNING] = found
        return found

    def of(self, request: Request) -> Signing:
        """Return the :class:`Signing` for a request that has begun."""
        found: Signing = request.__dict__.get(_SIGNING, self.current)
        return found

    def keys(self) -> list[bytes]:
        """Return all secret keys that were used recently, the newest last. The list is empty for an
        app without keys.
        """
        used = [signing for _, signing in self.several.newest()] or [self.current]
        return [key for signing in reversed(used) for key in signing.keys]


class _CookieFields(msgspec.Struct, array_like=True):
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
    fields = msgspec.convert(document, _CookieFields)
    if not all(name == "" or is_id(name) for name in (fields.id, fields.capture, fields.before)):
        return None
    before = (
        Visit(fields.before, fields.before_ms, fields.seen, who=fields.before_who)
        if fields.before
        else None
    )
    return Visit(
        fields.id,
        fields.started_ms,
        fields.seen,
        fields.capture,
        fields.who,
        before,
        consented=fields.consented == 1,
    )


@lru_cache(maxsize=1_000)
def _digest(name: str, key: str | bytes | None) -> str:
    """Return a keyed digest of a name. It tells names apart, and does not reveal them to a reader
    of the cookie.
    """
    secret = key.encode() if isinstance(key, str) else key or b""
    return hashlib.blake2b(
        name.encode("utf-8", "replace"), digest_size=6, key=secret[:64]
    ).hexdigest()
