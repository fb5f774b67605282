"""A page in the state that scripts would give it, without running them: the common effects of
scripts.

It covers stylesheets that are enabled once loaded, elements and pages that are hidden until a
script shows them, images whose address is in another attribute or that could not be loaded, and
media players without controls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from itertools import islice

import tinycss2
from tinycss2.ast import Declaration, Node, ParseError, QualifiedRule

from ..markup.references import FALLBACK, WAITING
from ..markup.tags import ATTRIBUTE, Tag, every_tag, tags

_ASSIGNED = re.compile(
    r"""(?<![\w.$])(?:this\.)?(rel|media|disabled)\s*=(?!=)\s*(?:(["'`])(.*?)\2|(true|false|null))""",
    re.DOTALL,
)
_SET = re.compile(
    r"""this\.(?:set|(remove))Attribute\(\s*(["'`])(rel|media|disabled)\2\s*(?:,\s*(["'`])(.*?)\4\s*)?\)""",
    re.DOTALL,
)
"""Changes that the ``onload`` of a stylesheet makes to it."""

_CALLED = re.compile(r"(?<![\w$.])(?!if\b|while\b|for\b|switch\b)[\w$.]{1,100}\(\s*this\s*[,)]")

_GONE = re.compile(
    r"""this\.(?:remove\(\)|hidden\s*=\s*true|parent(?:Node|Element)\.removeChild\(\s*this\s*\)"""
    r"""|style\.(?:display\s*=\s*["'`]none["'`]|visibility\s*=\s*["'`](?P<kept>hidden)["'`]))"""
)
_CLASSED = re.compile(r"""this\.(?:className\s*\+?=|classList\.add\()\s*["'`]([\w -]*)["'`]""")
"""Changes that the ``onerror`` of an image makes to it besides its address: it is gone, or has
another class.
"""

_CLOAKS = frozenset(
    {"x-cloak", "v-cloak", "ng-cloak", "data-ng-cloak", "x-ng-cloak", "ng:cloak", "un-cloak"}
)
"""Attributes that libraries remove once an element is set up: Alpine, Vue, AngularJS, UnoCSS."""
_SHOWS = frozenset({"x-show", "x-if", "v-show", "v-if", "ng-show", "ng-hide", "ng-if"})
"""Attributes that decide whether the element is visible then. Usually it is not, and the cloak
hides it until then.
"""

Fails = Callable[[str], bool]

_DATA = frozenset(
    {"application/json", "application/ld+json", "importmap", "speculationrules", "text/template"}
)
_HIDES = {"display": "none", "visibility": "hidden", "opacity": "0"}
_WHOLE = re.compile(
    r"(?!.*:(?:before|after))(?:html|body|:root)(?![\w-])[^\s>+~,]*(?:\s*[\s>]\s*body(?![\w-])[^\s>+~,]*)?",
    re.IGNORECASE | re.DOTALL,
)
"""A selector that matches the whole page, in any state."""

_HIDING = re.compile(
    r"(?:html|body|:root)[^{}]{0,200}\{[^{}]{0,2000}?(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0)",
    re.IGNORECASE,
)
"""Occurs in stylesheets that are worth parsing."""

_CHANGED = (
    'sizes="auto',
    "sizes='auto",
    "sizes=auto",
    "onload",
    "onerror",
    "cloak",
    "no-js",
    *WAITING,
)
_ROOT = re.compile(r"<(?:html|body)\s")
_HIDDEN = re.compile(r"[^>]{0,2000}?(?:hidden|display|visibility|opacity)")
"""Patterns of which one occurs in every page that looks different once scripts ran. The page is in
lower case.
"""
_FEW = 10

_NOSCRIPT = re.compile(r"</noscript\b[^>]*>", re.IGNORECASE)
_ENDS = frozenset(("", *">/ \t\n\f\r"))
"""Characters that may follow the value of an attribute."""

_NO_CONTROLS = ":is(video,audio):not([controls])::-webkit-media-controls{display:none!important}"
"""Where scripts are off, browsers add controls that the page did not ask for (HTML, section
4.8.11.13).
"""

_CANVAS = (
    ':where(canvas%s%s){content:url("data:image/svg+xml,'
    "%%3Csvg xmlns='http://www.w3.org/2000/svg' width='%s' height='%s'/%%3E\")}"
)
"""Where scripts are off, browsers show the content of ``<canvas>``. An empty image has its size."""
_LENGTH = re.compile(r" *+\+?(\d{1,5})[\w.% ]{0,9}")
_SIZES = 100
"""Sizes of ``<canvas>`` in a page that are respected."""

_FOCUS = (
    ":where(:root:not(:has(:focus)) [autofocus]:not(:disabled))"
    "{outline:auto;outline:auto 1px -webkit-focus-ring-color}"
)
"""Browsers never focus a field in a frame without scripts or an origin (HTML, section 6.6.7). The
page's own styles override this one.
"""


def as_with_scripts(text: str, fails: Fails = lambda source: False) -> str:
    """Return a page as it looks with scripts, as far as that is known without running them.

    :param fails: whether the image at an address could not be loaded.
    """
    text = without_noscript(text)
    if not _may_change(text):
        return text
    found = list(every_tag(text))
    scripts = any(map(_is_script, found))
    pieces: list[str] = []
    position = 0
    for tag in found:
        sets = _changes(tag, fails, scripts=scripts)
        raw = text[tag.close : tag.end]
        shown = _shown(raw) if scripts and tag.name == "style" else raw
        if sets or shown is not raw:
            pieces += (text[position : tag.start], written(tag, sets), shown)
            position = tag.end
    return "".join((*pieces, text[position:]))


def _may_change(text: str) -> bool:
    """Whether scripts may change how a page looks. Words are found faster than expressions."""
    lower = text.lower()
    hides = any(word in lower for word in _HIDES) or "hidden" in lower
    return any(word in lower for word in _CHANGED) or (
        hides and (_hides_root(lower) or _HIDING.search(text) is not None)
    )


def _hides_root(lower: str) -> bool:
    """Whether an attribute of its root or body may hide a page. True for a page with many such
    tags, which are not all examined.

    :param lower: the page in lower case.
    """
    roots = [*islice(_ROOT.finditer(lower), _FEW)]
    return len(roots) == _FEW or any(_HIDDEN.match(lower, root.end()) for root in roots)


def browser_style(text: str, *, scripted: bool) -> str:
    """Return the styles that make a page without scripts look as it does in a browser with scripts.

    :param scripted: scripts ran in the visitor's browser.
    """
    lower = text.lower()
    controls = _NO_CONTROLS if scripted and ("<video" in lower or "<audio" in lower) else ""
    drawn = _empty_canvases(text) if scripted and "<canvas" in lower else ""
    more = f"<style>{controls}{drawn}</style>" if controls or drawn else ""
    return f"{focus_style(text)}{more}"


def focus_style(text: str) -> str:
    """Return the style that shows which field of a page has the focus, until a script moves it."""
    return f"<style>{_FOCUS}</style>" if "autofocus" in text.lower() else ""


def _empty_canvases(text: str) -> str:
    """Return the styles that show each ``<canvas>`` of a page as empty as a script found it."""
    found = {(tag.get("width"), tag.get("height")): None for tag in tags(text, "canvas")}
    return "".join(
        _CANVAS % (*map(_with_length, ("width", "height"), size), *map(_length, size, (300, 150)))
        for size in islice(found, _SIZES)
    )


def _with_length(name: str, written: str | None) -> str:
    """Return a selector of elements with a length in an attribute."""
    known = written is not None and _LENGTH.fullmatch(written)
    return f'[{name}="{written}"]' if known else f":not([{name}])" if written is None else ""


def _length(written: str | None, usual: int) -> int:
    known = _LENGTH.fullmatch(written or "")
    return int(known[1]) if known else usual


def without_noscript(text: str) -> str:
    """Return a page without the content for browsers without scripts: texts, styles, pictures."""
    if "<noscript" not in text.lower():
        return text
    pieces: list[str] = []
    position = 0
    for tag in tags(text, "noscript"):
        pieces += (text[position : tag.start], '<noscript style="display: none !important">')
        position = tag.end
    return "".join((*pieces, text[position:]))


def as_without_scripts(text: str) -> str:
    """Return a page for browsers without scripts: the content of ``<noscript>`` is part of it."""
    pieces: list[str] = []
    position = 0
    for tag in tags(text, "noscript"):
        ending = _NOSCRIPT.match(text, tag.end)
        pieces += (text[position : tag.start], text[tag.close : tag.end])
        position = ending.end() if ending else tag.end
    return "".join((*pieces, text[position:]))


def _changes(tag: Tag, fails: Fails, *, scripts: bool) -> dict[str, str | None]:
    """Return the attributes that scripts change in a tag, ``None`` for those that they remove.

    :param scripts: the page has scripts.
    """
    sets: dict[str, str | None] = {}
    attributes = tag.attributes.lower()
    if "onload" in attributes and tag.name in {"link", "style"}:
        sets |= _switched(tag, tag.get("onload") or "")
    if "cloak" in attributes:
        sets |= _uncloaked(tag)
    if (scripts or tag.get("sizes")) and tag.name in _BY_SCRIPTS:
        sets |= _BY_SCRIPTS[tag.name](tag)
    if "onerror" in attributes and tag.name == "img":
        source = sets.get("src") or tag.get("src")
        sets |= _replaced(tag, tag.get("onerror") or "") if source and fails(source) else {}
    return sets


def _replaced(tag: Tag, onerror: str) -> dict[str, str | None]:
    """Return the attributes of an image after it could not be loaded."""
    other, gone, classed = (pattern.search(onerror) for pattern in (FALLBACK, _GONE, _CLASSED))
    sets: dict[str, str | None] = {}
    if other is not None:
        sets["src"] = other[2] or other[5] or ""
    if gone is not None:
        hides = "visibility: hidden" if gone["kept"] else "display: none"
        sets["style"] = f"{(tag.get('style') or '').rstrip('; ')}; {hides} !important"
    if classed is not None:
        adds = "className" not in classed[0] or "+=" in classed[0]
        sets["class"] = f"{tag.get('class') or ''} {classed[1]}".strip() if adds else classed[1]
    return sets


def written(tag: Tag, sets: Mapping[str, str | None]) -> str:
    """Return a start tag with some attributes changed."""
    kept = ATTRIBUTE.sub(lambda found: "" if found[1].lower() in sets else found[0], tag.attributes)
    new = "".join(f' {name}="{escape(value)}"' for name, value in sets.items() if value is not None)
    return f"<{tag.name}{new}{'' if kept[:1] in _ENDS else ' '}{kept}"


def _is_script(tag: Tag) -> bool:
    """Whether a tag begins a script, or has one that runs when the page is loaded."""
    if tag.name == "script":
        return (tag.get("type") or "").lower() not in _DATA
    return tag.name == "body" and tag.get("onload") is not None


def _switched(tag: Tag, onload: str) -> dict[str, str | None]:
    """Return the attributes of a stylesheet once it is loaded. A function that is called with the
    element is assumed to apply the stylesheet.
    """
    found: dict[str, str | None] = {}
    if tag.name == "link" and _CALLED.search(onload):
        preloads = "preload" in (tag.get("rel") or "").lower().split()
        found = {"rel": "stylesheet"} if preloads else {"media": "all"}
    for name, _, text, word in _ASSIGNED.findall(onload):
        gone = word in {"false", "null"} and name == "disabled"
        found[name] = None if gone else text or word
    for removed, _, name, _, text in _SET.findall(onload):
        found[name] = None if removed else text
    return found


def _uncloaked(tag: Tag) -> dict[str, str | None]:
    """Return the change that removes an element's cloak, unless another attribute decides whether
    it is visible.
    """
    names = {found[1].lower() for found in ATTRIBUTE.finditer(tag.attributes)}
    if names & _SHOWS:
        return {}
    gone: dict[str, str | None] = dict.fromkeys(names & _CLOAKS)
    classes = (tag.get("class") or "").split()
    if _CLOAKS.intersection(classes):
        gone["class"] = " ".join(name for name in classes if name not in _CLOAKS)
    return gone


def _page(tag: Tag) -> dict[str, str | None]:
    """Return the attributes of a page's root or body after scripts ran. Visitors do not see pages
    that stay hidden.
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
    """Return the addresses that a script sets when an image comes into view."""
    sets: dict[str, str | None] = {}
    width = tag.get("width") or ""
    sizes = tag.get("sizes") or ""
    if sizes.lower().startswith("auto") and width.isdecimal():
        sets["sizes"] = f"{width}px{sizes[4:]}"  # only with scripts is it the width as shown
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
    """Return a stylesheet without rules that hide the whole page until a script shows it."""
    if not _HIDING.search(sheet):
        return sheet
    try:
        rules = [rule for rule in tinycss2.parse_stylesheet(sheet) if _is_sound(rule)]
        shown = [_without_hiding_all(rule) for rule in rules]
        if not any(shown):
            return sheet
        return "".join(new or rule.serialize() for new, rule in zip(shown, rules, strict=True))
    except RecursionError:
        return sheet  # a thousand nested blocks, which no real page has


def _is_sound(node: Node) -> bool:
    """Whether a node is valid, so that a browser does not skip it."""
    return not isinstance(node, ParseError)


def _without_hiding_all(rule: Node) -> str | None:
    """Return a rule that hides the whole page without its hiding declarations, ``None`` for other
    rules.
    """
    if not isinstance(rule, QualifiedRule):
        return None
    selectors = tinycss2.serialize(rule.prelude)
    kept = _without_hiding(tinycss2.serialize(rule.content)) if _is_whole(selectors) else None
    return None if kept is None else f"{selectors}{{{kept}}}"


def _is_whole(selectors: str) -> bool:
    """Whether a rule applies to the whole page, and not to a part of it, or to content before or
    after it.
    """
    return all(_WHOLE.fullmatch(selector.strip()) for selector in selectors.split(","))


def _without_hiding(declarations: str) -> str | None:
    """Return declarations without those that hide, ``None`` if there are none."""
    found = tinycss2.parse_blocks_contents(declarations)
    kept = [one for one in found if not (isinstance(one, Declaration) and _hides(one))]
    return None if len(kept) == len(found) else tinycss2.serialize(filter(_is_sound, kept))


def _hides(declaration: Declaration) -> bool:
    value: str = tinycss2.serialize(declaration.value).strip().lower()
    return _HIDES.get(str(declaration.lower_name)) == value
