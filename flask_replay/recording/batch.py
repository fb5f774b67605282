"""A batch: the events that one request, one message or one action gave."""

from __future__ import annotations

import msgspec

from .events import Action, AnyEvent, Error, Frame, Message, Request, Run, Socket


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """What one request gave: the :class:`Request` first, then the rest in order.

    On a connection that stays open, each message is one: the :class:`Message` first, or the
    :class:`Socket`. One that begins with a frame or an error was made by ``replay.record``: a
    render, with those within it. A program that records itself makes one of each :class:`Action`,
    and of the beginning and end of its :class:`Run`.
    """

    events: tuple[AnyEvent, ...]

    @property
    def request(self) -> Request | None:
        """Return the request, or ``None`` for a batch that had none."""
        first = self.events[0] if self.events else None
        return first if isinstance(first, Request) else None

    @property
    def parts(self) -> tuple[int | str, ...]:
        """Return what there is to see: of a request its page, else what was rendered."""
        first = self.events[0] if self.events else None
        if isinstance(first, Request | Message):
            return first.parts
        return (0,) if self.frames and not isinstance(first, Socket) else ()

    @property
    def message(self) -> Message | None:
        """Return the message, or ``None`` for a batch that is none."""
        first = self.events[0] if self.events else None
        return first if isinstance(first, Message) else None

    @property
    def socket(self) -> Socket | None:
        """Return what became of a connection, or ``None``."""
        return next((event for event in self.events if isinstance(event, Socket)), None)

    @property
    def action(self) -> Action | None:
        """Return the action of a program, or ``None`` for a batch that has none."""
        return next((event for event in self.events if isinstance(event, Action)), None)

    @property
    def run(self) -> Run | None:
        """Return what a program says of its run, or ``None``."""
        return next((event for event in self.events if isinstance(event, Run)), None)

    @property
    def flags(self) -> tuple[str, ...]:
        """Return the flags that a recording with this batch has."""
        return ("failed",) if self.run is not None and self.run.status == "failed" else ()

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Return the frames; a number in ``parts``, ``parent`` or ``Error.frame`` counts these."""
        return tuple(event for event in self.events if isinstance(event, Frame))

    @property
    def errors(self) -> tuple[Error, ...]:
        """Return the errors."""
        return tuple(event for event in self.events if isinstance(event, Error))
