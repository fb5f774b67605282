"""What the visitor did, act by act: the rules that make the story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..fragments.pages_and_tabs import ResponseKind, kind_of
from ..recording.batch import Batch
from ..recording.events import Action, Request, Run, RunStatus, SocketState
from ..recording.model import Recording
from . import english as words
from .messages import glance
from .observing import ObservingRenderer
from .outcomes import STATUS_WORDS, is_refused, refusals, sent_to_login, with_fields
from .page_words import NOTHING_SHOWN, ShownPage, shown
from .request_words import RequestSummary, path_of, summarize_request
from .titles import Titles

MAX_PAGES = 400
"""Pages whose titles and messages are read. Later pages are described by their addresses."""

_NEAR = 6
"""Batches after a redirect in which its target page is searched for."""
_TYPING = 5_000
"""Milliseconds between two requests of one search, while the visitor is typing."""
_AGAIN = ", again"
_FEW = 60
"""Characters of a search result that is short enough to quote."""
_FILES = frozenset(
    {"application/octet-stream", "application/pdf", "application/zip", "text/calendar", "text/csv"}
)
_FILES_OF = ("application/vnd.", "audio/", "video/")
"""Types of downloads."""
_READ = frozenset({"GET", "HEAD", "OPTIONS"})


class Act(NamedTuple):
    """Something that the visitor did; see :class:`flask_replay.insight.Line`."""

    offset_ms: int
    step: int
    kind: str
    text: str
    until: int = -1


def acts(recording: Recording, observing: ObservingRenderer) -> list[Act]:
    """Return the acts in a recording, in order."""
    return _ActFinder(recording.batches, observing).find()


class _ActFinder:
    """Goes through the batches once."""

    def __init__(self, batches: Sequence[Batch], observing: ObservingRenderer) -> None:
        self.batches = batches
        pages = [
            number
            for number, batch in enumerate(batches)
            if batch.parts and not (batch.request is not None and batch.request.aside)
        ][:MAX_PAGES]
        self.facts = {number: shown(batches[number], observing) for number in pages}
        documents = [
            self.facts[number]
            for number in pages
            if kind_of(batches[number]) == ResponseKind.DOCUMENT
        ]
        self.titles = Titles(documents)
        self.acts: list[Act] = []
        self.taken: set[int] = set()
        self.url = ""
        self.names: dict[str, str] = {}
        self.searched = ""
        self.problems: frozenset[str] = frozenset()
        self.opened = {
            batch.request.endpoint
            for batch in batches
            if batch.request is not None and batch.request.method == "GET" and batch.parts
        }

    def find(self) -> list[Act]:
        for number, batch in enumerate(self.batches):
            if number not in self.taken and batch.events:
                self._find(number, batch)
        return self.acts

    def _find(self, number: int, batch: Batch) -> None:
        if batch.request is not None:
            self._request(number, batch.request)
        elif batch.action is not None:
            self._add(number, "program", _action(batch.action))
        elif batch.run is not None:
            self._run(number, batch.run)
        elif batch.message is not None:
            verb = "was sent" if batch.message.sent else "wrote"
            self._message(
                number, f"{verb} {words.quoted(glance(batch.message))}", batch.message.url
            )
        elif batch.socket is not None:
            if batch.socket.state in {SocketState.OPENED, SocketState.CLOSED}:
                self._add(
                    number, "message", f"{batch.socket.state} the connection to {batch.socket.url}"
                )
        elif batch.frames:
            self._add(
                number, "render", f"rendered {words.titled(batch.frames[0].template or 'a text')}"
            )
        for error in batch.errors if batch.request is None else ():
            self._add(
                number,
                "error",
                f"failed with {words.short(error.type.rpartition('.')[2])}: "
                f"{words.short(error.message)}",
            )

    def _add(self, number: int, kind: str, text: str, until: int = -1) -> None:
        if self.acts and self.acts[-1].text.removesuffix(_AGAIN) == text:
            text += _AGAIN
        self.acts.append(Act(self.batches[number].events[0].offset_ms, number, kind, text, until))

    def _run(self, number: int, run: Run) -> None:
        if run.status != RunStatus.RECORDING:
            self._add(
                number,
                "program",
                words.answered(words.ENDED.get(run.status, run.status), filter(None, [run.error])),
            )
        elif task := run.metadata.get("task"):
            self._add(number, "program", f"began: {words.quoted(task)}")

    def _message(self, number: int, text: str, url: str) -> None:
        self._add(number, "message", f"{text} ({path_of(url)})")

    # Requests

    def _request(self, number: int, request: Request) -> None:
        errors = self.batches[number].errors
        if request.aside and not errors:
            return
        last = self._followed(number)
        final = self.batches[last].request or request
        seen = self.facts.get(last, NOTHING_SHOWN)
        error = next(
            (
                error
                for batch in (self.batches[number], self.batches[last])
                for error in batch.errors
            ),
            None,
        )
        meaning = summarize_request(request)
        piece = kind_of(self.batches[number]) != ResponseKind.DOCUMENT and not request.redirect
        name = self._name(final, seen)
        if error is not None or final.status >= 500:
            act = (
                self._wrote(request, summarize_request(request, blanks=True)).done
                if self._is_write(request)
                else f"opened {self._known(final)}"
            )
            failure = "" if error is None else words.exception(error.type, error.message)
            self._add(number, "error", words.failed(act, failure, final.status), last)
        elif meaning.search and not self._is_write(request) and not sent_to_login(request, final):
            self._search(number, request, meaning, seen if piece else NOTHING_SHOWN, piece=piece)
        elif self._is_write(request):
            self._write(number, last, request, meaning, seen, piece=piece)
        elif final.status in {401, 403, 404, 405, 410, 429}:
            why = f"{STATUS_WORDS[final.status]} ({final.status})"
            self._add(number, "refused", f"came to {words.short(request.path)}: {why}", last)
        elif final.mimetype in _FILES or final.mimetype.startswith(_FILES_OF):
            self._add(number, "page", f"downloaded {words.short(final.path)}", last)
        elif piece:
            if self.batches[number].parts:
                self._add(number, "part", f"looked at {words.quoted(meaning.noun or request.path)}")
        elif last != number and self.batches[last].parts:
            act = f"asked for {words.short(request.path)} and was sent to {name}"
            self._add(
                number,
                "page",
                words.answered(act, [message.text for message in seen.messages]),
                last,
            )
        elif self.batches[last].parts:
            self._opened(number, final, meaning, seen, name)
        if not piece and self.batches[last].parts:
            self.url = final.url
            if not self.acts or self.acts[-1].kind != "refused":
                self.problems = frozenset(reason.text for reason in seen.reasons.found)
            if final.status < 400:
                self.names[final.path] = name

    def _followed(self, number: int) -> int:
        """Return the batch to which redirects led from a batch. It, and the batches in between, get
        no act of their own.
        """
        for _ in range(_NEAR):
            request = self.batches[number].request
            if request is None or not request.redirect:
                break
            path = path_of(request.redirect)
            for near in range(number + 1, min(number + 1 + _NEAR, len(self.batches))):
                next_ = self.batches[near].request
                if (
                    next_ is not None
                    and next_.method == "GET"
                    and next_.path == path
                    and near not in self.taken
                ):
                    break
            else:
                break
            self.taken.add(near)
            number = near
        return number

    @staticmethod
    def _is_write(request: Request) -> bool:
        return request.method not in _READ

    def _name(self, request: Request, seen: ShownPage) -> str:
        """Return the name of a page, or its address if it has none."""
        name = self.titles.of(seen)
        return words.titled(name) if name else words.short(request.path)

    def _known(self, request: Request) -> str:
        """Return the name that a page had when it last worked, with the fields of its query."""
        given = words.fields(summarize_request(request, blanks=True).query)
        return f"{self.names.get(request.path) or words.short(request.path)}{given}"

    def _search(
        self,
        number: int,
        request: Request,
        meaning: RequestSummary,
        seen: ShownPage,
        *,
        piece: bool,
    ) -> None:
        text = meaning.search
        before = self.acts[-1] if self.acts else None
        offset = request.offset_ms
        if before is not None and before.kind == "search" and piece and self.searched:
            last = max(before.step, before.until)
            near = offset - self.batches[last].events[0].offset_ms < _TYPING
            if near and (text.startswith(self.searched) or self.searched.startswith(text)):
                self.acts.pop()
                number, offset = before.step, before.offset_ms
        until = self._number_of(request)
        act = words.answered(
            f"searched for {words.quoted(text)}", [seen.text] if 0 < len(seen.text) <= _FEW else []
        )
        self.acts.append(Act(offset, number, "search", act, until))
        self.searched = text if piece else ""

    def _number_of(self, request: Request) -> int:
        return next(number for number, batch in enumerate(self.batches) if batch.request is request)

    def _opened(
        self, number: int, request: Request, meaning: RequestSummary, seen: ShownPage, name: str
    ) -> None:
        if self.url == request.url:
            act = f"opened {name} again"
        elif path_of(self.url) == request.path:
            known = dict(summarize_request(Request(offset_ms=0, method="GET", url=self.url)).query)
            changed = [pair for pair in meaning.query if known.get(pair[0]) != pair[1]]
            act = f"looked at {name}{words.fields(changed)}"
        else:
            act = f"opened {name}{words.fields(meaning.query)}"
        self._add(number, "page", words.answered(act, [message.text for message in seen.messages]))

    def _write(
        self,
        number: int,
        last: int,
        request: Request,
        meaning: RequestSummary,
        seen: ShownPage,
        *,
        piece: bool,
    ) -> None:
        verb = self._wrote(request, meaning)
        final = self.batches[last].request or request
        good = [
            message.text for message in seen.messages if message.category.lower() not in words.BAD
        ]
        stays = last == number
        if sent_to_login(request, final):
            why = [message.text for message in seen.messages] or [STATUS_WORDS[401]]
            told = words.refused(verb.to_do, [("", text) for text in why])
            self._add(number, "refused", told, last)
            return
        if is_refused(seen, request, final, self.problems):
            said = good or (list(seen.notices) if stays else [])
            reasons = with_fields(refusals(seen, request, self.problems), request) or [
                ("", text) for text in said
            ]
            if not reasons:
                text = seen.text if piece else ""
                reasons = [("", text or STATUS_WORDS.get(final.status, ""))]
            known = [pair for pair in reasons if pair[1]]
            self._add(number, "refused", words.refused(verb.to_do, known), last)
            return
        messages = (
            good
            or (list(seen.notices) if stays else [])
            or ([seen.text] if piece and seen.text else [])
        )
        act = words.answered(verb.done, messages)
        name = self.titles.of(seen)
        came = bool(name) and not stays and final.path != path_of(self.url)
        self._add(number, "form", f"{act}, and came to {words.titled(name)}" if came else act, last)

    def _wrote(self, request: Request, meaning: RequestSummary) -> words.Verb:
        """Return the verb for a request that sent data, by the words of its endpoint, address and
        fields.
        """
        given = words.fields(meaning.fields)
        tokens = {*meaning.words}
        if tokens & words.LOGIN:
            return words.Verb("logged in", "log in")
        if tokens & words.LOGOUT:
            return words.Verb("logged out", "log out")
        if meaning.coupon:
            return words.Verb(
                f"used the coupon {words.short(meaning.coupon)}",
                f"use the coupon {words.short(meaning.coupon)}",
            )
        came_from = self.names.get(
            request.request_headers.get("Referer", self.url).partition("?")[0], ""
        )
        holder = next((word for word in meaning.words if word in words.HOLDERS), "")
        if holder and "add" in tokens:
            item = came_from or "something"
            return words.Verb(
                f"put {item} into the {holder}{given}", f"put {item} into the {holder}{given}"
            )
        if meaning.verb and not (meaning.verb in words.NOUNS and request.endpoint in self.opened):
            verb = words.VERBS[meaning.verb]
            thing = (
                ""
                if meaning.verb in words.ALONE
                else f" the {meaning.noun}"
                if meaning.noun
                else f" {came_from}".rstrip()
            )
            return words.Verb(f"{verb.done}{thing}{given}", f"{verb.to_do}{thing}{given}")
        if request.method in words.OF_METHODS and meaning.noun:
            verb = words.OF_METHODS[request.method]
            return words.Verb(
                f"{verb.done} the {meaning.noun}{given}", f"{verb.to_do} the {meaning.noun}{given}"
            )
        if request.json is not None:
            place = f"data to {words.short(request.path)}"
        else:
            place = (
                f"the form on {came_from}"
                if came_from
                else f"a form to {words.short(request.path)}"
            )
        return words.Verb(f"sent {place}{given}", f"send {place}{given}")


def _action(action: Action) -> str:
    """Return the sentence for an action of a program."""
    form = words.ACTIONS.get(action.type)
    value = "" if action.value is None else words.quoted(action.value)
    if form is None:
        text = words.answered(
            f"noted {action.type.replace('_', ' ')}", [words.short(action.value)] if value else []
        )
        return f"{text} {action.selector}".rstrip()
    if "{selector}" in form and not action.selector:
        form = (
            form.partition(" {selector}")[0]
            .removesuffix(" into")
            .removesuffix(" in")
            .removesuffix(" by")
        )
    address = words.short(action.value or "a page")
    return form.format(
        selector=words.short(action.selector), value=value or "something", address=address
    ).strip()
