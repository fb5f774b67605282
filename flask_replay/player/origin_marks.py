"""Mark the origin of each piece of a page in the page: the line of a template, and the reads behind
it.

The marks are comments before texts and attributes of elements. They are invisible, and move with
the pieces when a script inserts them elsewhere. The player's own script, the only one that runs in
the page, finds the marks of a clicked element and sends their numbers to the player.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec
from turbohtml import Comment, Element

from ..engine.replaying import Rendered, Renderer
from ..fragments.dom import drop
from ..insight import ObservingRenderer, PageState, state
from ..markup.tags import tokens
from ..recording.batch import Batch
from ..recording.events import Frame
from . import assets
from .visitor_input import tree_of

_MOST = 20
"""Numbers in the mark of one element."""

_STYLE = """html {{ cursor: crosshair !important; }}
:hover:not(:has(:hover)) {{ outline: 1px dashed #e5326b !important; cursor: crosshair !important; }}
:root [data-{key}-found][data-{key}-found] {{ outline: 3px solid #e5326b !important; }}
::highlight({key}) {{ background: #ffe14a; color: #1b1b1b; }}"""


class Inspecting(Renderer):
    """Renders like another renderer, and writes the origin of each piece into the output.

    :param batches: the batches of the recording; frames are identified by step and number.
    """

    def __init__(
        self, renderer: Renderer, batches: Iterable[Batch], observing: ObservingRenderer
    ) -> None:
        super().__init__(renderer.documents)
        self.renderer = renderer
        self.observing = observing
        self.places = {
            id(frame): f"{step}.{number}"
            for step, batch in enumerate(batches)
            for number, frame in enumerate(batch.frames)
        }
        self.key = (
            f"made-{secrets.token_hex(4)}"  # random, so that a page cannot contain false marks
        )
        comment, attribute = rf"<!--{self.key} [\d.]*-->", rf' data-{self.key}="[\d. ]*"'
        self.marks = re.compile(f"{comment}|{attribute}")

    def render(self, frame: Frame) -> Rendered:
        """Render one frame. Never raises, whatever the recording holds."""
        rendered = self.renderer.render(frame)
        place = self.places.get(id(frame))
        if place is None or not rendered.html:
            return rendered
        found = state(frame, self.observing)
        if rendered.html != found.html:
            return rendered
        html = "".join(_written(found, self.key, place))
        return msgspec.structs.replace(rendered, html=html)

    def marked(self, html: str, url: str) -> str:
        """Return a page with its marks, or without them if they changed its structure."""
        plain = self.marks.sub("", html)
        if len(plain) == len(html):
            return plain
        tree, same = tree_of(html, url), tree_of(plain, url)
        if tree is None or same is None:
            return plain
        for node in list(tree.document.descendants):
            if isinstance(node, Comment) and node.data.startswith(self.key):
                node.extract()
            elif isinstance(node, Element):
                drop(node, f"data-{self.key}")
        return html if tree.html() == same.html() else plain

    @property
    def opening(self) -> str:
        """Return the script and the style that a page with marks needs."""
        style = _STYLE.format(key=self.key)
        return f'<style>{style}</style><script data-key="{self.key}">{_script()}</script>'


def _written(found: PageState, key: str, place: str) -> Iterator[str]:
    """Yield the output in pieces, each with its mark.

    :param place: the frame's position: the number of its step, and its own number.
    """
    html, spots = found.html, _Spots(found)
    position, current = 0, ""
    for start, end, tag in (*tokens(html), (len(html), len(html), None)):
        for begin, until, number in spots.between(position, start):
            if html[begin:until].strip():
                mark = f"{place}.{number}" if number else ""
                if mark != current:
                    yield f"<!--{key} {mark}-->"
                    current = mark
            yield html[begin:until]
        if tag is None:
            yield html[start:end]
        else:
            numbers = " ".join(f"{place}.{number}" for number in spots.over(start, end))
            name = tag.attributes_start
            yield (
                f'{html[start:name]} data-{key}="{numbers}"{html[name:end]}'
                if numbers
                else html[start:end]
            )
        position = end
    if current:
        yield f"<!--{key} -->"


class _Spots:
    """The spots of an output in order, each looked up once. The number of a spot without a read
    ends with a full stop.
    """

    def __init__(self, found: PageState) -> None:
        numbers = {made: number for number, made in enumerate(found.made())}
        self.spots = [
            (
                spot.start,
                spot.end,
                f"{numbers[spot.template, spot.line, spot.reads]}{'' if spot.reads else '.'}",
            )
            for spot in found.spots
        ]
        self.next = 0

    def _at(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield the spots that overlap with the next part of the output."""
        spots = self.spots
        while self.next < len(spots) and spots[self.next][1] <= start:
            self.next += 1
        place = self.next
        while place < len(spots) and spots[place][0] < end:
            yield spots[place]
            place += 1

    def between(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and spot number of each piece of a text, ``""`` for pieces without a
        known origin.
        """
        for begin, until, number in self._at(start, end):
            if begin > start:
                yield start, begin, ""
            first = max(begin, start)
            start = min(until, end)
            yield first, start, number
        if start < end:
            yield start, end, ""

    def over(self, start: int, end: int) -> list[str]:
        """Return the numbers of the spots of a tag, those with reads first."""
        found = sorted((number for _, _, number in self._at(start, end)), key=_is_unread)
        return list(dict.fromkeys(found))[:_MOST]


def _is_unread(number: str) -> bool:
    return number.endswith(".")


@cache
def _script() -> str:
    return (assets.folder("static") / "page" / "inspect.js").read_text("utf-8").strip()


@cache
def script_source() -> str:
    """Return the script's hash for a policy (Content Security Policy 3, section 6.7.3.3)."""
    digest = hashlib.sha256(_script().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
