"""Renders of a thread that have not ended: one within another, or streams that take turns."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
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
        self._start()
        self._begin()

    def __exit__(self, *error: object) -> None:
        self._end()
        self._stop()

    @internalcode
    def each(self, pieces: Iterable[Any]) -> Iterator[Any]:
        """Yield the pieces of a render. Other renders may run after each of them."""
        self._start()
        try:
            if not any(tracer.shared for tracer in self.unfinished):
                yield from pieces
                return
            pieces = iter(pieces)
            while True:
                self._begin()
                try:
                    piece = next(pieces, _END)
                finally:
                    self._end()
                if piece is _END:
                    break
                yield piece
        finally:
            self._stop()

    def _start(self) -> None:
        if self.tracer is not None:
            self.unfinished.append(self.tracer)

    def _stop(self) -> None:
        if self.tracer is not None:
            with suppress(ValueError):
                self.unfinished.remove(self.tracer)

    def _begin(self) -> None:
        for tracer in self.unfinished:
            if tracer.shared and tracer is not self.tracer:
                self.kept += keep(islice(reversed(tracer.shared.values()), _MOST))

    def _end(self) -> None:
        regain(self.kept)
        self.kept = []
