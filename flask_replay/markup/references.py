"""What a page refers to: stylesheets, images, fonts, scripts and frames, wherever HTML and SVG name
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from html import escape

from ahocorasick_rs import BytesAhoCorasick

from .entities import unescape
from .scripts import SCRIPT_TYPES, files_beside, named_files, rewrite_inline
from .styles import rewrite_css
from .tags import ATTRIBUTE, REST, Tag, every_tag, tags, unquoted

STYLE, SCRIPT, IMAGE, SPRITE, FRAME, OTHER = "style", "script", "image", "sprite", "frame", "other"
OBJECT, EFFECT, CANDIDATE = "object", "effect", "candidate"
"""The roles of references. A candidate is an image of a ``srcset``. A sprite is a part of an SVG
document, named by a fragment. An effect is such a part that changes how something else is painted.
An object may be an image or a page.
"""

Replace = Callable[[str, str], str | None]
"""Called with the role of an address, and the address. Returns the new address, or ``None`` to keep
it.
"""

SELECTED = ("srcset", "src", "href", "poster", "style", "background")
"""Attributes with addresses by whose values styles select elements."""

WRITTEN = "data-replay-written-"
"""The prefix of the attributes that keep their values as written."""

WAITING = {
    "data-src": "src",
    "data-lazy-src": "src",
    "data-original": "src",
    "data-srcset": "srcset",
}
"""Attributes of images that scripts load later, and the attribute that the scripts then set."""
_WAITS = re.compile(rf"(?<=\s)(?:{'|'.join(WAITING)})(?=[\s=])", re.IGNORECASE)

FALLBACK = re.compile(
    r"""this\.src\s*=\s*(["'`])(.*?)\1|this\.setAttribute\(\s*(["'`])src\3\s*,\s*(["'`])(.*?)\4\s*\)""",
    re.DOTALL,
)
"""The change that the ``onerror`` of an image makes to its address."""

_PAINTED = frozenset({"body", "table", "thead", "tbody", "tfoot", "tr", "td", "th"})
"""Elements to which old pages give a background (HTML, section 15.3.1 and following)."""

_ROLES = {
    ("script", "src"): SCRIPT,
    ("script", "href"): SCRIPT,  # of SVG
    ("img", "src"): IMAGE,
    ("source", "src"): OTHER,
    ("video", "src"): OTHER,
    ("video", "poster"): IMAGE,
    ("audio", "src"): OTHER,
    ("track", "src"): OTHER,
    ("embed", "src"): OBJECT,
    ("object", "data"): OBJECT,
    ("input", "src"): IMAGE,
    ("iframe", "src"): FRAME,
    ("frame", "src"): FRAME,
    ("image", "src"): IMAGE,  # which browsers read as <img> (HTML, section 13.2.6.4.7)
    ("image", "href"): IMAGE,
    ("image", "xlink:href"): IMAGE,
    ("feimage", "href"): IMAGE,
    ("feimage", "xlink:href"): IMAGE,
    ("use", "href"): SPRITE,
    ("use", "xlink:href"): SPRITE,
    **{(name, "background"): IMAGE for name in _PAINTED},
}
"""The roles of attributes that hold one address (HTML and SVG 2)."""

_PAINTS = frozenset(
    {"clip-path", "cursor", "fill", "filter", "mask", "stroke"}
    | {"marker", "marker-start", "marker-mid", "marker-end"}
)
"""Attributes of SVG that hold a value of CSS (SVG 2, section 6.6)."""

_SETS = frozenset(
    {("img", "srcset"), ("image", "srcset"), ("source", "srcset"), ("link", "imagesrcset")}
)
_LINKS = {
    "stylesheet": STYLE,
    "icon": IMAGE,
    "apple-touch-icon": IMAGE,
    "mask-icon": IMAGE,
    "modulepreload": SCRIPT,
}
_PRELOADED = {"style": STYLE, "script": SCRIPT, "image": IMAGE, "font": OTHER}
_NAMES = frozenset({"link", "style", *(name for name, _ in (*_ROLES, *_SETS))})

_REFERRING = re.compile(
    rf"<(?i:{'|'.join(sorted(_NAMES - _PAINTED - {'style'}))})(?=[\s/>]){REST}".encode()
)
"""A tag that may refer to something."""

_BEGINNINGS = BytesAhoCorasick(
    [f"<{name}".encode() for name in sorted(_NAMES - _PAINTED - {"style"})]
)
"""How these tags begin, in lower case. Finding them takes a tenth of the time that the expression
takes for all other tags.
"""

_LOWER = bytes(range(256)).lower()

_MANY = 500
"""Number of tags of a page from which the expression is faster than one search per tag."""

_UNUSUAL = re.compile(rb"image-set\(|@import|url\([^)\\]{0,300}\\", re.IGNORECASE)
"""Addresses in styles that no other expression finds: strings, and those with escapes."""

_STYLED = re.compile(r"url\(|image-set\(", re.IGNORECASE)

_BACKGROUND = re.compile(rb"\sbackground\s*+=\s*+[\"']?+([^\"'>\s]++)")
_URL = re.compile(rb"(?i:url)\(\s*+(?:[\"']|&(?:quot|apos|#3[49]|#[xX]2[27]);)?+([^\"')&]++)")

_SCRIPT = re.compile(rb"<script((?:[\s/][^>]{0,300})?)>", re.IGNORECASE)
_SCRIPT_END = re.compile(rb"</script", re.IGNORECASE)
_TYPE = re.compile(rb"\stype\s*=\s*[\"']?\s*([^\s\"'>]+)", re.IGNORECASE)

_CANDIDATE = re.compile(r"([\s,]*+)(\S*+)([^,(]*+(?:\([^)]*+\)?[^,(]*+)*+)")
"""An image in a ``srcset``: its address, which ends at a blank, and its size, before the next
comma. It matches everywhere, so no character is scanned twice.
"""


_BREAKS = re.compile(r"[\t\n\r]")
_PATH = re.compile(r"[^?#]*+")

_NESTED = 3
"""Levels of pages within ``srcdoc`` that are read. The player shows as many."""

_USUAL = 2_000
"""Bytes of a tag that may be cached. A longer tag contains an image itself, and many of those would
take too much memory.
"""


def rewrite(text: str, replace: Replace, *, selectable: bool = False) -> str:
    """Return a page with other addresses. Takes time linear in the text.

    For elements whose address is replaced, ``integrity`` is cleared, because it holds the digest of
    the original file, and ``crossorigin`` is set to anonymous. The ``type`` of an object that is
    left without an address is cleared, because browsers would show no content instead.

    :param replace: is called with each address as written, with its fragment and not resolved.
    :param selectable: keep replaced values under other names, see :func:`written_before`.
    """
    pieces: list[str] = []
    position = 0
    styled = _STYLED.search(text) is not None
    for tag in every_tag(text):
        if tag.name not in _NAMES and not (styled and _STYLED.search(tag.attributes)):
            continue
        for start, end, new in sorted(_changes(text, tag, replace, selectable=selectable)):
            pieces += (text[position:start], new)
            position = end
    return "".join((*pieces, text[position:])) if pieces else text


def referred(body: bytes, nested: int = 0) -> set[str]:
    """Return the addresses from which a page may load something, and perhaps a few more.

    It ignores comments in the page, so it takes a tenth of the time of :func:`rewrite`, unless the
    page has styles that it cannot read.

    :param body: the body of a response, in UTF-8.
    :param nested: how many pages in ``srcdoc`` contain it.
    """
    found: set[str] = set()
    for tag in set(_tags(body)):
        found.update((_in_tag if len(tag) <= _USUAL else _in_tag.__wrapped__)(tag, nested))
    for kind, script in _inline(body) if b"<script" in body else ():
        usual = len(script) <= _USUAL
        found.update((_in_script if usual else _in_script.__wrapped__)(kind, script))
    if _has_unusual(body):
        rewrite(body.decode("utf-8", "replace"), lambda role, address: found.add(address))
    others = [_URL] if b"url(" in body or b"URL(" in body else []
    for pattern in [*others, _BACKGROUND] if b" background=" in body else others:
        found.update(
            unescape(address.decode("utf-8", "replace")).strip()
            for address in set(pattern.findall(body))
        )
    return found


def _has_unusual(body: bytes) -> bool:
    """Whether a page may have addresses in styles that only tokens can find."""
    may = b"image-set(" in body or b"@import" in body or (b"\\" in body and b"url(" in body)
    return may and _UNUSUAL.search(body) is not None


def _tags(body: bytes) -> list[bytes]:
    """Return the tags that may refer to something."""
    beginnings = _BEGINNINGS.find_matches_as_indexes(body.translate(_LOWER))
    if len(beginnings) > _MANY:
        return _REFERRING.findall(body)
    found: list[bytes] = []
    end = 0
    for _, start, _ in beginnings:
        tag = _REFERRING.match(body, start) if start >= end else None  # not within another tag
        if tag is not None:
            end = tag.end()
            found.append(tag[0])
    return found


def _inline(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield the type and the text of each script in a page, unless it is data."""
    found = _SCRIPT.search(body)
    while found:
        end = _SCRIPT_END.search(body, found.end())
        if end is None:
            return
        kind = _TYPE.search(found[1])
        name = "" if kind is None else kind[1].decode("ascii", "replace").lower()
        if end.start() > found.end() and name in SCRIPT_TYPES:
            yield name, body[found.end() : end.start()].decode("utf-8", "replace")
        found = _SCRIPT.search(body, end.start())


@lru_cache(maxsize=512)
def _in_tag(tag: bytes, nested: int) -> tuple[str, ...]:
    """Return the addresses in a tag. It is cached, because pages repeat the same tags."""
    found: list[str] = []
    written = tag.decode("utf-8", "replace")
    if "data-" in written:
        written = _WAITS.sub(lambda waits: WAITING[waits[0].lower()], written)
    rewrite(written, lambda role, address: found.append(address))
    lower = written.lower()
    if "onerror" in lower:
        handlers = (image.get("onerror") or "" for image in tags(written, "img"))
        found += (one[2] or one[5] for text in handlers for one in FALLBACK.finditer(text))
    if nested < _NESTED and "srcdoc" in lower:
        for frame in tags(written, "iframe"):
            found += referred((frame.get("srcdoc") or "").encode("utf-8", "replace"), nested + 1)
    return tuple(found)


@lru_cache(maxsize=256)
def _in_script(kind: str, text: str) -> tuple[str, ...]:
    """Return the addresses that a script in a page may load."""
    found: list[str] = []
    rewrite_inline(kind, text, found.append)
    return (*found, *named_files(text), *files_beside(text))


def browser_address(address: str) -> str:
    """Return an address as browsers read it (URL, section 4.4): without tabs and line breaks, with
    slashes for the backslashes in its path.
    """
    if not address.isprintable():
        address = _BREAKS.sub("", address.strip())
    if "\\" not in address or address[:5].lower() == "data:":
        return address
    path = _PATH.match(address)
    end = path.end() if path is not None else 0
    return address[:end].replace("\\", "/") + address[end:]


def own_base(text: str) -> str | None:
    """Return the base address that a page declares, as written. The first declaration counts."""
    if "<base" not in text.lower():
        return None
    return next((href for tag in tags(text, "base") if (href := tag.get("href")) is not None), None)


def _changes(
    text: str, tag: Tag, replace: Replace, *, selectable: bool
) -> Iterator[tuple[int, int, str]]:
    """Yield the changes in a tag and in the raw text after it: start, end, new text."""
    checked: list[tuple[int, int, str]] = []
    typed: list[tuple[int, int, str]] = []
    changed = emptied = False
    for found in ATTRIBUTE.finditer(tag.attributes):
        if found[2] is None:
            continue
        name, start, end = (
            found[1].lower(),
            tag.attributes_start + found.start(2),
            tag.attributes_start + found.end(2),
        )
        if name in {"integrity", "crossorigin"}:
            checked.append((start, end, '""'))
            continue
        if name == "type":
            typed.append((start, end, '""'))
            continue
        value = unquoted(found[2])
        new = _value(tag, name, value, replace)
        if new is not None:
            changed, emptied = True, emptied or not new
            kept = written_before(name, value) if selectable and tag.name != "use" else ""
            yield start, end, f'"{escape(new)}"{kept}'
    if changed and checked:
        yield from checked
    if emptied and tag.name == "object":
        yield from typed
    if tag.name == "script" and tag.get("src") is None:
        kind, script = tag.get("type") or "", text[tag.close : tag.end]
        new = rewrite_inline(kind, script, lambda address: replace(SCRIPT, address))
        if new != script:
            yield tag.close, tag.end, new
    if tag.name == "style":
        sheet = text[tag.close : tag.end]
        new = _styled(sheet, replace)
        if new is not sheet:
            yield tag.close, tag.end, new


def written_before(name: str, value: str) -> str:
    """Return the attribute that keeps a replaced value for the styles that select by it."""
    return f' {WRITTEN}{name}="{escape(value)}"' if name in SELECTED else ""


def _value(tag: Tag, name: str, value: str, replace: Replace) -> str | None:
    """Return the new value of an attribute, ``None`` if none of its addresses is replaced."""
    place = tag.name, name
    if name == "style":
        new = _styled(value, replace)
        return None if new is value else new
    if name in _PAINTS:
        new = _styled(f"{name}:{value}", replace).partition(":")[2]
        return None if new == value else new
    if place in _SETS:
        return _candidates(value, replace)
    role = _link(tag) if place == ("link", "href") else _ROLES.get(place)
    return None if role is None else replace(role, value.strip())


def _styled(styles: str, replace: Replace) -> str:
    """Return styles with other addresses."""
    return rewrite_css(
        styles,
        lambda address: replace(OTHER, address),
        lambda address: replace(EFFECT, address),
    )


def _link(tag: Tag) -> str | None:
    """Return the role of what a link loads, ``None`` if it loads nothing visible."""
    kinds = (tag.get("rel") or "").lower().split()
    if "preload" in kinds:
        return _PRELOADED.get((tag.get("as") or "").lower())
    return next((_LINKS[kind] for kind in kinds if kind in _LINKS), None)


def _candidates(value: str, replace: Replace) -> str | None:
    """Return a ``srcset`` with other addresses (HTML, section 4.8.4.2.1)."""
    changed = False
    pieces: list[str] = []
    for blanks, address, size in _CANDIDATE.findall(value):
        bare = address.rstrip(",")
        new = replace(CANDIDATE, bare) if bare else None
        changed = changed or new is not None
        # no size follows then, though the pattern took the text for one
        ends = address[len(bare) :]
        pieces += (blanks, (bare if new is None else new), ends, size)
    return "".join(pieces) if changed else None
