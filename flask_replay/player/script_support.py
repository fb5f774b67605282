"""Whether a visitor's browser ran scripts, concluded from its requests.

A missing request proves nothing: files are cached, hosts are blocked, and addresses are left out of
recordings. But a browser that runs scripts never requests an address that only ``<noscript>``
contains (HTML, section 4.12.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from urllib.parse import urljoin, urlsplit

from ..markup.references import rewrite
from ..markup.tags import every_tag, tags
from ..recording.batch import Batch
from ..recording.events import Request
from ..recording.model import Recording
from .framed_page import base_of
from .script_effects import without_noscript

_LOOKED_AT = 5
"""Pages at the beginning of a recording that are examined. Scripts are rarely turned off later."""

_BY_SCRIPTS = frozenset(
    {"script", "worker", "sharedworker", "serviceworker", "audioworklet", "paintworklet"}
)
"""Destinations of requests (Fetch, section 2.2.5) that only browsers with scripts make."""

_LIBRARIES = frozenset(
    {"X-Requested-With", "HX-Request", "Turbo-Frame", "X-Turbo-Request-Id", "X-Up-Version"}
)
_REFRESH = re.compile(r"""[\d.\s]*[;,]?\s*(?:url\s*=\s*)?["']?([^"']*)""", re.IGNORECASE)


def ran_scripts(recording: Recording, html_of: Callable[[Batch], str]) -> bool:
    """Whether scripts ran in the visitor's browser; true unless the recording proves the opposite.

    :param html_of: returns the page of a batch.
    """
    if any(map(_is_by_script, recording.batches)):
        return True
    pages = ((number, batch) for number, batch in enumerate(recording.batches) if _is_page(batch))
    for number, batch in islice(pages, _LOOKED_AT):
        html = html_of(batch)
        if "<noscript" in html.lower() and batch.request is not None:
            if _asked(recording, number).intersection(_hidden(html, batch.request)):
                return False
    return True


def _is_by_script(batch: Batch) -> bool:
    """Whether a script made the request."""
    request = batch.request
    if request is None:
        return batch.message is not None or batch.socket is not None
    destination = request.request_headers.get("Sec-Fetch-Dest", "")
    fetched = destination == "empty" and not request.aside
    return (
        fetched or destination in _BY_SCRIPTS or not _LIBRARIES.isdisjoint(request.request_headers)
    )


def _is_page(batch: Batch) -> bool:
    return batch.request is not None and bool(batch.parts) and not batch.request.aside


def _asked(recording: Recording, number: int) -> set[str]:
    """Return the addresses that were requested from a page until the next page, and the next
    page's.
    """
    found: set[str] = set()
    for batch in recording.batches[number + 1 :]:
        if batch.request is not None:
            found.add(batch.request.url)
        if _is_page(batch):
            break
    return found


def _hidden(html: str, request: Request) -> Iterator[str]:
    """Return the addresses on its own host that a page names only within ``<noscript>``, as paths
    with queries.
    """
    outside = without_noscript(html)
    own = urljoin(request.host, base_of(outside, request.url))
    for tag in tags(html, "noscript"):
        for address in _addresses(html[tag.close : tag.end]):
            with suppress(ValueError):  # the address is invalid
                found = urlsplit(urljoin(own, address.strip()))
                if (
                    address.strip()
                    and address not in outside
                    and found.netloc == urlsplit(request.host).netloc
                ):
                    yield f"{found.path or '/'}{f'?{found.query}' if found.query else ''}"


def _addresses(text: str) -> list[str]:
    """Return the addresses that a text loads or redirects to."""
    found: list[str] = []
    rewrite(text, lambda role, address: found.append(address))
    for tag in every_tag(text):
        if tag.name == "meta" and (tag.get("http-equiv") or "").lower() == "refresh":
            found += _REFRESH.findall(tag.get("content") or "")[:1]
    return found
