"""Where addresses led in the visitor's browser: to something, or to another address."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar
from urllib.parse import quote, unquote, urldefrag, urljoin

from werkzeug.urls import uri_to_iri

from ..recording.events import Request

_ORDINARY = re.compile(r"[\w!$&()*+,/:;=?@.~-]*+", re.ASCII)
_PATH, _QUERY = "!$&'()*+,/:;=@%", "!$&'()*+,/:;=?@%"
"""Characters that need no escape in a path and in a query (URL, sections 1.3 and 4.3)."""

_REDIRECTS = 5
"""The most redirects that are followed."""

_T = TypeVar("_T")
Outcomes = dict[str, list[tuple[int, _T | str]]]
"""What the requests for each address led to, with their numbers: something, or another address."""


def following(known: list[tuple[int, _T]], number: int) -> _T:
    """Return the first answer after a step, or else the last one before."""
    place = bisect_left(known, number, key=lambda one: one[0])
    return known[min(place, len(known) - 1)][1]


def route(
    known: Outcomes[_T],
    url: str,
    number: int,
    choose: Callable[[list[tuple[int, _T | str]], int], _T | str],
) -> Iterator[tuple[str, _T | str | None]]:
    """Yield an address, and those to which it redirected the visitor's browser, each with the
    answer there.

    :param choose: returns the answer that a page got, by the number of its step.
    """
    requested = _as_requested(url)
    if requested != url:
        yield url, None
        url = requested
    for _ in range(_REDIRECTS):
        answers = known.get(url)
        answer = None if answers is None else choose(answers, number)
        yield url, answer
        if not isinstance(answer, str):
            return
        url = answer


def _as_requested(url: str) -> str:
    """Return path and query of an address as the recording of its request has it: with letters,
    and with blanks and the like escaped.
    """
    if _ORDINARY.fullmatch(url):
        return url
    path, mark, query = url.partition("?")
    return uri_to_iri(quote(unquote(path), safe=_PATH) + mark + quote(query, safe=_QUERY))


def target(request: Request) -> str:
    """Return where a request was redirected to: path and query on the same host."""
    with suppress(ValueError):  # the address is invalid
        whole = urljoin(f"{request.host}{request.url}", request.redirect)
        if request.host and whole.startswith(f"{request.host}/"):
            return urldefrag(whole.removeprefix(request.host)).url
    return request.redirect
