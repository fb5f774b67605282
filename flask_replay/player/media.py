"""Pages and stylesheets as the visitor's browser applied them: with the visitor's preferences and
pointer instead of the viewer's, and to elements by their original addresses.

Media features whose values are known are replaced by conditions that are always true or always
false.
"""

from __future__ import annotations

import re
from html import escape

from ..markup.references import SELECTED, WRITTEN
from ..markup.tags import ATTRIBUTE, Tag, every_tag, unquoted
from ..recording.device import Device

_STRING = r""""(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?"""
_FEATURES = (
    "prefers-color-scheme",
    "prefers-reduced-motion",
    "prefers-reduced-transparency",
    "prefers-reduced-data",
    "prefers-contrast",
    "forced-colors",
    "inverted-colors",
    "scripting",
    "any-hover",
    "any-pointer",
    "hover",
    "pointer",
)
_BLANK = r"(?:\s|/\*.*?\*/)*+"
_TOKEN = re.compile(
    rf"/\*.*?(?:\*/|\Z)|\\.|{_STRING}|url\([^\"')]*+\)?|:[\w-]++\("
    rf"|\({_BLANK}(?P<feature>{'|'.join(_FEATURES)}){_BLANK}"
    rf"(?::{_BLANK}(?P<value>[a-z-]++){_BLANK})?\)"
    rf"|\[{_BLANK}(?P<name>{'|'.join(SELECTED)})"
    rf"(?P<test>{_BLANK}[~|^$*]?={_BLANK}(?:{_STRING}|(?:[\w-]|\\.)++){_BLANK}[is]?{_BLANK})\]"
    r"|(?P<focus>:focus(?:-visible|-within)?(?![\w-]))"
    r"|(?<![\w-])color-scheme\s*+:\s*+(?P<schemes>[a-z \t\r\n\f]++)",
    re.IGNORECASE | re.DOTALL,
)
"""A query of a feature (Media Queries 5, section 2.4), a selector of the focus, or a declaration of
color schemes (CSS Color Adjustment 1, section 2.2), or a selector by an address (Selectors 4,
section 6.1). Comments, escaped characters, strings and other selectors are skipped.
"""

_WORDS = (
    *("color-scheme", "contrast", "forced-colors", "hover", "inverted-colors", "pointer"),
    *("prefers-reduced", "scripting", ":focus", *(f"[{name}" for name in SELECTED)),
)
"""Words of which at least one occurs in every style that is changed."""

_FOCUSED = {
    ":focus": ":is(:focus,[autofocus]:where(:not(:disabled)))",
    ":focus-visible": ":is(:focus-visible,[autofocus]:where(:not(:disabled)))",
    ":focus-within": ":is(:focus-within,[autofocus],:has([autofocus]:where(:not(:disabled))))",
}
"""Selectors that also apply to the field with ``autofocus``, which has no focus in a frame without
scripts (HTML, section 6.6.7). They are as specific as the originals.
"""
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
_NOTHING = frozenset({"none", "no-preference"})
"""Values that count as false in a query without a value."""


def as_seen(sheet: str, device: Device) -> str:
    """Return a stylesheet, declarations or media queries as they applied on a device."""
    if not _may_change(sheet):
        return sheet
    values = values_of(device)

    def known(found: re.Match[str]) -> str:
        if found["schemes"] is not None:
            return found[0][: found.start("schemes") - found.start()] + _scheme(
                found["schemes"], device
            )
        if found["focus"] is not None:
            return _FOCUSED[found["focus"].lower()]
        if found["name"] is not None:
            return _by_original(found["name"].lower(), found["test"])
        if found["feature"] is None:
            return found[0]
        value, wanted = values[found["feature"].lower()], found["value"]
        return (
            _ALWAYS
            if (value not in _NOTHING if wanted is None else value == wanted.lower())
            else _NEVER
        )

    return _TOKEN.sub(known, sheet)


def _by_original(name: str, test: str) -> str:
    """Return a selector that tests an attribute as it was written, as specific as the original."""
    kept = f"{WRITTEN}{name}"
    return f":is([{kept}{test}],[{name}{test}]:where(:not([{kept}])))"


def _may_change(text: str) -> bool:
    """Whether a text may contain anything to change. Words are found faster than an expression."""
    lower = text.lower()
    return any(word in lower for word in _WORDS)


def page_as_seen(text: str, device: Device) -> str:
    """Return a page as it applied on a device: its styles, and the media of the styles that it
    loads.
    """
    if not _may_change(text):
        return text
    pieces: list[str] = []
    position = 0
    for tag in every_tag(text):
        may_change = tag.name == "meta" or _may_change(tag.attributes)
        attributes = _attributes(tag, device) if may_change else tag.attributes
        raw = text[tag.close : tag.end]
        style = as_seen(raw, device) if tag.name == "style" else raw
        if (attributes, style) != (tag.attributes, raw):
            pieces += (text[position : tag.attributes_start], attributes, style)
            position = tag.end
    return "".join((*pieces, text[position:]))


def _attributes(tag: Tag, device: Device) -> str:
    """Return the attributes of a tag with media features replaced."""

    def known(found: re.Match[str]) -> str:
        name, written = found[1].lower(), found[2]
        if written is None or not _may_hold_query(tag, name):
            return found[0]
        value = unquoted(written)
        new = _scheme(value, device) if name == "content" else as_seen(value, device)
        return found[0] if new == value else f'{found[1]}="{escape(new)}"'

    return ATTRIBUTE.sub(known, tag.attributes)


def _may_hold_query(tag: Tag, name: str) -> bool:
    """Whether an attribute may contain a media query or a color scheme."""
    if name == "content":
        return tag.name == "meta" and (tag.get("name") or "").strip().lower() == "color-scheme"
    return name in {"media", "style", "sizes"}


def _scheme(written: str, device: Device) -> str:
    """Return the color scheme that was used of those that the page supports."""
    schemes = written.lower().split()
    blanks = written[len(written.rstrip()) :]
    return f"{device.scheme}{blanks}" if {"light", "dark"} <= set(schemes) else written


def values_of(device: Device) -> dict[str, str]:
    """Return the value of each feature, with common defaults for those that browsers do not
    report.
    """
    hover, pointer = ("none", "coarse") if device.has_touch_screen else ("hover", "fine")
    return {
        "prefers-color-scheme": device.scheme,
        "prefers-reduced-motion": "reduce" if device.still else "no-preference",
        "prefers-reduced-transparency": "reduce" if device.plain else "no-preference",
        "prefers-reduced-data": "no-preference",
        "prefers-contrast": "no-preference",
        "forced-colors": "none",
        "inverted-colors": "none",
        "scripting": "enabled",
        "hover": hover,
        "any-hover": hover,
        "pointer": pointer,
        "any-pointer": pointer,
    }
