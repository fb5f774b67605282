"""Mark where a value is shown on a page.

Private-use characters are put around these pieces of the output before the page is assembled, so
they move with the pieces wherever a script inserts them. In the tree of the page they are found and
removed. If the resulting tree differs from that of the page without them, nothing is marked,
because the page would not be the one that the visitor saw.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import NamedTuple

from turbohtml import Comment, Element, Namespace, Node, Text

from ..engine.replaying import Rendered, Renderer
from ..fragments.dom import NoPlace, Tree, drop
from ..insight import PageState
from ..recording.events import Frame
from .framed_page import is_whole
from .visitor_input import tree_of

MARK = "flask-replay-found"
"""The id of the first mark in a page; the player's script has the same."""

_TAG = "flask-replay-mark"
_MOST = 2_000
_PRIVATE = (0xF0000, 0xFFFFD)
"""Private-use characters (Unicode, section 23.5)."""

_UNDER = "[(.| "
"""Characters that follow the path of an object in the paths of what was read from it."""

_STYLE = f"""{_TAG}, [data-{MARK}] {{ outline: 3px solid #e5326b !important;
  outline-offset: 1px !important;
  scroll-margin: 40vh !important; }}
{_TAG} {{ background: #ffe14a !important; color: #1b1b1b !important; }}"""
_TEXTS = frozenset(
    {"script", "style", "title", "textarea", "option", "noscript", "iframe", "noembed", "noframes"}
)
"""Elements whose text cannot contain other elements."""

_ROWS = frozenset(
    {"html", "head", "table", "tbody", "thead", "tfoot", "tr", "colgroup", "select", "optgroup"}
)
"""Elements in which a mark cannot be inserted before another element."""


class Marking(Renderer):
    """Renders like another renderer, but with characters around the output of a read in one frame.

    :param frame: the frame.
    :param found: the state of the frame.
    :param path: the path of the read; reads below it count as well.
    """

    def __init__(self, renderer: Renderer, frame: Frame, found: PageState, path: str) -> None:
        super().__init__(renderer.documents)
        self.renderer = renderer
        self.frame = frame
        first, last = _PRIVATE
        self.begin = chr(first + secrets.randbelow(last - first))
        self.end = chr(first + (ord(self.begin) - first + 1) % (last - first))
        self.plain, self.signed = found.html, self._signed(found, path)

    def render(self, frame: Frame) -> Rendered:
        """Render one frame. Never raises, whatever the recording holds."""
        rendered = self.renderer.render(frame)
        if frame is not self.frame or rendered.html != self.plain:
            return rendered
        return Rendered(self.signed, rendered.missing, rendered.problem)

    def _signed(self, found: PageState, path: str) -> str:
        pieces: list[str] = []
        position = 0
        for start, end in _places(found, path):
            pieces += (found.html[position:start], self.begin, found.html[start:end], self.end)
            position = end
        return "".join((*pieces, found.html[position:]))

    def marked(self, html: str, url: str) -> str:
        """Return a page with marks in place of the characters."""
        plain = self._plain(html)
        if len(plain) == len(html) or not is_whole(plain):
            return plain
        tree, same = tree_of(html, url), tree_of(plain, url)
        if tree is None or same is None:
            return plain
        try:
            marks = _Marks(self.begin, self.end)
            for node in list(tree.document.descendants):
                marks.look_at(node)
            if tree.html() != same.html():
                return plain
            return tree.html() if marks.put_into(tree) else plain
        except (NoPlace, ValueError):  # raised by the tree: it cannot hold the new nodes
            return plain

    def _plain(self, text: str) -> str:
        return text.replace(self.begin, "").replace(self.end, "")


