"""A recording as a test: Python code that repeats the visitor's requests and checks the
responses.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from math import isfinite
from typing import Any

from ..errors import ReplayError
from ..markup.entities import unescape
from ..markup.tags import elements
from ..recording.batch import Batch
from ..recording.events import Request
from ..recording.model import Recording
from ..safe_text import inert
from ..sanitize import REDACTED
from .english import elapsed, moment, short
from .observing import ObservingRenderer
from .outcomes import refusals
from .page_state import PageState, state, walk
from .page_words import NOTHING_SHOWN, shown
from .request_words import path_of
from .story import story

_HEADERS = re.compile(r"HX-(?!Current-URL)|Turbo-|X-Turbo-|X-Up-|X-Requested-With", re.IGNORECASE)
"""Recorded headers to which an app may react."""

TOKEN_FIELD = re.compile(r"csrf|xsrf|token|nonce", re.IGNORECASE)
"""Names of form fields whose values the app itself writes into its pages."""

_ODD = re.compile(r"[^a-z0-9]+")
_UNREAD = ("script", "style", "template", "noscript", "title")
_MASKED = re.compile(f"({re.escape(REDACTED)})")
_MOST = 8
"""Values of one page that are checked."""
_LONGEST = 80
_WIDTH = 100
_MARGIN = 8
_PASSING = frozenset({"datetime", "time", "timedelta", "UUID", "bytes"})
"""Types of values that differ at each run."""


def as_test(recording: Recording, observing: ObservingRenderer, wrong: Collection[int] = ()) -> str:
    """Return a pytest module that repeats a recording.

    Where the app failed, the test asserts that it does not fail again. For the steps in ``wrong``,
    it asserts that the reported problem does not recur, and ends there. Everything else must be as
    it was: statuses, redirects, templates, and values that pages showed.

    :param wrong: numbers of the batches in which the app wrongly refused something or showed a
        wrong message.
    :raises ReplayError: one of these batches shows no problem.
    """
    return _Test(recording, observing, frozenset(wrong)).source()


class _Test:
    def __init__(
        self, recording: Recording, observing: ObservingRenderer, wrong: frozenset[int]
    ) -> None:
        self.recording = recording
        self.observing = observing
        self.wrong = wrong
        self.secrets: dict[str, None] = {}
        self.attempts: Counter[tuple[str, str]] = Counter()
        self.attempt = 0
        self.seen: Counter[str] = Counter()
        self.files = False

    def source(self) -> str:
        summary = self.recording.summary
        session = story(self.recording, self.observing)
        lines = {
            line.step: _comment(f"{elapsed(line.offset_ms)}  {line.text}") for line in session.lines
        }
        body: list[str] = []
        batches = self.recording.batches
        awaited: tuple[str, ...] = ()
        for number, batch in enumerate(batches):
            request = batch.request
            if request is None or request.aside:
                continue
            body += [
                "",
                *([lines[number]] if number in lines else []),
                f"page = {self._call(request)}",
            ]
            if number in self.wrong or awaited:
                checks, awaited = self._mended(batch, awaited)
                body += checks
                if not awaited and number >= max(self.wrong):
                    break
            else:
                body += self._checks(batch)
        host = next((batch.request.host for batch in batches if batch.request is not None), "")
        base = f", base_url={host!r}" if host.startswith("https://") else ""
        who = _ODD.sub("_", session.subject.lower()).strip("_")[:40] or "visitor"
        name = f"{who}_{_ODD.sub('_', summary.id[-6:])}"
        return "\n".join(
            [
                _comment(f"Recorded as {summary.id} on {moment(summary.started_at)}"),
                '"""What a visitor did, repeated as a test.',
                "",
                "It asks for the fixture `app`: the app, with the data that the visitor found.",
                '"""',
                "",
                *(["from io import BytesIO", ""] if self.files else []),
                "from flask import Flask",
                "",
                "from flask_replay.testing import Visitor",
                *self._secrets(),
                "",
                "",
                f"def test_{name}(app: Flask) -> None:",
                f"    visitor = Visitor(app{base})",
                *(f"    {line}".rstrip() for lines_ in body for line in lines_.split("\n")),
                "",
            ]
        )

    def _secrets(self) -> Iterator[str]:
        if self.secrets:
            yield ""
            yield "SECRETS = {  # the recording has none of them: fill them in"
            yield from (f'    {name!r}: "...",' for name in self.secrets)
            yield "}"

    # What is sent

    def _call(self, request: Request) -> str:
        place = request.method, request.path
        self.attempts[place] += request.method != "GET"
        self.attempt = self.attempts[place]
        simple = {"GET": "get", "POST": "post"}.get(request.method)
        if simple == "post" and request.json is not None:
            simple = None
        arguments = [] if simple else [repr(request.method)]
        arguments.append(self._code(request.url, "url"))
        form = {
            name: values[0] if len(values) == 1 else values for name, values in request.form.items()
        }
        if request.files:
            form |= {name: [_File(file) for file in files] for name, files in request.files.items()}
        if form or simple == "post":
            given = self._form(form)
            arguments.append(given if simple == "post" else f"data={given}")
        if request.json is not None:
            arguments.append(f"json={self._code(request.json, 'json')}")
        headers = {
            name: value for name, value in request.request_headers.items() if _HEADERS.match(name)
        }
        if headers:
            arguments.append(f"headers={self._code(headers, '')}")
        call = f"visitor.{simple or 'send'}({', '.join(arguments)})"
        if len(call) <= _WIDTH:
            return call
        inner = ",\n    ".join(arguments)
        return f"visitor.{simple or 'send'}(\n    {inner},\n)"

    def _form(self, form: dict[str, Any]) -> str:
        """Return the fields of a form, each on its own line if there are many."""
        code = self._code(form, "")
        if len(code) <= _WIDTH - _MARGIN:
            return code
        fields = [f"{name!r}: {self._code(value, name)},\n" for name, value in form.items()]
        return (
            "{\n"
            + "".join(f"{' ' * _MARGIN}{field}" for field in fields)
            + f"{' ' * (_MARGIN - 4)}}}"
        )

    def _code(self, value: Any, name: str) -> str:
        """Return code for a value. A redacted value becomes a token read from the page, or a name
        that somebody must define. A form that was sent again may have had another value: a password
        that was mistyped first.
        """
        if isinstance(value, dict):
            items = (f"{key!r}: {self._code(item, str(key))}" for key, item in value.items())
            return f"{{{', '.join(items)}}}"
        if isinstance(value, list):
            return f"[{', '.join(self._code(item, name) for item in value)}]"
        if isinstance(value, _File):
            self.files = True
            return f'(BytesIO(b"..."), {value.name!r})'
        if isinstance(value, float) and not isfinite(value):
            return f'float("{value}")'
        if not isinstance(value, str) or REDACTED not in value:
            return repr(value)
        if value == REDACTED and TOKEN_FIELD.search(name):
            return f"visitor.token({name!r})"
        name = f"{name} {self.attempt}" if self.attempt > 1 else name
        self.secrets[name] = None
        secret = f"SECRETS[{name!r}]"
        return " + ".join(
            repr(part) if part != REDACTED else secret for part in _MASKED.split(value) if part
        )

    # What comes back

    def _checks(self, batch: Batch) -> list[str]:
        request = batch.request
        assert request is not None
        if batch.errors or request.status >= 500:
            kind = batch.errors[0].type if batch.errors else str(request.status)
            return [f"assert page.status < 500  {_comment(f'it was {short(kind)}')}"]
        checks = [f"assert page.status == {request.status}"] if request.status else []
        if request.redirect and REDACTED not in request.redirect:
            location = (
                request.redirect if request.redirect[:1] == "/" else _relative(request.redirect)
            )
            checks = [f"assert (page.status, page.location) == ({request.status}, {location!r})"]
        shown_frames = [
            batch.frames[part]
            for part in batch.parts
            if isinstance(part, int) and part < len(batch.frames)
        ]
        names = dict.fromkeys(
            frame.template for frame in shown_frames if frame.template and not frame.block
        )
        checks += [f"assert {name!r} in page.templates" for name in names]
        values = self._values([state(frame, self.observing) for frame in shown_frames])
        if values:
            listed = ", ".join(map(repr, values))
            check = f"assert page.missing({listed}) == []"
            inner = ",\n    ".join(map(repr, values))
            checks.append(
                check if len(check) <= _WIDTH else f"assert page.missing(\n    {inner},\n) == []"
            )
        return checks

    def _mended(self, batch: Batch, awaited: tuple[str, ...]) -> tuple[list[str], tuple[str, ...]]:
        """Return assertions that a problem does not recur.

        :param awaited: not empty if a redirect from the step with the problem led here.
        :returns: the lines, and a value for ``awaited``, not empty if the problem shows only after
            a redirect.
        """
        request = batch.request
        assert request is not None
        page = shown(batch, self.observing) if batch.parts else NOTHING_SHOWN
        lines = [
            (
                f"assert page.status < {500 if request.status >= 500 else 400}  # it was "
                f"{request.status}"
            )
        ]
        lines = lines if request.status >= 400 else []
        reasons = dict.fromkeys(reason.text for reason in refusals(page, request))
        lines += [f"assert not page.shows({text!r})" for text in reasons]
        if request.redirect:
            return lines, ("behind a redirect",) if not lines else ()
        if not lines:
            raise ReplayError(
                f"{request.method} {request.path} led to no error, and to no message of a failure "
                "that a test could look for"
            )
        return lines, ()

    def _values(self, states: list[PageState]) -> list[str]:
        """Return values that a page showed: rare values first, and no secrets."""
        found: dict[str, None] = {}
        for one in states:
            nodes = {node.path: node for node in walk(one.reads)}
            unread = list(elements(one.html, *_UNREAD))
            for spot in one.spots:
                node = nodes.get(spot.reads[-1]) if spot.reads else None
                written = one.html[spot.start : spot.end]
                text = " ".join(unescape(written).split())
                if (
                    node is None
                    or node.masked
                    or node.type in _PASSING
                    or REDACTED in text
                    or "<" in written
                ):
                    continue
                inside = one.html.rfind("<", 0, spot.start) > one.html.rfind(">", 0, spot.start)
                if (
                    not inside
                    and 1 < len(text) <= _LONGEST
                    and not any(a <= spot.start < b for a, b in unread)
                ):
                    found[text] = None
        chosen = sorted(found, key=lambda text: self.seen[text])[:_MOST]
        self.seen.update(found.keys())
        return chosen


class _File:
    """An uploaded file, whose content is not recorded."""

    def __init__(self, name: str) -> None:
        self.name = name


def _comment(text: str) -> str:
    """Return a comment. No text in it can end its line."""
    return f"# {inert(text)}"


def _relative(address: str) -> str:
    _, _, query = address.partition("?")
    return f"{path_of(address)}{f'?{query}' if query else ''}"
