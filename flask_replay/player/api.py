"""Programs elsewhere record themselves over HTTP: in other processes, on other machines, in other languages.

Nothing is kept between two requests, so each may come to any worker. A recording's id is signed with the token that
began it: no other token writes to it, and this one to no other. The program numbers its actions; one that it sends
again is there once, whichever workers it was sent to, for readers merge what programs send by their numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Protocol, TypeVar

import msgspec
from flask import Flask, current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from ..capture.actions import cleaned, make_action
from ..capture.boundary import Boundary
from ..capture.hooks import GuardedSanitizer
from ..capture.naming import generated_name
from ..capture.plain import plain, text
from ..capture.requests import Recorder
from ..capture.session import AHEAD, HEADER, RUN, Visit
from ..capture.snapshots import MAX_DOM, MAX_SCREENSHOT, screenshot
from ..capture.writer import Writer
from ..codec import decode_summary, encode_batch
from ..errors import RecordingFinished, RecordingForgotten, RecordingNotFound, SnapshotRefused, StorageError
from ..recording.gathering import facets_of
from ..recording.ids import is_signed, made_at, signed_id
from ..recording.model import Batch, Error, Run, Tally
from ..sanitize.text import clean
from ..settings import Settings
from ..storage import Entry, Head, Storage
from ..storage.merging import PROGRAM
from .openapi import END, Begun, Completion, Ended, Failure, NewAction, NewRecording, Problem, Recorded, document
from .responses import json

READ = "read:"
"""Stands before the hash of a token that may read, and record nothing."""

_REMEMBERED = 1_000
"""Recordings of which it is remembered what was taken."""

_SMALL = 256 << 10
_LARGE = 2 * (MAX_SCREENSHOT + MAX_DOM)
"""Bytes of a request: without snapshots, and with them, in base64 and JSON."""

T = TypeVar("T")


class State(Protocol):
    """What the API needs to know of an app."""

    settings: Settings
    storage: Storage
    writer: Writer
    recorder: Recorder | None
    boundary: Boundary


class Refused(Exception):
    """Refuse a request.

    :param status: of the answer.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def token_hash(token: str) -> str:
    """Give what the settings hold of a token. It is long and random: a slow hash would protect it no better."""
    return f"sha256:{hashlib.sha256(token.encode('utf-8', 'replace')).hexdigest()}"


def named_token(tokens: Mapping[str, str], *, reads: bool) -> tuple[str, str]:
    """Return the name and the hash of the token that a request brings.

    :param tokens: hashes by name, of those that may read behind :data:`READ`.
    :param reads: whether it wants to read what was recorded, and not to record.
    :raises Refused: it brings none, or one that may not.
    """
    if not tokens:
        raise Refused(404, "there is no API: REPLAY_API_TOKENS names no token")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = token_hash(token.strip())
    known = [  # all are compared, so that time tells nothing
        (name, kept)
        for name, kept in tokens.items()
        if hmac.compare_digest(given, kept.removeprefix(READ)) and scheme.lower() == "bearer"
    ]
    if not known:
        raise Refused(401, "a token is needed: Authorization: Bearer …")
    for name, kept in known:
        if kept.startswith(READ) == reads:
            return name, given
    raise Refused(403, f"this token may not {'read' if reads else 'record'}: flask replay token make has scopes")


def answering(view: Callable[..., tuple[Any, int]]) -> Callable[..., BaseResponse]:
    """Answer with JSON, also when the request is refused or the store fails."""

    @wraps(view)
    def answer(api: Any, **arguments: Any) -> BaseResponse:
        try:
            return json(*view(api, **arguments))
        except Refused as refused:
            status, message = refused.status, str(refused)
        except HTTPException as error:  # of the app's own limit
            status, message = error.code or 400, str(error.description)
        except (RecordingFinished, RecordingForgotten) as error:
            status, message = (409 if isinstance(error, RecordingFinished) else 410), str(error)
        except StorageError:
            status, message = 503, "the store does not answer; send it again later"
        response = json(Problem(message), status)
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="replay"'
        return response

    return answer


