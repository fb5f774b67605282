"""The headers that a recording keeps: those that control htmx, Turbo and Unpoly, those that
describe the device, and those that decide how a page looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers

from ...fragments.headers import ADDRESSES, MAX_VALUE, REQUEST, RESPONSE
from ...markup.policies import kept_policy
from ...recording.device import DEVICE
from ..cleaning.plain_data import text

_REQUEST_KEYS = {f"HTTP_{name.upper().replace('-', '_')}": name for name in REQUEST}
_PAGE_REQUEST_KEYS = _REQUEST_KEYS | {
    f"HTTP_{name.upper().replace('-', '_')}": name for name in DEVICE
}
_PAGE_RESPONSE_NAMES = {name.lower(): name for name in ("Content-Language", "X-Frame-Options")}
_POLICY = "Content-Security-Policy"
_RESPONSE_NAMES = {name.lower(): name for name in RESPONSE}
"""The kept headers by the names under which they are looked up. Most requests and responses have
none of them.
"""


def header(headers: Headers, name: str) -> str:
    """Return one header, or ``""`` if it is missing.

    For each missing header, Werkzeug's ``get`` would create an exception with an error page.

    :param name: in lower case.
    """
    for key, value in headers:  # a generator would take twice as long
        if key.lower() == name:
            return value
    return ""


def request_headers(
    environ: Mapping[str, Any], host: str, clean: Callable[[str], str], *, page: bool = False
) -> dict[str, str]:
    """Return the kept headers of a request.

    :param environ: the WSGI environment of the request.
    :param host: the scheme and host of the request. Of a page on another host, only the host is
        kept.
    :param clean: removes the secrets from a path with its query.
    :param page: whether the response is shown to somebody.
    """
    names = _PAGE_REQUEST_KEYS if page else _REQUEST_KEYS
    found = ((name, environ[key]) for key, name in names.items() if key in environ)
    return _kept(found, lambda address: _address(address, host, clean))


def response_headers(
    headers: Headers, host: str, clean: Callable[[str], str], *, page: bool = False
) -> dict[str, str]:
    """Return the kept headers of a response.

    :param page: whether the response is a page, of which those are kept that decide how it looks.
    """
    found: dict[str, str] = {}
    policies: list[str] = []
    for key, value in headers:
        lower = key.lower()
        name = _RESPONSE_NAMES.get(lower) or (_PAGE_RESPONSE_NAMES.get(lower) if page else None)
        if name is not None:
            found.setdefault(name, value)
        elif page and lower == _POLICY.lower():
            policies.append(value)
    kept = _kept(found.items(), lambda address: _address(address, host, clean))
    policy = kept_policy(text(", ".join(policies))) if policies else ""
    return {**kept, _POLICY: policy} if policy else kept


def _kept(headers: Iterable[tuple[str, str]], clean: Callable[[str], str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in headers:
        if name not in ADDRESSES:
            kept[name] = text(value)[:MAX_VALUE]
        elif len(value) <= MAX_VALUE:  # part of a longer one would name another page
            kept[name] = clean(text(value))[:MAX_VALUE]
    return kept


def _address(address: str, host: str, clean: Callable[[str], str]) -> str:
    """Return the path of a URL on this host, or the host of another one."""
    if address.startswith("{"):  # HX-Location may be a JSON document
        match = re.search(r'"path"\s*:\s*"([^"]*)"', address)
        address = match[1] if match is not None else ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    if parts.netloc and origin != host:
        return origin
    return clean(f"{parts.path}?{parts.query}" if parts.query else parts.path)
