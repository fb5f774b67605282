"""The files of a recording: the content of each address at the time of a page."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from mimetypes import MimeTypes
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from msgspec import json

from ..markup.xhtml import XHTML
from ..recording.batch import Batch
from ..recording.device import device_of
from ..recording.events import Request
from ..recording.model import Recording
from .leading import Outcomes, following, route, target

_TYPES = MimeTypes()
# the known types differ between machines
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
    ("application/xhtml+xml", ".xhtml"),
    ("application/json", ".json"),
    ("application/wasm", ".wasm"),
):
    _TYPES.add_type(_type, _ending)

_SHOWN = re.compile(
    r"image/svg\+xml|(?:image|font|audio|video)/(?![\w.+-]*\+xml\Z)[\w.+-]+|text/(?:css|vtt)|application/(?:json|wasm)|(?:text|application)/(?:x-)?(?:java|ecma)script"
)
_REMEMBERED = 8
_LOOKED_AT = 200
"""Batches after a page in which its data is searched for."""

_MOST_FETCHED = 50
"""Responses with HTML that the scripts of a page find again."""

_LOADING = 2_000
"""Milliseconds after a page was requested in which messages count as part of loading it."""

_MAX_SENT = 1_000_000
"""The most characters of messages that the scripts of a page get again."""

_LIBRARIES = frozenset({"X-Requested-With", "HX-Request", "Turbo-Frame", "X-Up-Version"})

_FAILED = 400
"""Status codes from here on mean that there is no file."""

CSS = "text/css"
HTML = "text/html"
DRAWING = "image/svg+xml"
SCRIPTS = frozenset({"text/javascript", "application/javascript"})
PAGES = frozenset({HTML, XHTML, "text/plain", "application/json"})
"""Types of files that are pages if a frame shows them."""

_UNKNOWN = "application/octet-stream"


class File(NamedTuple):
    """A file as it was.

    :ivar key: its content hash.
    :ivar mimetype: the type that is sent to browsers. A page is sent in an inert form.
    :ivar allowed: the policy for what a stylesheet loads, see ``Policies.of_sheets``.
    :ivar framed: it is shown as a page of its own, in a frame or as an object.
    :ivar page: the only page that loads it. Browsers would rather show a large image of a
        ``srcset`` that another page loaded than load a smaller one.
    """

    key: str
    mimetype: str
    allowed: str = ""
    framed: bool = False
    page: str = ""

    def in_frame(self) -> File:
        """Return the file as it is shown in a frame, or as an object."""
        return self._replace(framed=self.mimetype in PAGES or self.mimetype == DRAWING)


_NONE = File("", "")
"""Stands for no file."""


_T = TypeVar("_T")


class RecordedAnswer(NamedTuple):
    """The answer to a request of a page's script.

    :ivar data: the JSON document, or the text of another type.
    :ivar text: the HTML, if it is neither.
    :ivar mimetype: the type.
    """

    status: int
    data: Any = None
    text: str | None = None
    mimetype: str = HTML


class Lacking(NamedTuple):
    """The files that a page or stylesheet loads and that are missing.

    :ivar missing: addresses on the app's own origin of which no file is kept.
    :ivar hosts: other hosts.
    :ivar sheets: the stylesheets that it loads and that are kept: content hashes by path.
    """

    missing: tuple[str, ...]
    hosts: tuple[str, ...]
    sheets: Mapping[str, str] = MappingProxyType({})


class RecordedFiles:
    """Finds the files of a recording.

    :ivar kinds: the types that are sent to browsers, by content hash. The same content may have
        different types at different addresses.
    :ivar device: the visitor's device, for which stylesheets are shown.
    :ivar scripted: scripts ran in the visitor's browser; ``None`` until that is known.
    :ivar lacking: what stylesheets lack, by path, content hash, the first batch with the same
        files, and the policy.
    :ivar pages: numbers of the batches with pages, or with parts of a page that a script inserts.
    :ivar documents: those without the parts that a script requested by ``GET``.
    :ivar loaded: the addresses that stylesheets load, by content hash and path.
    :ivar changes: numbers of the batches at which the content of a known static file changed.
    :ivar varies: whether any other address led to different things.
    """

    def __init__(self, recording: Recording) -> None:
        self.device = device_of(recording.batches, recording.summary.facets)
        self.scripted: bool | None = None
        self.kinds: dict[str, list[str]] = defaultdict(list)
        self.lacking: dict[tuple[str, str, int, str], Lacking] = {}
        self.loaded: dict[tuple[str, str], tuple[str, ...]] = {}
        self.changes: list[int] = []
        self.varies = False
        self.pages: list[int] = []
        self.documents: list[int] = []
        self._outcomes: Outcomes[File] = defaultdict(list)
        self._frames: Outcomes[int] = defaultdict(list)
        self._static: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for number, batch in enumerate(recording.batches):
            request = batch.request
            if request is None:
                continue
            if request.parts:
                self._frames[request.url].append((number, number))
                if not request.aside:
                    self.pages.append(number)
                    if not _is_fetched(request):
                        self.documents.append(number)
            elif request.redirect:
                self._frames[request.url].append((number, target(request)))
            answer = _answer_of(request)
            if answer is not None:
                known = self._outcomes[request.url]
                self.varies = self.varies or (bool(known) and known[-1][1] != answer)
                known.append((number, answer))
                if isinstance(answer, File):
                    self._add_kind(answer.key, answer.mimetype)
            for path, key in request.assets.items():
                keys = self._static[path]
                if keys and keys[-1][1] != key:
                    self.changes.append(number)
                keys.append((number, key))
                if key:
                    self._add_kind(key, kind_of(path))

    def _add_kind(self, key: str, kind: str) -> None:
        if kind not in self.kinds[key]:
            self.kinds[key].append(kind)

    def kind(self, key: str, named: str) -> str | None:
        """Return the type with which a file is sent: the one that its address names, if it had that
        type, or else its first one. Return ``None`` if there is no such file.
        """
        kinds = self.kinds.get(key, [])
        return named if named in kinds else next(iter(kinds), None)

    def __bool__(self) -> bool:
        """Whether there are any files."""
        return bool(self.kinds)

    def since(self, number: int) -> int:
        """Return the first batch from which all static files are the same as at a step."""
        before = bisect_right(self.changes, number)
        return self.changes[before - 1] if before else 0

    def addresses(self) -> Iterator[str]:
        """Yield the addresses of all files, as paths with queries."""
        yield from self._outcomes
        yield from self._static

    def answers(
        self, recording: Recording, number: int, render: Callable[[Batch], str]
    ) -> dict[str, RecordedAnswer]:
        """Return what the scripts of a page requested, by method and address. If there are several
        answers to the same request, the first counts.

        :param number: number of the page's step.
        :param render: returns the HTML of a batch.
        """
        found: dict[str, RecordedAnswer] = {}
        left = _MOST_FETCHED
        for batch in self._requested(recording, number):
            request = batch.request
            name = "" if request is None else f"{request.method} {request.url}"
            if request is None or name in found:
                continue
            if request.data is not None:
                found[name] = RecordedAnswer(request.status, request.data, None, request.mimetype)
            elif batch.parts and left and _is_fetched(request):
                found[name] = RecordedAnswer(request.status, text=render(batch))
                left -= 1
        return found

    def messages(
        self, recording: Recording, page: int, number: int
    ) -> dict[str, list[tuple[str, str]]]:
        """Return the messages that the app sent over the connections of a page, up to a step or
        while the page was loaded: type and text of each, by address. Fragments of HTML are left
        out, because the player itself puts them into the page.

        :param page: number of the page's step.
        :param number: number of the step that is shown.
        """
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        left = _MAX_SENT
        loaded = recording.batches[page].events[0].offset_ms + _LOADING
        for at, batch in enumerate(self._requested(recording, page), page + 1):
            said = batch.message
            if said is None or not said.sent or said.parts or said.binary or "cut" in said.flags:
                continue
            if at > number and said.offset_ms > loaded:
                break
            text = said.text if said.json is None else json.encode(said.json).decode()
            left -= len(text)
            if left >= 0:
                found[said.url].append((said.event, text))
        return found

    def _requested(self, recording: Recording, number: int) -> Sequence[Batch]:
        """Return the batches after a page that are examined: up to the next page, but not too
        many.
        """
        following = bisect_right(self.documents, number)
        end = (
            self.documents[following] if following < len(self.documents) else len(recording.batches)
        )
        return recording.batches[number + 1 : min(end, number + _LOOKED_AT)]

    def find(self, url: str, number: int) -> File | None:
        """Return the file at an address, or where it redirects to, ``None`` if it is not kept.

        :param url: path and query.
        :param number: number of the step at which it was shown.
        """
        file = self._found(url, number)
        return file if file is not None and file.key else None

    def is_gone(self, url: str, number: int) -> bool:
        """Whether the visitor's browser got no file at an address: there was none, or the request
        failed.
        """
        file = self._found(url, number)
        return file is not None and not file.key

    def _found(self, url: str, number: int) -> File | None:
        """Return the file at an address, ``_NONE`` if the visitor's browser got none, or ``None``
        if that is not known.
        """
        for led_to, answer in route(self._outcomes, url, number, self._nearest):
            if isinstance(answer, File) and answer.key:
                return answer
            path = led_to.partition("?")[0]
            static = None if isinstance(answer, str) else self._static.get(path)
            if static is not None:
                key = _at(static, number)
                return File(key, kind_of(path)) if key else _NONE
            if answer == _NONE:
                return _NONE
        return None

    def is_from_view(self, url: str, number: int) -> bool:
        """Whether a view returned the file at an address, and secrets in it may be masked."""
        led = route(self._outcomes, url, number, self._nearest)
        return any(isinstance(answer, File) for _, answer in led)

    def frame(self, url: str, number: int) -> int:
        """Return the step at which a page requested an inner frame; -1 if there is none."""
        led = route(self._frames, url, number, following)
        return next((answer for _, answer in led if isinstance(answer, int)), -1)

    def _nearest(self, known: list[tuple[int, _T]], number: int) -> _T:
        """Return the answer that a page got, see :meth:`_place`."""
        return known[self._place(known, number)][1]

    def _place(self, known: Sequence[tuple[int, Any]], number: int) -> int:
        """Return which answer a page got: requested after the page and before the next one, or else
        earlier, because the browser had cached it.
        """
        place = bisect_left(known, number, key=lambda one: one[0])
        at = bisect_left(self.documents, number)
        loads = at < len(self.documents) and self.documents[at] == number
        pages = self.documents if loads else self.pages  # it loads parts while it loads files
        after = bisect_right(pages, number)
        end = pages[after] if after < len(pages) else known[-1][0] + 1
        return place if place < len(known) and known[place][0] < end else max(0, place - 1)

    def same_since(self, url: str, number: int) -> int:
        """Return the first page from which an address leads to the same as at a step."""
        found = 0
        for led_to, _ in route(self._outcomes, url, number, self._nearest):
            known = self._outcomes.get(led_to, [])
            place = self._place(known, number) if known else 0
            answer = known[place][1] if known else None
            while place and known[place - 1][1] == answer:
                place -= 1
            if place:
                before = bisect_right(self.documents, known[place][0])
                page = self.documents[before - 1] if before else 0
                same = page <= number and self._nearest(known, page) == answer
                found = max(found, page if same else number)
        return found


def _at(known: Sequence[tuple[int, str]], number: int) -> str:
    """Return the content hash of a static file at a step. If the recording names the file only
    later, its first content counts.
    """
    place = bisect_right(known, number, key=lambda one: one[0])
    return known[max(0, place - 1)][1]


def _is_fetched(request: Request) -> bool:
    """Whether a script of a page requested something by ``GET``."""
    headers = request.request_headers
    by_script = headers.get("Sec-Fetch-Dest") == "empty" or not _LIBRARIES.isdisjoint(headers)
    return by_script and request.method == "GET"


def _answer_of(request: Request) -> File | str | None:
    """Return the file that a request led to, ``_NONE``, or another address; ``None`` if it was not
    for a file, or that is not kept.
    """
    if request.method != "GET":
        return None
    if request.redirect:
        return target(request)
    if request.asset:
        return File(request.asset, shown_as(request.mimetype))
    return _NONE if request.status >= _FAILED and request.aside else None


class KnownFiles:
    """Caches the files of the recordings that people look at."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int], RecordedFiles] = OrderedDict()

    def of(self, recording: Recording) -> RecordedFiles:
        """Return the files of a recording."""
        name = recording.summary.id, len(recording.batches)
        recorded = self._known.get(name)
        if recorded is None:
            recorded = self._known[name] = RecordedFiles(recording)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return recorded


def kind_of(path: str) -> str:
    """Return the type of a static file, by its name."""
    named = _TYPES.guess_type(path)[0] or ""
    return named if named in PAGES else shown_as(named)


def shown_as(mimetype: str) -> str:
    """Return the type that is sent to browsers for a file; never one that would be shown as a
    page.
    """
    return mimetype if _SHOWN.fullmatch(mimetype.lower()) else _UNKNOWN
