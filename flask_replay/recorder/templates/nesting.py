"""Renders of a thread that have not ended: one within another, or streams that take turns."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from jinja2.utils import internalcode

from ...engine.kept import keep, regain
from ...engine.recording.tracer import Tracer

_MOST = 16
"""How many objects of an unfinished render count as the app's: those that it gave to it last. A
page may give one for each of its rows.
"""
_END = object()


class Turn:
    """The time in which code of one render runs. What other unfinished renders gave to the app
    counts as the app's then.

    :param active: the state of the thread.
    :param tracer: records the render; ``None`` if the app's own code runs.
    """

    def __init__(self, active: threading.local, tracer: Tracer | None) -> None:
        self.unfinished: list[Tracer] = vars(active).setdefault("unfinished", [])
        self.tracer = tracer
        self.kept: list[Any] = []

    def __enter__(self) -> None:
        if self.unfinished:
            self._begin()
        self.start()

    def __exit__(self, *error: object) -> None:
        if self.kept:
            self._end()
        self.stop()

    def start(self) -> None:
        """Note that the render is unfinished."""
        if self.tracer is not None:
            self.unfinished.append(self.tracer)

    def stop(self) -> None:
        """Note that the render has ended."""
        if self.tracer in self.unfinished:
            self.unfinished.remove(self.tracer)

    def each(self, pieces: Iterable[Any]) -> Iterable[Any]:
        """Return the pieces of a stream, between which other renders may run."""
        shared = any(tracer.shared for tracer in self.unfinished)
        return self._in_turns(iter(pieces)) if shared else pieces

    @internalcode
    def _in_turns(self, pieces: Iterator[Any]) -> Iterator[Any]:
        while True:
            self._begin()
            try:
                piece = next(pieces, _END)
            finally:
                self._end()
            if piece is _END:
                break
            yield piece

    def _begin(self) -> None:
        for tracer in self.unfinished:
            if tracer.shared and tracer is not self.tracer:
                self.kept += keep(islice(reversed(tracer.shared.values()), _MOST))

    def _end(self) -> None:
        regain(self.kept)
        self.kept = []
