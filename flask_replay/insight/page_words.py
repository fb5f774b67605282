"""The main texts that a visitor was shown: title and heading of a page, messages, errors of
forms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from turbohtml import Document, parse

from ..engine import operations as op
from ..engine.replaying.answers import NOBODY, InOrder
from ..engine.replaying.pages import page
from ..engine.replaying.renderer import Rendered, Renderer
from ..recording.batch import Batch
from ..recording.events import Frame
from .observing import ObservingRenderer
from .reasons import NO_REASONS, Reasons, own_words, read_reason, reasons

MAX_HTML = 2_000_000
"""Characters of a page. A larger page is not parsed."""

_FLASHES = "get_flashed_messages"
_ERRORS, _ERROR = "errors", "error"
_ITEMS = ([op.ITEM], ["get()"], ["values()"])
_PLEASED = "[role=status], .alert, .alert-success, .flash, .message, .notice, .success"
_MAX_TEXT = 160
_MAX_MESSAGES = 5


class FlashedMessage(NamedTuple):
    """A message of the app to its visitor.

    :param category: the category of a flashed message, ``""`` if it has none.
    """

    text: str
    category: str = ""


class ShownPage(NamedTuple):
    """The main texts of a page.

    :param title: the title of the page.
    :param heading: the first of the largest headings.
    :param messages: the flashed messages.
    :param reasons: the errors that it shows, and its forms.
    :param notices: texts that the page marks as notices.
    :param text: the whole text of a part of a page, if it is short.
    """

    title: str = ""
    heading: str = ""
    messages: tuple[FlashedMessage, ...] = ()
    reasons: Reasons = NO_REASONS
    notices: tuple[str, ...] = ()
    text: str = ""


NOTHING_SHOWN = ShownPage()


def shown(batch: Batch, observing: ObservingRenderer) -> ShownPage:
    """Return the main texts that a visitor was shown. Never raises, whatever the recording
    holds.
    """
    reading = _Reading(observing)
    html = page(batch, reading).html[:MAX_HTML]
    messages, errors = _messages_and_errors(reading.answers)
    if not html.strip():
        return ShownPage(messages=messages, reasons=Reasons(tuple(map(read_reason, errors))))
    document = parse(html)
    for unread in document.select("script, style, template, noscript, svg"):
        unread.decompose()
    words = " ".join(" ".join(document.stripped_strings).split())
    return ShownPage(
        title=_first(document, "title"),
        heading=_first(document, "main h1, h1") or _first(document, "main h2, h2"),
        messages=messages,
        reasons=reasons(document, errors),
        notices=_texts(document, _PLEASED),
        text=words if len(words) <= _MAX_TEXT else "",
    )


class _Reading(Renderer):
    """Renders frames, and keeps the answers of their traces."""

    def __init__(self, observing: ObservingRenderer) -> None:
        super().__init__(observing.documents)
        self.observing = observing
        self.answers: list[InOrder] = []

    def render(self, frame: Frame) -> Rendered:
        observation = self.observing.observe(frame)
        if observation.answers is not None:
            self.answers.append(observation.answers)
        return observation.rendered


def _messages_and_errors(
    all_answers: list[InOrder],
) -> tuple[tuple[FlashedMessage, ...], tuple[str, ...]]:
    """Return the messages that templates read, and the values under the name ``errors``."""
    messages: dict[FlashedMessage, None] = {}
    errors: dict[str, None] = {}
    for answers in all_answers:
        read = [
            (one.number, one.question, _cell(answers, one.word, one.place)) for one in answers.given
        ]
        errors.update(_errors(read))
        flashing = {
            _number(cell)
            for number, question, cell in read
            if (number, question) == (NOBODY, _FLASHES)
        }
        lists = {
            _number(cell)
            for number, question, cell in read
            if number in flashing and isinstance(question, list) and question[:1] == [op.CALL]
        } - {None}
        pairs: dict[int | None, None] = {}
        for number, question, cell in read if lists else ():
            if question == op.ITERATE and number in lists:
                messages.update(dict.fromkeys(map(FlashedMessage, _strings(cell))))
                pairs.update(dict.fromkeys(map(_number, cell[2:] if type(cell) is list else ())))
            elif question == op.ITERATE and number in pairs:
                found = list(_strings(cell))
                if len(found) == 2:
                    messages[FlashedMessage(found[1], found[0])] = None
    return tuple(messages)[:_MAX_MESSAGES], tuple(errors)[:_MAX_MESSAGES]


def _errors(read: list[tuple[int, Any, Any]]) -> dict[str, None]:
    """Return what templates read under the name ``errors``: a list, or the texts or lists of a
    dictionary; and the text of a variable ``error``.

    :param read: numbers of objects, questions to them, and the answers.
    """
    found: dict[str, None] = {}
    keys: set[str] = set()
    holders, items, pairs = set[int | None](), set[int | None](), set[int | None]()
    for number, question, cell in read:
        if question == op.ITERATE and number in items:
            pairs.update(map(_number, cell[2:] if type(cell) is list else ()))
        elif question == op.ITERATE and number in pairs:  # the name of a field, and its errors
            holders.update(map(_number, cell[-1:] if type(cell) is list else ()))
            found.update(dict.fromkeys(list(_strings(cell))[1:]))
        elif isinstance(question, list) and number in holders and question[:1] == ["items()"]:
            items.add(_number(cell))
        elif _is_errors(number, question) or (number in holders and _is_part(question)):
            holders.add(_number(cell))
            found.update(dict.fromkeys(_strings(cell)))
            keys.update(key for key in question[1:] if type(key) is str)
        items.discard(None)
        pairs.discard(None)
        holders.discard(None)
    return {text: None for text in found if text not in keys}


def _is_errors(number: int, question: Any) -> bool:
    """Whether a question asks a form, or one of its fields, for its errors, or for the variable
    ``error``.
    """
    if not isinstance(question, str):
        return False
    return question.rpartition(".")[2] == _ERRORS or (number == NOBODY and question == _ERROR)


def _is_part(question: Any) -> bool:
    """Whether a question asks for an item, or for all of them."""
    if isinstance(question, list):
        return question[:1] in _ITEMS
    return question == op.ITERATE or (isinstance(question, str) and question.isidentifier())


def _cell(answers: InOrder, word: str, place: int) -> Any:
    return answers.trace.answers[word][place]


def _number(cell: Any) -> int | None:
    return cell[0] if type(cell) is list and cell and type(cell[0]) is int else None


def _strings(cell: Any) -> Iterator[str]:
    """Return the texts in the cell of a list, or that of a text."""
    if type(cell) is str and cell.strip():
        yield _short(cell)
    elif type(cell) is list and cell[:1] == ["l"]:
        for item in cell[2:]:
            text = item[1] if type(item) is list and item[:1] == ["m"] and len(item) == 2 else item
            if type(text) is str and text.strip():
                yield _short(text)


def _first(document: Document, selector: str) -> str:
    found = document.select_one(selector)
    return _short(own_words(found)) if found is not None else ""


def _texts(document: Document, selector: str) -> tuple[str, ...]:
    texts = dict.fromkeys(
        own_words(found) for found in document.select(selector)[: 4 * _MAX_MESSAGES]
    )
    return tuple(text for text in texts if 0 < len(text) <= _MAX_TEXT)[:_MAX_MESSAGES]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"
