"""Keep files that a page loads from a view of the app: an avatar, a chart, a generated
stylesheet.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Request, Response

from ...codec import digest_key
from ...sanitize import html as sanitize_html

_KINDS = re.compile(
    r"(?:image|font|audio|video)/.+|text/css|(?:text|application)/(?:x-)?(?:java|ecma)script",
    re.IGNORECASE,
)
_TEXTS = re.compile(r"image/svg\+xml|text/.+|application/.*script", re.IGNORECASE)
_SCRIPT = re.compile(r".*script", re.IGNORECASE)
_CODE = re.compile(r"text/css|.*script", re.IGNORECASE)
_UNTYPED = frozenset({"", "application/octet-stream", "binary/octet-stream", "text/plain"})
_DETECTED = frozenset({"image", "font", "audio", "video"})
"""Types that browsers detect by content (MIME Sniffing, section 6)."""

_WHOLE = re.compile(r"bytes 0-(\d{1,15})/(\d{1,15})", re.IGNORECASE)
"""The range of a response. Browsers request videos from their beginning on, and get all of them."""

_SCRIPT_TYPE = "text/javascript"
_NO_SCRIPTS = re.compile(r"(?:image|audio|video)/.+|text/(?:css|csv)|.*script", re.IGNORECASE)
"""Types of responses that browsers do not run as scripts, and those of scripts."""

_LOADED = frozenset({*_DETECTED, "style", "script", "track"})
"""Destinations of requests for files that pages load."""

_FORBIDDEN = re.compile(r"\bno-store\b", re.IGNORECASE)


def applied_type(request: Request, response: Response, mimetype: str) -> str:
    """Return the MIME type that a browser takes a response for. It runs as a script what a page
    loads as one, unless it is a module or the app forbids that (Fetch, sections 2.10 and 3.6).

    :param mimetype: see :func:`is_asset`.
    """
    environ = request.environ
    if environ.get("HTTP_SEC_FETCH_DEST") != "script" or _NO_SCRIPTS.fullmatch(mimetype):
        return mimetype
    is_module = environ.get("HTTP_SEC_FETCH_MODE") != "no-cors"
    strict = response.headers.get("X-Content-Type-Options", "").strip().lower() == "nosniff"
    return mimetype if is_module or strict or response.status_code >= 400 else _SCRIPT_TYPE


def is_asset(request: Request, response: Response, mimetype: str) -> bool:
    """Whether a response is a file that a page loads and that may be kept.

    A response that the app forbids to store (RFC 9111, section 5.2.2.5) is not kept. It may be the
    QR code of a second factor's secret. Browsers show an image whatever its status is, and detect
    its type if the response declares none. For a 304, the browser has the file from before, and
    Werkzeug leaves the content in the response, without sending it.

    :param mimetype: the MIME type of the response, which Werkzeug reads from its header each time.
    """
    status = response.status_code
    image = mimetype.startswith("image/") or (
        mimetype in _UNTYPED and _destination(request) in _DETECTED
    )
    return (
        request.method == "GET"
        and (status in {200, 304} or (image and status >= 400) or _is_all(response))
        and (image or bool(_KINDS.fullmatch(mimetype)))
        and not _FORBIDDEN.search(",".join(response.headers.getlist("Cache-Control")))
    )


def _is_all(response: Response) -> bool:
    """Whether the requested part of a file is all of it (RFC 9110, section 14.4)."""
    found = _WHOLE.fullmatch(response.headers.get("Content-Range", ""))
    return response.status_code == 206 and found is not None and int(found[1]) + 1 == int(found[2])


def is_code(mimetype: str) -> bool:
    """Whether a file is a stylesheet or a script."""
    return _CODE.fullmatch(mimetype) is not None


def is_for_page(request: Request) -> bool:
    """Whether a browser requests a file that a page loads."""
    environ = request.environ
    destination = environ.get("HTTP_SEC_FETCH_DEST")
    if destination is None:
        accepted = environ.get("HTTP_ACCEPT", "")
        return bool(accepted.startswith(("image/", "text/css")))
    return destination in _LOADED


def _destination(request: Request) -> str:
    """Return the destination of a request for a file, or else the first type that the browser
    accepts.
    """
    headers = request.headers
    return headers.get("Sec-Fetch-Dest") or headers.get("Accept", "").partition("/")[0]


def kept_asset(content: bytes, mimetype: str, hide: Callable[[str], str]) -> tuple[str, bytes]:
    """Return the content to keep of a file for a page, with its content hash. Texts are sanitized.

    :param hide: removes the learnt secrets from a text.
    """
    if _TEXTS.fullmatch(mimetype):
        text = content.decode("utf-8", "surrogateescape")
        kept = hide(_masked(text, script=bool(_SCRIPT.fullmatch(mimetype))))
        if kept != text:
            content = kept.encode("utf-8", "surrogateescape")
    return digest_key(content), content


def _masked(text: str, *, script: bool) -> str:
    """Return a text without values under sensitive names, redacted like a page."""
    if not script:
        return sanitize_html.mask(text)
    before, after = "<script>", "</script>"
    return sanitize_html.mask(f"{before}{text}{after}").removeprefix(before).removesuffix(after)
