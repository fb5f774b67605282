"""Rebuild a page as it was after a fragment: from its document, and all fragments up to this
one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..engine.replaying import Renderer
from ..engine.replaying import page as render_page
from ..recording.batch import Batch
from ..recording.events import Request
from ..recording.model import Recording
from . import frames, htmx, messages, turbo, unpoly
from .answer import Answer
from .dom import NoPlace, Tree
from .pages_and_tabs import PagePlace, ResponseKind, follow

_APPLY: dict[str, Callable[[Tree, Answer], str]] = {
    ResponseKind.HTMX: htmx.apply,
    ResponseKind.TURBO: turbo.apply,
    ResponseKind.UNPOLY: unpoly.apply,
}
_KEPT = 16
_EVERY = 32
"""The page is cached each time that this many fragments were applied, so that going back does not
start from the document.
"""


class Rebuilt(NamedTuple):
    """A page after a step.

    :param html: the page; ``""`` if its document is not recorded.
    :param beside: the content of the step has no known place on the page.
    :param note: the reason, or what is uncertain; ``""`` for nothing.
    """

    html: str
    beside: bool = False
    note: str = ""


class Rebuilder:
    """Rebuilds the pages of recordings, and caches the last few."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Name, tuple[Tree, Rebuilt]] = OrderedDict()
        self._places: OrderedDict[_Name, list[PagePlace]] = OrderedDict()
        self._lock = threading.Lock()

    def places(self, recording: Recording) -> list[PagePlace]:
        """Return the place of each batch."""
        name = _name(recording, len(recording.batches))
        with self._lock:
            found = self._places.pop(name, None)
        found = found or follow(recording.batches)
        with self._lock:
            self._places[name] = found
            while len(self._places) > _KEPT:
                self._places.popitem(last=False)
        return found

    def rebuild(
        self, recording: Recording, number: int, renderer: Renderer, *, keep: bool = True
    ) -> Rebuilt:
        """Return the page that the visitor saw after a batch.

        :param keep: cache the result, because the templates cannot change.
        """
        batches, places = recording.batches, self.places(recording)
        page = places[number].page
        if page < 0:
            return Rebuilt(
                "", beside=True, note="the page that this belongs to is not in the recording"
            )
        steps = [step for step in range(page + 1, number + 1) if places[step].page == page]
        steps = [
            step
            for step in steps
            if places[step].kind not in {ResponseKind.OTHER, ResponseKind.DOCUMENT}
        ]
        found = self._nearest(recording, places, number) if keep else None
        begun, tree, rebuilt = found or (
            page,
            Tree(render_page(batches[page], renderer).html, _url(batches[page])),
            Rebuilt(""),
        )
        for count, step in enumerate(steps):
            if step <= begun:
                continue
            rebuilt = apply(tree, places[step], batches, step, renderer)
            if keep and (count % _EVERY == _EVERY - 1 or step == number):
                self._keep(_name(recording, step + 1), tree.copy(), rebuilt)
        if number not in steps:
            rebuilt = Rebuilt("")
        return rebuilt._replace(html=tree.html())

    def _nearest(
        self, recording: Recording, places: Sequence[PagePlace], number: int
    ) -> tuple[int, Tree, Rebuilt] | None:
        """Return the last cached state of the same page before a batch."""
        with self._lock:
            counts = {name.length for name in self._kept if name.id == recording.summary.id}
            for count in sorted(counts, reverse=True):
                if count - 1 > number or places[count - 1].page != places[number].page:
                    continue
                kept = self._kept.get(_name(recording, count))
                if kept is not None:
                    return count - 1, kept[0].copy(), kept[1]
        return None

    def _keep(self, name: _Name, tree: Tree, rebuilt: Rebuilt) -> None:
        with self._lock:
            self._kept[name] = tree, rebuilt
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


class _Name(NamedTuple):
    """Identifies the first batches of a recording. In a running one, others may still be added
    between them.
    """

    id: str
    status: str
    length: int
    keys: int


def _name(recording: Recording, count: int) -> _Name:
    return _Name(
        recording.summary.id, recording.summary.status, count, hash(tuple(recording.keys[:count]))
    )


def apply(
    tree: Tree, place: PagePlace, batches: Sequence[Batch], number: int, renderer: Renderer
) -> Rebuilt:
    """Change a page as its scripts did for a batch. Problems are returned as a note, and never
    raised.
    """
    batch = batches[number]
    request, first, message = batch.request, batches[place.first].request, batch.message
    changes = _APPLY.get(place.kind)
    if place.kind == ResponseKind.FETCH and request is not None and frames.is_framed(request):
        changes = frames.apply
    if message is None and (request is None or changes is None):
        return Rebuilt("", beside=True, note="only a script of the page knows how it was used")
    try:
        if message is not None:
            text = render_page(batch, renderer).html if message.parts else message.text
            tree.begin(len(text))
            return Rebuilt(
                "", note=messages.apply(tree, message, text, event=place.kind == ResponseKind.EVENT)
            )
        assert request is not None
        assert changes is not None
        answer = Answer(request, render_page(batch, renderer).html, first or request)
        tree.begin(len(answer.html))
        return Rebuilt("", note=changes(tree, answer))
    except NoPlace as reason:
        return Rebuilt("", beside=True, note=str(reason))
    except ValueError as reason:
        # raised by the tree: text beside the root, an element within itself
        return Rebuilt("", beside=True, note=f"the page cannot hold it: {reason}")


def _url(batch: Batch) -> str:
    request: Request | None = batch.request
    return "/" if request is None else request.url
