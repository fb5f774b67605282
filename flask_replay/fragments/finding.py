"""Find elements of a page for many others of it, while nothing changes the page: each selector is
looked for once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property

from turbohtml import Document, Element

from .dom import find, lineage


class ElementFinder:
    """Knows what selectors find on a page.

    :param document: the page; it must stay as it is as long as this is used.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._found: dict[str, list[Element]] = {}
        self._places: dict[str, list[int]] = {}

    def all(self, selector: str) -> list[Element]:
        """Return what a selector finds, in the order of the page.

        :raises NoPlace: it isn't one.
        """
        if selector not in self._found:
            self._found[selector] = find(self.document, selector)
        return self._found[selector]

    @cached_property
    def _order(self) -> dict[Element, int]:
        return {element: place for place, element in enumerate(self.all("*"))}

    def nearest(self, element: Element, selector: str, *, forwards: bool) -> Element | None:
        """Return the next element of a selector behind or before one, of those that are not in it,
        nor hold it.

        :raises NoPlace: it isn't one.
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
    """Return the element beside one."""
    beside = element
    while (beside := beside.next_sibling if forwards else beside.previous_sibling) is not None:  # type: ignore[assignment]
        if isinstance(beside, Element):
            return beside
    return None
