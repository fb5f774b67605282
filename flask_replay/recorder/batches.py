"""Make batches from the renders and exceptions of a request, a message, a job or a program.

All batches are made here, so that no event reaches the writer without being sanitized.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from ..recording.batch import Batch
from ..recording.events import AnyEvent, Message, Request
from ..sanitize.guarded import GuardedSanitizer
from ..sanitize.prefilter import data_of
from .cleaning.events import clean_events
from .requests.exceptions import error_event
from .templates.render import Render, frames


class MadeBatch(NamedTuple):
    """A batch that is ready to be written.

    :ivar documents: the documents that its frames refer to, by content hash.
    :ivar size: the number of bytes that its renders hold in memory.
    """

    batch: Batch
    documents: dict[str, bytes]
    size: int


class BatchMaker:
    """Makes the batches of one request, message, job or program.

    :param sanitizer: knows the secrets of that request, message, job or program.
    :param offset_ms: returns the offset of a time in the recording. It is not called if nothing was
        rendered.
    """

    def __init__(
        self, sanitizer: GuardedSanitizer, offset_ms: Callable[[float], int] = int
    ) -> None:
        self.sanitizer = sanitizer
        self.offset_ms = offset_ms

    def make(
        self,
        *events: AnyEvent,
        renders: Sequence[Render] = (),
        errors: Iterable[BaseException] = (),
        end: int = 0,
    ) -> MadeBatch:
        """Return a batch of the given events, then a frame for each render, then an event for each
        error.

        :param errors: the exceptions, each once. The event of an exception in a render names the
            frame.
        :param end: the offset of the error events, in milliseconds.
        """
        innermost = {id(render.error): number for number, render in enumerate(renders)}
        raised = [
            error_event(error, end, innermost.get(id(error), -1), self.sanitizer)
            for error in errors
        ]
        written = _written([*events, *raised])
        # before the frames, because what it learns is redacted in them
        self.sanitizer.learn_from_texts(written)
        size = sum(render.size for render in renders)
        made, documents = frames(renders, self.offset_ms, self.sanitizer)
        events = (*map(self._flagged, events), *made, *raised)
        return MadeBatch(Batch(clean_events(events, self.sanitizer, written)), documents, size)

    def _flagged(self, event: AnyEvent) -> AnyEvent:
        """Add a flag to a request or message for each of the app's hooks that failed to sanitize
        it.
        """
        if self.sanitizer.failures and isinstance(event, Request | Message):
            flags = (*event.flags, *self.sanitizer.failures)
            return msgspec.structs.replace(event, flags=flags)
        return event


def _written(events: list[AnyEvent]) -> object:
    """Return the JSON of events, which is searched more than once; the events if there is none."""
    data = data_of(events)
    return events if data is None else msgspec.Raw(data)


def raised_in(renders: Iterable[Render], *before: BaseException) -> list[BaseException]:
    """Return the exceptions, each once: first the unhandled ones, then those in renders, even if
    handled.
    """
    raised = {id(error): error for error in before}
    for render in renders:
        if render.error is not None:
            raised.setdefault(id(render.error), render.error)
    return list(raised.values())
