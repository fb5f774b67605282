"""What ``Replay`` tells of a recording: what its pages read, and why they were as they were."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import RecordingNotFound
from ..insight import Change, PageState, Story, changes, state, story
from ..player.reading import reader
from ..player.recent import Recent
from ..recording.events import Frame
from .moments import moment_url
from .part import Part


class Insights(Part):
    """The part of ``Replay`` that explains what was recorded."""

    _recent: Recent

    def _frame(self, id: str, number: int) -> Frame:
        """Return one frame of a recording, which is decoded once for whoever asks for one after the
        other.

        :raises RecordingNotFound: there is no such recording, or it has no such frame.
        """
        frames = list(self._recent.get(self._state().recordings, id).frames)
        if not 0 <= number < len(frames):
            raise RecordingNotFound(
                f"the recording {id} has {len(frames)} frames, and none numbered {number}"
            )
        return frames[number]

    @property
    def token(self) -> str | None:
        """Return the name of the token that lets the current request read over HTTP, ``None`` for
        any other request.

        ``authorize`` is asked about programs as about everybody else, and may go by this.
        """
        return reader()

    def current_url(self) -> str | None:
        """Return the address at which the player shows this very moment of the current request or
        job.

        :class:`MomentFilter` puts it on lines of a log. It is ``None`` where ``current`` is, where
        the player is not registered, and for a job in an app without ``SERVER_NAME``.
        """
        return moment_url(self._state())

    def state(self, id: str, frame: int) -> PageState:
        """Return what the template of a frame read, as a tree, and which read stands where in its
        HTML.

        It is found by replaying. What was masked is masked here, too; what is not whole says why.

        :param frame: its number, from 0.
        :raises RecordingNotFound: there is no such recording, or it has no such frame.
        """
        return state(self._frame(id, frame), self._state().watching)

    def changes(self, id: str, before: int, after: int) -> list[Change]:
        """Return what two frames of a template read differently: ``cart.items[1].count: 1 → 2``.

        :param before: number of the earlier frame.
        :param after: number of the later one.
        :raises RecordingNotFound: there is no such recording, or it has no such frame.
        """
        return changes(self.state(id, before), self.state(id, after))

    def story(self, id: str, clock: Callable[[float], str] | None = None) -> Story:
        """Return a recording told in sentences, made by rules from what it holds:
        ``print(replay.story(id).text)``.

        :param clock: writes a moment in seconds since 1970; in UTC when left out.
        :raises RecordingNotFound: there is no such recording.
        """
        state = self._state()
        recordings, options = state.recordings, {} if clock is None else {"clock": clock}
        return story(recordings.get(id), state.watching, remarks=recordings.remarks(id), **options)
