"""Names of pages, without the name of the site."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .page_words import ShownPage

_BETWEEN = re.compile(r"\s+[·|•–—:»«-]\s+|\s*\|\s*")


class Titles:
    """Finds the parts of titles that all pages of a site share.

    :param pages: the pages that the visitor was shown.
    """

    def __init__(self, pages: Sequence[ShownPage]) -> None:
        titles = {page.title for page in pages if page.title}
        parts = Counter(part for title in titles for part in {*_BETWEEN.split(title)})
        self.shared = {
            part for part, times in parts.items() if times > 1 and times >= len(titles) / 2
        }
        headings = Counter(page.heading for page in pages if page.heading)
        together = {
            page.heading: {other.title for other in pages if other.heading == page.heading}
            for page in pages
        }
        self.site = {
            heading for heading in headings if len(together[heading]) > 2 and heading in self.shared
        }

    def of(self, page: ShownPage) -> str:
        """Return the name of a page: its heading, unless all pages share it, else its own part of
        the title.
        """
        if page.heading and page.heading not in self.site:
            return page.heading
        own = [part for part in _BETWEEN.split(page.title) if part and part not in self.shared]
        return " – ".join(own[:2]) if own else page.title or page.heading
