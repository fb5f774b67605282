"""Apply a response to a page as htmx 2 and 4 do."""

from __future__ import annotations

import re
from typing import NamedTuple

from turbohtml import Element, Node, Text

from . import dom
from .answer import Answer
from .dom import NoPlace, Parent, Tree
from .htmx_attributes import Htmx, by_id_selector

_HX_TAG = re.compile(r"<hx-([a-z]+)(?=[\s>])", re.IGNORECASE)
_HX_END = re.compile(r"</hx-[a-z]+>", re.IGNORECASE)
_HEAD = re.compile(r"<head(\s[^<>]*)?>", re.IGNORECASE)
_HEAD_END = re.compile(r"</head>", re.IGNORECASE)
_START = re.compile(r"<([a-z][^/>\x20\t\r\n\f]*)", re.IGNORECASE)
_SHORT = {
    "before": "beforebegin",
    "after": "afterend",
    "prepend": "afterbegin",
    "append": "beforeend",
}
_STYLES = frozenset(
    {"innerHTML", "outerHTML", "textContent", "delete", "none"}
    | {f"{where}{edge}" for where in ("before", "after") for edge in ("begin", "end")}
)
_OOB = re.compile(r"(\S+?):(.+)", re.DOTALL)


class ParsedAnswer(NamedTuple):
    """A parsed response.

    :param root: the element that contains its nodes.
    :param title: the page's new title, or ``""``.
    """

    root: Element
    title: str


class Swap(NamedTuple):
    """How to insert a part of a response.

    :param modifiers: ``swap:1s`` and the like, by name.
    """

    style: str
    modifiers: dict[str, str] = {}


def apply(tree: Tree, answer: Answer) -> str:
    """Change a page as htmx did for a response.

    :returns: what is uncertain about the result, or ``""``.
    :raises NoPlace: the page was not changed.
    """
    four = bool(answer.request_header("HX-Source") or answer.request_header("HX-Request-Type"))
    htmx = Htmx(tree, four)
    for name in ("HX-Redirect", "HX-Location"):
        if answer.response_header(name):
            raise NoPlace(f"the page was sent to {answer.response_header(name)}")
    if answer.response_header("HX-Refresh") == "true":
        raise NoPlace("the page was loaded again")
    rule = htmx.rule(answer.request.status)
    if not rule.get("swap"):
        raise NoPlace(f"htmx leaves the page as it is when the status is {answer.request.status}")
    source = htmx.source(answer)
    note = ""
    if source is None:
        target, asking = htmx.named_target(answer), None
        if not answer.response_header("HX-Reswap"):
            style = htmx.default_style
            note = f"the element that made the request is not on the page; {style} is assumed"
    else:
        target, asking = htmx.target(source, boosted=answer.boosted), source
    if four and asking is not None:
        rule = {**rule, **htmx.by_status(asking, answer.request.status)}
    aim = (
        str(rule.get("target") or "")
        if four and rule.get("target")
        else answer.response_header("HX-Retarget")
    )
    aim = aim or str(rule.get("target") or "")
    if aim:
        target = _retarget(htmx, asking or target, aim)
    value = answer.response_header("HX-Reswap") or str(rule.get("swapOverride") or "")
    value = str(rule["style"]) if "style" in rule else value
    if not value and asking is not None:
        value = htmx.value(asking, "hx-swap") or ""
    select = answer.response_header("HX-Reselect") or str(rule.get("select") or "")
    if not select and asking is not None:
        select = htmx.value(asking, "hx-select") or ""
    select_oob = (htmx.value(asking, "hx-select-oob") or "") if asking is not None else ""
    work = Work(htmx, asking or target)
    work.swap(
        target, answer.html, work.parse(value), "" if select == "unset" else select, select_oob
    )
    return note


def _retarget(htmx: Htmx, element: Element, selector: str) -> Element:
    found = next(iter(htmx.find(element, selector)), None)
    if found is None:
        raise NoPlace(f"the target {selector!r} is not on the page")
    return found


