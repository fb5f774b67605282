"""Gather what a list is filtered by from what one request gave."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

from .device import told_by
from .facets import LONGEST, MOST, Facets, merged
from .failures import failure_of
from .model import Batch, Request

_CAMPAIGN = "utm_"
_FROM = frozenset({"source", "medium", "campaign", "term", "content"})
"""What links of a campaign say of it, each with ``utm_`` before it."""


def facets_of(batch: Batch) -> Facets:
    """Return the facts of one batch."""
    request = batch.request
    frames, errors = batch.frames, batch.errors
    templates = (name for frame in frames for name in (frame.template, *frame.templates) if name)
    facets = Facets(
        templates=_some(templates),
        kinds=_some(str(event.__struct_config__.tag) for event in batch.events),
    )
    if errors:
        facets = merged((facets, *(Facets(failures=(failure_of(error),)) for error in errors)))
    return facets if request is None else merged((facets, _asked(request)))


def _asked(request: Request) -> Facets:
    """Return the facts of a request; only one that somebody looks at tells of the visitor."""
    facets = Facets(
        endpoints=_some((request.endpoint,) if request.endpoint else ()),
        methods=_some((request.method,)),
        codes=(request.status,) if request.status else (),
        slowest_ms=max(0, request.duration_ms),
    )
    if request.aside:
        return facets
    device = told_by(request.asked)
    said = "User-Agent" in request.asked
    seen = Facets(
        device=device.kind if said else "",
        browser=device.browser[:LONGEST],
        system=device.system[:LONGEST],
        language=device.language[:LONGEST],
        referrer=_host(request.asked.get("Referer", "")),
        campaign=_campaign(request.query),
    )
    return merged((facets, seen))


def _some(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value[:LONGEST] for value in values))[:MOST]


def _host(referrer: str) -> str:
    """Return the host of a page elsewhere; of one on the app's own host, its path alone is kept."""
    try:
        parts = urlsplit(referrer)
    except ValueError:
        return ""
    return parts.netloc.lower()[:LONGEST] if parts.scheme in ("http", "https") else ""


def _campaign(query: str) -> tuple[str, ...]:
    if _CAMPAIGN not in query:
        return ()
    pairs = ((name.removeprefix(_CAMPAIGN), value) for name, value in parse_qsl(query) if name.startswith(_CAMPAIGN))
    return _some(f"{name}={value}" for name, value in pairs if name in _FROM and value.strip())
