"""What a script of the page asked for and got."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

from ..recording.events import Request


class Answer(NamedTuple):
    """A request of a page's script, with its answer.

    :param request: the one that was answered.
    :param html: the text of the answer.
    :param first: what the script asked for, if redirects led from there.
    """

    request: Request
    html: str
    first: Request

    def asked(self, name: str) -> str:
        """Return a header of the request, ``""`` for none."""
        return self.request.request_headers.get(name, "")

    @property
    def boosted(self) -> bool:
        """Whether htmx followed a link or sent a form in the place of the browser."""
        return self.asked("HX-Boosted") == "true"

    def told(self, name: str) -> str:
        """Return a header of the response, ``""`` for none."""
        return self.request.response_headers.get(name, "")


def leads_to(address: str, page: str, wanted: str) -> int:
    """Return how well an address in a page fits the one that was asked for: 0 not at all, 2
    exactly.

    What a script adds to the query (a form's fields) is not in the page.
    """
    try:
        found, asked = urlsplit(urljoin(page, address.strip())), urlsplit(wanted)
        if found.path != asked.path:
            return 0
        if found.query == asked.query:
            return 2
        sent = parse_qsl(asked.query, keep_blank_values=True)
        return int(all(pair in sent for pair in parse_qsl(found.query, keep_blank_values=True)))
    except ValueError:
        return 0
