"""The network addresses that a request came from: the visitor's, and those that proxies passed
on.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from ...sanitize import REDACTED
from ...sanitize.guarded import GuardedSanitizer

TRUNCATED = "truncated"
_KEPT_BITS = {4: 24, 6: 48}
"""The number of leading bits that are kept. They identify a large network: a provider's or a
site's.
"""

_SENDERS = (
    "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_CLIENT_IP",
    "HTTP_CLIENT_IP", "HTTP_X_ORIGINAL_FORWARDED_FOR", "HTTP_X_CLUSTER_CLIENT_IP",
    "HTTP_CF_CONNECTING_IP", "HTTP_CF_CONNECTING_IPV6", "HTTP_TRUE_CLIENT_IP",
    "HTTP_FASTLY_CLIENT_IP", "HTTP_FLY_CLIENT_IP", "HTTP_DO_CONNECTING_IP", "HTTP_X_AZURE_CLIENTIP",
    "HTTP_X_AZURE_SOCKETIP", "HTTP_X_APPENGINE_USER_IP", "HTTP_X_NF_CLIENT_CONNECTION_IP",
    "HTTP_X_ENVOY_EXTERNAL_ADDRESS",
)  # fmt: skip
"""The keys under which servers, proxies and content delivery networks pass the address on. RFC 7239
defines ``Forwarded``.
"""


def kept_address(address: str | None, keep: str) -> str:
    """Return the part of a visitor's address that is kept.

    :param keep: the value of ``REPLAY_KEEP_IP``.
    """
    parsed = _parsed(address or "") if keep == TRUNCATED else None
    return "" if parsed is None else _truncated(parsed)


def learn_senders(sanitizer: GuardedSanitizer, environ: Mapping[str, Any]) -> None:
    """Learn the addresses that a request came from, so that no recorded data contains them."""
    for address, network in _found(tuple(filter(None, map(environ.get, _SENDERS)))):
        sanitizer.memory.learn(
            address, network if sanitizer.keep_ip == TRUNCATED else REDACTED, lasting=False
        )


@lru_cache(maxsize=256)
def _found(values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the addresses in headers with their networks, both as written there and in the usual
    form.
    """
    found: dict[str, str] = {}
    for value in values:
        for part in value.replace(";", ",").split(","):
            text = part.strip().removeprefix("for=").removeprefix("For=").strip('" ')
            parsed = _parsed(text)
            if parsed is not None and not parsed.is_loopback and not parsed.is_unspecified:
                found[str(parsed)] = found[_bare(text)] = _truncated(parsed)
    return tuple(found.items())


def _bare(text: str) -> str:
    """Return an address without its port: ``203.0.113.7:4711``, ``[2001:db8::7]:4711``."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(_bare(text.strip()))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _truncated(address: IPv4Address | IPv6Address) -> str:
    return str(ip_network(f"{address}/{_KEPT_BITS[address.version]}", strict=False))
