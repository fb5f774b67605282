"""HTML as a tree, and the changes that scripts make to it.

turbohtml parses any text by the rules of browsers, and supports their selectors.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import TypeVar

from turbohtml import (
    Comment,
    Document,
    DocumentFragment,
    Element,
    Node,
    Text,
    parse,
    parse_fragment,
)
from turbohtml.query import SelectorSyntaxError

from ..errors import ReplayError

Parent = Document | DocumentFragment | Element
N = TypeVar("N", bound=Node)

MOST_NODES = 10_000_000
"""Limit for the characters of a page and of the texts that one response inserts in several places.
A larger page is not rebuilt.
"""
_COPY, _FEW = 1_000, 100_000
"""How many characters a copy of an element counts besides its length; and the total up to which the
page's own length is not counted.
"""

_LONGEST = 2_000
"""Characters of a selector."""


class NoPlace(ReplayError):
    """Raised when a fragment has no place on the page; the message says why."""


class Tree:
    """A page with the changes that scripts have made.

    :ivar url: path and query that the browser shows for the page.
    """

    def __init__(self, html: str, url: str = "/") -> None:
        self.document = parse(html)
        self.url = url
        self._copied = 0
        self._came = 0
        self._full = False

    def begin(self, came: int) -> None:
        """Start to apply another response to the page.

        :param came: characters of the response.
        :raises NoPlace: the page has grown too long.
        """
        self._copied = 0
        self._came += came
        # serializing the page for each response would take too long
        if self._came > MOST_NODES // 2:
            self._came, self._full = 0, len(self.html()) > MOST_NODES // 2
        if self._full:
            raise NoPlace("the page is too long to be rebuilt")

    def spread(self, came: int, places: int) -> None:
        """Count a response that is inserted in several places.

        :raises NoPlace: there are too many places, and the page would grow without end.
        """
        if places * (_COPY + came) > MOST_NODES:
            raise NoPlace("it is inserted in too many places to be rebuilt")
        self._came += places * came

    def clone(self, node: N) -> N:
        """Return a copy of a node with its content, to be inserted into the page.

        :raises NoPlace: there are too many copies, and the page would grow without end.
        """
        before = self._copied
        self._copied += _COPY + len(node.html)
        if before <= _FEW < self._copied:
            self._copied += len(self.html())
        if self._copied > MOST_NODES:
            raise NoPlace("it is inserted in too many places to be rebuilt")
        return copy.deepcopy(node)

    @property
    def body(self) -> Element:
        """Return the body."""
        return _part(self.document, "body")

    @property
    def head(self) -> Element:
        """Return the head."""
        return _part(self.document, "head")

    def by_id(self, id: str) -> Element | None:
        """Return the element with an id, ``None`` if there is none."""
        return first(self.document, f'[id="{escaped(id)}"]') if id else None

    def title(self, text: str) -> None:
        """Set the title."""
        element = first(self.document, "title")
        if element is None:
            element = Element("title")
            self.head.append(element)
        element.set_text(text)

    def holds(self, element: Element) -> bool:
        """Whether an element is still on the page."""
        return any(
            ancestor is self.document or ancestor == self.document for ancestor in element.ancestors
        )

    def copy(self) -> Tree:
        """Return an independent copy of the page."""
        tree = Tree.__new__(Tree)
        tree.document, tree.url, tree._copied = copy.deepcopy(self.document), self.url, 0
        tree._came, tree._full = self._came, self._full
        return tree

    def html(self) -> str:
        """Return the page as HTML."""
        return self.document.serialize()


def _part(document: Document, name: str) -> Element:
    found = (
        next((child for child in elements(document.root) if child.tag == name), None)
        if document.root
        else None
    )
    if found is None:
        raise NoPlace(f"the page has no {name}")
    return found


def elements(parent: Parent) -> list[Element]:
    """Return the children of a node that are elements."""
    return [child for child in parent.children if isinstance(child, Element)]


def fragment(html: str) -> Element:
    """Parse a part of a page, such as rows without a table. Returns the element that contains
    it.
    """
    return parse_fragment(html, "template")


def content(template: Element) -> Parent:
    """Return the node that holds the content of a ``<template>``."""
    first_child = next(iter(template.children), None)
    return first_child if isinstance(first_child, DocumentFragment) else template


def bounded(selector: str) -> str:
    """Return a selector unchanged.

    :raises NoPlace: it is longer than a person would write, and parsing it would take long.
    """
    if len(selector) > _LONGEST:
        raise NoPlace(f"{selector[:100]!r}… is too long for a selector")
    return selector


def find(root: Parent, selector: str) -> list[Element]:
    """Return the elements below a node that match a selector, except those in templates.

    :raises NoPlace: the selector is invalid.
    """
    try:
        found = root.select(selector)
    except SelectorSyntaxError as error:
        raise NoPlace(f"{selector[:100]!r} is not a valid selector") from error
    return [element for element in found if element != root and not _in_template(element, root)]


def first(root: Parent, selector: str) -> Element | None:
    """Return the first element below a node that matches a selector."""
    return next(iter(find(root, selector)), None)


def fits(element: Element, selector: str) -> bool:
    """Whether an element matches a selector.

    :raises NoPlace: the selector is invalid.
    """
    try:
        return element.matches(selector)
    except SelectorSyntaxError as error:
        raise NoPlace(f"{selector[:100]!r} is not a valid selector") from error


def _in_template(element: Element, root: Parent) -> bool:
    for ancestor in element.ancestors:
        if ancestor == root:
            return False
        if isinstance(ancestor, DocumentFragment):
            return True
    return False


def escaped(text: str) -> str:
    """Return a text escaped for the quotes of a selector."""
    return "".join(f"\\{ord(sign):x} " if sign in '"\\' or sign < " " else sign for sign in text)


def lineage(element: Element) -> Iterator[Element]:
    """Return an element and its ancestors, from the inside out."""
    yield element
    yield from (ancestor for ancestor in element.ancestors if isinstance(ancestor, Element))


def take(parent: Parent) -> list[Node]:
    """Remove the children of a node and return them."""
    return [child.extract() for child in list(parent.children)]


def put(parent: Element | DocumentFragment, nodes: Iterable[Node]) -> None:
    """Append nodes to another."""
    for node in nodes:
        parent.append(node)


def put_first(parent: Element, nodes: list[Node]) -> None:
    """Insert nodes at the beginning of another."""
    if not parent.children:
        put(parent, nodes)
    elif nodes:
        parent.children[0].insert_before(*nodes)


def fill(parent: Element, nodes: Iterable[Node]) -> None:
    """Replace the content of a node."""
    take(parent)
    put(parent, nodes)


def replace(element: Element, nodes: list[Node]) -> None:
    """Replace a node by others."""
    if nodes:
        element.insert_before(*nodes)
    element.extract()


def drop(element: Element, *names: str) -> None:
    """Remove attributes from an element."""
    for name in names:
        if name in element.attrs:
            del element.attrs[name]


def empty(nodes: Iterable[Node]) -> bool:
    """Whether nodes consist of blanks and comments only."""
    return all(
        isinstance(node, Comment) or (isinstance(node, Text) and not node.data.strip())
        for node in nodes
    )
