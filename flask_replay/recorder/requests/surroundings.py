"""Learn the secrets that a request carries in data that is not kept: cookies, headers, the session
and ``g``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import chain, pairwise
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl, unquote

from flask.globals import app_ctx, request_ctx
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.http import parse_cookie

from ...sanitize.embedded_documents import document_of
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.names import sensitive
from ..cleaning.named_secrets import named_secrets

_FIRST = itemgetter(0)
_LONG_COOKIE = 20
"""The shortest cookie value, in characters, that counts as secret. Preferences are shorter."""


def secrets_of_context() -> dict[str, Any]:
    """Return the values under sensitive names in the session and in ``g``, while the request still
    has them.

    They are read from the underlying dictionaries. Access through the session would mark it as
    used, and add ``Vary: Cookie`` to the response.
    """
    found: dict[str, Any] = {}
    context = request_ctx._get_current_object().__dict__  # type: ignore[attr-defined]
    session = context.get("session", context.get("_session"))
    if isinstance(session, dict) and dict.__len__(session):
        found |= named_secrets(dict.items(session))
    shared = app_ctx._get_current_object().__dict__.get("g")  # type: ignore[attr-defined]
    if shared is not None and shared.__dict__:
        for name, value in named_secrets(shared.__dict__.items()).items():
            found[name] = [found[name], value] if name in found else value
    return found


def learn_unkept_data(
    sanitizer: GuardedSanitizer,
    environ: Mapping[str, Any],
    headers: Headers,
    context: Mapping[str, Any],
) -> None:
    """Learn the secrets of cookies and headers, and of a request's context.

    Those of cookies apply to this request only. They come with each request, and an app may set a
    new one with each response.

    :param sanitizer: learns them.
    :param headers: the headers of the response.
    :param context: the result of :func:`secrets_of_context`.
    """
    secrets: dict[str, Any] = dict(context)
    for key in secret_headers(tuple(environ)):
        value = environ[key]
        if type(value) is str:
            listed = [item for item in value.split(", ") if "=" not in item]
            secrets[key[5:]] = [*_header_forms(value), *listed]
    if "HTTP_SEC_WEBSOCKET_PROTOCOL" in environ:
        secrets["bearer"] = _subprotocol(environ["HTTP_SEC_WEBSOCKET_PROTOCOL"])
    sets_cookies, names = _secret_names(tuple(map(_FIRST, headers)))
    for name in names:
        secrets[name] = headers.getlist(name)
    set_cookies = headers.getlist("Set-Cookie") if sets_cookies else ()
    lines = [line.partition(";")[0] for line in set_cookies]
    found = [*map(_secret_cookies, (environ.get("HTTP_COOKIE", ""), *lines))]
    if any(found):
        sanitizer.learn_cookies([value for values in found for value in values])
    documents = [*map(_documents_in_cookies, (environ.get("HTTP_COOKIE", ""), *lines))]
    if any(documents):
        sanitizer.learn_unkept({"": [*chain.from_iterable(documents)]})
    if secrets:
        sanitizer.learn_unkept(secrets, lasting=True)


@lru_cache(maxsize=256)
def secret_headers(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of a request's headers with sensitive names, except cookies.

    They are cached, since most requests of a visitor have the same headers.

    :param keys: the keys of a request's environment.
    """
    headers = (key for key in keys if key.startswith("HTTP_") and key != "HTTP_COOKIE")
    return tuple(key for key in headers if sensitive(key[5:]))


@lru_cache(maxsize=256)
def _secret_names(names: tuple[str, ...]) -> tuple[bool, tuple[str, ...]]:
    """Return whether a response sets cookies, and the names of its other headers that are
    sensitive. ``WWW-Authenticate`` only asks for a secret.

    :param names: the names of its headers.
    """
    asking = ("set-cookie", "www-", "proxy-", "content-")
    kept = tuple(
        name for name in {*names} if sensitive(name) and not name.lower().startswith(asking)
    )
    return "set-cookie" in map(str.lower, names), kept


def _header_forms(value: str) -> tuple[str, ...]:
    """Return the forms in which a header may occur: one character per byte, as servers pass it on
    (PEP 3333), and decoded as UTF-8 if possible.
    """
    if value.isascii():
        return (value,)
    try:
        return value, value.encode("latin-1").decode()
    except UnicodeError:
        return (value,)


@lru_cache(maxsize=256)
def _secret_cookies(header: str) -> tuple[str, ...]:
    """Return the values of cookies that may be secret. They are cached, since a visitor sends the
    same ones with each request.
    """
    cookies = _cookies(header).items(multi=True)
    values = (value for name, value in cookies if sensitive(name) or len(value) >= _LONG_COOKIE)
    return tuple(dict.fromkeys(text for value in values for text in (value, unquote(value))))


@lru_cache(maxsize=256)
def _documents_in_cookies(header: str) -> tuple[str | dict[str, str], ...]:
    """Return the JSON documents and fields in the values of cookies, such as preferences."""
    values = [unquote(value) for value in _cookies(header).values()]
    documents = [value for value in values if document_of(value) is not None]
    return (*documents, *(dict(parse_qsl(value)) for value in values if "=" in value[:-2]))


def _cookies(header: str) -> MultiDict[str, str]:
    """Return the cookies of a header. Not all callers of an app keep to characters that stand for
    bytes (PEP 3333), and Werkzeug's function raises for others.
    """
    return parse_cookie(header.encode("latin-1", "ignore").decode("latin-1"))


def _subprotocol(header: str) -> list[str]:
    """Return the tokens in a list of subprotocols. Scripts put them there, since a WebSocket cannot
    set other headers.

    A token follows a subprotocol with a sensitive name, or is part of one, as in Kubernetes.
    """
    names = [name.strip() for name in header.split(",")]
    behind = [name for before, name in pairwise(names) if sensitive(before)]
    return behind + [name.rpartition(".")[2] for name in names if ".bearer." in name]
