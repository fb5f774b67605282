"""Let programs record themselves over HTTP: in other processes, on other machines, in other
languages.

No state is kept between two requests, so each may reach any worker. A recording's id is signed with
the token that began it, so only that token can write to it. The program numbers its actions. An
action that is sent twice is stored once, whichever workers receive it, because readers merge these
entries by their numbers.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from flask import Blueprint, Flask, current_app, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...boundary import Boundary
from ...codec import decode_summary, encode_batch
from ...errors import RecordingNotFound, SnapshotRefused
from ...recording.batch import Batch
from ...recording.events import Error, Run, RunStatus
from ...recording.gathering import facets_of
from ...recording.ids import is_signed, made_at, signed_id
from ...recording.summary import Tally
from ...sanitize.guarded import GuardedSanitizer
from ...sanitize.text import clean
from ...settings import Settings
from ...storage import Entry, Head, Storage
from ...storage.merging import PROGRAM_ENTRIES
from ...web.api import Refused, answering, body, named_token
from ...web.openapi import document
from ...web.payloads import (
    END,
    Begun,
    Completion,
    Ended,
    NewAction,
    NewRecording,
    Problem,
    Recorded,
    RunFailure,
)
from ...web.responses import json
from ..batches import BatchMaker
from ..cleaning.plain_data import plain, text
from ..delivery.writer import Writer
from ..recorder import Recorder
from ..visit import AHEAD, HEADER, RUN, Visit
from .actions import cleaned, make_action
from .naming import generated_name
from .snapshots import MAX_DOM, MAX_SCREENSHOT, screenshot

_PATIENCE = 5.0
"""Seconds for which the end of a recording waits at most for the other workers of this machine."""

_REMEMBERED = 1_000
"""The number of recordings whose received actions are remembered."""

_SMALL = 256 << 10
_LARGE = 2 * (MAX_SCREENSHOT + MAX_DOM)
"""The largest request in bytes: without snapshots, and with them in base64 and JSON."""


class ApiState(Protocol):
    """The part of an app's state that the API needs."""

    settings: Settings
    storage: Storage
    writer: Writer
    recorder: Recorder | None
    boundary: Boundary


