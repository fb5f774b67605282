"""Decide whether a cache may serve a response to visitors other than the one it was made for.

A cookie on such a response would go to all of them. No response header keeps a cache from storing a
``Set-Cookie`` header (RFC 9111, section 7.3). So what matters is whether the response may be stored
and reused.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from flask import Request, Response
from werkzeug.http import parse_date, parse_dict_header

_HEURISTIC = frozenset({200, 203, 204, 206, 300, 301, 304, 308, 404, 405, 410, 414, 501})
"""Statuses that are cacheable by default (RFC 9110, section 15.1), and 304, whose headers replace
those of the stored response (RFC 9111, section 3.2).
"""

_TARGETED = "-cache-control"
"""The end of the names of headers for certain caches only (RFC 9213): ``CDN-Cache-Control`` and
those of vendors.
"""

_SECONDS = re.compile(r"\d+")

Directives = Mapping[str, str | None]


def is_shared(request: Request, response: Response) -> bool:
    """Whether a shared cache may store a response and reuse it, even if only after validation."""
    headers = response.headers
    for name in {name.lower() for name in headers.keys()}:  # noqa: SIM118 - these are no dictionary
        if name.endswith(_TARGETED) and _keeps(
            _directives(headers.getlist(name)), request, response
        ):
            return True
    surrogate = _directives(headers.getlist("Surrogate-Control"))
    if "no-store" not in surrogate and any(
        _seconds(surrogate, name) for name in ("max-age", "s-maxage")
    ):
        return True
    if _accelerated(headers.get("X-Accel-Expires", "")):
        return True
    return _keeps(_directives(headers.getlist("Cache-Control")), request, response)


def _directives(values: list[str]) -> Directives:
    """Return the directives of a header that may occur several times, with lowercase names."""
    return {
        name.strip().lower(): value for name, value in parse_dict_header(",".join(values)).items()
    }


def _keeps(directives: Directives, request: Request, response: Response) -> bool:
    """Whether a shared cache that follows these directives may store a response (RFC 9111, sections
    3 and 4.2).
    """
    if "private" in directives and (
        directives["private"] is None or "set-cookie" in directives["private"].lower()
    ):
        return False
    if "no-store" in directives and "must-understand" not in directives:
        return False
    explicit = "public" in directives or _is_fresh(directives, response)
    if (
        "Authorization" in request.headers
        and not {"public", "s-maxage", "must-revalidate"} & directives.keys()
    ):
        return False  # RFC 9111, section 3.5
    if explicit and "no-cache" not in directives:
        return True
    usual = request.method in {"GET", "HEAD"} and response.status_code in _HEURISTIC
    validator = "ETag" in response.headers or "Last-Modified" in response.headers
    return (explicit or usual) and (validator or response.status_code == 304)


def _is_fresh(directives: Directives, response: Response) -> bool:
    """Whether a response itself says that it may be used for some time, even if stale."""
    if any(_seconds(directives, name) for name in ("stale-while-revalidate", "stale-if-error")):
        return True
    for name in ("s-maxage", "max-age"):  # for shared caches, the first that is present counts
        if name in directives:
            return _seconds(directives, name) > 0
    expires = parse_date(response.headers.get("Expires"))
    return expires is not None and expires.timestamp() > time.time()


def _seconds(directives: Directives, name: str) -> int:
    """Return the seconds of a directive, 0 if it is missing or malformed."""
    found = _SECONDS.match(directives.get(name) or "")
    return int(found[0]) if found else 0


def _accelerated(value: str) -> bool:
    """Whether ``X-Accel-Expires`` lets nginx store a response: a number of seconds, or ``@`` and
    seconds since 1970.
    """
    text = value.strip()
    if text.startswith("@"):
        return text[1:].isdecimal() and int(text[1:]) > time.time()
    return text.isdecimal() and int(text) > 0
