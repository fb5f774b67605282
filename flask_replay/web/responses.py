"""The player's own responses, with headers that no hook of the app can weaken."""

from __future__ import annotations

import gzip
from http import HTTPStatus
from typing import Any

import brotli
import msgspec
from flask import Response, request
from werkzeug.datastructures import Headers

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""Only the player's own files are loaded and run; other sites are not contacted."""

_SMALL = 1000
"""Bytes up to which nothing is compressed, because it fits into one packet anyway."""

_QUALITY = 5
"""Of 11: as fast as gzip, and smaller. Higher levels take longer than they save in transmission."""

_SHARED = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Link", "Refresh")
"""Headers that an app may set on all responses: permission for other sites to read them, and
resources to load with them.
"""


_OF_PARTS = (HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)


class PlayerResponse(Response):
    """A page or document of the player.

    The headers are set when the response is sent, after the app's hooks. Many apps set their own
    policy on every response, which is wrong for the player. Some add to every page, or compress it.

    :ivar encoding: how the content is compressed.
    """

    referrer = "same-origin"

    encoding = ""

    remembered = 0
    """Seconds for which the viewer's browser, but no shared cache, may keep it."""

    @property
    def policy(self) -> str:
        """Return the content security policy of the response."""
        return POLICY

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        content = list(self.response) if isinstance(self.response, list) else self.response
        self._own = content, self.headers["Content-Type"]

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """Return the headers to send, and restore the content that they describe."""
        self.response, self.headers["Content-Type"] = self._own
        del self.headers["Content-Length"]
        if self.status_code in _OF_PARTS:  # a hook made it part of the content
            self.status_code = HTTPStatus.OK
            del self.headers["Content-Range"]
        headers = super().get_wsgi_headers(environ)
        headers.pop("Content-Encoding", None)
        if self.encoding:
            headers["Content-Encoding"] = self.encoding
        headers["Content-Security-Policy"] = self.policy
        headers["Referrer-Policy"] = self.referrer
        headers["X-Frame-Options"] = "SAMEORIGIN"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-DNS-Prefetch-Control"] = "off"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Cache-Control"] = (
            f"private, max-age={self.remembered}, immutable" if self.remembered else "no-store"
        )
        for name in _SHARED:
            headers.pop(name, None)
        return headers


def html(text: str | bytes, status: int = 200) -> PlayerResponse:
    """Return a page of the player."""
    return PlayerResponse(text, status, mimetype="text/html")


def json(data: Any, status: int = 200) -> PlayerResponse:
    """Return data for the player's script."""
    return compressed(msgspec.json.encode(data), "application/json", status)


def compressed(content: bytes, kind: str, status: int = 200) -> PlayerResponse:
    """Return a response without tokens, compressed as the browser accepts it.

    Pages are not compressed: they contain tokens beside texts from others, and the size of a
    compressed page would reveal how similar these are (BREACH).
    """
    accepted = request.accept_encodings
    encoding = (
        next((name for name in ("br", "gzip") if accepted[name]), "")
        if len(content) > _SMALL
        else ""
    )
    if encoding:
        content = (
            brotli.compress(content, quality=_QUALITY)
            if encoding == "br"
            else gzip.compress(content, _QUALITY)
        )
    response = PlayerResponse(content, status, mimetype=kind)
    response.vary.add("Accept-Encoding")
    if encoding:
        response.encoding = encoding
    return response
