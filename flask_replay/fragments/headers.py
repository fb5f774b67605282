"""The headers that tell how a page uses a response, and whether it is shown. A recording keeps no
other headers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from mimetypes import guess_type
from typing import Any

REQUEST = (
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Site",
    "Sec-Purpose",
    "Referer",
    "X-Requested-With",
    "HX-Request",
    "HX-Target",
    "HX-Trigger",
    "HX-Trigger-Name",
    "HX-Boosted",
    "HX-Current-URL",
    "HX-History-Restore-Request",
    "HX-Source",  # htmx 4
    "HX-Request-Type",  # htmx 4
    "Turbo-Frame",
    "X-Turbo-Request-Id",
    "X-Sec-Purpose",
    "X-Up-Version",
    "X-Up-Target",
    "X-Up-Fail-Target",
    "X-Up-Mode",
    "X-Up-Fail-Mode",
    "X-Up-Validate",
)
RESPONSE = (
    "HX-Retarget",
    "HX-Reswap",
    "HX-Reselect",
    "HX-Push-Url",
    "HX-Replace-Url",
    "HX-Redirect",
    "HX-Location",
    "HX-Refresh",
    "X-Up-Target",
    "X-Up-Location",
    "X-Up-Title",
    "X-Up-Accept-Layer",
    "X-Up-Dismiss-Layer",
)
ADDRESSES = frozenset(
    {
        "Referer",
        "HX-Current-URL",
        "HX-Push-Url",
        "HX-Replace-Url",
        "HX-Redirect",
        "HX-Location",
        "X-Up-Location",
    }
)
"""Headers that hold a URL, which may contain secrets."""

STREAM = "text/vnd.turbo-stream.html"
MAX_VALUE = 1000
"""Characters of a header that are kept. A longer address is dropped."""

_PAGES = frozenset({"text/html", "application/xhtml+xml", STREAM})


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


def is_page(mimetype: str, status: int, method: str) -> bool:
    """Whether a response shows something to the visitor."""
    return mimetype in _PAGES and method != "HEAD" and status != 304 and not 300 <= status < 400
