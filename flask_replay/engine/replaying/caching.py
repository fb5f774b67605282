"""A renderer that caches the last pages, because viewing a page also needs its verdict and the way
to the next page.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from ...recording.events import Frame
from ...single_flight import SingleFlight
from .renderer import Rendered, Renderer

_MOST = 64
_CHARACTERS = 8_000_000
"""The limits of the cache: number of frames, and characters of all frames."""


class CachingRenderer(Renderer):
    """Renders each frame once while it is cached, because frames and documents never change.

    :param documents: as for a :class:`Renderer`.
    """

    def __init__(self, documents: Callable[[str], bytes]) -> None:
        super().__init__(documents)
        self._known: OrderedDict[int, tuple[Frame, Rendered]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._turns = SingleFlight()

    def render(self, frame: Frame) -> Rendered:
        """Render one frame, or return the cached result. Concurrent callers wait for the first
        one.
        """
        # waiting callers keep the frame alive, so its id is not reused
        with self._turns.of(id(frame)):
            return self._find(frame) or self._keep(frame, super().render(frame))

    def _find(self, frame: Frame) -> Rendered | None:
        with self._lock:
            known = self._known.get(id(frame))  # the cache keeps the frame alive
            if known is None:
                return None
            self._known.move_to_end(id(frame))
            return known[1]

    def _keep(self, frame: Frame, rendered: Rendered) -> Rendered:
        if rendered.problem:
            return rendered  # the store may have failed
        with self._lock:
            self._known[id(frame)] = frame, rendered
            self._size += len(rendered.html)
            while len(self._known) > _MOST or (self._size > _CHARACTERS and self._known):
                self._size -= len(self._known.popitem(last=False)[1][1].html)
        return rendered