class Api:
    """The views. Without tokens in the settings, there are none."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state
        self._taken: OrderedDict[str, set[int]] = OrderedDict()

    @answering
    def begin(self) -> tuple[Begun, int]:
        """Begin a recording."""
        key, recorder = self._admit()
        asked = _body(NewRecording, _SMALL)
        now = recorder.clock()
        id = signed_id(key, now)
        name = text(asked.name or generated_name(asked.agent, None, now))
        said = {**({"agent_run": asked.agent} if asked.agent else {}), **asked.metadata}
        guarded = self._guarded(recorder)
        run = Run(offset_ms=0, status="recording", metadata=cleaned(guarded.params(plain(said)), guarded))
        self._append(id, 0, Batch((run,)), {}, name)
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        visit = Visit(id, _started_ms(id), int(now))
        headers = {HEADER: recorder.sessions.signed(app, visit)[1]} if app.secret_key else {}
        return Begun(id, name, url_for(".show", id=id, _external=True), headers), 201

    @answering
    def act(self, id: str) -> tuple[Recorded, int]:
        """Record an action."""
        recorder = self._admit_to(id)
        asked = _body(NewAction, _LARGE)
        most = self._state().settings.max_events
        if asked.sequence > most:
            raise Refused(409, f"the recording is full: it has {most:,} actions")
        now = self._elapsed(id, recorder)
        offset_ms = now if asked.timestamp_ms is None else min(asked.timestamp_ms, now)
        try:
            picture = None if asked.screenshot is None else screenshot(asked.screenshot)
            said = (asked.type, asked.selector, asked.value, picture, asked.dom_snapshot, asked.metadata)
            action, documents = make_action(self._guarded(recorder), asked.sequence, offset_ms, *said)
        except SnapshotRefused as error:
            raise Refused(422, str(error)) from None
        self._append(id, asked.sequence, Batch((action,)), documents)
        return Recorded(id, asked.sequence), 200

    @answering
    def complete(self, id: str) -> tuple[Ended, int]:
        """End a recording."""
        recorder = self._admit_to(id)
        _body(Completion, _SMALL)
        return self._end(id, recorder, "completed", ""), 200

    @answering
    def fail(self, id: str) -> tuple[Ended, int]:
        """End a recording, and say why."""
        recorder = self._admit_to(id)
        return self._end(id, recorder, "failed", clean(text(_body(Failure, _SMALL).message))), 200

    def describe(self) -> BaseResponse:
        """Give the OpenAPI document."""
        if not self._state().settings.api_tokens:
            return json(Problem("there is no API: REPLAY_API_TOKENS names no token"), 404)
        server = url_for(".api_begin", _external=True).removesuffix("/recordings")
        return json(document(server))

    # Who may

    def _admit(self) -> tuple[bytes, Recorder]:
        """Give the token of a request as a key, and the recorder."""
        state = self._state()
        _, given = named_token(state.settings.api_tokens, reads=False)
        if state.recorder is None:
            raise Refused(503, "recording is switched off")
        return given.encode()[-64:], state.recorder

    def _admit_to(self, id: str) -> Recorder:
        key, recorder = self._admit()
        if not is_signed(id, key):
            raise Refused(404, "this token has begun no such recording")
        if not -AHEAD * 1000 <= int(recorder.clock() * 1000) - _started_ms(id) <= RUN * 1000:
            raise Refused(410, "the recording was begun too long ago: begin another one")
        return recorder

    def _guarded(self, recorder: Recorder) -> GuardedSanitizer:
        return recorder.sanitizer.begin()

    # What is written

    def _elapsed(self, id: str, recorder: Recorder) -> int:
        return max(0, int(recorder.clock() * 1000) - _started_ms(id))

    def _append(self, id: str, number: int, batch: Batch, documents: dict[str, bytes], name: str = "") -> None:
        """Write to the journal; when this returns, it is there.

        :param number: of the entry. Of several with the same number the first counts; here, what is sent again
            writes nothing, and the little that another worker may write is ignored.
        """
        state = self._state()
        taken = self._taken.setdefault(id, set())
        if number in taken:
            return
        for key, content in documents.items():
            state.storage.put_template(key, content)
        offset_ms = batch.events[0].offset_ms
        entry = Entry(
            number=number,
            offset_ms=offset_ms,
            end_ms=offset_ms,
            tally=Tally.of(batch),
            facets=facets_of(batch),
            payload=encode_batch(batch, state.settings.format),
            name=name,
            documents=tuple(documents),
            flags=batch.flags,
        )
        head = Head(id=id, started_at=made_at(id), format=state.settings.format)
        state.storage.append(head, f"{state.writer.worker}{PROGRAM}", [entry])
        taken.add(number)
        if len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)

    def _end(self, id: str, recorder: Recorder, status: str, message: str) -> Ended:
        state = self._state()
        if not state.storage.finished(id):
            offset_ms = self._elapsed(id, recorder)
            error = (Error(offset_ms=offset_ms, type="Failed", message=message),) if status == "failed" else ()
            run = Run(offset_ms=offset_ms, status=status, error=message)
            self._append(id, END, Batch((run, *error)), {})
            time.sleep(1.5 * state.settings.flush_interval)  # other workers write within it what they served
            state.writer.flush()
            state.writer.finalize(id)
        self._taken.pop(id, None)
        try:
            summary = decode_summary(state.storage.load(id))
        except RecordingNotFound:
            raise Refused(503, "another worker is about to end it; ask again") from None
        return Ended(id, "failed" if "failed" in summary.flags else "completed", summary.duration_ms)


def _started_ms(id: str) -> int:
    return round(made_at(id) * 1000)


def _body(kind: type[T], most: int) -> T:
    """Read the body of a request, no more of it than is allowed."""
    length = request.content_length
    if length is None:
        raise Refused(411, "say how long the body is: Content-Length")
    if length > most:
        raise Refused(413, f"{length:,} bytes; {most:,} are the most")
    try:
        return msgspec.json.decode(request.get_data(cache=False) or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise Refused(422, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"no JSON: {error}") from None
