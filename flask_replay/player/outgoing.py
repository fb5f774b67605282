"""Everything that leads out of a recorded page: links, redirects, frames, and requests that
browsers send before they apply its policy.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable
from html import escape
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from ..markup.references import written_before
from ..markup.tags import ATTRIBUTE, REST, unquoted

_ANIMATIONS = ("set", "animate", "animatecolor", "animatemotion", "animatetransform")
"""Elements of SVG that change attributes of others (SVG Animations 2, section 2.2)."""

_TAG = re.compile(
    rf"<(svg|link|meta|a|area|iframe|frame|object|embed|{'|'.join(_ANIMATIONS)})(?=[\s/>])",
    re.IGNORECASE | re.ASCII,  # otherwise a long s would match an s
)
_LABEL = "|".join(rf"<{name}(?=[\s/>]){REST}[^<]*+</{name}\s*+>" for name in ("title", "desc"))
_DRAWING = re.compile(
    rf"<svg(?=[\s/>]){REST}(?:[^<]++|{_LABEL}"
    rf"|</?+(?!(?:svg|title|desc|foreignobject)[\s/>])[a-z][^\s/>]*+{REST})*+</svg\s*+>",
    re.IGNORECASE | re.ASCII,
)
"""A drawing whose end is certain: it contains no comment, drawing or HTML that could hide the end.
"""

_BLANKS = re.compile(r"[\t\n\f\r /]*+")
_MAX_TAG = 2048
"""Characters of a tag in which its target is searched for. A longer tag loses its target."""
_PATIENCE = 2
"""How many times the characters of a page are scanned for that. All further tags lose their
targets.
"""

_NEW_WINDOW = "target=_blank"
"""The sandbox forbids new windows, so a link with this target leads nowhere."""

_NO_WINDOW = f"target=none-{secrets.token_hex(4)}"
"""The same for a link with another target: a style may select those that open a new window. It is
random, so that no frame has this name.
"""

_KEPT_LINKS = frozenset(
    {
        # visible content
        "alternate",
        "apple-touch-icon",
        "apple-touch-icon-precomposed",
        "icon",
        "mask-icon",
        "shortcut",
        "stylesheet",
        # what only the page's scripts and styles ask about
        "author",
        "canonical",
        "help",
        "license",
        "me",
        "privacy-policy",
        "shortlink",
        "terms-of-service",
    }
)
"""Types of links that stay. Browsers load nothing for the second half (HTML, section 4.6.7). Other
types may load ahead, also ``next``, which the policy cannot distinguish from an image.
"""

_KEPT_PRAGMAS = frozenset({"content-type", "content-language", "default-style"})
"""The values of ``http-equiv`` that decide how a page looks. Others redirect, or let the browser
connect ahead. What a policy refuses is gone already, and it would also refuse what the player adds.
"""

_PAGE_IN = re.compile(r"\s*data:text/html(?P<parameters>(?:;[^,;]{0,100}){0,5}),", re.IGNORECASE)
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_BREAKS = re.compile(r"[\t\n\r]")

_LEADING = frozenset(
    {"action", "data", "formaction", "href", "ping", "rel", "show", "src", "srcdoc", "target"}
)
"""Attributes that decide what a page loads, or where a click leads."""


class Inside(NamedTuple):
    """The content of a frame within a page.

    :ivar page: a page to put into the frame's tag, if there is no address.
    :ivar address: the viewer's address of the content.
    """

    page: str = ""
    address: str = ""


Inner = Callable[[str], Inside | None]
"""Returns what an inner frame shows, by the frame's address as written; ``None`` for nothing."""


class Frames(NamedTuple):
    """The content of frames within a page.

    :ivar at: returns the page at an address, as written.
    :ivar holding: returns the inert form of a page in ``srcdoc``.
    """

    at: Inner
    holding: Callable[[str], str]


Instead = Callable[[str, int, int, Frames], tuple[str, int]]
"""Returns the attribute to insert into a tag, and the position up to which it read."""


def lead_nowhere(text: str, frames: Frames) -> str:
    """Remove everything that browsers request or connect to before they apply the policy. Takes
    time linear in the text.

    That is prefetching links, frames, and the targets of links, also those that an animation would
    set. Text that looks like a tag may contain another tag, so each is examined on its own.
    """
    pieces: list[str] = []
    start = 0
    left = _PATIENCE * len(text)
    drawn = 0  # the place up to which a link may be in a drawing
    for tag in _TAG.finditer(text):
        name = tag[1].lower()
        if name == "svg":
            if tag.start() >= drawn:
                drawing = _DRAWING.match(text, tag.start())
                drawn = len(text) if drawing is None else drawing.end()
            continue
        end = min(len(text), tag.end() + (left if name == "iframe" else min(left, _MAX_TAG)))
        instead = _drawn_target if name == "a" and tag.start() < drawn else _INSTEAD[name]
        attribute, seen = instead(text, tag.end(), end, frames)
        left -= seen - tag.end()
        if attribute:
            ends = " " if text.startswith("/", tag.end()) else ""  # a slash would join the value
            # of two attributes with the same name, the first counts
            pieces += (text[start : tag.end()], f" {attribute}{ends}")
            start = tag.end()
    return "".join((*pieces, text[start:]))


