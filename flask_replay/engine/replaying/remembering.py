"""A renderer that caches the last pages: whoever views one also asks for its verdict and for what
led to the next.
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
"""How many frames are remembered, and of how many characters together."""


class Remembering(Renderer):
    """Renders each frame once, as long as it is remembered: frames and documents never change.

    :param documents: as for a :class:`Renderer`.
    """

    def __init__(self, documents: Callable[[str], bytes]) -> None:
        super().__init__(documents)
        self._known: OrderedDict[int, tuple[Frame, Rendered]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._turns = SingleFlight()

    def render(self, frame: Frame) -> Rendered:
        """Render one frame, or return what it gave before; who asks meanwhile waits for it."""
        with self._turns.of(id(frame)):  # whoever waits holds the frame, so no other has its id
            return self._find(frame) or self._keep(frame, super().render(frame))

    def _find(self, frame: Frame) -> Rendered | None:
        with self._lock:
            known = self._known.get(id(frame))  # the frame is kept beside it
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
