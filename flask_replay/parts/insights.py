"""What ``Replay`` finds out about a recording: what its pages read, and how that changed."""

from __future__ import annotations

from collections.abc import Callable

from ..insight import Change, PageState, Story, changes, state, story
from ..player.api_reading import reader
from ..player.recent import Recent
from ..recording.events import Frame
from .moments import moment_url
from .part import Part


class Insights(Part):
    """The methods of ``Replay`` that explain what was recorded."""

    _recent: Recent

    def _frame(self, id: str, number: int) -> Frame:
        """Return one frame of a recording.

        :raises RecordingNotFound: the recording does not exist, or it has no such frame.
        """
        return self._recent.frame(self._state().recordings, id, number)

    @property
    def token(self) -> str | None:
        """Return the name of the token with which the current request reads over HTTP, or ``None``
        for any other request.

        ``authorize`` is also called for programs, and may use this to decide.
        """
        return reader()

    def current_url(self) -> str | None:
        """Return the player's URL of this moment of the current request or job.

        :class:`MomentFilter` adds it to log records. It is ``None`` where ``current`` is ``None``,
        where the player is not registered, and for a job in an app without ``SERVER_NAME``.
        """
        return moment_url(self._state())

    def state(self, id: str, frame: int) -> PageState:
        """Return what the template of a frame read, as a tree, with the place of each read in its
        HTML.

        It is found by replaying the frame. Redacted values stay redacted here. An incomplete state
        says why it is incomplete.

        :param frame: the frame's number, counted from 0.
        :raises RecordingNotFound: the recording does not exist, or it has no such frame.
        """
        return state(self._frame(id, frame), self._state().observing)

    def changes(self, id: str, before: int, after: int) -> list[Change]:
        """Return what two frames of a template read differently: ``cart.items[1].count: 1 → 2``.

        :param before: the number of the earlier frame.
        :param after: the number of the later frame.
        :raises RecordingNotFound: the recording does not exist, or it has no such frame.
        """
        return changes(self.state(id, before), self.state(id, after))

    def story(self, id: str, clock: Callable[[float], str] | None = None) -> Story:
        """Return a recording told in sentences, made by rules: ``print(replay.story(id).text)``.

        :param clock: formats a time in seconds since 1970. It uses UTC by default.
        :raises RecordingNotFound: the recording does not exist.
        """
        state = self._state()
        recordings, options = state.recordings, {} if clock is None else {"clock": clock}
        return story(recordings.get(id), state.observing, remarks=recordings.remarks(id), **options)
