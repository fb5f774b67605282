"""The files of a recording: which content stood under which address when the visitor had a page
before them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from mimetypes import MimeTypes
from types import MappingProxyType
from typing import NamedTuple

from ..recording.device import device_of
from ..recording.model import Recording

_TYPES = MimeTypes()
for _type, _ending in (
    ("font/woff2", ".woff2"),
    ("font/woff", ".woff"),
    ("font/ttf", ".ttf"),
    ("font/otf", ".otf"),
    ("image/webp", ".webp"),
    ("image/avif", ".avif"),
    ("image/svg+xml", ".svg"),
    ("image/x-icon", ".ico"),
    ("text/javascript", ".js"),
    ("text/javascript", ".mjs"),
    ("text/vtt", ".vtt"),
):  # machines know more or fewer of them
    _TYPES.add_type(_type, _ending)

_SHOWN = re.compile(
    r"(?:image|font|audio|video)/[\w.+-]+|text/(?:css|vtt)|(?:text|application)/(?:x-)?(?:java|ecma)script"
)
_REMEMBERED = 8
CSS = "text/css"
SCRIPTS = frozenset({"text/javascript", "application/javascript"})
_UNKNOWN = "application/octet-stream"


class File(NamedTuple):
    """A file as it was.

    :ivar key: its content hash.
    :ivar mimetype: as what browsers may take it; nothing that would be a page.
    """

    key: str
    mimetype: str


class Lacking(NamedTuple):
    """What a page or a stylesheet loads and is not shown.

    :ivar missing: addresses on the app's own origin of which nothing is kept.
    :ivar hosts: others.
    :ivar sheets: the stylesheets that it loads and are kept: content hashes by path.
    """

    missing: tuple[str, ...]
    hosts: tuple[str, ...]
    sheets: Mapping[str, str] = MappingProxyType({})


class Shelf:
    """Knows the files of a recording.

    :ivar kinds: of each, by its content hash, as what browsers may take it.
    :ivar device: that the visitor looked at pages with, for which stylesheets are shown.
    :ivar scripted: scripts ran in the visitor's browser; ``None`` until that is found out.
    :ivar lacking: what is known of stylesheets, by path, content hash, and the batch since which
        files are so.
    :ivar changes: numbers of the batches at which a file that was known had another content.
    """

    def __init__(self, recording: Recording) -> None:
        self.device = device_of(recording.batches)
        self.scripted: bool | None = None
        self.kinds: dict[str, str] = {}
        self.lacking: dict[tuple[str, str, int], Lacking] = {}
        self.changes: list[int] = []
        self.requests: dict[str, list[int]] = defaultdict(list)
        self.pages: list[int] = []
        self._static: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._own: dict[str, list[tuple[int, File]]] = defaultdict(list)
        for number, batch in enumerate(recording.batches):
            request = batch.request
            if request is None:
                continue
            if request.parts:
                self.requests[request.url].append(number)
                if not request.aside:
                    self.pages.append(number)
            if request.asset:
                self._own[request.url].append(
                    (number, File(request.asset, shown_as(request.mimetype)))
                )
                self.kinds.setdefault(request.asset, shown_as(request.mimetype))
            for path, key in request.assets.items():
                known = self._static[path]
                if known and known[-1][1] != key:
                    self.changes.append(number)
                known.append((number, key))
                self.kinds.setdefault(key, _kind(path))

    def __bool__(self) -> bool:
        """Whether there is any file."""
        return bool(self.kinds)

    def since(self, number: int) -> int:
        """Return the first batch from which on all files are what they are at a step."""
        before = bisect_right(self.changes, number)
        return self.changes[before - 1] if before else 0

    def find(self, url: str, number: int) -> File | None:
        """Return the file at an address, ``None`` if it is not kept.

        :param url: path and query.
        :param number: of the step at which it was looked at.
        """
        own = self._own.get(url)
        if own is not None:
            return self._nearest(own, number)
        path = url.partition("?")[0]
        static = self._static.get(path)
        if static is None:
            return None
        place = bisect_right(
            static, number, key=lambda known: known[0]
        )  # of what is named later, the first counts
        return File(static[max(0, place - 1)][1], _kind(path))

    def frame(self, url: str, number: int) -> int:
        """Return the step at which a page asked for another one to be shown within it; -1 if there
        is none.
        """
        numbers = self.requests.get(url, [])
        place = bisect_left(numbers, number)
        return numbers[min(place, len(numbers) - 1)] if numbers else -1

    def _nearest(self, known: list[tuple[int, File]], number: int) -> File:
        """Return what a page loaded: it came after the page and before the next one, else the
        browser had it.
        """
        place = bisect_left(known, number, key=lambda one: one[0])
        following = bisect_right(self.pages, number)
        end = self.pages[following] if following < len(self.pages) else known[-1][0] + 1
        if place < len(known) and (known[place][0] < end or place == 0):
            return known[place][1]
        return known[place - 1][1]


class Shelves:
    """Keeps what is known of the files of the recordings that somebody looks at."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], Shelf] = OrderedDict()

    def of(self, recording: Recording) -> Shelf:
        """Return the files of a recording."""
        name = recording.summary.id, len(recording.batches)
        shelf = self._known.get(name)
        if shelf is None:
            shelf = self._known[name] = Shelf(recording)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return shelf


def _kind(path: str) -> str:
    return shown_as(_TYPES.guess_type(path)[0] or "")


def shown_as(mimetype: str) -> str:
    """Return as what a browser may take a file that is called a type; nothing that would be a
    page.
    """
    return mimetype if _SHOWN.fullmatch(mimetype.lower()) else _UNKNOWN
