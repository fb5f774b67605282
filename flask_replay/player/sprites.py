"""Drawings whose parts a page shows by fragment.

Browsers load such drawings only from the page's own origin. A sandboxed page has no origin, so the
drawings are inserted into it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SCRIPT = re.compile(
    r"<script\b.*?(?:</script\s*>|/>|\Z)|<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\]?)?[^>]*+>?|<\?.*?(?:\?>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""Text that does not belong to the drawing. An unclosed one extends to the end, so no character is
scanned twice.
"""

_NAME = re.compile(
    r"""(\sid\s*=\s*["'])([^"']*)|(href\s*=\s*["']#|url\(\s*["']?#)([^"')]*)""", re.IGNORECASE
)


_STYLE = re.compile(r"(<style(?=[\s>])[^>]{0,500}+>)(.*?)(?=</style|\Z)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|(\"[^\"\n]*+\"?|'[^'\n]*+'?)", re.DOTALL)
"""A comment, or a string, which may look as if it contained one."""

_BETWEEN = re.compile(r"([^{};]++)([{;]?)")
_SELECTOR = re.compile(r"(?:[^,()]++|\((?:[^()]++|\([^()]*+\))*+\)|[()])++")
_PSEUDO_ELEMENT = re.compile(r"::[\w:()-]++")
_NO_SELECTOR = re.compile(
    r"(?:\s|<!\[CDATA\[|<!--)*+(?:@|(?:from|to|[\d.]+%)\s*+(?:,|\Z))", re.IGNORECASE
)
"""The beginning of a rule that contains others, or of a frame of an animation."""

_ELEMENT = re.compile(r"<(?!style[\s>])[a-z][\w:-]*+", re.IGNORECASE)
_OWN = re.compile(r"[.#](?=-?[_a-zA-Z])")
_CLASSES = re.compile(r"""(\sclass\s*=\s*)(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)

_ROOT = re.compile(r"<svg(?=[\s/>])(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+", re.IGNORECASE)
_ID = re.compile(r"""\sid\s*=\s*["']([^"']*)""", re.IGNORECASE)
_PLACE = re.compile(
    r"<use(?=[\s/>])[^>]{0,500}?[\"']#(?P<prefix>s[0-9a-f]{8}-)|<template(?=[\s>])|(?P<ends></template)",
    re.IGNORECASE,
)
"""The elements that show a part of a drawing, and those that begin and end shadow trees."""


_REPEATED = 5_000_000
"""The most characters of drawings that are inserted into a page again, for its other trees."""


class Sprites:
    """The drawings to which a page refers."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._roots: dict[str, str] = {}
        self._whole: set[str] = set()

    def name(self, key: str, fragment: str, load: Callable[[], str]) -> str | None:
        """Return the address of a part, and note its drawing for the page.

        :param key: content hash of the drawing.
        :param fragment: the id of the part, ``""`` for the whole drawing.
        :param load: returns the drawing.
        """
        prefix = f"s{key[:8]}-"
        if prefix not in self._texts:
            try:
                text, root = _with_id(_SCRIPT.sub("", load()))
            # whatever is wrong with a drawing, the page is shown without it
            except Exception:  # noqa: BLE001
                return None
            self._roots[prefix] = root
            named = _NAME.sub(lambda m: f"{m[1] or m[3]}{prefix}{m[2] or m[4]}", text)
            self._texts[prefix] = _with_own_classes(named, prefix)
        root = self._roots[prefix]
        if fragment in {"", root}:
            self._whole.add(prefix)
        return f"#{prefix}{fragment or root}"

    def put_into(self, page: str) -> str:
        """Return a page with its drawings. Each is inserted where a part of it is shown first, so
        that it is in the same tree, and not a child of an element that a style would count.
        """
        if not self._texts:
            return page
        pieces: list[str] = []
        position = 0
        trees: list[set[str]] = [set()]
        inserted: set[str] = set()
        left = _REPEATED
        for found in _PLACE.finditer(page):
            prefix = found["prefix"]
            if found["ends"]:
                del trees[max(1, len(trees) - 1) :]
            elif prefix is None:
                trees.append(set())
            elif prefix in self._texts and prefix not in trees[-1]:
                trees[-1].add(prefix)
                drawing = self._drawing(prefix)
                left -= len(drawing) if prefix in inserted else 0
                if left >= 0:
                    inserted.add(prefix)
                    pieces += (page[position : found.start()], f"<defs>{drawing}</defs>")
                    position = found.start()
        return "".join((*pieces, page[position:]))

    def _drawing(self, prefix: str) -> str:
        """Return a drawing, without its root if only parts of it are shown."""
        text = self._texts[prefix]
        root = None if prefix in self._whole else _ROOT.search(text)
        if root is None or text[root.end() : root.end() + 1] != ">":
            return text
        return text[root.end() + 1 : text.rfind("</svg")]


def _with_own_classes(drawing: str, prefix: str) -> str:
    """Return a drawing with classes of its own, so that its styles apply to nothing else in the
    page, and the page's styles for such classes do not apply to the drawing.

    If its styles name no class, its elements get an attribute by which these select them, which
    does not make the selectors more specific.
    """

    def in_styles(found: re.Match[str]) -> str:
        rules = _COMMENT.sub(lambda comment: comment[1] or "", found[2])
        return found[1] + _BETWEEN.sub(in_selectors, rules)

    def in_selectors(found: re.Match[str]) -> str:
        if found[2] != "{":
            return found[0]
        if _NO_SELECTOR.match(found[1]):
            return _OWN.sub(rf"\g<0>{prefix}", found[0])
        return f"{_SELECTOR.sub(selecting, found[1])}{{"

    def selecting(found: re.Match[str]) -> str:
        own = _OWN.sub(rf"\g<0>{prefix}", found[0])
        if own != found[0] or not own.strip():
            return own
        bare = own.rstrip()
        end = bare.rfind("::")
        if end < 0 or _PSEUDO_ELEMENT.fullmatch(bare, end) is None:
            end = len(bare)
        return f"{own[:end]}:where([{prefix}]){own[end:]}"

    def in_attribute(found: re.Match[str]) -> str:
        names = (found[2] or found[3] or "").split()
        return f'{found[1]}"{" ".join(f"{prefix}{name}" for name in names)}"'

    own = _CLASSES.sub(in_attribute, _STYLE.sub(in_styles, drawing))
    return _ELEMENT.sub(rf'\g<0> {prefix}=""', own) if f":where([{prefix}])" in own else own


def _with_id(drawing: str) -> tuple[str, str]:
    """Return a drawing whose root has an id, and the id."""
    root = _ROOT.search(drawing)
    if root is None:
        return drawing, ""
    known = _ID.search(root[0])
    if known is not None:
        return drawing, known[1]
    return f'{drawing[: root.end()]} id="root"{drawing[root.end() :]}', "root"