def _without_head(html: str) -> str:
    start = _HEAD.search(html)
    end = None if start is None else _HEAD_END.search(html, start.end())
    return html if start is None or end is None else html[: start.start()] + html[end.end() :]


class Work:
    """Applies one response to the page.

    :param source: the element that made the request, or else the target. Selectors are relative to
        it.
    """

    def __init__(self, htmx: Htmx, source: Element) -> None:
        self.htmx = htmx
        self.tree = htmx.tree
        self.source = source

    def parse(self, value: str) -> Swap:
        """Parse the value of ``hx-swap``."""
        words = value.split()
        style = self.htmx.default_style
        if words and ":" not in words[0]:
            style = words.pop(0)
        modifiers = dict(word.split(":", 1) for word in words if ":" in word)
        return Swap(_SHORT.get(style, style) if self.htmx.four else style, modifiers)

    def piece(self, html: str) -> ParsedAnswer:
        """Parse the response as rows, as a body, or as a whole page."""
        html = _HX_END.sub("</template>", _HX_TAG.sub(r'<template hx type="\1"', html))
        bare = _without_head(html)
        start = _START.search(bare)
        if start is not None and start[1].lower() in {"html", "body"}:
            page = Tree(html)
            title = dom.first(page.document, "title")
            holder = Element("template")
            dom.put(holder, dom.take(page.body))
            return ParsedAnswer(holder, title.text if title is not None else "")
        headed = dom.first(Tree(html).document, "head > title") if bare != html else None
        root = dom.fragment(bare)
        title = dom.first(root, "title") if self.htmx.four else None
        title = title or next((child for child in dom.elements(root) if child.tag == "title"), None)
        if title is not None:
            title.extract()
        title = headed or title
        return ParsedAnswer(root, title.text if title is not None else "")

    def swap(
        self,
        target: Element,
        html: str,
        swap: Swap,
        select: str = "",
        select_oob: str = "",
        *,
        empty: bool = True,
    ) -> None:
        """Do all swaps of one response.

        :param empty: clear the target even if all content went elsewhere.
        """
        if swap.style == "textContent" and not self.htmx.four:
            dom.fill(target, [Text(html)] if html else [])
            return
        piece = self.piece(html)
        away = self._select_oob(piece.root, select_oob)
        away += self._find_oob(piece.root)
        partials = self._partials(piece.root)
        nodes: list[Node] = list(piece.root.children)
        skipped = (
            not empty
            or partials
            or (self.htmx.four and away and not self.htmx.config["allowEmptySwapAfterOOB"])
        )
        if not (skipped and dom.empty(nodes) and swap.style != "delete"):
            if select:
                nodes = list(dom.find(piece.root, select))
            self.place(swap.style, target, [node.extract() for node in nodes])
        silent = swap.modifiers.get("ignoreTitle") == "true" or (
            self.htmx.four and swap.style == "none"
        )
        if piece.title and not silent:
            self.tree.title(piece.title)

    def place(self, style: str, target: Element, nodes: list[Node]) -> None:
        """Insert nodes before, after or into an element, or in place of it."""
        self._preserve(nodes)
        if target.tag == "body" and style == "outerHTML":
            style = "innerHTML"
        if style == "none":
            return
        if style == "delete":
            target.extract()
        elif style in {"outerHTML", "outerMorph"}:
            dom.replace(target, nodes)
        elif style == "afterbegin":
            dom.put_first(target, nodes)
        elif style == "beforebegin":
            if nodes:
                target.insert_before(*nodes)
        elif style == "beforeend":
            dom.put(target, nodes)
        elif style == "afterend":
            if nodes:
                target.insert_after(*nodes)
        elif style == "textContent":
            text = "".join(node.text for node in nodes)
            dom.fill(target, [Text(text)] if text else [])
        elif style in {"innerHTML", "innerMorph"}:
            dom.fill(target, nodes)
        elif style == "outerSync" and self.htmx.four:
            self._sync(target, nodes)
        elif self.htmx.four or self.htmx.default_style not in _STYLES:
            raise NoPlace(f"{style[:100]!r} is not a swap style")
        else:
            self.place(self.htmx.default_style, target, nodes)

    def _sync(self, target: Element, nodes: list[Node]) -> None:
        """Copy the attributes and children of the new element to the old one."""
        came = next((node for node in nodes if isinstance(node, Element)), None)
        if came is None:
            raise NoPlace("no element came")
        for name in set(target.attrs) - set(came.attrs):
            del target.attrs[name]
        for name in came.attrs:
            target.attrs[name] = came.attr(name) or ""
        dom.fill(target, dom.take(came))

    def _preserve(self, nodes: list[Node]) -> None:
        """Keep the elements of the page that are marked for it, in place of their new versions."""
        holder = Element("template")
        dom.put(holder, nodes)
        for came in dom.find(holder, "[hx-preserve], [data-hx-preserve]"):
            kept = self.tree.by_id(came.attr("id") or "")
            if kept is not None:
                dom.replace(came, [kept.extract()])
        nodes[:] = dom.take(holder)

    # Out of band

    def _select_oob(self, root: Element, value: str) -> int:
        count = 0
        for one in value.split(",") if value else ():
            selector, _, style = one.strip().partition(":")
            id = selector.strip().removeprefix("#")
            found = (
                dom.find(root, selector)
                if self.htmx.four
                else [dom.first(root, by_id_selector(id))]
            )
            for element in found:
                if element is not None:
                    self.out_of_band(element, style or "true")
                    count += 1
        return count

    def _find_oob(self, root: Parent) -> int:
        count = 0
        for element in dom.find(root, "[hx-swap-oob], [data-hx-swap-oob]"):
            value = element.attr("hx-swap-oob") or element.attr("data-hx-swap-oob") or "true"
            if self.htmx.four or self.htmx.config["allowNestedOobSwaps"] or element.parent == root:
                self.out_of_band(element, value)
                count += 1
            else:
                dom.drop(element, "hx-swap-oob", "data-hx-swap-oob")
        if not self.htmx.four:
            for template in dom.find(root, "template"):
                inside = self._find_oob(dom.content(template))
                if inside:
                    template.extract()
                count += inside
        return count

    def out_of_band(self, element: Element, value: str) -> int:
        """Insert an element where its id, or the selector in its attribute, matches. Returns in how
        many places.
        """
        dom.drop(element, "hx-swap-oob", "data-hx-swap-oob")
        selector, style = by_id_selector(element.attr("id") or ""), value
        match = _OOB.fullmatch(value.strip())
        if match is not None and not (self.htmx.four and match[1] in {"target", "swap", "strip"}):
            style, selector = match[1], match[2].strip()
        swap = self.parse("outerHTML" if style in {"true", ""} else style)
        if element.parent is not None:
            element.extract()
        targets = self.htmx.find(self.source, swap.modifiers.get("target", selector))
        copies = [self.tree.clone(element) for _ in targets]
        for target, copied in zip(targets, copies, strict=True):
            inner = not swap.style.startswith("outer")
            content = dom.content(copied) if copied.tag == "template" else copied
            self.place(swap.style, target, dom.take(content) if inner else [copied])
        return len(targets)

    def _partials(self, root: Element) -> int:
        """Swap the ``<hx-partial>`` elements."""
        found = dom.find(root, "template[hx]")
        for template in found:
            selector = self.htmx.own(template, "hx-target") or ""
            selector = selector or (
                by_id_selector(template.attr("id") or "") if template.attr("id") else ""
            )
            template.extract()
            if template.attr("type") != "partial" or not selector:
                continue
            swap = self.parse(self.htmx.own(template, "hx-swap") or "")
            for target in self.htmx.find(self.source, selector):
                self.place(
                    swap.style,
                    target,
                    [self.tree.clone(node) for node in dom.content(template).children],
                )
        return len(found)
