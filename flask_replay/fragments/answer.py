"""A request of a script in the page, with its response."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

from ..recording.events import Request


class Answer(NamedTuple):
    """A request of a page's script, with its response.

    :param request: the request that got the final response.
    :param html: the text of the response.
    :param first: the script's original request, if redirects followed it.
    """

    request: Request
    html: str
    first: Request

    def request_header(self, name: str) -> str:
        """Return a header of the request, ``""`` if it is missing."""
        return self.request.request_headers.get(name, "")

    @property
    def boosted(self) -> bool:
        """Whether htmx followed a link or submitted a form in place of the browser."""
        return self.request_header("HX-Boosted") == "true"

    def response_header(self, name: str) -> str:
        """Return a header of the response, ``""`` if it is missing."""
        return self.request.response_headers.get(name, "")


def leads_to(address: str, page: str, wanted: str) -> int:
    """Return how well an address in a page matches the requested one: 0 not at all, 2 exactly.

    A script may add form fields to the query, which the address in the page does not contain.
    """
    try:
        found, target = urlsplit(urljoin(page, address.strip())), urlsplit(wanted)
        if found.path != target.path:
            return 0
        if found.query == target.query:
            return 2
        sent = parse_qsl(target.query, keep_blank_values=True)
        return int(all(pair in sent for pair in parse_qsl(found.query, keep_blank_values=True)))
    except ValueError:
        return 0
