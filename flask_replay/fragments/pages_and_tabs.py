"""Assign each request to a page and a tab.

Browsers do not number their tabs. A request names the page that it comes from (``HX-Current-URL``,
``Referer``), so pages and their requests form trees. A new page goes into the tab of the page that
opened it, unless both are used alternately from then on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from ..recording.batch import Batch
from ..recording.events import Request, SocketProtocol
from .headers import STREAM
from .shown_responses import is_page


class ResponseKind(StrEnum):
    """How the browser used a response."""

    DOCUMENT = "document"
    HTMX = "htmx"
    TURBO = "turbo"
    UNPOLY = "unpoly"
    FETCH = "fetch"
    """A script of the app requested it, and only that script knows how the response was used."""
    SOCKET = "socket"
    """A message with HTML that the app sent on a WebSocket."""
    EVENT = "event"
    """A server-sent event that is not JSON."""
    OTHER = ""
    """Shows nothing: a redirect, an image."""


class PagePlace(NamedTuple):
    """The page and the tab of a batch.

    :param kind: how the browser used the response.
    :param tab: number of the tab, from 0.
    :param page: number of the batch that is the document of its page; -1 if that is not recorded.
    :param url: the address that the browser shows for the page at that time.
    :param first: number of the batch from which redirects led here; its own number if there were
        none.
    """

    kind: ResponseKind
    tab: int
    page: int
    url: str
    first: int


def kind_of(batch: Batch) -> ResponseKind:
    """Return how the browser used a response, by the headers of request and response."""
    request, message = batch.request, batch.message
    if message is not None:
        if message.event and (message.parts or message.text):
            return ResponseKind.EVENT
        return ResponseKind.SOCKET if message.sent and message.parts else ResponseKind.OTHER
    if request is None:
        return ResponseKind.DOCUMENT if batch.parts else ResponseKind.OTHER
    headers = request.request_headers
    library = _library(request)
    if library and (request.parts or is_page(request.mimetype, request.status, request.method)):
        return library  # an empty response may remove something
    if not request.parts:
        return (
            ResponseKind.FETCH
            if request.data is not None and _dest(request) != "document"
            else ResponseKind.OTHER
        )
    if _dest(request) == "document":
        return ResponseKind.DOCUMENT
    scripted = (
        _dest(request)
        or headers.get("X-Requested-With")
        or headers.get("Sec-Fetch-Mode", "navigate") != "navigate"
    )
    return ResponseKind.FETCH if scripted else ResponseKind.DOCUMENT


def _library(request: Request) -> ResponseKind | None:
    """Return the library that made the request, ``None`` if none did."""
    headers = request.request_headers
    if request.mimetype == STREAM:
        return ResponseKind.TURBO
    if "HX-Request" in headers and "HX-History-Restore-Request" not in headers:
        return ResponseKind.HTMX
    if "Turbo-Frame" in headers or "X-Turbo-Request-Id" in headers:
        return ResponseKind.TURBO
    return ResponseKind.UNPOLY if "X-Up-Version" in headers or "X-Up-Target" in headers else None


def _dest(request: Request) -> str:
    return request.request_headers.get("Sec-Fetch-Dest", "")


class _Page:
    """A document that was loaded.

    :param origin: the page that led here, if known.
    :param before: the page that was last used when this one was opened.
    :ivar actions: numbers of the batches that it requested.
    :ivar last: number of the last batch that it, or a page opened from it, requested.
    """

    def __init__(self, number: int, url: str, origin: _Page | None, before: _Page | None) -> None:
        self.number = number
        self.url = url
        self.origin = origin
        self.before = before
        self.actions: list[int] = []
        self.tab = 0
        self.last = number

    def acted(self, number: int) -> None:
        """Add a request of the page."""
        self.actions.append(number)
        self.last = number


class _TabFinder:
    """Finds the page of each batch, then the tab of each page: goes through the batches once, then
    through the pages back and forth.
    """

    def __init__(self, batches: Sequence[Batch]) -> None:
        self.batches = batches
        self.pages: list[_Page] = []
        self.latest: _Page | None = None
        self.showing: dict[str, _Page] = {}
        self.connections: dict[str, tuple[_Page | None, str]] = {}
        self.redirects: dict[str, tuple[int, _Page | None]] = {}
        self.belongs: list[tuple[ResponseKind, _Page | None, str, int]] = []
        self.tabs = 0

    def follow(self) -> list[PagePlace]:
        """Return the place of each batch."""
        for number, batch in enumerate(self.batches):
            self._add(number, batch)
        for page in reversed(self.pages):
            if page.origin is not None:
                page.origin.last = max(page.origin.last, page.last)
        for page in self.pages:
            self._choose_tab(page)
        return [
            PagePlace(kind, page.tab if page else 0, page.number if page else -1, url, first)
            for kind, page, url, first in self.belongs
        ]

    def _add(self, number: int, batch: Batch) -> None:
        request, kind = batch.request, kind_of(batch)
        if request is None:
            self._add_message(number, batch, kind)
            return
        url = bare(request.url)
        first, origin = self.redirects.pop(url, (number, None))
        origin = origin or self._origin(request, kind)
        if 300 <= request.status < 400 and request.redirect:
            self.redirects[bare(request.redirect)] = (first, origin)
        if origin is not None:
            origin.acted(number)
        page = self._open(number, url, origin) if kind == ResponseKind.DOCUMENT else origin
        if page is not None and kind != ResponseKind.DOCUMENT:
            self.latest = page
            self._move(page, request, kind)
        if batch.socket is not None:
            self.connections[batch.socket.socket] = page, batch.socket.protocol
        self.belongs.append((kind, page, page.url if page is not None else url, first))

    def _add_message(self, number: int, batch: Batch, kind: ResponseKind) -> None:
        """Add a batch without a request. It belongs to the page that opened its connection, or else
        to the last page.
        """
        message = batch.message
        source = message or batch.socket
        page, protocol = self.connections.get(
            source.socket if source is not None else "", (self.latest, "")
        )
        page = self._open(number, "", None) if kind == ResponseKind.DOCUMENT else page
        if (
            protocol == SocketProtocol.EVENTS
            and message is not None
            and (message.parts or message.text)
        ):
            kind = ResponseKind.EVENT
        self.belongs.append((kind, page, page.url if page is not None else "", number))

    def _open(self, number: int, url: str, origin: _Page | None) -> _Page:
        page = _Page(number, url, origin, self.latest)
        self.pages.append(page)
        self.latest = self.showing[url] = page
        return page

    def _origin(self, request: Request, kind: ResponseKind) -> _Page | None:
        """Return the page that a request comes from."""
        named = bare(
            request.request_headers.get("HX-Current-URL")
            or request.request_headers.get("Referer", "")
        )
        found = self.showing.get(named) if named.startswith("/") else None
        if found is not None or kind == ResponseKind.DOCUMENT or self.latest is None:
            return found
        if kind != ResponseKind.OTHER and named.startswith("/"):
            self._show(self.latest, named)  # a script of the page changed its address
        return self.latest

    def _show(self, page: _Page, url: str) -> None:
        """Set the address that the browser shows for a page."""
        page.url = url
        self.showing[url] = page

    def _move(self, page: _Page, request: Request, kind: ResponseKind) -> None:
        """Change the address of a page if the response says so."""
        header = request.response_headers.get
        target = header("HX-Push-Url") or header("HX-Replace-Url") or header("X-Up-Location") or ""
        whole = (
            kind == ResponseKind.TURBO
            and "Turbo-Frame" not in request.request_headers
            and request.mimetype != STREAM
        )
        if kind == ResponseKind.OTHER:
            return
        if target.startswith("/"):
            self._show(page, bare(target))
        elif (
            target != "false"
            and request.method == "GET"
            and (whole or "HX-Boosted" in request.request_headers)
        ):
            self._show(page, bare(request.url))
        elif request.request_headers.get("HX-Current-URL", "").startswith("/"):
            self._show(page, bare(request.request_headers["HX-Current-URL"]))

    def _choose_tab(self, page: _Page) -> None:
        """Choose the tab of a page, after the tabs of all earlier pages."""
        if page.origin is not None:
            origin = page.origin
            later = bisect_right(origin.actions, page.number)
            turns = later < len(origin.actions) and origin.actions[later] < page.last
        elif page.before is not None:
            origin = page.before
            turns = bool(origin.actions) and origin.actions[-1] > page.number
        else:
            return
        self.tabs += turns
        page.tab = self.tabs if turns else origin.tab


def follow(batches: Sequence[Batch]) -> list[PagePlace]:
    """Return the place of each batch of a recording, in order of time."""
    return _TabFinder(batches).follow()


def bare(url: str) -> str:
    """Return the path and query of an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.netloc and not parts.path:
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
