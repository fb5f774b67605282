"""Rebuild a page as it was after a fragment came: from its document, and all that came until then."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..recording.model import Batch, Request
from ..replaying import Renderer
from ..replaying import page as render_page
from . import htmx, messages, turbo, unpoly
from .answer import Answer
from .dom import NoPlace, Tree
from .visits import DOCUMENT, EVENT, FETCH, HTMX, OTHER, TURBO, UNPOLY, Place, follow

_APPLY: dict[str, Callable[[Tree, Answer], str]] = {HTMX: htmx.apply, TURBO: turbo.apply, UNPOLY: unpoly.apply}
_KEPT = 16
_EVERY = 32
"""Fragments after which the page is kept, so that going back does not begin at the document."""


class Rebuilt(NamedTuple):
    """A page after a step.

    :param html: the page; ``""`` when its document is not recorded.
    :param beside: what the step brought has no place on the page that is known.
    :param note: why, or what is not certain; ``""`` for nothing.
    """

    html: str
    beside: bool = False
    note: str = ""


class Rebuilder:
    """Rebuilds the pages of recordings, and keeps the last few."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], tuple[int, Tree, Rebuilt]] = OrderedDict()
        self._places: OrderedDict[object, list[Place]] = OrderedDict()
        self._lock = threading.Lock()

    def places(self, key: object, batches: Sequence[Batch]) -> list[Place]:
        """Give the place of each batch."""
        with self._lock:
            found = self._places.pop(key, None)
        found = found or follow(batches)
        with self._lock:
            self._places[key] = found
            while len(self._places) > _KEPT:
                self._places.popitem(last=False)
        return found

    def rebuild(
        self, key: object, batches: Sequence[Batch], number: int, renderer: Renderer, *, keep: bool = True
    ) -> Rebuilt:
        """Give the page that the visitor had before them after a batch.

        :param key: names the batches; the same key must always go with the same ones.
        :param keep: what is rebuilt may be used again: the templates cannot change.
        """
        places = self.places(key, batches)
        place = places[number]
        if place.page < 0:
            return Rebuilt("", beside=True, note="the page that this belongs to is not in the recording")
        steps = [step for step in range(place.page + 1, number + 1) if places[step].page == place.page]
        steps = [step for step in steps if places[step].kind not in {OTHER, DOCUMENT}]
        begun, tree, rebuilt = (self._nearest((key, place.page), number) if keep else None) or (
            place.page,
            Tree(render_page(batches[place.page], renderer).html, _url(batches[place.page])),
            Rebuilt(""),
        )
        for count, step in enumerate(steps):
            if step <= begun:
                continue
            rebuilt = apply(tree, places[step], batches, step, renderer)
            if keep and (count % _EVERY == _EVERY - 1 or step == number):
                self._keep((key, place.page, step), tree.copy(), rebuilt)
        if number not in steps:
            rebuilt = Rebuilt("")
        return rebuilt._replace(html=tree.html())

    def _nearest(self, key: tuple[object, ...], number: int) -> tuple[int, Tree, Rebuilt] | None:
        with self._lock:
            found = [kept for name, kept in self._kept.items() if name[:2] == key and kept[0] <= number]
            if not found:
                return None
            step, tree, rebuilt = max(found, key=lambda kept: kept[0])
            return step, tree.copy(), rebuilt

    def _keep(self, key: tuple[object, ...], tree: Tree, rebuilt: Rebuilt) -> None:
        with self._lock:
            self._kept[key] = (int(str(key[2])), tree, rebuilt)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


def apply(tree: Tree, place: Place, batches: Sequence[Batch], number: int, renderer: Renderer) -> Rebuilt:
    """Do to a page what a script did with a batch; whatever is wrong with it is told, never raised."""
    tree.begin()
    batch = batches[number]
    request, first, message = batch.request, batches[place.first].request, batch.message
    if message is not None:
        text = render_page(batch, renderer).html if message.parts else message.text
        try:
            note = messages.apply(tree, message, text, event=place.kind == EVENT)
        except NoPlace as reason:
            return Rebuilt("", beside=True, note=str(reason))
        return Rebuilt("", note=note)
    if request is None or place.kind == FETCH or place.kind not in _APPLY:
        return Rebuilt("", beside=True, note="only a script of the page knows what became of it")
    html = render_page(batch, renderer).html
    try:
        note = _APPLY[place.kind](tree, Answer(request, html, first or request))
    except NoPlace as reason:
        return Rebuilt("", beside=True, note=str(reason))
    return Rebuilt("", note=note)


def _url(batch: Batch) -> str:
    request: Request | None = batch.request
    return "/" if request is None else request.url
