"""One request and its response as a batch of events, sanitized."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from flask import Request as FlaskRequest
from flask import Response
from werkzeug.datastructures import Headers
from werkzeug.wsgi import get_current_url

from ..fragments.headers import is_page
from ..recording import model
from ..sanitize import REDACTED
from .buffer import Budget, Buffer
from .cleaning import clean_events
from .errors import error_event
from .hooks import GuardedSanitizer
from .parts import Parts, find_parts, is_data
from .plain import multi, plain, text
from .rendering import Render, frames
from .steering import Routes, hidden_arguments, request_headers, response_headers

_CREDENTIALS = re.compile(r"\A([A-Za-z][\w+.-]*:)?//[^/@]*@")
_ORIGIN = ("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT")
"""What tells in an environment by which address the app was asked."""

_ORDINARY = re.compile(r"[\w.~!$&'()*+,/:;=@-]*", re.ASCII)
"""Paths and queries that are shown as they are sent."""

_SHORT = 256
"""A URL of fewer characters, without parameters and host, is kept as it is without a closer look."""

_REQUEST = 5_000
"""Bytes that a request is taken to hold beside what it carries and renders: its environment, its headers."""

_IN_MEMORY = 500_000
"""Bytes of a posted form that Werkzeug keeps in memory, as long as an app does not say otherwise."""

_MAX_NESTED = 3
"""URLs within URLs within URLs: so deep are they looked into."""


class Exchange:
    """A request that was answered, or failed.

    :param routes: knows the arguments in the paths of the app's pages; without it no address of a page is kept,
        for it may hold a secret.
    :ivar mimetype: of the response, ``""`` without one.
    :ivar page: the response shows something to the visitor.
    :ivar body: of the response, ``None`` when it was neither a page nor data, or nobody could see it.
    :ivar answered: when the response was made, by ``time.perf_counter()``.
    :ivar held: bytes that the budget was told this holds.
    """

    def __init__(
        self,
        buffer: Buffer,
        request: FlaskRequest,
        response: Response | None,
        duration_ms: int,
        routes: Routes | None = None,
    ) -> None:
        self.routes = routes
        self.buffer = buffer
        self.request = request
        self.status = 500 if response is None else response.status_code
        self.headers = Headers() if response is None else response.headers  # not the response: it may be a stream
        self.answered = time.perf_counter()
        self.duration_ms = duration_ms
        self.mimetype = "" if response is None else response.mimetype or ""
        self.page = response is not None and is_page(self.mimetype, response.status_code, request.method)
        self.body: bytes | None = None
        self.size = -1
        self.held = 0

    def hold(self, budget: Budget, more: int = 0) -> None:
        """Count what this holds until it is handed over.

        :param more: bytes that are kept elsewhere for it.
        """
        read = self.request.__dict__.get("_cached_data")
        carried = min(self.request.content_length or 0, _IN_MEMORY) if read is None else len(read)
        held = _REQUEST + 2 * carried + self.buffer.size + len(self.body or b"") + more
        budget.add(held - self.held)
        self.held = held

    def let_go(self, budget: Budget) -> None:
        """Count no longer what this held."""
        budget.add(-self.held)
        self.held = 0

    def batch(self, sanitizer: GuardedSanitizer, raw_html: int) -> tuple[model.Batch, dict[str, bytes]]:
        """Give the events, and the documents that their frames name.

        :param raw_html: characters of literal HTML that are kept.
        """
        buffer = self.buffer
        request = self._request(sanitizer, self._parts(raw_html), raw_html)  # first: it tells what to hide in frames
        made, documents = frames(buffer.renders, buffer.offset_ms, sanitizer)
        end = buffer.offset_ms(buffer.started) + self.duration_ms
        innermost = {id(render.error): number for number, render in enumerate(buffer.renders)}
        errors = [error_event(error, end, innermost.get(id(error), -1)) for error in self._raised()]
        if sanitizer.failures:
            request = msgspec.structs.replace(request, flags=(*request.flags, *sanitizer.failures))
        return model.Batch(clean_events((request, *made, *errors), sanitizer)), documents

    def _raised(self) -> list[BaseException]:
        """Give what was raised: what nobody handled, and what a render raised even if somebody did."""
        raised = {id(error): error for error in self.buffer.errors}
        for render in self.buffer.renders:
            if render.error is not None:
                raised.setdefault(id(render.error), render.error)
        return list(raised.values())

    def _parts(self, raw_html: int) -> Parts:
        if not self.page:
            return Parts()
        if self.body is not None:
            return find_parts(self.body, self.buffer.renders, raw_html)
        # encoded by somebody, or sent by other means: what was rendered is the best there is
        renders: list[Render] = self.buffer.renders
        return Parts(tuple(n for n, render in enumerate(renders) if render.output and render.parent is None))

    def _request(self, sanitizer: GuardedSanitizer, found: Parts, raw_html: int) -> model.Request:
        request = self.request
        arguments = plain(dict(request.view_args or {}))
        view_args = sanitizer.params(arguments)
        hidden = [str(value) for name, value in arguments.items() if view_args.get(name) != value and value]
        host, url = _address(request.environ)
        form, json = _form(request, sanitizer), _json(request, sanitizer)

        def clean_page(address: str) -> str:
            if self.routes is None:
                return ""
            path = address.partition("?")[0]
            values = hidden_arguments(path, self.routes, request.script_root, sanitizer.params)
            cleaned: str = hide(_hide(clean_url(address, sanitizer), [*hidden, *values]))
            return cleaned

        clean, target = clean_url(url, sanitizer), clean_url(self.headers.get("Location", ""), sanitizer)
        hide = sanitizer.hide
        return model.Request(
            offset_ms=self.buffer.offset_ms(self.buffer.started),
            method=text(request.method),
            url=hide(_hide(clean, hidden)),
            host=host,
            endpoint=request.endpoint,
            view_args=hide(view_args),
            form=hide(form),
            json=hide(json),
            files=_files(request),
            status=self.status,
            duration_ms=self.duration_ms,
            redirect=hide(_hide(target, hidden)),
            mimetype=self.mimetype,
            size=self.size,
            parts=tuple(hide(part) for part in found.parts),
            asked=hide(request_headers(request.environ, host, clean_page)),
            told=hide(response_headers(self.headers, host, clean_page)),
            data=hide(self._data(sanitizer, raw_html)),
            flags=("parts",) if found.cut else (),
        )

    def _data(self, sanitizer: GuardedSanitizer, limit: int) -> Any:
        """Give the JSON document of the response."""
        if self.body is None or not is_data(self.mimetype):
            return None
        if len(self.body) > limit:
            return None
        try:
            document: Any = msgspec.json.decode(self.body.decode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            return None
        return clean_json(document, sanitizer)


def _address(environ: dict[str, Any]) -> tuple[str, str]:
    """Give the scheme and host of a request, and the path and query, with the letters that a browser shows.

    Not by ``request.url``: asking that for a host which the app doesn't trust raises.
    """
    origin = _origin(*map(environ.get, _ORIGIN))
    place = f"{environ.get('SCRIPT_NAME', '').rstrip('/')}/{environ.get('PATH_INFO', '').lstrip('/')}"
    query = environ.get("QUERY_STRING", "")
    if _ORDINARY.fullmatch(place) and _ORDINARY.fullmatch(query):
        return text(origin), f"{place}?{query}" if query else place
    return text(origin), get_current_url(environ)[len(origin) :]


@lru_cache(maxsize=256)
def _origin(*values: str | None) -> str:
    """Give scheme and host; an app has few of them.

    :param values: of what :data:`_ORIGIN` names.
    """
    return get_current_url(dict(zip(_ORIGIN, values, strict=True)), host_only=True)[:-1]


def clean_url(url: str, sanitizer: GuardedSanitizer, depth: int = 0) -> str:
    """Give a URL with its query sanitized, and without credentials.

    So are the parameters in its fragment (``#access_token=…``), and in URLs that it carries
    (``?next=/reset?token=…``).
    """
    if url.isascii() and "?" not in url and "#" not in url and "//" not in url and len(url) < _SHORT:
        return url
    rest, hash, fragment = text(url).partition("#")
    place, mark, query = rest.partition("?")
    place = _CREDENTIALS.sub(r"\1//", place)
    if "=" in fragment:
        fragment = _clean_query(fragment, sanitizer, depth)
    return f"{place}{mark}{_clean_query(query, sanitizer, depth)}{hash}{fragment}"


def _clean_query(query: str, sanitizer: GuardedSanitizer, depth: int) -> str:
    names: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        names.setdefault(name, []).append(value)
    if not names:
        return query
    kept = {name: clean_urls(value, sanitizer, depth + 1) for name, value in sanitizer.params(names).items()}
    return query if kept == names else urlencode(kept, doseq=True, quote_via=quote, safe="[]/")


def clean_urls(value: Any, sanitizer: GuardedSanitizer, depth: int = 0) -> Any:
    """Clean what looks like a URL with parameters or credentials, wherever it is in plain data."""
    if isinstance(value, list):
        return [clean_urls(item, sanitizer, depth) for item in value]
    if isinstance(value, dict):
        return {name: clean_urls(item, sanitizer, depth) for name, item in value.items()}
    if isinstance(value, str) and ("//" in value or ("=" in value and ("?" in value or "#" in value))):
        return clean_url(value, sanitizer, depth) if depth < _MAX_NESTED else REDACTED
    return value


def _hide(url: str, values: list[str]) -> str:
    """Take values out of a URL, whichever of their letters are written as ``%2B`` or ``%2b`` in it."""
    for value in values:
        url = url.replace(value, REDACTED)
        if "%" in url:
            written = "".join(f"(?:{re.escape(letter)}|(?i:{_escaped(letter)}))" for letter in value)
            url = re.sub(written, REDACTED, url)
    return url


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02x}" for byte in letter.encode("utf-8", "replace"))


def _form(request: FlaskRequest, sanitizer: GuardedSanitizer) -> dict[str, list[Any]]:
    """Give the form if the app has read it; reading it here could take it from under the app."""
    form = request.__dict__.get("form")
    if not form:
        return {}
    kept = sanitizer.params(multi(form))
    return {name: clean_urls(value, sanitizer) for name, value in kept.items() if isinstance(value, list)}


def _json(request: FlaskRequest, sanitizer: GuardedSanitizer) -> Any:
    """Give the JSON document if the app has read it."""
    document = getattr(request, "_cached_json", (Ellipsis,))[0]
    return None if document is Ellipsis or document is None else clean_json(document, sanitizer)


def clean_json(document: Any, sanitizer: GuardedSanitizer) -> Any:
    """Give what may be kept of a JSON document."""
    if isinstance(document, Mapping):
        return clean_urls(sanitizer.params(plain(dict(document))), sanitizer)
    return clean_urls(sanitizer.params({"": plain(document)}).get(""), sanitizer)


def _files(request: FlaskRequest) -> dict[str, list[str]]:
    files = request.__dict__.get("files")
    if not files:
        return {}
    return {text(field): [text(file.filename or "") for file in uploads] for field, uploads in files.lists()}
