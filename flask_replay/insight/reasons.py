"""Reasons for which a form was refused: errors on a page, each with the form and the field beside
which it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from turbohtml import Document, Element

from ..recording.events import Request

_MARKED = (
    ".alert-danger, .alert-error, .error, .errorlist, .errors, .has-error .help-block, "
    ".invalid-feedback, .is-error, .text-danger"
)
"""Texts that a page marks as errors."""
_ALERTS = f"{_MARKED}, [role=alert], .alert-warning, .flash"
_UNSEEN = "[hidden], [style*='display:none'], [style*='display: none']"
PLEASED = ".alert-success, .alert-info, .success, .info"
_FIELDS = "input[name], select[name], textarea[name]"
_NO_FIELDS = frozenset({"hidden", "submit", "button", "image", "reset"})
_WHOLE = frozenset({"html", "body", "main"})
_SENT_TO = ("action", "hx-post", "hx-put", "hx-patch", "hx-delete")
_BESIDE = 2
"""Elements around a text in which a form counts as beside it."""
_MOST_FORMS = 100
_MOST = 20
_LONGEST = 160


class ShownForm(NamedTuple):
    """A form on a page.

    :param number: its place among the forms of the page.
    :param path: the path that it is sent to, ``""`` for that of the page.
    :param fields: the names of the fields that a visitor sees.
    """

    number: int
    path: str
    fields: frozenset[str]


class Reason(NamedTuple):
    """An error that a page shows.

    :param form: the form in which or beside which it stands, ``None`` for none or several.
    :param field: the name of the field beside which it stands, ``""`` for none or several.
    :param read: whether the template read it as an error of a form.
    :param marked: whether the page marks it as an error, and not just as a message.
    """

    text: str
    form: ShownForm | None = None
    field: str = ""
    read: bool = False
    marked: bool = True


class Reasons(NamedTuple):
    """The errors and forms of a page."""

    found: tuple[Reason, ...] = ()
    forms: tuple[ShownForm, ...] = ()

    def own_forms(self, request: Request) -> list[ShownForm]:
        """Return the forms that a request may have sent."""
        sent = {*request.form, *request.files}
        if isinstance(request.json, dict):
            sent |= request.json.keys()
        by_path = [form for form in self.forms if form.path == request.path]
        by_path += [form for form in self.forms if not form.path]
        by_fields = [form for form in self.forms if form.fields & sent]
        return [form for form in by_fields if form in by_path] or by_fields or by_path

    def of(self, request: Request) -> list[Reason]:
        """Return the reasons that concern a request: those that the template read as errors of its
        form, or that stand beside it, else those that stand beside none. If the page does not show
        its form, all count.
        """
        own = self.own_forms(request)
        beside = [reason for reason in self.found if reason.form in own]
        concerning = beside or [reason for reason in self.found if not own or reason.form is None]
        return [reason for reason in concerning if reason.read] or concerning


NO_REASONS = Reasons()


def read_reason(text: str) -> Reason:
    """Return an error that a template read, which stands at an unknown place."""
    return Reason(text, read=True)


def reasons(document: Document, errors: Iterable[str]) -> Reasons:
    """Return the errors and forms of a page, whose text is changed.

    :param errors: what the template read as errors of forms.
    """
    places = [
        (form, _shown_form(number, form))
        for number, form in enumerate(document.select("form")[:_MOST_FORMS])
        if (form.attr("method") or "post").lower() != "get"
        or any(form.attr(name) for name in _SENT_TO[1:])
    ]
    read = [
        read_reason(text) if where is None else Reason(text, *_place(where, places), read=True)
        for text, where in _located(document, list(errors))
    ]
    marked = {*document.select(_MARKED)}
    alerts = [
        (found, *_place(found, places), found in marked and not found.matches(PLEASED))
        for found in document.select(_ALERTS)[:_MOST]
        if _is_seen(found)
    ]
    shown = dict.fromkeys(
        Reason(own_words(found), form, field, marked=clear) for found, form, field, clear in alerts
    )
    kept = (reason for reason in shown if 0 < len(reason.text) <= _LONGEST)
    return Reasons((*read, *kept), tuple(form for _, form in places))


def _is_seen(found: Element) -> bool:
    """Whether a visitor sees an element. Bootstrap hides hints until their field is invalid."""
    if found.closest(_UNSEEN) is not None:
        return False
    if not found.has_class("invalid-feedback") or found.has_class("d-block"):
        return True
    around = found.parent
    return found.closest(".was-validated") is not None or (
        isinstance(around, Element) and around.select_one(".is-invalid") is not None
    )


def _located(document: Document, errors: list[str]) -> Iterator[tuple[str, Element | None]]:
    """Yield texts, each with the innermost element that shows it."""
    pending = dict.fromkeys(errors)
    for node in document.descendants if pending else ():
        if isinstance(node, Element) or not isinstance(node.parent, Element):
            continue
        words = " ".join(node.text.split())
        for text in [text for text in pending if words and text in words]:
            del pending[text]
            yield text, node.parent
    yield from ((text, None) for text in pending)


def _shown_form(number: int, form: Element) -> ShownForm:
    address = next(filter(None, map(form.attr, _SENT_TO)), "") or ""
    _, has_host, rest = str(address).partition("://")
    path = f"/{rest.partition('/')[2]}" if has_host else str(address)
    return ShownForm(number, path.partition("#")[0].partition("?")[0], frozenset(_fields(form)))


def _fields(around: Element) -> dict[str, None]:
    return {
        str(field.attr("name")): None
        for field in around.select(_FIELDS)
        if (field.attr("type") or "").lower() not in _NO_FIELDS
    }


def _place(found: Element, forms: list[tuple[Element, ShownForm]]) -> tuple[ShownForm | None, str]:
    """Return the form and the name of the field beside which an element stands."""
    inside = found.closest("form")
    around: Element | None = found
    field = ""
    for _ in range(4):
        if around is None or around.tag in _WHOLE or around == inside:
            break
        names = _fields(around)
        if names:
            field = next(iter(names)) if len(names) == 1 else ""
            break
        around = around.parent if isinstance(around.parent, Element) else None
    if inside is not None:
        return next((form for element, form in forms if element == inside), None), field
    return _form_beside(found, forms), field


def _form_beside(found: Element, forms: list[tuple[Element, ShownForm]]) -> ShownForm | None:
    around = found.parent
    for _ in range(_BESIDE):
        if not isinstance(around, Element) or around.tag in _WHOLE:
            return None
        inner = around.select("form")
        if inner:
            beside = [form for element, form in forms if element in inner]
            return beside[0] if len(inner) == len(beside) == 1 else None
        around = around.parent
    return None


def own_words(found: Element) -> str:
    """Return the text of an element without its buttons and links, unless it has no other text."""
    whole = words_of(found)
    for kind in ("button, input, select", "a"):
        for beside in found.select(kind):
            beside.decompose()
    return words_of(found) or whole


def words_of(node: Element) -> str:
    """Return the text of an element on one line."""
    return " ".join(node.text.split())
