"""How a visitor came from one page to the next: the link or form, found in the recorded page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from turbohtml import Element

from ..fragments.answer import Answer, leads_to
from ..fragments.dom import NoPlace, Tree, escaped, find
from ..fragments.htmx_attributes import Htmx
from ..fragments.pages_and_tabs import ResponseKind, bare
from ..recording.batch import Batch
from ..recording.events import Request


class WayKind(StrEnum):
    """The kinds of ways from one page to the next."""

    LINK = "link"
    FORM = "form"
    FIELD = "field"
    """A field whose value a script of the page sent while the visitor typed or chose it."""
    TYPED = "typed address"
    RELOAD = "loaded again"
    REDIRECT = "redirect"
    SCRIPT = "script"
    NEW_TAB = "new tab"
    ELSEWHERE = "another site"
    MESSAGE = "message"
    """A message on a connection, without any action of the visitor."""

    ACTION = "action"
    """An action of a program, which took a snapshot of the page."""


WayValues = Mapping[str, Sequence[Any]]

_FIELDS = "input[name], textarea[name], select[name]"
_BUTTONS = "button:not([type]), button[type=submit], input[type=submit], input[type=image]"
_LONGEST = 60
"""Characters of a label."""
_MOST = 500
"""Links and forms that are examined."""


class Way(NamedTuple):
    """How a visitor left a page.

    :param kind: the kind of the way.
    :param label: the label of the link or button.
    :param element: the element that was clicked or typed into; ``None`` if unknown.
    :param form: the form that was filled in.
    :param values: the values that were filled in.
    """

    kind: WayKind
    label: str = ""
    element: Element | None = None
    form: Element | None = None
    values: WayValues = {}


def way_on(
    tree: Tree,
    before: Request | None,
    request: Request,
    kind: str = "",
    *,
    redirected: bool = False,
) -> Way:
    """Return how a visitor left a page.

    :param tree: the page.
    :param before: the request of the page.
    :param request: the next request; the first one, if redirects followed.
    :param kind: how the browser used the response, a ``ResponseKind``.
    """
    found = None
    with suppress(NoPlace):
        if kind == ResponseKind.HTMX:
            found = _by_htmx(tree, request)
        elif kind != ResponseKind.FETCH:
            found = _followed(tree, request) or _sent(tree, request)
    return found or Way(_unseen(before, request, redirected=redirected))


def way_in(batch: Batch) -> Way:
    """Return how a visitor came to the first page of a tab."""
    request = batch.request
    if request is None:
        return Way(WayKind.MESSAGE if batch.action is None else WayKind.ACTION)
    referrer = request.request_headers.get("Referer", "")
    if not referrer:
        return Way(WayKind.TYPED)
    return Way(WayKind.NEW_TAB if referrer.startswith("/") else WayKind.ELSEWHERE)


def query_of(request: Request) -> WayValues:
    """Return the parameters in the query of a request, by name."""
    try:
        return parse_qs(request.query, keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        return {}


def fields_of(tree: Tree, form: Element) -> list[Element]:
    """Return the fields of a form, inside it or elsewhere on the page (HTML, section 4.10.18.3)."""
    own = [field for field in find(form, _FIELDS) if field.attr("form") is None]
    return own + _named(tree, form, _FIELDS)


def _named(tree: Tree, form: Element, selector: str) -> list[Element]:
    """Return elements that belong to a form by its id."""
    id = form.attr("id")
    return find(tree.document, f':is({selector})[form="{escaped(id)}"]') if id else []


def _unseen(before: Request | None, request: Request, *, redirected: bool) -> WayKind:
    """Return how the visitor came to a page if no element of the previous page led to it."""
    referrer = request.request_headers.get("Referer", "")
    again = before is not None and bare(before.url) == bare(request.url)
    if (
        again
        and request.method == "GET"
        and before is not None
        and before.request_headers.get("Referer", "") == referrer
    ):
        return WayKind.RELOAD
    if request.request_headers.get("Sec-Fetch-Site") == "none" or not referrer:
        return WayKind.TYPED
    return WayKind.REDIRECT if redirected else WayKind.SCRIPT


def _followed(tree: Tree, request: Request) -> Way | None:
    """Return the link to the requested address."""
    if request.method != "GET":
        return None
    for link in find(tree.document, "a[href], area[href]")[:_MOST]:
        if leads_to(link.attr("href") or "", tree.url, request.url) == 2:  # with the same query
            return Way(WayKind.LINK, label(link), link)
    return None


def _sent(tree: Tree, request: Request) -> Way | None:
    """Return the form that sent a request: among the forms with its address, the one that has the
    most of its fields.
    """
    values = query_of(request) if request.method == "GET" else request.form
    names = {*values, *request.files}
    best: tuple[int, Way] | None = None
    for form in find(tree.document, "form")[:_MOST]:
        for address, method, button in _ends(tree, form):
            if (method or "get").lower() != request.method.lower() or not _leads(
                address, tree, request
            ):
                continue
            known = {field.attr("name") for field in fields_of(tree, form)}
            pressed = button is not None and _is_pressed(button, values)
            score = 2 * len(names & known) + pressed
            if (score or not names) and (best is None or score > best[0]):
                best = (
                    score,
                    Way(
                        WayKind.FORM,
                        label(button) if button is not None else "",
                        button or form,
                        form,
                        values,
                    ),
                )
    return best[1] if best is not None else None


def _leads(address: str, tree: Tree, request: Request) -> bool:
    """Whether a form leads to the requested address. A GET form replaces the query by its
    fields.
    """
    if request.method != "GET":
        return bool(leads_to(address or tree.url, tree.url, request.url))
    return bool(leads_to((address or tree.url).partition("?")[0], tree.url, request.path))


def _ends(tree: Tree, form: Element) -> Iterator[tuple[str, str, Element | None]]:
    """Yield the ways to submit a form: address, method and button."""
    buttons = [*find(form, _BUTTONS), *_named(tree, form, _BUTTONS)]
    address, method = form.attr("action") or "", form.attr("method") or ""
    for button in buttons[:_MOST]:
        yield button.attr("formaction") or address, button.attr("formmethod") or method, button
    if not buttons:
        yield address, method, None


def _is_pressed(button: Element, values: WayValues) -> bool:
    """Whether a button's name and value were sent."""
    return (button.attr("value") or "") in values.get(button.attr("name") or "", ())


