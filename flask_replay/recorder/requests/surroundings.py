"""What a request carries that may be secret and is not kept: cookies, headers, the session,
``g``.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any
from urllib.parse import unquote

from flask.globals import app_ctx, request_ctx
from werkzeug.datastructures import Headers
from werkzeug.http import parse_cookie

from ...sanitize.names import sensitive
from ..cleaning.named_secrets import named_secrets

_LONG_COOKIE = 20
"""Characters of a cookie's value that is no word of a preference."""


def secrets_of_context() -> dict[str, Any]:
    """Return what stands under sensitive names in the session and in ``g``, where the request still
    has them.

    Read from what these are made of: whoever asks a session marks it as used, and the response
    would vary by cookie.
    """
    found: dict[str, Any] = {}
    context = request_ctx._get_current_object()  # type: ignore[attr-defined]
    session = vars(context).get("session", vars(context).get("_session"))
    if isinstance(session, dict):
        found |= named_secrets(dict.items(session))
    shared = vars(app_ctx._get_current_object()).get("g")  # type: ignore[attr-defined]
    if shared is not None:
        for name, value in named_secrets(vars(shared).items()).items():
            found[name] = [found[name], value] if name in found else value
    return found


def learn_passing(
    passing: Callable[..., None],
    environ: Mapping[str, Any],
    headers: Headers,
    context: Mapping[str, Any],
) -> None:
    """Learn the secrets of cookies and headers, and of a request's context.

    Those of cookies are learnt for what this request leaves alone: they come with each, and an app
    may give a new one with each response.

    :param passing: learns them; see :meth:`GuardedSanitizer.passing`.
    :param headers: of the response.
    :param context: by :func:`secrets_of_context`.
    """
    secrets: dict[str, Any] = dict(context)
    for key, value in environ.items():
        if (
            key.startswith("HTTP_")
            and type(value) is str
            and key != "HTTP_COOKIE"
            and sensitive(key[5:])
        ):
            secrets[key[5:]] = value
            meant = _meant(value)
            secrets["credential"] = [
                *secrets.get("credential", []),
                *meant[1:],
                *chain.from_iterable(map(_credentials, meant)),
            ]
    found = [*_secret_cookies(environ.get("HTTP_COOKIE", ""))]  # Werkzeug reads it as UTF-8
    for line in headers.getlist("Set-Cookie"):
        found += _secret_cookies(line.partition(";")[0])
    if found:
        passing({"cookie": found})
    if secrets:
        passing(secrets, lasting=True)


def _meant(value: str) -> tuple[str, ...]:
    """Return a header as servers pass it on, a character for each byte (PEP 3333), and in UTF-8 if
    it may be that.
    """
    if value.isascii():
        return (value,)
    try:
        return value, value.encode("latin-1").decode()
    except UnicodeError:
        return (value,)


@lru_cache(maxsize=256)
def _secret_cookies(header: str) -> tuple[str, ...]:
    """Return the values of cookies that may be secret; a visitor sends the same ones with each
    request.
    """
    cookies = parse_cookie(header).items(multi=True)
    values = (value for name, value in cookies if sensitive(name) or len(value) >= _LONG_COOKIE)
    return tuple(dict.fromkeys(text for value in values for text in (value, unquote(value))))


def _credentials(value: str) -> list[str]:
    """Return what an ``Authorization`` header is made of: RFC 7617 for the password in it."""
    scheme, _, rest = value.partition(" ")
    if not rest:
        return []
    if scheme.lower() != "basic":
        return [rest.strip()]
    try:
        user, _, password = b64decode(rest.strip(), validate=True).decode().partition(":")
    except ValueError:
        return [rest.strip()]
    return [rest.strip(), password] if user else [rest.strip()]
