"""The views of the player's panels: the reads of a step's templates, their sources, and the
story.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, request
from werkzeug.wrappers import Response as BaseResponse

from ..insight import PageState, state
from ..recording.events import Frame
from ..recording.model import Recording
from ..web import responses
from .origin_marks import Inspecting
from .panel_data import Stories, frame_number, source_data, state_data
from .recent import Recent
from .scenes import How
from .step_views import Showing
from .steps import Step
from .value_marks import Marking
from .views import PlayerState


class Panels(Showing):
    """The views of steps and their panels."""

    def __init__(self, state: Callable[[], PlayerState], recent: Recent) -> None:
        super().__init__(state, recent)
        self._stories = Stories()

    def state(self, id: str, number: int) -> BaseResponse:
        """Return what a template of a step read, and what has changed."""
        return responses.json(state_data(*self._find(id, number), self._wanted_frame(), self._read))

    def template(self, id: str, number: int) -> BaseResponse:
        """Return the templates that produced a step's page, and the output of each line."""
        (recording, step), own = self._find(id, number), self._state()
        now = current_app.jinja_env if self._guard().by_link(recording.summary) is None else None
        return responses.json(
            source_data(step, self._wanted_frame(), self._read, own.recordings, now)
        )

    def story(self, id: str) -> BaseResponse:
        """Return the story of the session."""
        return responses.json(self._stories.of(self._recording(id), self._state().observing))

    def _seen(self, id: str, recording: Recording, step: Step) -> How:
        """Return how to show a page for the current request: with marks for one value, or with
        marks for the origin of each piece.
        """
        how, own = super()._seen(id, recording, step), self._state()
        path, number = request.args.get("mark", ""), frame_number(step.batch, self._wanted_frame())
        if how.now is not None:
            return how
        if path and number >= 0:
            frame = step.batch.frames[number]
            marking = Marking(own.renderer, frame, self._read(frame), path)
            return how._replace(marking=marking)
        if "inspect" in request.args:
            inspecting = Inspecting(own.renderer, recording.batches, own.observing)
            return how._replace(marking=inspecting)
        return how

    def _read(self, frame: Frame) -> PageState:
        """Return what a frame read."""
        return state(frame, self._state().observing)

    def _wanted_frame(self) -> int:
        """Return the number of the requested frame, -1 for none."""
        return request.args.get("frame", -1, type=int)