def _relations(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the new ``rel`` of a link, ``""`` to keep it."""
    written, seen = _attribute("rel", text, position, end)
    kinds = [] if written is None else written.split()
    kept = [kind for kind in kinds if kind.lower() in _KEPT_LINKS]
    if written is not None and len(kept) == len(kinds):
        return "", seen
    return f"rel={'&#32;'.join(map(escape, kept)) or 'none'}", seen


def _refreshed(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the new ``http-equiv`` of a ``<meta>`` that does more than describe the page, ``""``
    to keep it.
    """
    written, seen = _attribute("http-equiv", text, position, end)
    name = "" if written is None else written.strip().lower()
    leads = seen >= end if written is None else name not in _KEPT_PRAGMAS
    return "http-equiv=none" if leads else "", seen


def _target(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the new target of a link, ``""`` to keep it. A link without a target uses the one of
    ``<base>``, and stays as it is, because a style may select such links.
    """
    written, seen = _attribute("target", text, position, end)
    known = seen < end if written is None else written.lower() == "_blank"
    return "" if known else (_NEW_WINDOW if written is None else _NO_WINDOW), seen


def _drawn_target(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the new target of a link in a drawing, to which the target of ``<base>`` does not
    apply.
    """
    written, seen = _attribute("target", text, position, end)
    return "" if (written or "").lower() == "_blank" else _NEW_WINDOW, seen


def _animated(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the new ``attributeName`` of an animation that would change where a link leads or what
    is loaded, ``""`` to keep it.
    """
    written, seen = _attribute("attributename", text, position, end)
    if written is None:
        return ("attributeName=none" if seen >= end else ""), seen
    name = written.strip().lower().rpartition(":")[2]
    return "attributeName=none" if name in _LEADING or name.startswith("on") else "", seen


def _frame(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the ``srcdoc`` of a frame that replaces its content."""
    inline, inline_seen = _attribute("srcdoc", text, position, end)
    if inline is not None:
        return f'srcdoc="{escape(frames.holding(inline))}"', inline_seen
    source, seen = _attribute("src", text, position, end)
    written = page_in(source or "")
    if written is not None:
        return f'srcdoc="{escape(frames.holding(written))}"', max(seen, inline_seen)
    inside = Inside() if source is None else frames.at(source) or Inside()
    if inside.address:
        kept = written_before("src", source or "")
        return f'src="{escape(inside.address)}"{kept}', max(seen, inline_seen)
    page = f'="{escape(inside.page)}"' if inside.page else ""
    return f"srcdoc{page}", max(seen, inline_seen)


def page_in(address: str) -> str | None:
    """Return the page in a ``data:`` address, ``None`` if it holds none (RFC 2397)."""
    found = _PAGE_IN.match(address)
    if found is None:
        return None
    content = unquote_to_bytes(_BREAKS.sub("", address[found.end() :]).partition("#")[0])
    if "base64" in found["parameters"].lower():
        try:
            content = base64.b64decode(content + b"==")
        except ValueError:
            return None
    charset = _CHARSET.search(found["parameters"])
    try:
        return content.decode(charset[1] if charset else "cp1252", "replace")
    except (LookupError, UnicodeError):  # Python knows some codecs that are no encodings of texts
        return content.decode("utf-8", "replace")


def _frame_of_set(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the address of a frame in a ``<frameset>``, which cannot hold its page itself."""
    source, seen = _attribute("src", text, position, end)
    inside = Inside() if source is None else frames.at(source) or Inside()
    return f'src="{escape(inside.address or "about:blank")}"', seen


def _embedded(name: str) -> Instead:
    """Return a function that returns the address of a page that an ``<object>`` or ``<embed>``
    shows, ``""`` if it shows none.

    :param name: the attribute with the address.
    """

    def instead(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
        source, seen = _attribute(name, text, position, end)
        inside = Inside() if source is None else frames.at(source) or Inside()
        return (f'{name}="{escape(inside.address)}"' if inside.address else ""), seen

    return instead


_INSTEAD: dict[str, Instead] = {
    "link": _relations,
    "meta": _refreshed,
    "a": _target,
    "area": _target,
    "iframe": _frame,
    "frame": _frame_of_set,
    "object": _embedded("data"),
    "embed": _embedded("src"),
    **dict.fromkeys(_ANIMATIONS, _animated),
}
"""The functions by tag name."""


def _attribute(name: str, text: str, position: int, end: int) -> tuple[str | None, int]:
    """Return the value of a tag's attribute, ``None`` if it is missing, and the position up to
    which it read.

    :param position: the end of the tag's name.
    :param end: the position at which the search stops.
    """
    while (blanks := _BLANKS.match(text, position, end)) and (
        found := ATTRIBUTE.match(text, blanks.end(), end)
    ):
        position = found.end()
        if found[1].lower() == name:
            return unquoted(found[2] or ""), position
    return None, position
