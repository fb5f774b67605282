"""Find elements of a page while it does not change. Each selector is evaluated once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property

from turbohtml import Document, Element

from .dom import find, lineage


class ElementFinder:
    """Caches the matches of selectors on a page.

    :param document: the page, which must not change while this is used.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._found: dict[str, list[Element]] = {}
        self._places: dict[str, list[int]] = {}

    def all(self, selector: str) -> list[Element]:
        """Return the elements that match a selector, in document order.

        :raises NoPlace: the selector is invalid.
        """
        if selector not in self._found:
            self._found[selector] = find(self.document, selector)
        return self._found[selector]

    @cached_property
    def _order(self) -> dict[Element, int]:
        return {element: place for place, element in enumerate(self.all("*"))}

    def nearest(self, element: Element, selector: str, *, forwards: bool) -> Element | None:
        """Return the next or previous element that matches a selector, except ancestors and
        descendants of the given element.

        :raises NoPlace: the selector is invalid.
        """
        found, own = self.all(selector), self._order.get(element)
        if own is None:
            return None
        if selector not in self._places:
            self._places[selector] = [self._order[other] for other in found]
        places = self._places[selector]
        if forwards:
            behind = range(bisect_right(places, own), len(places))
            return next(
                (found[place] for place in behind if element not in lineage(found[place])), None
            )
        around = {*lineage(element)}
        before = range(bisect_left(places, own) - 1, -1, -1)
        return next((found[place] for place in before if found[place] not in around), None)


def neighbour(element: Element, *, forwards: bool) -> Element | None:
    """Return the next or previous sibling that is an element."""
    beside = element
    while (beside := beside.next_sibling if forwards else beside.previous_sibling) is not None:  # type: ignore[assignment]
        if isinstance(beside, Element):
            return beside
    return None