class Api:
    """The views of the API. Without tokens in the settings, there is no API."""

    def __init__(self, state: Callable[[], ApiState]) -> None:
        self._state = state
        self._received: OrderedDict[str, set[int]] = OrderedDict()

    @answering
    def begin(self) -> tuple[Begun, int]:
        """Start a recording."""
        key, recorder = self._admit()
        payload = body(NewRecording, _SMALL)
        now = recorder.services.clock()
        id = signed_id(key, now)
        name = text(payload.name or generated_name(payload.agent, None, now))
        agent = {"agent_run": payload.agent} if payload.agent else {}
        metadata = {**agent, **payload.metadata}
        guarded = self._guarded(recorder)
        run = Run(
            offset_ms=0,
            status=RunStatus.RECORDING,
            metadata=cleaned(guarded.params(plain(metadata)), guarded),
        )
        self._append(id, 0, BatchMaker(guarded).make(run).batch, {}, name)
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        visit = Visit(id, _started_ms(id), int(now))
        headers = {HEADER: recorder.signed_visits.signed(app, visit)[1]} if app.secret_key else {}
        return Begun(id, name, url_for(".show", id=id, _external=True), headers), 201

    @answering
    def act(self, id: str) -> tuple[Recorded, int]:
        """Record an action."""
        recorder = self._admit_to(id)
        payload = body(NewAction, _LARGE)
        most = self._state().settings.max_events
        if payload.sequence > most:
            raise Refused(409, f"the recording is full: it has {most:,} actions")
        now = self._elapsed(id, recorder)
        offset_ms = now if payload.timestamp_ms is None else min(payload.timestamp_ms, now)
        try:
            picture = None if payload.screenshot is None else screenshot(payload.screenshot)
            fields = (
                payload.type,
                payload.selector,
                payload.value,
                picture,
                payload.dom_snapshot,
                payload.metadata,
            )
            guarded = self._guarded(recorder)
            action, documents = make_action(guarded, payload.sequence, offset_ms, *fields)
        except SnapshotRefused as error:
            raise Refused(422, str(error)) from None
        self._append(id, payload.sequence, BatchMaker(guarded).make(action).batch, documents)
        return Recorded(id, payload.sequence), 200

    @answering
    def complete(self, id: str) -> tuple[Ended, int]:
        """Complete a recording."""
        recorder = self._admit_to(id)
        body(Completion, _SMALL)
        return self._end(id, recorder, RunStatus.COMPLETED, ""), 200

    @answering
    def fail(self, id: str) -> tuple[Ended, int]:
        """End a recording as failed, with a message."""
        recorder = self._admit_to(id)
        return self._end(
            id, recorder, RunStatus.FAILED, clean(text(body(RunFailure, _SMALL).message))
        ), 200

    def describe(self) -> BaseResponse:
        """Return the OpenAPI document."""
        if not self._state().settings.api_tokens:
            return json(Problem("the API is off: REPLAY_API_TOKENS has no token"), 404)
        server = url_for(".api_begin", _external=True).removesuffix("/recordings")
        return json(document(server))

    # Access

    def _admit(self) -> tuple[bytes, Recorder]:
        """Return the request's token as a key, and the recorder."""
        state = self._state()
        _, token = named_token(state.settings.api_tokens, "record")
        if state.recorder is None:
            raise Refused(503, "recording is switched off")
        return token.encode()[-64:], state.recorder

    def _admit_to(self, id: str) -> Recorder:
        key, recorder = self._admit()
        if not is_signed(id, key):
            raise Refused(404, "this token has begun no such recording")
        if (
            not -AHEAD * 1000
            <= int(recorder.services.clock() * 1000) - _started_ms(id)
            <= RUN * 1000
        ):
            raise Refused(410, "the recording began too long ago: begin a new one")
        return recorder

    def _guarded(self, recorder: Recorder) -> GuardedSanitizer:
        return recorder.services.cleaner.begin()

    # Writing

    def _elapsed(self, id: str, recorder: Recorder) -> int:
        return max(0, int(recorder.services.clock() * 1000) - _started_ms(id))

    def _append(
        self, id: str, number: int, batch: Batch, documents: dict[str, bytes], name: str = ""
    ) -> None:
        """Write to the journal. The entry is stored when this returns.

        :param number: the number of the entry. Of several with the same number, the first counts.
            An entry that was already written here is skipped, and one that another worker wrote is
            ignored by readers.
        """
        state = self._state()
        received = self._received.setdefault(id, set())
        if number in received:
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
        state.storage.append(head, f"{state.writer.worker}{PROGRAM_ENTRIES}", [entry])
        received.add(number)
        if len(self._received) > _REMEMBERED:
            self._received.popitem(last=False)

    def _end(self, id: str, recorder: Recorder, status: RunStatus, message: str) -> Ended:
        state = self._state()
        if not state.storage.finished(id):
            offset_ms = self._elapsed(id, recorder)
            error = (
                (Error(offset_ms=offset_ms, type="Failed", message=message),)
                if status == RunStatus.FAILED
                else ()
            )
            run = Run(offset_ms=offset_ms, status=status, error=message)
            made = BatchMaker(self._guarded(recorder)).make(run, *error)
            self._append(id, END, made.batch, {})
            # give other workers time to write the requests that they handled
            time.sleep(1.5 * state.settings.flush_interval)
            recorder.siblings.have_others_flush(_PATIENCE)
            state.writer.flush()
            state.writer.maintenance.finalize(id)
        self._received.pop(id, None)
        try:
            summary = decode_summary(state.storage.load(id))
        except RecordingNotFound:
            raise Refused(503, "another worker is ending it; try again") from None
        return Ended(
            id,
            RunStatus.FAILED if "failed" in summary.flags else RunStatus.COMPLETED,
            summary.duration_ms,
        )


def _started_ms(id: str) -> int:
    return round(made_at(id) * 1000)


def add_routes(blueprint: Blueprint, state: Callable[[], ApiState]) -> None:
    """Add the routes of the HTTP API to a blueprint.

    :param state: returns the :class:`ApiState` of the current app.
    """
    api = Api(state)
    for rule, name, view in (
        ("/api/recordings", "api_begin", api.begin),
        ("/api/recordings/<id>/actions", "api_act", api.act),
        ("/api/recordings/<id>/complete", "api_complete", api.complete),
        ("/api/recordings/<id>/fail", "api_fail", api.fail),
    ):
        blueprint.add_url_rule(rule, name, view, methods=["POST"])
    blueprint.add_url_rule("/api/openapi.json", "api", api.describe)
