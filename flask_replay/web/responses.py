"""The player's own responses: headers of theirs that no hook of the app's can weaken."""

from __future__ import annotations

import gzip
from typing import Any

import brotli
import msgspec
from flask import Response, request
from werkzeug.datastructures import Headers

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""Only what the player brings along runs; nothing is asked of another site."""

_SMALL = 1000
"""Bytes up to which nothing is compressed: it would be sent in one packet anyway."""

_QUALITY = 5
"""Of 11: as quick as gzip, and smaller. The better ones take longer than what they save takes to
send.
"""

_SHARED = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Link", "Refresh")
"""What an app may say of all its responses: that pages of other sites may read them, or what to
load with them.
"""


class PlayerResponse(Response):
    """A page or a document of the player's.

    The headers are set when the response is sent, after the hooks of the app: many apps set a
    policy of their own on every response, and what it says of their pages is wrong for these.
    """

    referrer = "same-origin"

    remembered = 0
    """Seconds for which the viewer's browser may keep it; others may not."""

    @property
    def policy(self) -> str:
        """Return the policy that it is shown under."""
        return POLICY

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """Return the headers that are sent."""
        headers = super().get_wsgi_headers(environ)
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
    """Answer with a page of the player's."""
    return PlayerResponse(text, status, mimetype="text/html")


def json(data: Any, status: int = 200) -> PlayerResponse:
    """Answer with data for the player's script."""
    return compressed(msgspec.json.encode(data), "application/json", status)


def compressed(content: bytes, kind: str, status: int = 200) -> PlayerResponse:
    """Answer with what holds no token of anybody's, as small as the browser takes it.

    Pages hold such, and texts that others choose: how small a page becomes would tell how much
    alike they are (BREACH).
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
        response.content_encoding = encoding
    return response
