"""The state of a page: what its template read, and which read stands where in the HTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..recording.events import Frame
from ..safe_text import whole
from .observing import Observation, Origin, Watching
from .tree import Node, ReadTree, joined

MAX_SPOTS = 50_000
_MAX_READS = 20
"""Of one spot."""


class Spot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A piece of the output, and what made it.

    :param start: within the frame's HTML, in characters, and
    :param end: behind it.
    :param template: its number in :attr:`PageState.templates`.
    :param line: in that template's source, from 1.
    :param reads: paths in the tree, the one that was printed last; empty for text of the template's
        own.
    """

    start: int
    end: int
    template: int
    line: int
    reads: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True, array_like=True):
    """A template that made a part of the output.

    :param name: ``""`` for one made from a string.
    :param key: the content hash of its document, ``recordings.document(key)``.
    """

    name: str
    key: str


class PageState(msgspec.Struct, omit_defaults=True):
    """What a template read.

    :param template: its name, ``""`` for one made from a string.
    :param reads: the names that it asked for, each with what was read of it.
    :param spots: which part of the output was made by which read, in order.
    :param templates: that made it.
    :param html: the output that the spots are of.
    :param missing: paths that the page asked for, and the recording does not hold.
    :param problem: one line on why this is not whole, ``""`` when it is.
    :param notes: what else was left out.
    """

    template: str
    reads: list[Node] = []
    spots: list[Spot] = []
    templates: list[Source] = []
    html: str = ""
    missing: tuple[str, ...] = ()
    problem: str = ""
    notes: tuple[str, ...] = ()

    def node(self, path: str) -> Node | None:
        """Return what stands under a path, ``None`` if nothing does."""
        return next((node for node in walk(self.reads) if node.path == path), None)

    def spots_of(self, path: str) -> list[Spot]:
        """Return the parts of the output that a read took part in: the last of its reads made it
        what it is.
        """
        return [spot for spot in self.spots if path in spot.reads]

    def made(self) -> list[tuple[int, int, tuple[str, ...]]]:
        """Return what made the output, each once, in order: number of the template, line, reads."""
        return list({(spot.template, spot.line, spot.reads): None for spot in self.spots})

    def spot_at(self, offset: int) -> Spot | None:
        """Return what stands at an offset of the output, ``None`` if nobody knows."""
        return next((spot for spot in self.spots if spot.start <= offset < spot.end), None)


def state(frame: Frame, watching: Watching) -> PageState:
    """Find what a template read, by replaying it. Whatever a recording holds, this returns.

    :param watching: a renderer, to be kept: it remembers the templates that it has compiled.
    """
    observation = watching.watch(frame)
    rendered, answers = observation.rendered, observation.answers
    missing = tuple(map(whole, rendered.missing))
    found = PageState(
        whole(frame.template),
        html=whole(rendered.html),
        missing=missing,
        problem=whole(rendered.problem),
    )
    notes = (
        ["the render read more than the recording's limit"] if "truncated" in frame.flags else []
    )
    if answers is not None:
        tree = ReadTree(answers.trace)
        try:
            tree.grow(answers.given)
        # a trace is data from anywhere: what there is of it is shown
        except Exception as error:  # noqa: BLE001
            notes.append(
                f"what was read is not whole: {type(error).__name__}: {whole(str(error))}"[:300]
            )
        found.spots, found.templates = _spots(observation, tree)
        joined([tree.root])
        found.reads = tree.roots
        if any(node.more for node in (tree.root, *walk(tree.roots))):
            notes.append("not all that was read is listed")
    if len(found.spots) == MAX_SPOTS:
        notes.append("not all of the output is listed")
    found.notes = tuple(notes)
    return found


def walk(nodes: list[Node]) -> Iterator[Node]:
    """Return nodes with all that is below them, in the order of reading."""
    pending = nodes[::-1]
    while pending:
        node = pending.pop()
        yield node
        pending += node.children[::-1]


def _spots(observation: Observation, tree: ReadTree) -> tuple[list[Spot], list[Source]]:
    spots: list[Spot] = []
    numbers: dict[tuple[str, str], int] = {}
    for start, end, origin in observation.flat():
        if len(spots) >= MAX_SPOTS:
            break
        number = numbers.setdefault(origin.source, len(numbers))
        if origin.value is None and origin.first == origin.last:
            spots += _rows(observation.rendered.html, start, end, number, origin.line)
        else:
            spots.append(
                Spot(start, end, number, origin.line, _reads(origin, observation.made, tree))
            )
    del spots[MAX_SPOTS:]
    return spots, [Source(*map(whole, source)) for source in numbers]


def _rows(html: str, start: int, end: int, template: int, line: int) -> Iterator[Spot]:
    """Yield the lines of a text of the template's own."""
    while start < end:
        until = html.find("\n", start, end) + 1 or end
        yield Spot(start, until, template, line)
        start, line = until, line + 1


def _reads(origin: Origin, made: dict[int, tuple[Any, Any]], tree: ReadTree) -> tuple[str, ...]:
    """Return what a piece was made of: what was read for it, else what it printed, else what was
    read around it.
    """
    first, last = origin.first, origin.last
    if first < last:
        if last - first == 1 and (path := tree.paths[first]):
            return (path,)
        return _distinct(tree.paths[first:last])
    if origin.value is not None:
        known = made.get(id(origin.value))
        cell = origin.value if known is None or known[0] is not origin.value else known[1]
        path = tree.by_cell.get(id(cell), "")
        if path:
            return (path,)
        named = tree.named(origin.name)
        if named is not None and str(named.value) == str(origin.value):
            return (named.path,)
    first, last = origin.around
    return _distinct(tree.paths[first:last]) if first < last and origin.value is not None else ()


def _distinct(paths: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in paths[-_MAX_READS:] if path))
