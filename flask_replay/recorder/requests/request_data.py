"""Read the data that a request carries, sanitized by names, and learn its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from itertools import chain
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from flask import Request as FlaskRequest
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.wsgi import get_current_url

from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.names import sensitive
from ..cleaning.addresses import Addresses
from ..cleaning.client_address import kept_address, learn_senders
from ..cleaning.plain_data import multi, plain, text
from .bodies import body_of
from .routes import Routes
from .surroundings import learn_unkept_data, secret_headers
from .unparsed_bodies import Upload, learn_body

_ORIGIN = ("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT")
"""The keys of an environment from which the scheme and host of a request follow."""

_ORDINARY = re.compile(r"[\w.~!$&'()*+,/:;=@-]*", re.ASCII)
"""Paths and queries that are shown as they are sent."""

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


class RequestData:
    """The sanitized data of a request. Making it teaches the sanitizer the request's secrets.

    :param routes: knows the arguments in the paths of the app's pages.
    :param headers: the headers of the response, if there is one.
    :param context: the secrets of the session and of ``g``.
    :param uploads: the uploaded files.
    :ivar addresses: sanitizes the URLs of this request.
    :ivar host: the scheme and host.
    :ivar url: the path and query.
    :ivar ip: what is kept of the visitor's address.
    """

    def __init__(
        self,
        request: FlaskRequest,
        sanitizer: GuardedSanitizer,
        routes: Routes | None = None,
        headers: Headers | None = None,
        context: Mapping[str, Any] = MappingProxyType({}),
        uploads: Iterable[Upload] = (),
    ) -> None:
        learn_senders(sanitizer, request.environ)
        learn_unkept_data(
            sanitizer, request.environ, Headers() if headers is None else headers, context
        )
        arguments = request.view_args
        self.view_args = sanitizer.params(plain(dict(arguments)) if arguments else {})
        self.host, url = address_of(request.environ)
        rule = request.url_rule
        routes = routes or (None if rule is None else Routes.of(rule.rule))
        self.addresses = Addresses(sanitizer, routes, self.host, request.script_root)
        body = body_of(request)
        self.form = _form(request, body, self.addresses)
        self.json = _json(request, body, self.addresses)
        if body and not self.form and self.json is None:
            learn_body(sanitizer, body, request.mimetype)
        for upload in uploads:
            upload.teach(sanitizer)
        self.url = self.addresses.clean(url)
        self.ip = kept_address(request.remote_addr, sanitizer.keep_ip)


def carries_secrets(request: FlaskRequest, context: Mapping[str, Any]) -> bool:
    """Whether a request seems to carry secrets that the visitor's next requests may not repeat.

    Secrets in cookies are ignored, because they come with each request. Names within a JSON
    document or a URL are not examined; the request counts as secret then.

    :param context: the secrets of the session and of ``g``.
    """
    attributes, environ = request.__dict__, request.environ
    query = environ.get("QUERY_STRING", "")
    if (
        context
        or attributes.get("_cached_json")
        or attributes.get("_cached_data")
        or attributes.get("files")
        or "/" in query
        or "%2f" in query.lower()
    ):
        return True
    if secret_headers(tuple(environ)):
        return True
    fields = (name for name, _ in parse_qsl(query, keep_blank_values=True))
    return any(map(sensitive, chain(request.view_args or (), attributes.get("form") or (), fields)))


def address_of(environ: dict[str, Any]) -> tuple[str, str]:
    """Return the scheme and host of a request, and its path and query, with the letters that a
    browser shows.

    ``request.url`` is not used, because it raises for a host that the app does not trust.
    """
    origin = _origin(*map(environ.get, _ORIGIN))
    path = (
        f"{environ.get('SCRIPT_NAME', '').rstrip('/')}/{environ.get('PATH_INFO', '').lstrip('/')}"
    )
    query = environ.get("QUERY_STRING", "")
    if _ORDINARY.fullmatch(path) and _ORDINARY.fullmatch(query):
        return text(origin), f"{path}?{query}" if query else path
    paths = {name: _decoded(environ.get(name, "")) for name in ("SCRIPT_NAME", "PATH_INFO")}
    return text(origin), get_current_url({**environ, **paths})[len(origin) :]


def _decoded(written: str) -> str:
    """Return a path of WSGI's environ, which holds each byte as a letter (PEP 3333), as text."""
    return written.encode("latin-1", "replace").decode("utf-8", "replace")


@lru_cache(maxsize=256)
def _origin(*values: str | None) -> str:
    """Return the scheme and host. They are cached, since an app has few of them.

    :param values: the values of the keys in :data:`_ORIGIN`.
    """
    return get_current_url(dict(zip(_ORIGIN, values, strict=True)), host_only=True)[:-1]


def _form(request: FlaskRequest, body: bytes, addresses: Addresses) -> dict[str, list[Any]]:
    """Return the form if the app has read it. Reading it here could take it from the app."""
    form = request.__dict__.get("form")
    if not form and body and request.mimetype == "application/x-www-form-urlencoded":
        form = MultiDict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if not form:
        return {}
    kept = _params(request, multi(form), addresses.sanitizer)
    return {
        name: addresses.within(value) for name, value in kept.items() if isinstance(value, list)
    }


def _params(
    request: FlaskRequest, params: dict[str, Any], sanitizer: GuardedSanitizer
) -> dict[str, Any]:
    """Return the data that a form or a script sent, sanitized."""
    return sanitizer.typed(params, f"{request.script_root}{request.path}")


def _json(request: FlaskRequest, body: bytes, addresses: Addresses) -> Any:
    """Return the JSON document if the app has read it, through Flask or by itself, whatever its
    MIME type.
    """
    document = getattr(request, "_cached_json", (Ellipsis,))[0]
    if (
        body
        and document is Ellipsis
        and request.mimetype not in _FORMS
        and (request.is_json or body.lstrip()[:1] in (b"{", b"["))
    ):
        document = parsed(body)
    if isinstance(document, Mapping):
        kept = _params(request, plain(dict(document)), addresses.sanitizer)
        return addresses.within(kept)
    return None if document is Ellipsis or document is None else clean_json(document, addresses)


def parsed(body: bytes) -> Any:
    """Return a parsed JSON document, or ``None`` if it is malformed."""
    try:
        return msgspec.json.decode(body.decode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        return None


def clean_json(document: Any, addresses: Addresses, *, answer: bool = False) -> Any:
    """Return a JSON document, sanitized.

    :param answer: it comes from the app.
    """
    params = partial(addresses.sanitizer.params, answer=answer)
    if isinstance(document, Mapping):
        return addresses.within(params(plain(dict(document))))
    return addresses.within(params({"": plain(document)}).get(""))


def files_of(request: FlaskRequest) -> dict[str, list[str]]:
    """Return the names of uploaded files by their fields, if the app has read them."""
    files = request.__dict__.get("files")
    if not files:
        return {}
    return {
        text(field): [text(file.filename or "") for file in uploads]
        for field, uploads in files.lists()
    }
