"""A renderer that remembers the last pages: who looks at one also asks for its verdict, and for what led on from it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from ..recording.model import Frame
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

    def render(self, frame: Frame) -> Rendered:
        """Render one frame, or return what it gave before."""
        with self._lock:
            known = self._known.get(id(frame))  # the frame is kept beside it, so no other has its id
            if known is not None:
                self._known.move_to_end(id(frame))
                return known[1]
        rendered = super().render(frame)
        if rendered.problem:
            return rendered  # the store may have failed
        with self._lock:
            if id(frame) not in self._known:
                self._known[id(frame)] = frame, rendered
                self._size += len(rendered.html)
            while len(self._known) > _MOST or (self._size > _CHARACTERS and self._known):
                self._size -= len(self._known.popitem(last=False)[1][1].html)
        return rendered
