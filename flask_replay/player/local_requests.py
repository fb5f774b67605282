"""Whether a request was sent on this machine, to one of its local names.

In debug mode the player is open to such requests, like Werkzeug's debugger. The name is checked
because a page of another site may let its host resolve to this machine (DNS rebinding). The address
is checked because a server that listens on all interfaces gets requests from other machines, which
can send any name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

_BEFORE_PROXIES = "werkzeug.proxy_fix.orig"
"""Where Werkzeug's ``ProxyFix`` keeps the original values, which it replaced by those of proxy
headers.
"""


def is_own(environ: Mapping[str, Any]) -> bool:
    """Whether a request comes from this machine and names it, whatever proxy headers say.

    Returns false if that is unknown, as at a Unix socket.
    """
    names, addresses = list(_names(environ)), list(_addresses(environ))
    return (
        "HTTP_FORWARDED" not in environ
        and all(map(_is_local, names))
        and all(map(_is_loopback, addresses))
    )


def is_named(environ: Mapping[str, Any], hosts: Collection[str]) -> bool:
    """Whether the host of a request is in a list.

    :param hosts: names and addresses in lower case; ``*.`` before a name means all its
        subdomains.
    """
    name = _hostname(environ.get("HTTP_HOST", ""))
    above = {f"*.{name[end + 1 :]}" for end, character in enumerate(name) if character == "."}
    return not above.isdisjoint(hosts) or name in {host.strip("[]") for host in hosts}


def _names(environ: Mapping[str, Any]) -> Iterator[str]:
    for values in (environ, environ.get(_BEFORE_PROXIES, environ)):
        yield values.get("HTTP_HOST") or ""
    if "HTTP_X_FORWARDED_HOST" in environ:
        yield from environ["HTTP_X_FORWARDED_HOST"].split(",")


def _addresses(environ: Mapping[str, Any]) -> Iterator[str]:
    for values in (environ, environ.get(_BEFORE_PROXIES, environ)):
        yield values.get("REMOTE_ADDR") or ""
    for header in ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP"):
        if header in environ:
            yield from environ[header].split(",")


def _hostname(host: str) -> str:
    """Return the name or address in a ``Host`` header, ``""`` if it has none."""
    try:
        found = urlsplit(f"//{host.strip()}")
    except ValueError:
        return ""
    return "" if found.netloc != host.strip() or "@" in found.netloc else (found.hostname or "")


def _is_local(host: str) -> bool:
    """Whether a host name means the local machine: RFC 6761, section 6.3."""
    name = _hostname(host)
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address.strip())
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_loopback
