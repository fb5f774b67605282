"""Trees of HTML as browsers make them, and what scripts do to them.

turbohtml parses by the rules that browsers follow, whatever the text, and its selectors are theirs.
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
"""Characters of a page, with what one answer puts into many places of it; beyond that it isn't
rebuilt.
"""
_COPY, _FEW = 1_000, 100_000
"""What a copy of an element counts beside its length, and up to where the page's own length does
not matter.
"""

_LONGEST = 2_000
"""Characters of a selector."""


class NoPlace(ReplayError):
    """Say why a fragment has no place on the page."""


class Tree:
    """A page, as far as scripts have changed it.

    :ivar url: path and query that the browser shows for it.
    """

    def __init__(self, html: str, url: str = "/") -> None:
        self.document = parse(html)
        self.url = url
        self._copied = 0
        self._came = 0
        self._full = False

    def begin(self, came: int) -> None:
        """Begin to put another answer into the page.

        :param came: characters of the answer.
        :raises NoPlace: the page has grown too long.
        """
        self._copied = 0
        self._came += came
        if (
            self._came > MOST_NODES // 2
        ):  # to write the page as often as something comes would take long
            self._came, self._full = 0, len(self.html()) > MOST_NODES // 2
        if self._full:
            raise NoPlace("the page is longer than is rebuilt here")

    def spread(self, came: int, places: int) -> None:
        """Begin to put a whole answer into several places.

        :raises NoPlace: there are so many that the page would grow without end.
        """
        if places * (_COPY + came) > MOST_NODES:
            raise NoPlace("it is put into more places than are rebuilt here")
        self._came += places * came

    def clone(self, node: N) -> N:
        """Return a copy of a node with all that is in it, to be put into the page.

        :raises NoPlace: there are so many that the page would grow without end.
        """
        before = self._copied
        self._copied += _COPY + len(node.html)
        if before <= _FEW < self._copied:
            self._copied += len(self.html())
        if self._copied > MOST_NODES:
            raise NoPlace("it is put into more places than are rebuilt here")
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
        """Find an element by its id."""
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
        """Return a page of its own."""
        tree = Tree.__new__(Tree)
        tree.document, tree.url, tree._copied = copy.deepcopy(self.document), self.url, 0
        tree._came, tree._full = self._came, self._full
        return tree

    def html(self) -> str:
        """Write the page."""
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
    """Parse a piece of a page, such as rows without a table. Gives what holds it."""
    return parse_fragment(html, "template")


def content(template: Element) -> Parent:
    """Return what holds the content of a ``<template>``."""
    first_child = next(iter(template.children), None)
    return first_child if isinstance(first_child, DocumentFragment) else template


def bounded(selector: str) -> str:
    """Return a selector as it is.

    :raises NoPlace: it is longer than any that somebody wrote; to take it apart would take long.
    """
    if len(selector) > _LONGEST:
        raise NoPlace(f"{selector[:100]!r}… is too long for a selector")
    return selector


def find(root: Parent, selector: str) -> list[Element]:
    """Return the elements that a selector finds below a node, those in templates aside.

    :raises NoPlace: it isn't one.
    """
    try:
        found = root.select(selector)
    except SelectorSyntaxError as error:
        raise NoPlace(f"{selector[:100]!r} is no selector") from error
    return [element for element in found if element != root and not _in_template(element, root)]


def first(root: Parent, selector: str) -> Element | None:
    """Return the first element that a selector finds below a node."""
    return next(iter(find(root, selector)), None)


def fits(element: Element, selector: str) -> bool:
    """Whether a selector finds an element.

    :raises NoPlace: it isn't one.
    """
    try:
        return element.matches(selector)
    except SelectorSyntaxError as error:
        raise NoPlace(f"{selector[:100]!r} is no selector") from error


def _in_template(element: Element, root: Parent) -> bool:
    for ancestor in element.ancestors:
        if ancestor == root:
            return False
        if isinstance(ancestor, DocumentFragment):
            return True
    return False


def escaped(text: str) -> str:
    """Write a text within the quotes of a selector."""
    return "".join(f"\\{ord(sign):x} " if sign in '"\\' or sign < " " else sign for sign in text)


def lineage(element: Element) -> Iterator[Element]:
    """Return an element and those that it is in, from the inside."""
    yield element
    yield from (ancestor for ancestor in element.ancestors if isinstance(ancestor, Element))


def take(parent: Parent) -> list[Node]:
    """Take the children out of a node."""
    return [child.extract() for child in list(parent.children)]


def put(parent: Element | DocumentFragment, nodes: Iterable[Node]) -> None:
    """Add nodes at the end of another."""
    for node in nodes:
        parent.append(node)


def put_first(parent: Element, nodes: list[Node]) -> None:
    """Add nodes at the beginning of another."""
    if not parent.children:
        put(parent, nodes)
    elif nodes:
        parent.children[0].insert_before(*nodes)


def fill(parent: Element, nodes: Iterable[Node]) -> None:
    """Put nodes in place of what is in another."""
    take(parent)
    put(parent, nodes)


def replace(element: Element, nodes: list[Node]) -> None:
    """Put nodes in place of another."""
    if nodes:
        element.insert_before(*nodes)
    element.extract()


def drop(element: Element, *names: str) -> None:
    """Take attributes off an element."""
    for name in names:
        if name in element.attrs:
            del element.attrs[name]


def empty(nodes: Iterable[Node]) -> bool:
    """Whether there is nothing but blanks and comments."""
    return all(
        isinstance(node, Comment) or (isinstance(node, Text) and not node.data.strip())
        for node in nodes
    )
