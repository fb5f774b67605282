"""A batch: the events of one request, one message or one action."""

from __future__ import annotations

import msgspec

from .events import Action, AnyEvent, Error, Frame, Message, Request, Run, RunStatus, Socket


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """The events of one request: the :class:`Request` first, then the rest in order.

    On an open connection each message is one batch, with the :class:`Message` or the
    :class:`Socket` first. A batch that begins with a frame or an error was made by
    ``replay.record``: one render, with the renders within it. A program that records itself makes
    one batch for each :class:`Action`, and one each for the beginning and the end of its
    :class:`Run`.
    """

    events: tuple[AnyEvent, ...]

    @property
    def request(self) -> Request | None:
        """Return the request, or ``None`` if the batch has none."""
        first = self.events[0] if self.events else None
        return first if type(first) is Request else None

    @property
    def parts(self) -> tuple[int | str, ...]:
        """Return what can be shown: the parts of the page of a request or message, else the first
        frame.
        """
        first = self.events[0] if self.events else None
        if isinstance(first, Request | Message):
            return first.parts
        return (0,) if self.frames and not isinstance(first, Socket) else ()

    @property
    def message(self) -> Message | None:
        """Return the message, or ``None`` if the batch has none."""
        first = self.events[0] if self.events else None
        return first if isinstance(first, Message) else None

    @property
    def socket(self) -> Socket | None:
        """Return the state of a connection, or ``None``."""
        return next((event for event in self.events if isinstance(event, Socket)), None)

    @property
    def action(self) -> Action | None:
        """Return the action of a program, or ``None`` if the batch has none."""
        return next((event for event in self.events if isinstance(event, Action)), None)

    @property
    def run(self) -> Run | None:
        """Return what a program reports of its run, or ``None``."""
        return next((event for event in self.events if isinstance(event, Run)), None)

    @property
    def flags(self) -> tuple[str, ...]:
        """Return the flags that this batch gives its recording."""
        return ("failed",) if self.run is not None and self.run.status == RunStatus.FAILED else ()

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Return the frames. Numbers in ``parts``, ``parent`` and ``Error.frame`` count these."""
        return tuple(event for event in self.events if isinstance(event, Frame))

    @property
    def errors(self) -> tuple[Error, ...]:
        """Return the errors."""
        return tuple(event for event in self.events if isinstance(event, Error))
