"""What ``Replay`` gives away: links to single recordings."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, current_app, has_request_context, url_for

from .app_state import State
from .errors import ConfigError
from .forms import duration
from .player.links import Link, Links
from .player.places import endpoint_of


class Sharing:
    """The part of ``Replay`` that makes links."""

    def _state(self) -> State:
        """Return the state of the current app."""
        raise NotImplementedError

    def _app(self) -> Flask:
        """Return the current app, or the one that it was made for."""
        raise NotImplementedError

    def _links(self) -> Links:
        state = self._state()
        return Links(self._app(), state.settings, state.storage)

    def link(self, id: str, *, expires: float | str | timedelta = "7d", at: float = 0) -> str:
        """Return a link to one recording that needs no login; it may be revoked.

        ::

            replay.link(id, expires="2d", at=74)

        :param expires: after so long it opens nothing: seconds, ``"7d"``; a year at most.
        :param at: the second of the recording that it leads to.
        :returns: an address on the host of the current request, else on the one that was recorded.
        :raises ConfigError: ``REPLAY_LINKS`` is off, the app has no ``SECRET_KEY``, or no player.
        :raises RecordingNotFound: there is no such recording.
        """
        state = self._state()
        endpoint = endpoint_of(self._app(), "link")
        if endpoint is None:
            raise ConfigError("there are no links: the app has no player, for Replay has url_prefix=None")
        recording = state.recordings.get(id)
        link, token = self._links().make(id, duration().read("expires", expires), round(at * 1000))
        state.audit("share", id, f"link {link.id} was made")
        if has_request_context():
            return url_for(endpoint, token=token, _external=True)
        hosts = (batch.request.host for batch in recording.batches if batch.request is not None and batch.request.host)
        with current_app.test_request_context():
            return next(hosts, "http://localhost") + url_for(endpoint, token=token)

    def links(self) -> list[Link]:
        """Return the links that open something, the latest first."""
        return self._links().list()

    def unlink(self, link_id: str) -> None:
        """Revoke a link: it opens nothing any more.

        :param link_id: its name, as :meth:`links` has it.
        :raises RecordingNotFound: there is no such link.
        """
        self._links().revoke(link_id)
        self._state().audit("share", detail=f"link {link_id} was revoked")
