"""Content Security Policies, as far as they decide how a page looks (Content Security Policy
Level 3).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

STYLES, STYLE_ATTRIBUTES, HANDLERS = "style-src-elem", "style-src-attr", "script-src-attr"
IMAGES, FONTS, MEDIA, OBJECTS = "img-src", "font-src", "media-src", "object-src"
SCRIPTS, _EVAL = "script-src-elem", "script-src"

_INSTEAD = {
    STYLES: "style-src",
    STYLE_ATTRIBUTES: "style-src",
    HANDLERS: "script-src",
    SCRIPTS: "script-src",
}
"""The directives that apply if a more specific one is missing; after them, ``default-src``."""

_DEFAULT, _ANCESTORS = "default-src", "frame-ancestors"
_KEPT = frozenset(
    {
        _DEFAULT,
        _ANCESTORS,
        IMAGES,
        FONTS,
        MEDIA,
        OBJECTS,
        *(name for pair in _INSTEAD.items() for name in pair),
    }
)
_IN_SHEETS = (STYLES, IMAGES, FONTS)
_LONGEST = 4000
"""Characters of a policy. Part of a longer one would refuse something else."""

_MOST = 20
"""Policies of a page that are applied. A page may declare as many as it has tags."""

_SOURCE = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*+)://)?+(?P<host>[^/:]++)(?::(?P<port>\d{1,5}|\*))?+(?P<path>/.*)?",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*+):", re.IGNORECASE)
_PROOF = re.compile(r"'(?:nonce|sha256|sha384|sha512)-", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_NETWORK = frozenset({"http", "https", "ws", "wss"})

Policy = Mapping[str, tuple[str, ...]]
"""The sources that each directive allows."""


class Policies(NamedTuple):
    """The policies of a page. Each must allow what the page loads.

    :ivar own: scheme and host of the page.
    :ivar each: the policies.
    """

    own: str = ""
    each: tuple[Policy, ...] = ()

    def allow(self, directive: str, url: str, nonce: str = "") -> bool:
        """Whether a page may load something.

        :param url: a full URL.
        :param nonce: of the element.
        :raises ValueError: the URL is invalid.
        """
        found, own = urlsplit(url), urlsplit(self.own)
        return all(
            sources is None
            or _knows(sources, nonce)
            or any(_matches(source, found, own) for source in sources)
            for sources in (_sources(one, directive) for one in self.each)
        )

    def allow_inline(self, directive: str, text: str = "", nonce: str = "") -> bool:
        """Whether a page may contain a style, a script or an event handler.

        :param text: the text of the element, ``""`` for that of an attribute.
        :param nonce: of the element.
        """
        return all(_allow_inline(_sources(one, directive), text, nonce) for one in self.each)

    @property
    def allow_scripts(self) -> bool:
        """Whether any script may run. Which hosts they may come from is not kept."""
        return all(_sources(one, SCRIPTS) != ("'none'",) for one in self.each)

    @property
    def allow_eval(self) -> bool:
        """Whether a script may run a text as code."""
        found = (_sources(one, _EVAL) for one in self.each)
        return all(sources is None or "'unsafe-eval'" in sources for sources in found)

    @property
    def allow_data_scripts(self) -> bool:
        """Whether a script may be loaded from an address that contains its text. Which addresses a
        policy names is not kept, so one that restricts scripts is assumed not to name these.
        """
        return all(_sources(one, SCRIPTS) is None for one in self.each)

    def allow_frame(self) -> bool | None:
        """Whether a page of the same origin may show this one in a frame; ``None`` if no policy
        says so.
        """
        own = urlsplit(self.own)
        ancestors = [one[_ANCESTORS] for one in self.each if _ANCESTORS in one]
        allowed = (any(_matches(source, own, own) for source in sources) for sources in ancestors)
        return all(allowed) if ancestors else None

    def joined(self, header: str) -> Policies:
        """Return these policies and those of one more header."""
        more = (one for one in policies_of(self.own, [header]).each if one not in self.each)
        return Policies(self.own, (*self.each, *more)[:_MOST])

    @property
    def of_sheets(self) -> str:
        """Return the part that applies to what a stylesheet loads, as text."""
        return ", ".join(
            "; ".join(
                " ".join((name, *(one for one in sources if not _PROOF.match(one))))
                for name in _IN_SHEETS
                if (sources := _sources(policy, name)) is not None
            )
            for policy in self.each
        )


NO_POLICIES = Policies()


def policies_of(own: str, headers: Iterable[str]) -> Policies:
    """Return the policies that headers declare.

    :param own: scheme and host of the page.
    """
    texts = (text for header in headers for text in header.split(",") if len(text) <= _LONGEST)
    found = (policy for policy in map(_parsed, dict.fromkeys(texts)) if policy)
    return Policies(own if _is_valid(own) else "", tuple(islice(found, _MOST)))


def _is_valid(origin: str) -> bool:
    """Whether the host and the port of an origin can be read. A recording may hold any text."""
    try:
        port = urlsplit(origin).port
    except ValueError:
        return False
    return port is None or port >= 0


def kept_policy(header: str) -> str:
    """Return the part of a policy that decides how a page looks, ``""`` if there is none."""
    kept: list[str] = []
    for text in header.split(","):
        policy = [
            " ".join((name, *(one for one in sources if name != "script-src" or one[:1] == "'")))
            for name, sources in _parsed(text).items()
        ]
        kept += ["; ".join(policy)] if policy else []
    found = ", ".join(kept)
    return found if len(found) <= _LONGEST else ""


def _parsed(text: str) -> Policy:
    """Return the directives of a policy (section 2.2.1). Of two with the same name, the first
    counts.
    """
    found: dict[str, tuple[str, ...]] = {}
    for directive in text.split(";"):
        name, *sources = directive.split() or [""]
        if name.lower() in _KEPT:
            found.setdefault(name.lower(), tuple(sources))
    return found


def _sources(policy: Policy, directive: str) -> tuple[str, ...] | None:
    """Return the sources that a directive allows, ``None`` if it allows all."""
    for name in (directive, _INSTEAD.get(directive, ""), _DEFAULT):
        if name in policy:
            return policy[name]
    return None


def _matches(source: str, url: SplitResult, own: SplitResult) -> bool:
    """Whether a source matches a URL (section 6.7.2.8). An insecure one also matches the secure
    form.
    """
    if source == "*":
        return url.scheme in _NETWORK or url.scheme == own.scheme
    if source.startswith("'"):
        same = _is_scheme(own.scheme, url.scheme) and url.netloc == own.netloc
        return source.lower() == "'self'" and same
    scheme, found = _read(source)
    if scheme is not None:
        return _is_scheme(scheme[1], url.scheme)
    if found is None or not _is_scheme(found["scheme"] or own.scheme, url.scheme):
        return False
    return (
        _is_host(found["host"].lower(), (url.hostname or "").lower())
        and _is_port(found["port"], url)
        and _is_path(found["path"] or "", unquote(url.path))
    )


@lru_cache(maxsize=4096)
def _read(source: str) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    """Return the parts of a source that is a scheme, and of one that is a host."""
    return _SCHEME.fullmatch(source), _SOURCE.fullmatch(source)


def _is_host(wanted: str, name: str) -> bool:
    return wanted in {"*", name} or (wanted.startswith("*.") and name.endswith(wanted[1:]))


def _is_port(wanted: str | None, url: SplitResult) -> bool:
    usual = _PORTS.get(url.scheme)
    return wanted == "*" or (url.port or usual) == (usual if wanted is None else int(wanted))


def _is_path(wanted: str, path: str) -> bool:
    wanted = unquote(wanted)
    return path.startswith(wanted) if wanted[-1:] in {"", "/"} else path == wanted


def _is_scheme(wanted: str, scheme: str) -> bool:
    return wanted.lower() in {scheme, scheme.removesuffix("s")}


def _allow_inline(sources: tuple[str, ...] | None, text: str, nonce: str) -> bool:
    """Whether a policy allows an inline style, script or handler (section 6.7.3.2)."""
    if sources is None:
        return True
    words = {source.lower() for source in sources}
    if "'unsafe-inline'" in words and not any(map(_PROOF.match, sources)):
        return True
    return bool(text) and (_knows(sources, nonce) or not _digests(text).isdisjoint(sources))


def _knows(sources: tuple[str, ...], nonce: str) -> bool:
    return bool(nonce) and f"'nonce-{nonce}'" in sources


def _digests(text: str) -> set[str]:
    """Return the sources that allow a text by its digest."""
    content = text.encode("utf-8", "replace")
    return {
        f"'{name}-{base64.b64encode(hashlib.new(name, content).digest()).decode()}'"
        for name in ("sha256", "sha384", "sha512")
    }
