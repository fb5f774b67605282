"""Pages with the visitor's input: what they typed, and how they went on to the next page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..fragments.dom import NoPlace, Tree
from ..recording.events import Request
from ..recording.model import Recording
from .framed_page import base_of
from .input_marks import with_typed, with_way
from .navigation import Way, WayValues, query_of, way_in, way_on
from .steps import Step, StepKind

_LOOK_BACK = 500
"""Steps before a step in which its previous page is searched for."""
_MOST = 2_000_000
"""Characters. A longer page is shown as it was sent."""


def page_before(steps: Sequence[Step], step: Step) -> Step | None:
    """Return the step with the page that the visitor saw in the same tab when they made the
    request.
    """
    first = step.place.first
    for number in reversed(range(max(0, first - _LOOK_BACK), first)):
        candidate = steps[number]
        if candidate.place.tab == step.place.tab and candidate.shows in {
            StepKind.PAGE,
            StepKind.FRAGMENT,
        }:
            return candidate
    return None


def way_to(recording: Recording, before: Step | None, step: Step, tree: Tree | None) -> Way:
    """Return how the visitor came to a step.

    :param before: the result of :func:`page_before`.
    :param tree: its page, if it can be parsed.
    """
    batch = recording.batches[step.place.first]
    if before is None or tree is None or batch.request is None:
        return way_in(batch)
    redirected = step.place.first != step.number
    return way_on(tree, before.batch.request, batch.request, step.place.kind, redirected=redirected)


def way_data(way: Way, recording: Recording, before: Step | None, step: Step) -> dict[str, Any]:
    """Return the data of a way for the player's page: its kind, the step of the previous page, and
    the time.
    """
    return {
        "kind": way.kind,
        "says": way.label,
        "from": -1 if before is None else before.number,
        "marked": way.element is not None,
        "fragment": fragment_of(way, recording, step),
        "t": recording.batches[step.place.first].events[0].offset_ms,
    }


def fragment_of(way: Way, recording: Recording, step: Step) -> str:
    """Return the fragment with which the browser opened the page of a step, ``""`` if none is
    known.

    Browsers do not send it. It is in the link or form that led to the page, or in a redirect, which
    otherwise keeps it (RFC 9110, section 10.2.2).
    """
    source = way.form if way.form is not None else way.element
    named = source.attr("href") or source.attr("action") or "" if source is not None else ""
    fragment = named.partition("#")[2]
    for batch in recording.batches[step.place.first : step.number]:
        if batch.request is not None:
            fragment = batch.request.redirect.partition("#")[2] or fragment
    return fragment


def tree_of(html: str, url: str) -> Tree | None:
    """Return the tree of a page, ``None`` if it is too long."""
    if len(html) > _MOST:
        return None
    return Tree(html, base_of(html, url))


def typed_before(recording: Recording, step: Step) -> WayValues:
    """Return the query of a step's page, and the parameters of its own requests, which the visitor
    typed.
    """
    page = recording.batches[step.place.page].request if step.place.page >= 0 else None
    requests: list[Request] = [found for found in (page, step.batch.request) if found is not None]
    return {
        name: value
        for request in requests
        if request.method == "GET"
        for name, value in query_of(request).items()
    }


def as_left(
    html: str, url: str, typed: WayValues, leave: tuple[Recording, Step, Step] | None
) -> str:
    """Return a page as the visitor left it.

    :param typed: values that they had typed before.
    :param leave: the recording, the page's step and the next step; ``None`` for the page as it was
        received.
    """
    typed = {name: value for name, value in typed.items() if name in html}
    tree = tree_of(html, url) if typed or leave is not None else None
    if tree is None:
        return html
    try:
        changed = with_typed(tree, typed)
        if leave is not None:
            changed = with_way(tree, way_to(*leave, tree)) or changed
        return tree.html() if changed else html
    except (NoPlace, ValueError):  # raised by the tree: it cannot hold the new nodes
        return html
