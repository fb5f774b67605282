"""A page as a browser has it that runs scripts, though none runs: what these do on nearly every
page that has them.

Stylesheets that are switched on when they are there, elements and whole pages that are hidden until
a script shows them, images whose address waits in another attribute, players without controls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape

import tinycss2
from tinycss2.ast import Declaration, Node, ParseError, QualifiedRule

from ..markup.references import WAITING
from ..markup.tags import ATTRIBUTE, Tag, every_tag, tags

_ASSIGNED = re.compile(
    r"""(?<![\w.$])(?:this\.)?(rel|media|disabled)\s*=(?!=)\s*(?:(["'`])(.*?)\2|(true|false|null))""",
    re.DOTALL,
)
_SET = re.compile(
    r"""this\.(?:set|(remove))Attribute\(\s*(["'`])(rel|media|disabled)\2\s*(?:,\s*(["'`])(.*?)\4\s*)?\)""",
    re.DOTALL,
)
"""What the ``onload`` of a stylesheet does to it."""

_CLOAKS = frozenset(
    {"x-cloak", "v-cloak", "ng-cloak", "data-ng-cloak", "x-ng-cloak", "ng:cloak", "un-cloak"}
)
"""Attributes that libraries take away when they have set an element up: Alpine, Vue, AngularJS,
UnoCSS.
"""
_SHOWS = frozenset({"x-show", "x-if", "v-show", "v-if", "ng-show", "ng-hide", "ng-if"})
"""Those that say whether it is shown then. Mostly it isn't, for which it has its cloak."""

_DATA = frozenset(
    {"application/json", "application/ld+json", "importmap", "speculationrules", "text/template"}
)
_HIDES = {"display": "none", "visibility": "hidden", "opacity": "0"}
_WHOLE = re.compile(
    r"(?!.*:(?:before|after))(?:html|body|:root)(?![\w-])[^\s>+~,]*(?:\s*[\s>]\s*body(?![\w-])[^\s>+~,]*)?",
    re.IGNORECASE | re.DOTALL,
)
"""A selector of the whole page, in whatever state it is."""

_HIDING = re.compile(
    r"(?:html|body|:root)[^{}]{0,200}\{[^{}]{0,2000}?(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0)",
    re.IGNORECASE,
)
"""Stands in stylesheets that are worth being parsed."""

_NOSCRIPT = re.compile(r"</noscript\b[^>]*>", re.IGNORECASE)
_ENDS = frozenset(("", *">/ \t\n\f\r"))
"""What may stand behind the value of an attribute."""

_NO_CONTROLS = (
    "<style>:is(video,audio):not([controls])"
    "::-webkit-media-controls{display:none!important}</style>"
)
"""Where no script runs, browsers show controls that the page did not ask for (HTML, section
4.8.11.13).
"""


def as_with_scripts(text: str) -> str:
    """Return a page as it looks where scripts run, as far as that is known without running them."""
    text = without_noscript(text)
    found = list(every_tag(text))
    scripts = any(
        tag.name == "script" and (tag.get("type") or "").lower() not in _DATA for tag in found
    )
    pieces: list[str] = []
    position = 0
    for tag in found:
        sets = _changes(tag, scripts=scripts)
        raw = text[tag.close : tag.end]
        shown = _shown(raw) if scripts and tag.name == "style" else raw
        if sets or shown is not raw:
            pieces += (text[position : tag.start], _written(tag, sets), shown)
            position = tag.end
    players = any(tag.name in {"video", "audio"} for tag in found)
    return "".join((*pieces, text[position:], _NO_CONTROLS if players else ""))


def without_noscript(text: str) -> str:
    """Return a page without what only visitors whose browsers run no scripts saw: texts, styles,
    pictures.
    """
    if "<noscript" not in text.lower():
        return text
    pieces: list[str] = []
    position = 0
    for tag in tags(text, "noscript"):
        pieces += (text[position : tag.start], '<noscript style="display: none !important">')
        position = tag.end
    return "".join((*pieces, text[position:]))


def as_without_scripts(text: str) -> str:
    """Return a page as it is where no scripts run: what is in ``<noscript>`` is part of it."""
    pieces: list[str] = []
    position = 0
    for tag in tags(text, "noscript"):
        ending = _NOSCRIPT.match(text, tag.end)
        pieces += (text[position : tag.start], text[tag.close : tag.end])
        position = ending.end() if ending else tag.end
    return "".join((*pieces, text[position:]))


def _changes(tag: Tag, *, scripts: bool) -> dict[str, str | None]:
    """Return the attributes that a tag has where scripts run, ``None`` for those that it has no
    longer.

    :param scripts: the page has some.
    """
    sets: dict[str, str | None] = {}
    attributes = tag.attributes.lower()
    if "onload" in attributes and tag.name in {"link", "style"}:
        sets |= _switched(tag.get("onload") or "")
    if "cloak" in attributes:
        sets |= _uncloaked(tag)
    if scripts and tag.name in _BY_SCRIPTS:
        sets |= _BY_SCRIPTS[tag.name](tag)
    return sets


def _written(tag: Tag, sets: Mapping[str, str | None]) -> str:
    """Return a start tag with other values of some attributes."""
    kept = ATTRIBUTE.sub(lambda found: "" if found[1].lower() in sets else found[0], tag.attributes)
    new = "".join(f' {name}="{escape(value)}"' for name, value in sets.items() if value is not None)
    return f"<{tag.name}{new}{'' if kept[:1] in _ENDS else ' '}{kept}"


def _switched(onload: str) -> dict[str, str | None]:
    """Return the attributes that a stylesheet has once it is there."""
    found: dict[str, str | None] = {}
    for name, _, text, word in _ASSIGNED.findall(onload):
        gone = word in {"false", "null"} and name == "disabled"
        found[name] = None if gone else text or word
    for removed, _, name, _, text in _SET.findall(onload):
        found[name] = None if removed else text
    return found


def _uncloaked(tag: Tag) -> dict[str, str | None]:
    """Return what takes the cloak off an element, unless it says itself whether it is shown."""
    names = {found[1].lower() for found in ATTRIBUTE.finditer(tag.attributes)}
    if names & _SHOWS:
        return {}
    gone: dict[str, str | None] = dict.fromkeys(names & _CLOAKS)
    classes = (tag.get("class") or "").split()
    if _CLOAKS.intersection(classes):
        gone["class"] = " ".join(name for name in classes if name not in _CLOAKS)
    return gone


def _page(tag: Tag) -> dict[str, str | None]:
    """Return what the root or body of a page has once scripts have run: nobody looked at a page
    that stays hidden.
    """
    sets: dict[str, str | None] = {}
    if tag.get("hidden") is not None:
        sets["hidden"] = None
    style = tag.get("style")
    if style is not None and (kept := _without_hiding(style)) is not None:
        sets["style"] = kept
    classes = (tag.get("class") or "").split()
    if "no-js" in classes:
        sets["class"] = " ".join("js" if name == "no-js" else name for name in classes)
    return sets


def _image(tag: Tag) -> dict[str, str | None]:
    """Return the addresses that a script gave an image when it came into view."""
    sets: dict[str, str | None] = {}
    lazy = any(name.startswith("lazy") for name in (tag.get("class") or "").lower().split())
    for later, name in WAITING.items():
        waiting, now = tag.get(later), tag.get(name)
        if waiting and name not in sets and (not now or now.startswith("data:") or lazy):
            sets[name] = waiting
    return sets


_BY_SCRIPTS: Mapping[str, Callable[[Tag], dict[str, str | None]]] = {
    "html": _page,
    "body": _page,
    "img": _image,
    "source": _image,
}


def _shown(sheet: str) -> str:
    """Return a stylesheet without what hides the whole page until a script shows it."""
    if not _HIDING.search(sheet):
        return sheet
    try:
        rules = [rule for rule in tinycss2.parse_stylesheet(sheet) if _is_sound(rule)]
        shown = [_without_hiding_all(rule) for rule in rules]
        if not any(shown):
            return sheet
        return "".join(new or rule.serialize() for new, rule in zip(shown, rules, strict=True))
    except RecursionError:
        return sheet  # blocks within a thousand blocks: nobody's layout


def _is_sound(node: Node) -> bool:
    """Whether a browser does not pass over a rule or a declaration for its errors."""
    return not isinstance(node, ParseError)


def _without_hiding_all(rule: Node) -> str | None:
    """Return a rule of a stylesheet that hides the whole page as one that doesn't, ``None`` if it
    is no such rule.
    """
    if not isinstance(rule, QualifiedRule):
        return None
    selectors = tinycss2.serialize(rule.prelude)
    kept = _without_hiding(tinycss2.serialize(rule.content)) if _is_whole(selectors) else None
    return None if kept is None else f"{selectors}{{{kept}}}"


def _is_whole(selectors: str) -> bool:
    """Whether a rule is about the page and no part of it, nor what stands before or after it."""
    return all(_WHOLE.fullmatch(selector.strip()) for selector in selectors.split(","))


def _without_hiding(declarations: str) -> str | None:
    """Return declarations without those that hide, ``None`` if there are none."""
    found = tinycss2.parse_blocks_contents(declarations)
    kept = [one for one in found if not (isinstance(one, Declaration) and _hides(one))]
    return None if len(kept) == len(found) else tinycss2.serialize(filter(_is_sound, kept))


def _hides(declaration: Declaration) -> bool:
    value: str = tinycss2.serialize(declaration.value).strip().lower()
    return _HIDES.get(str(declaration.lower_name)) == value
