"""Batches of whatever was rendered and raised: by a request, for a message, in a job, by a program.

All of them are made here, so that no event reaches the writer that was not cleaned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from ..recording.batch import Batch
from ..recording.events import AnyEvent, Message, Request
from ..sanitize.guarded import GuardedSanitizer
from .cleaning.events import clean_events
from .requests.exceptions import error_event
from .templates.render import Render, frames


class MadeBatch(NamedTuple):
    """A batch that is ready to be written.

    :ivar documents: those that its frames name, by content hash.
    :ivar held: bytes that its renders held.
    """

    batch: Batch
    documents: dict[str, bytes]
    held: int


class BatchMaker:
    """Makes the batches of one request, message, block or program.

    :param sanitizer: knows what is secret there.
    :param offset_ms: returns the offset of a moment in the recording; not asked where nothing is
        rendered.
    """

    def __init__(
        self, sanitizer: GuardedSanitizer, offset_ms: Callable[[float], int] = int
    ) -> None:
        self.sanitizer = sanitizer
        self.offset_ms = offset_ms

    def make(
        self,
        *said: AnyEvent,
        renders: Sequence[Render] = (),
        errors: Iterable[BaseException] = (),
        end: int = 0,
    ) -> MadeBatch:
        """Return what is said, then a frame for each render, then an event for each error.

        :param errors: what was raised, each once; of a render's own the event names its frame.
        :param end: milliseconds at which they are noted.
        """
        innermost = {id(render.error): number for number, render in enumerate(renders)}
        raised = [
            error_event(error, end, innermost.get(id(error), -1), self.sanitizer)
            for error in errors
        ]
        self.sanitizer.hear([*said, *raised])  # first: it tells what to hide in the frames
        held = sum(render.size for render in renders)
        made, documents = frames(renders, self.offset_ms, self.sanitizer)
        events = (*map(self._flagged, said), *made, *raised)
        return MadeBatch(Batch(clean_events(events, self.sanitizer)), documents, held)

    def _flagged(self, event: AnyEvent) -> AnyEvent:
        """Return an event that says which of the app's own hooks failed to clean it."""
        if self.sanitizer.failures and isinstance(event, Request | Message):
            flags = (*event.flags, *self.sanitizer.failures)
            return msgspec.structs.replace(event, flags=flags)
        return event


def raised_in(renders: Iterable[Render], *before: BaseException) -> list[BaseException]:
    """Return what was raised, each once: what nobody handled, then what renders raised even if
    somebody did.
    """
    raised = {id(error): error for error in before}
    for render in renders:
        if render.error is not None:
            raised.setdefault(id(render.error), render.error)
    return list(raised.values())
