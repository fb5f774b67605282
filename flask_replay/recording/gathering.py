"""Gather the facets of one batch."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from ..codec.freeform import text
from .batch import Batch
from .device import described_device
from .events import Action, Error, Frame, Message, Request, Run, Socket
from .facets import LONGEST_FACET, MOST_FACETS, Facets, merged
from .failures import failure_of

_KINDS: dict[type, str] = {
    kind: str(kind.__struct_config__.tag)
    for kind in (Request, Frame, Error, Socket, Message, Action, Run)
}
_CAMPAIGN = "utm_"
_PARAMETERS = frozenset({"source", "medium", "campaign", "term", "content"})
"""Parameters of campaigns in links, each prefixed with ``utm_``."""


def facets_of(batch: Batch) -> Facets:
    """Return the facets of one batch. It runs for every request, so it makes no object for facts
    that are missing.
    """
    request = batch.request
    names = [(request.endpoint if request is not None else "") or ""]
    failures: list[Facets] = []
    for event in batch.events:
        if isinstance(event, Frame):
            names.append(event.template)
            names += event.templates
        elif isinstance(event, Error):
            failures.append(Facets(failures=(failure_of(event),)))
    if not "".join(names).isascii():
        names = [*map(text, names)]
    endpoint, *templates = names
    kinds = tuple(dict.fromkeys([_KINDS[type(event)] for event in batch.events]))
    used = _bounded(filter(None, templates)) if templates else ()
    facets = _request_facets(request, endpoint, used, kinds)
    return merged((facets, *failures)) if failures else facets


def _request_facets(
    request: Request | None, endpoint: str, templates: tuple[str, ...], kinds: tuple[str, ...]
) -> Facets:
    """Return the facets of a request. Only requests for pages describe the visitor."""
    if request is None:
        return Facets(templates=templates, kinds=kinds)
    headers = request.request_headers if not request.aside else {}
    device = described_device(headers) if "User-Agent" in headers else None
    return Facets(
        endpoints=(endpoint[:LONGEST_FACET],) if endpoint else (),
        templates=templates,
        methods=(request.method[:LONGEST_FACET],),
        codes=(request.status,) if request.status else (),
        kinds=kinds,
        slowest_ms=max(0, request.duration_ms),
        device=device.kind if device else "",
        browser=device.browser[:LONGEST_FACET] if device else "",
        system=device.system[:LONGEST_FACET] if device else "",
        language=device.language[:LONGEST_FACET] if device else "",
        referrer=_host(headers["Referer"]) if "Referer" in headers else "",
        campaign=() if request.aside or _CAMPAIGN not in request.url else _campaign(request.query),
    )


def _bounded(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value[:LONGEST_FACET] for value in values))[:MOST_FACETS]


def _host(referrer: str) -> str:
    """Return the host of a referrer on another site, or ``""`` for the app's own pages, of which
    only the path is kept.
    """
    try:
        parts = urlsplit(referrer)
    except ValueError:
        return ""
    return parts.netloc.lower()[:LONGEST_FACET] if parts.scheme in ("http", "https") else ""


def _campaign(query: str) -> tuple[str, ...]:
    pairs = (
        (name.removeprefix(_CAMPAIGN), value)
        for name, value in parse_qsl(query)
        if name.startswith(_CAMPAIGN)
    )
    return _bounded(
        f"{name}={value}" for name, value in pairs if name in _PARAMETERS and value.strip()
    )
