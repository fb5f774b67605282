"""A page as the visitor's browser applied it, given the headers that it came with: in their
language, and without the styles, scripts and event handlers that a policy refused.
"""

from __future__ import annotations

from contextlib import suppress
from html import escape
from itertools import takewhile
from urllib.parse import urljoin

from ..markup.policies import (
    HANDLERS,
    SCRIPTS,
    STYLE_ATTRIBUTES,
    STYLES,
    Policies,
    policies_of,
)
from ..markup.scripts import SCRIPT_TYPES
from ..markup.tags import Tag, every_tag
from ..recording.events import Request
from .framed_page import base_of, start_of
from .script_effects import written

_POLICY, _LANGUAGE = "Content-Security-Policy", "Content-Language"
_FRAMES = "X-Frame-Options"
_HANDLERS = ("onload", "onerror")
"""Event handlers whose effects the player shows."""

_OF_HEAD = frozenset(
    {"base", "basefont", "bgsound", "head", "html", "link", "meta", "noframes", "noscript"}
    | {"script", "style", "template", "title"}
)
"""Tags that do not end the head of a page (HTML, section 13.2.6.4.4)."""

_DATA = "application/json"
"""The type of a script that does not run."""


def declared_in(request: Request | None, html: str) -> list[str]:
    """Return the policies of a page: those of its headers, and its own."""
    header = "" if request is None else request.response_headers.get(_POLICY, "")
    head = takewhile(_is_of_head, every_tag(html)) if _POLICY.lower() in html.lower() else ()
    return [policy for policy in (header, *map(_own_policy, head)) if policy]


def is_frameable(request: Request) -> bool:
    """Whether the visitor's browser showed a page in a frame of another page of the app (HTML,
    section 7.7).
    """
    policies = policies_of(request.host or "http://own", declared_in(request, ""))
    allowed = policies.allow_frame()
    if allowed is not None:
        return allowed
    return request.response_headers.get(_FRAMES, "").strip().lower() != "deny"


def as_received(html: str, request: Request | None) -> str:
    """Return a page as the visitor's browser applied it.

    :param request: the request that it answers.
    """
    if request is None or not html:
        return html
    text = _without_refused(html, request) if declared_in(request, html) else html
    language = request.response_headers.get(_LANGUAGE, "")
    if not language or "," in language:  # of several, none is the page's (HTML, section 3.2.6.2)
        return text
    meta = f'<meta http-equiv="content-language" content="{escape(language)}">'
    position = start_of(text)
    return f"{text[:position]}{meta}{text[position:]}"


def _is_of_head(tag: Tag) -> bool:
    return tag.name in _OF_HEAD


def _own_policy(tag: Tag) -> str:
    """Return the policy that a page itself declares in its head, which holds for what follows."""
    equivalent = (tag.get("http-equiv") or "") if tag.name == "meta" else ""
    return tag.get("content") or "" if equivalent.strip().lower() == _POLICY.lower() else ""


def _without_refused(html: str, request: Request) -> str:
    """Return a page without the styles, scripts and event handlers that a policy refused."""
    header = request.response_headers.get(_POLICY, "")
    policies = policies_of(request.host or "http://own", [header])
    root = urljoin(f"{policies.own}/", base_of(html, request.url))
    pieces: list[str] = []
    position, in_head = 0, True
    for tag in every_tag(html):
        in_head = in_head and _is_of_head(tag)
        if in_head and (own := _own_policy(tag)):
            policies = policies.joined(own)
        if not policies.each:
            continue
        raw, nonce = html[tag.close : tag.end], tag.get("nonce") or ""
        sets = _refused(tag, root, policies)
        if tag.name == "script" and _is_script_refused(tag, raw, policies):
            sets["type"] = _DATA
        refused = tag.name == "style" and not policies.allow_inline(STYLES, raw, nonce)
        if sets or refused:
            pieces += (html[position : tag.start], written(tag, sets), "" if refused else raw)
            position = tag.end
    return "".join((*pieces, html[position:]))


def _is_script_refused(tag: Tag, raw: str, policies: Policies) -> bool:
    """Whether a script did not run, because of a policy.

    :param raw: its text.
    """
    if (tag.get("type") or "").strip().lower() not in SCRIPT_TYPES:
        return False
    inline = tag.get("src") is None and bool(raw.strip())
    nonce = tag.get("nonce") or ""
    allowed = not inline or policies.allow_inline(SCRIPTS, raw, nonce)
    return not (allowed and policies.allow_scripts)


def _refused(tag: Tag, root: str, policies: Policies) -> dict[str, str | None]:
    """Return the attributes that a policy refused, ``None`` for those to remove."""
    sets: dict[str, str | None] = {}
    attributes = tag.attributes.lower()
    if "style" in attributes and tag.get("style") is not None:
        if not policies.allow_inline(STYLE_ATTRIBUTES):
            sets["style"] = ""
    handlers = [name for name in _HANDLERS if name in attributes and tag.get(name) is not None]
    if handlers and not policies.allow_inline(HANDLERS):
        sets |= dict.fromkeys(handlers)
    if tag.name == "link" and "stylesheet" in attributes:
        with suppress(ValueError):  # the address is invalid
            address = urljoin(root, (tag.get("href") or "").strip())
            if not policies.allow(STYLES, address, tag.get("nonce") or ""):
                sets["href"] = None
    return sets
