"""Record programs that record themselves: browser agents, end-to-end tests, demos."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextvars import Token
from types import TracebackType
from typing import Any, Self

from ...errors import RecordingOver
from ...recording.events import Action, Error, Run, RunStatus, Snapshot
from ...sanitize.text import clean
from ...storage import Recordings
from ...storage.lifecycle.forgetting import MAX_VISITOR_NAME
from ..batches import BatchMaker, MadeBatch
from ..cleaning.plain_data import plain, text
from ..delivery.writer import Writer
from ..services import Services
from ..visit import HEADER, Visit
from . import snapshots
from .actions import cleaned, make_action
from .jobs import Job, bind, unbind
from .naming import TAKEOVER


class ProgramRecording(Job):
    """One run of a program that records itself. Any thread or task may take part.

    As a context manager, it also records what is rendered within the block. At the end of the block
    it is completed, or failed if the block raised.

    :param name: the name of the recording.
    :param metadata: the program's own data about its run.
    :param following: starts the recording that continues this one.
    :param sign: returns the name and value of a cookie for the recording. With ``None`` nothing is
        recorded, and everything else works as usual.
    :ivar id: the id of the recording.
    :ivar status: ``"recording"``, ``"completed"`` or ``"failed"``.
    :ivar error: why it failed.
    :ivar duration_ms: the time from start to end, in milliseconds; 0 until the end.
    :ivar ended_at: when it ended, in seconds since 1970; 0 until then.
    """

    def __init__(
        self,
        name: str,
        metadata: Mapping[str, Any],
        services: Services,
        writer: Writer,
        recordings: Recordings,
        *,
        following: Callable[..., ProgramRecording],
        sign: Callable[[Visit], tuple[str, str]] | None,
    ) -> None:
        super().__init__(name[:MAX_VISITOR_NAME], services, writer)
        self.clock = services.clock
        self.id = self.visit.id
        self.status = RunStatus.RECORDING
        self.error = ""
        self.duration_ms = 0
        self.ended_at = 0.0
        self.enabled = sign is not None
        self.driving = False
        self.recordings = recordings
        self.guarded = self._guarded()
        self.sequence = 0
        self.latest = 0
        self._following = following
        self._sign = sign
        self._bound: list[Token[Job | None]] = []
        kept = cleaned(self.guarded.params(plain(dict(metadata))), self.guarded)
        self.maker = BatchMaker(self.guarded, self.offset_ms)
        self._put(self.maker.make(Run(offset_ms=0, status=RunStatus.RECORDING, metadata=kept)))

    @property
    def is_demo(self) -> bool:
        """Whether this is a demo, named ``demo`` or ``lander_…``."""
        return self.name == "demo" or self.name.startswith("lander_")

    @property
    def is_user_session(self) -> bool:
        """Whether a visitor took over from a demo."""
        return self.name.startswith(TAKEOVER)

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that a program must send to the app, so that its pages belong to this
        recording.

        :raises ConfigError: the app has no secret key to sign them with.
        """
        return {HEADER: self._signed()[1]} if self.enabled else {}

    @property
    def cookies(self) -> dict[str, str]:
        """Return a visitor's cookie for the recording, for a browser that sends no headers of its
        own.

        It is valid for ``REPLAY_IDLE_TIMEOUT``, and longer while the app's responses renew it.

        :raises ConfigError: the app has no secret key to sign it with.
        """
        return dict([self._signed()]) if self.enabled else {}

    def _signed(self) -> tuple[str, str]:
        assert self._sign is not None
        self.driving = True
        return self._sign(self.visit)

    @property
    def elapsed_ms(self) -> int:
        """Return the time since the start, in milliseconds."""
        with self.lock:
            return self._now()

    def record_action(
        self,
        type: str = "",
        selector: str | None = None,
        value: Any = None,
        screenshot: snapshots.Screenshot | None = None,
        dom_snapshot: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        *,
        action_type: str = "",
        timestamp_ms: int | None = None,
    ) -> Action:
        """Record an action of the program. It gets the next number, even if others record at the
        same time.

        :param type: ``"navigate"``, ``"click"``, ``"type"``, ``"scroll"``, ``"select"``,
            ``"hover"``, ``"drag"``, ``"upload"``, ``"dialog"``, ``"evaluate"``, ``"wait"``,
            ``"key_press"``, ``"submit"``, ``"snapshot"``, ``"handoff"``, ``"completion"``, or any
            other word.
        :param selector: the selector of the element. A value typed into a sensitive element is
            redacted.
        :param value: what was typed, chosen or opened, as plain data.
        :param screenshot: an image in PNG, JPEG or WebP, as bytes, a path, or a text in base64.
        :param dom_snapshot: the page's HTML.
        :param metadata: further plain data. ``"box"``, four numbers of pixels (left, top, width,
            height), is the place in the screenshot where the player shows the element.
        :param action_type: the same as ``type``.
        :param timestamp_ms: when it started, by :attr:`elapsed_ms`; now by default.
        :raises TypeError: it has no type, or two.
        :raises RecordingOver: the recording is complete or has failed.
        :raises SnapshotRefused: a snapshot is too large, or is not one.
        """
        if bool(type) == bool(action_type):
            raise TypeError(
                "record_action needs a type, under one of its two names: type or action_type"
            )
        picture = None if screenshot is None else snapshots.screenshot(screenshot)
        self.writer.make_room()
        with self.lock:
            if self.done:
                raise RecordingOver(f"the recording {self.name} is over: it has {self.status}")
            now = self._now()
            offset_ms = now if timestamp_ms is None else min(max(0, timestamp_ms), now)
            action, documents = make_action(
                self.guarded,
                self.sequence + 1,
                offset_ms,
                type or action_type,
                selector,
                value,
                picture,
                dom_snapshot,
                metadata,
            )
            self._hand_over(finished=True)
            self.sequence += 1
            size = sum(map(len, documents.values()))
            self._put(MadeBatch(self.maker.make(action).batch, documents, size))
        return action

    def _now(self) -> int:
        """Return the current offset by the clock of requests. It never decreases."""
        self.latest = max(self.latest, int(self.clock() * 1000) - self.visit.started_ms)
        return self.latest

    def complete(self) -> None:
        """End the recording. This does nothing if it has already ended."""
        self._end(RunStatus.COMPLETED, None, "")

    def fail(self, message: str | BaseException = "") -> None:
        """End the recording as failed. This does nothing if it has already ended.

        :param message: a message, or the exception.
        """
        error = message if isinstance(message, BaseException) else None
        reason = f"{error.__class__.__name__}: {error}" if error is not None else str(message)
        self._end(RunStatus.FAILED, error, clean(text(reason)))

    def _end(self, status: RunStatus, error: BaseException | None, message: str) -> None:
        def last() -> tuple[Run | Error, ...]:
            self.status, self.error = status, self.guarded.hide(message)
            self.duration_ms, self.ended_at = self._now(), self.clock()
            run = Run(offset_ms=self.duration_ms, status=status, error=self.error)
            if status == RunStatus.FAILED and error is None:
                return run, Error(offset_ms=self.duration_ms, type="Failed", message=self.error)
            return (run,)

        self.close(error, last)

    def continue_as(
        self, name: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> ProgramRecording:
        """Continue in another recording. Its metadata name this one, and the last action here names
        it.

        :param name: the name of the continuation; generated by default.
        :param metadata: the metadata of the continuation.
        :raises RecordingOver: this recording has ended.
        """
        if self.done:
            raise RecordingOver(f"the recording {self.name} is over: it has {self.status}")
        other = self._following(name=name, metadata={**(metadata or {}), "continues": self.id})
        self.record_action("handoff", metadata={"continued_as": other.id})
        self.complete()
        return other

    def timeline(self) -> list[dict[str, Any]]:
        """Return the actions so far, in order; see :func:`timeline`."""
        if not self.enabled:
            return []
        if not self.done:
            self.writer.flush()
        return timeline(self.recordings, self.id)

    def __enter__(self) -> Self:
        """Record what is rendered within the block."""
        self._bound.append(bind(self))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Complete the recording, or fail it with the exception of the block."""
        unbind(self._bound.pop())
        if error is None:
            self.complete()
        else:
            self.fail(error)

    def _put(self, made: MadeBatch) -> None:
        if self.enabled:
            super()._put(made)

    def _finish(self) -> None:
        if not self.enabled:
            return
        if self.driving:  # give other workers time to write the requests that they handled
            time.sleep(1.5 * self.writer.settings.flush_interval)
        super()._finish()


def timeline(recordings: Recordings, recording_id: str) -> list[dict[str, Any]]:
    """Return the actions of a recording, in order, as plain data.

    :raises RecordingNotFound: the recording does not exist.
    """
    found = [event for event in recordings.get(recording_id).events if isinstance(event, Action)]
    return [
        {
            "id": f"{recording_id}-{action.sequence}",
            "type": action.type,
            "sequence": action.sequence,
            "timestamp_ms": action.offset_ms,
            "selector": action.selector or None,
            "value": action.value,
            "screenshot_key": _key(action.screenshot),
            "dom_snapshot_key": _key(action.dom),
            "metadata": action.metadata,
        }
        for action in sorted(found, key=lambda action: action.sequence)
    ]


def _key(snapshot: Snapshot | None) -> str | None:
    return None if snapshot is None else snapshot.key
