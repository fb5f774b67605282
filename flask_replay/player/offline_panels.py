"""The data of the panels in a file that plays without a server: the state and the templates of each
render.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from ..insight import ObservingRenderer, PageState, state
from ..recording.events import Frame
from ..recording.model import Recording
from ..storage import Recordings
from .panel_data import frame_number, source_data, state_data
from .steps import Step

MAX_STATE = 30_000_000
"""Bytes of JSON for the states of all pages. Later states are left out."""

_REMEMBERED = 32
"""Number of cached states. The next render of a template is usually compared with one of them."""


class OfflinePanels:
    """Collects the data of the panels.

    :param add: stores a text, and returns the numbers of its lines.
    """

    def __init__(
        self, recording: Recording, recordings: Recordings, add: Callable[[str], list[int]]
    ) -> None:
        self.recording = recording
        self.recordings = recordings
        self.add = add
        self.observing = ObservingRenderer(recordings.document)
        self.left = MAX_STATE
        self._known: OrderedDict[int, PageState] = OrderedDict()

    def of(self, step: Step) -> dict[str, Any]:
        """Return the number of the frame that is shown first, and the panels of each frame."""
        frames = range(len(step.batch.frames))
        return {
            "first": frame_number(step.batch, -1),
            "frames": [
                {"state": self._state(step, number), "template": self._template(step, number)}
                for number in frames
            ],
        }

    def _state(self, step: Step, number: int) -> msgspec.Raw:
        """Return the state of a frame as JSON. Pages in the file have no marks for values."""
        found = {**state_data(self.recording, step, number, self._find), "visible": []}
        encoded = msgspec.json.encode(found)
        self.left -= len(encoded)
        if self.left < 0:
            notes = ("left out, because the file would be too large",)
            encoded = msgspec.json.encode({**found, "reads": [], "changes": [], "notes": notes})
        return msgspec.Raw(encoded)

    def _template(self, step: Step, number: int) -> dict[str, Any]:
        """Return the templates of a frame. Their lines are stored with those of the pages."""
        found = source_data(step, number, self._find, self.recordings, None)
        sources = [{**source, "text": self.add(source["text"])} for source in found["sources"]]
        return {**found, "sources": sources}

    def _find(self, frame: Frame) -> PageState:
        known = self._known.pop(id(frame), None)
        self._known[id(frame)] = found = state(frame, self.observing) if known is None else known
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found
