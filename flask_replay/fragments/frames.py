"""The page of a frame within a page: it came with the page, or by a link or form whose target is
the frame.
"""

from __future__ import annotations

from ..recording.events import Request
from .answer import Answer, leads_to
from .dom import NoPlace, Tree, drop, escaped, find

FRAMES = frozenset({"iframe", "frame", "object", "embed"})
"""Destinations of requests (Fetch, section 2.2.5) for pages within a page."""

_EMBEDDED = "iframe, frame, object, embed"
_TARGETED = "a[target], area[target], form[target]"
_MOST = 500
"""Links and forms that are examined."""


def is_framed(request: Request) -> bool:
    """Whether a response is the page of a frame within a page."""
    return request.request_headers.get("Sec-Fetch-Dest") in FRAMES


def apply(tree: Tree, answer: Answer) -> str:
    """Let the frame have the address of its page, and return a note.

    :raises NoPlace: the frame is not known.
    """
    url, first = answer.request.url, answer.first
    for frame in find(tree.document, _EMBEDDED)[:_MOST]:
        address = frame.attr("src") or frame.attr("data") or ""
        if address and any(
            leads_to(address, tree.url, one.url) == 2 for one in (answer.request, first)
        ):
            return ""  # it is there
    for link in find(tree.document, _TARGETED)[:_MOST]:
        address = link.attr("href") or link.attr("action") or tree.url
        named = f'[name="{escaped(link.attr("target") or "")}"]'
        frames = find(tree.document, f":is(iframe, frame){named}")
        if frames and leads_to(address, tree.url, first.url):
            frames[0].attrs["src"] = url
            drop(frames[0], "srcdoc")
            return ""
    raise NoPlace("it is not known in which frame it was shown")
