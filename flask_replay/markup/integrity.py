"""Digests in pages: a browser refuses a file that is not the one that the page names (Subresource
Integrity, section 3.3).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

from .tags import ATTRIBUTE, Tag, every_tag

_STRENGTHS = ("sha256", "sha384", "sha512")


def is_intact(content: bytes, integrity: str) -> bool:
    """Whether a file has one of the strongest digests in an ``integrity`` attribute."""
    wanted: dict[str, set[str]] = {}
    for word in integrity.split():
        name, _, digest = word.partition("?")[0].partition("-")
        if name in _STRENGTHS:
            wanted.setdefault(name, set()).add(digest)
    if not wanted:
        return True
    strongest = max(wanted)
    made = base64.b64encode(hashlib.new(strongest, content).digest()).decode()
    return made in wanted[strongest]


def without_altered(text: str, content_at: Callable[[str], bytes | None]) -> str:
    """Return a page without the stylesheets and scripts that a browser refused, because they were
    altered.

    :param content_at: returns the file at an address as written, ``None`` if it is not known.
    """
    if "integrity" not in text.lower():
        return text
    pieces: list[str] = []
    position = 0
    for tag in every_tag(text):
        name = {"link": "href", "script": "src"}.get(tag.name, "")
        if name and _is_altered(tag, name, content_at):
            for found in ATTRIBUTE.finditer(tag.attributes):
                if found[1].lower() == name:
                    start = tag.attributes_start + found.start()
                    pieces += (text[position:start], "data-")
                    position = start
    return "".join((*pieces, text[position:]))


def _is_altered(tag: Tag, name: str, content_at: Callable[[str], bytes | None]) -> bool:
    address, integrity = tag.get(name), tag.get("integrity")
    content = content_at(address) if address and integrity else None
    return content is not None and not is_intact(content, integrity or "")