def _places(found: PageState, path: str) -> Iterator[tuple[int, int]]:
    """Return start and end of the output of a read, in contiguous pieces."""
    begun = ended = -1
    count = 0
    for spot in found.spots:
        if not any(
            read == path or (read.startswith(path) and read[len(path)] in _UNDER)
            for read in spot.reads
        ):
            continue
        if spot.start != ended:
            if begun >= 0:
                yield begun, ended
            begun, count = spot.start, count + 1
            if count > _MOST:
                return
        ended = spot.end
    if begun >= 0:
        yield begun, ended


class _Piece(NamedTuple):
    text: str
    marked: bool


class _Marks:
    """The pieces to be marked in a tree, found by the characters around them."""

    def __init__(self, begin: str, end: str) -> None:
        self.begin, self.end = begin, end
        self.within = False
        self.texts: list[tuple[Text, list[_Piece]]] = []
        self.elements: dict[int, Element] = {}

    def look_at(self, node: Node) -> None:
        """Remove the characters from the next node of the tree."""
        if isinstance(node, Text):
            self._text(node)
        elif isinstance(node, Comment):
            node.data = "".join(piece.text for piece in self._pieces(node.data))
        elif isinstance(node, Element):
            if self._signed(node) or (self.within and not self._covered(node)):
                self.elements[id(node)] = node

    def _text(self, node: Text) -> None:
        pieces = self._pieces(node.data)
        text = "".join(piece.text for piece in pieces)
        if text != node.data:
            node.data = text
        parent = node.parent
        if not any(piece.marked and piece.text.strip() for piece in pieces) or not isinstance(
            parent, Element
        ):
            return
        if self._covered(node):
            return
        if parent.tag not in _TEXTS and parent.namespace is Namespace.HTML:
            self.texts.append((node, pieces))
        elif parent.tag == "textarea" or parent.namespace is not Namespace.HTML:
            self.elements[id(parent)] = parent
        elif parent.tag == "option":
            menu = parent.closest("select")
            if menu is not None:
                self.elements[id(menu)] = menu

    def _covered(self, node: Node) -> bool:
        """Whether a node is in an element that is marked as a whole."""
        return any(id(ancestor) in self.elements for ancestor in node.ancestors)

    def _pieces(self, text: str) -> list[_Piece]:
        """Return a text in pieces, without the characters."""
        found: list[_Piece] = []
        for number, begun in enumerate(text.split(self.begin)):
            self.within = self.within or number > 0
            for place, ended in enumerate(begun.split(self.end)):
                self.within = self.within and place == 0
                if ended:
                    found.append(_Piece(ended, self.within))
        return found

    def _signed(self, element: Element) -> bool:
        """Whether an element's tag contained such a character, which is removed."""
        attributes = {name: element.attr(name) or "" for name in element.attrs}
        if not any(
            sign in text
            for sign in (self.begin, self.end)
            for pair in attributes.items()
            for text in pair
        ):
            return False
        for name in attributes:
            drop(element, name)
        within = self.within
        for name, value in attributes.items():
            bare = "".join(piece.text for piece in self._pieces(name))
            text = "".join(piece.text for piece in self._pieces(value))
            if bare:
                element.attrs[bare] = text
        self.within = within
        return True

    def put_into(self, tree: Tree) -> bool:
        """Insert the marks into the tree; return whether any is visible."""
        for element in self.elements.values():
            element.attrs[f"data-{MARK}"] = ""
        for node, pieces in self.texts:
            made = [_mark(piece.text) if piece.marked else Text(piece.text) for piece in pieces]
            node.insert_before(*made)
            node.extract()
        first = tree.document.select_one(f"{_TAG}, [data-{MARK}]")
        if first is None:
            return False
        if "id" not in first.attrs:
            first.attrs["id"] = MARK
        elif isinstance(first.parent, Element) and first.parent.tag not in _ROWS:
            first.insert_before(Element(_TAG, {"id": MARK}))
        style = Element("style")
        style.append(Text(_STYLE))
        tree.head.append(style)
        return True


def _mark(text: str) -> Element:
    mark = Element(_TAG)
    mark.append(Text(text))
    return mark
