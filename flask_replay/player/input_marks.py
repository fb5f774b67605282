"""Show the visitor's input in a page: typed text, the clicked element, and a cursor that moves
there.

The player cannot access the page, and no script runs in it. So the cursor is part of the page. A
style with ``:target`` starts it when the player adds its id to the frame's address. Other content
of the page can at most hide it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from turbohtml import Element, Text

from ..fragments.dom import NoPlace, Tree, drop, find
from .navigation import Way, WayKind, WayValues, fields_of

CURSOR = "flask-replay-cursor"
"""The id of the cursor in a page; the player's script has the same."""

_MARK = "data-flask-replay-mark"
_VOID = frozenset({"input", "area", "img"})
_TEXT = frozenset(
    {"", "text", "search", "email", "tel", "url", "number", "date", "month", "week", "time"}
    | {"color", "datetime-local", "range", "password"}
)
_CHECKED = frozenset({"checkbox", "radio"})

_STYLE = f"""#{CURSOR} {{ position: absolute !important; z-index: 2147483647 !important;
  width: 22px !important; height: 26px !important; margin: -.6em 0 0 -16px !important;
  visibility: hidden !important;
  pointer-events: none !important; scroll-margin: 40vh !important;
  filter: drop-shadow(0 0 1px #000) !important; }}
#{CURSOR}::before {{ content: "" !important; position: absolute !important; inset: 0 !important;
  background: #fff !important;
  clip-path: polygon(8% 0, 8% 78%, 28% 62%, 42% 96%, 57% 89%, 43% 57%, 68% 56%) !important; }}
#{CURSOR}:target {{ visibility: visible !important;
  animation: {CURSOR} .6s ease-in-out both !important; }}
:root:has(#{CURSOR}:target) [{_MARK}] {{ animation: {CURSOR}-mark .25s .55s both !important; }}
@supports (anchor-name: --a) {{ [{_MARK}] {{ anchor-name: --{CURSOR} !important; }}
#{CURSOR} {{ position-anchor: --{CURSOR} !important; left: anchor(75%) !important;
  top: anchor(50%) !important;
  margin: 0 !important; }} }}
@keyframes {CURSOR} {{ from {{ transform: translate(-24vw, 30vh); opacity: 0; }} }}
@keyframes {CURSOR}-mark {{ to {{ outline: 3px solid #e5326b; outline-offset: 2px; scale: .97; }} }}
@media (prefers-reduced-motion: reduce) {{ #{CURSOR}:target {{ animation: none !important; }} }}"""


def with_typed(tree: Tree, values: WayValues) -> bool:
    """Fill in fields whose name occurs once in the page; return whether any changed."""
    changed = False
    for name, given in values.items():
        try:
            fields = [
                field
                for field in find(tree.document, "input, textarea, select")
                if field.attr("name") == name
            ]
        except NoPlace:
            return changed
        if len(fields) == 1 and given and _is_seen(fields[0]):
            changed = _fill(fields[0], given) or changed
    return changed


def with_way(tree: Tree, way: Way) -> bool:
    """Show in a page how the visitor left it; return whether there is anything to see."""
    if way.element is None:
        return False
    if way.form is not None:
        _fill_all(
            [way.form] if way.kind == WayKind.FIELD else fields_of(tree, way.form), way.values
        )
    way.element.attrs[_MARK] = ""
    cursor = Element("i", {"id": CURSOR})
    if way.element.tag in _VOID or way.element.tag in {"textarea", "select"}:
        way.element.insert_after(cursor)
    else:
        way.element.append(cursor)
    style = Element("style")
    style.append(Text(_STYLE))
    tree.head.append(style)
    return True


def _fill_all(fields: Sequence[Element], values: WayValues) -> None:
    """Fill in fields. Several fields of the same name get one value each."""
    of_name: dict[str, list[Element]] = defaultdict(list)
    for field in fields:
        if _is_seen(field):
            of_name[field.attr("name") or ""].append(field)
    for name, named in of_name.items():
        given = list(values.get(name, ()))
        for field in named:
            if _type(field) in _CHECKED or field.tag == "select":
                _fill(field, given)
            elif given:
                _fill(field, [given.pop(0)])


def _is_seen(field: Element) -> bool:
    return field.tag != "input" or _type(field) in _TEXT | _CHECKED


def _type(field: Element) -> str:
    return (field.attr("type") or "").strip().lower() if field.tag == "input" else ""


def _fill(field: Element, given: Sequence[Any]) -> bool:
    """Fill in a field; return whether its value changed."""
    texts = [str(value) for value in given]
    if field.tag == "select":
        options = find(field, "option") if texts else []
        return sum(_turn(option, "selected", _value(option) in texts) for option in options) > 0
    if _type(field) in _CHECKED:
        return _turn(field, "checked", (field.attr("value") or "on") in texts)
    if field.tag == "textarea":
        changed = bool(texts) and field.text != texts[0]
        if changed:
            field.set_text(texts[0])
        return changed
    changed = bool(texts) and (field.attr("value") or "") != texts[0]
    if changed:
        field.attrs["value"] = texts[0]
    return changed


def _value(option: Element) -> str:
    value = option.attr("value")
    return " ".join((option.text or "").split()) if value is None else value


def _turn(element: Element, name: str, on: bool) -> bool:
    """Set or remove an attribute without a value; return whether that changed the element."""
    if (name in element.attrs) is on:
        return False
    if on:
        element.attrs[name] = ""
    else:
        drop(element, name)
    return True
