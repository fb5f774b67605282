"""Which responses a visitor sees: pages and fragments, and not redirects, 304, data, or what the
browser loads for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from mimetypes import guess_type
from typing import Any

from .headers import STREAM

_PAGES = frozenset({"text/html", "application/xhtml+xml", STREAM})

_TEXTS = frozenset({"text/plain", "text/xml", "application/xml"})
_NAVIGATED = frozenset({"document", "iframe", "frame"})
"""Destinations (Fetch, section 2.2.5) for which browsers show a text as a page."""

_ASIDE = re.compile(r"\b(prefetch|prerender|preview)\b", re.IGNORECASE)
_PURPOSES = (
    "HTTP_SEC_PURPOSE",
    "HTTP_X_SEC_PURPOSE",
    "HTTP_PURPOSE",
    "HTTP_X_PURPOSE",
    "HTTP_X_MOZ",
)
_PRELOADED = "HTTP_HX_PRELOADED"
_LOOKED_AT = frozenset({"document", "empty", "websocket"})
"""Destinations of requests (Fetch, section 2.2.5) whose responses may be shown as a page, or within
one.
"""

_OTHER_KINDS = re.compile(r"(image|audio|video|font)/|text/css", re.IGNORECASE)


def is_aside(environ: Mapping[str, Any], path: str, status: int) -> bool:
    """Whether the response is not shown to the visitor as a page.

    The browser prefetched it, or requested it for an image, a frame or a report; or it is an error,
    and its path is not that of a page. Browsers send the destination over TLS only. Without it,
    ``Accept`` identifies images.
    """
    if _PRELOADED in environ or any(
        _ASIDE.search(environ[name]) for name in _PURPOSES if name in environ
    ):
        return True
    destination, mode = (
        environ.get("HTTP_SEC_FETCH_DEST", ""),
        environ.get("HTTP_SEC_FETCH_MODE", ""),
    )
    if destination or mode:
        return mode == "no-cors" or bool(destination and destination not in _LOOKED_AT)
    accepted = environ.get("HTTP_ACCEPT", "")
    if _OTHER_KINDS.match(accepted) and "html" not in accepted:
        return True
    return status >= 400 and not is_named_page(path)


def is_named_page(path: str) -> bool:
    """Whether a path may lead to a page, by its name."""
    kind, packed = guess_type(path.rpartition("/")[2])
    return (
        packed is None and (kind is None or kind in _PAGES) and not path.startswith("/.well-known/")
    )


def is_text(mimetype: str) -> bool:
    """Whether a response is a text that browsers show as it is, or as a feed (``+xml``)."""
    return mimetype in _TEXTS or mimetype in {"application/rss+xml", "application/atom+xml"}


def is_navigated(environ: Mapping[str, Any]) -> bool:
    """Whether a browser navigated to a response, so that it shows any text as a page."""
    destination = environ.get("HTTP_SEC_FETCH_DEST")
    if destination is None:
        return "HTTP_SEC_FETCH_MODE" not in environ and "text/html" in environ.get(
            "HTTP_ACCEPT", ""
        )
    return destination in _NAVIGATED


def is_page(mimetype: str, status: int, method: str) -> bool:
    """Whether a response shows something to the visitor. Redirects and 304 (not modified) do not,
    nor does the response to a ``HEAD`` request.
    """
    return mimetype in _PAGES and method != "HEAD" and status != 304 and not 300 <= status < 400