def _by_htmx(tree: Tree, request: Request) -> Way | None:
    """Return the element for which htmx made the request."""
    four = bool(
        request.request_headers.get("HX-Source") or request.request_headers.get("HX-Request-Type")
    )
    element = Htmx(tree, four).source(Answer(request, "", request))
    if element is None:
        return None
    values = query_of(request) if request.method == "GET" else request.form
    if element.tag in {"input", "textarea", "select"} and element.attr("name"):
        return Way(WayKind.FIELD, element.attr("name") or "", element, element, values)
    if element.tag == "form":
        button = next(iter(find(element, _BUTTONS)), None)
        return Way(
            WayKind.FORM,
            label(button) if button is not None else "",
            button or element,
            element,
            values,
        )
    return Way(WayKind.LINK, label(element), element)


def label(element: Element) -> str:
    """Return the label of a link or button, as screen readers name it (Accessible Name and
    Description Computation, section 4.3.2).
    """
    words = " ".join((element.text or "").split())
    picture = next(iter(find(element, "img[alt]")), None)
    alt = None if picture is None else picture.attr("alt")
    names = (element.attr("aria-label"), words, element.attr("title"), element.attr("value"), alt)
    found = next(filter(None, names), "")
    return f"{found[:_LONGEST]}…" if len(found) > _LONGEST else found
