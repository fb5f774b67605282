"""The state of a page: what its template read, and where each read shows in the HTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..recording.events import Frame
from ..safe_text import whole
from .observing import Observation, ObservingRenderer, Origin
from .tree import Node, ReadTree, joined

MAX_SPOTS = 50_000
_MAX_READS = 20
"""Reads of one spot that are kept."""


class Spot(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A piece of the output, and the reads that produced it.

    :param start: its start in the frame's HTML, in characters.
    :param end: its end.
    :param template: the number of its template in :attr:`PageState.templates`.
    :param line: its line in that template's source, from 1.
    :param reads: paths in the tree, the printed one last; empty for the template's own text.
    """

    start: int
    end: int
    template: int
    line: int
    reads: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True, array_like=True):
    """A template that produced a part of the output.

    :param name: its name, ``""`` for one made from a string.
    :param key: the content hash of its document, ``recordings.document(key)``.
    """

    name: str
    key: str


class PageState(msgspec.Struct, omit_defaults=True):
    """What a template read.

    :param template: its name, ``""`` for one made from a string.
    :param reads: the names that it read, each with what was read from it.
    :param spots: the pieces of the output with the reads that produced them, in order.
    :param templates: the templates that produced the output.
    :param html: the output to which the spots refer.
    :param missing: paths that the page reads and the recording does not have.
    :param problem: one line on why the state is incomplete, ``""`` if it is complete.
    :param notes: one line on each kind of data that was left out.
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
        """Return the node with a path, ``None`` if there is none."""
        return next((node for node in walk(self.reads) if node.path == path), None)

    def spots_of(self, path: str) -> list[Spot]:
        """Return the parts of the output to which a read contributed. The last read of a spot is
        the printed one.
        """
        return [spot for spot in self.spots if path in spot.reads]

    def made(self) -> list[tuple[int, int, tuple[str, ...]]]:
        """Return the sources of the output, each once, in order: number of the template, line,
        reads.
        """
        return list({(spot.template, spot.line, spot.reads): None for spot in self.spots})

    def spot_at(self, offset: int) -> Spot | None:
        """Return the spot at an offset of the output, ``None`` if there is none."""
        return next((spot for spot in self.spots if spot.start <= offset < spot.end), None)


def state(frame: Frame, observing: ObservingRenderer) -> PageState:
    """Find what a template read, by replaying it. Never raises, whatever the recording holds.

    :param observing: a renderer that should be reused, because it caches compiled templates.
    """
    observation = observing.observe(frame)
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
        # traces are untrusted data: the valid part is shown
        except Exception as error:  # noqa: BLE001
            notes.append(
                f"what was read is incomplete: {type(error).__name__}: {whole(str(error))}"[:300]
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
    """Return nodes with all their descendants, in the order of reading."""
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
        own = origin.value is None and origin.first == origin.last
        if own and len(spots) < MAX_SPOTS // 2:  # in a long page, the values are worth more
            spots += _rows(observation.rendered.html, start, end, number, origin.line)
        else:
            spots.append(
                Spot(start, end, number, origin.line, _reads(origin, observation.made, tree))
            )
    del spots[MAX_SPOTS:]
    return spots, [Source(*map(whole, source)) for source in numbers]


def _rows(html: str, start: int, end: int, template: int, line: int) -> Iterator[Spot]:
    """Yield the lines of the template's own text."""
    while start < end:
        until = html.find("\n", start, end) + 1 or end
        yield Spot(start, until, template, line)
        start, line = until, line + 1


def _reads(origin: Origin, made: dict[int, tuple[Any, Any]], tree: ReadTree) -> tuple[str, ...]:
    """Return the reads that produced a piece: those made for it, else the printed one, else those
    made for what contains it.
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
