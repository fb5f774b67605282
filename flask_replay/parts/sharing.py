"""What ``Replay`` gives away: links to single recordings."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import current_app, has_request_context, url_for

from ..errors import ConfigError
from ..forms import duration
from ..player.links import Link, Links
from ..player.mounting import endpoint_of
from .part import Part

_HOST = re.compile(r"https?://[^\s/?#@\\]+/?", re.IGNORECASE)


class Sharing(Part):
    """The part of ``Replay`` that makes links."""

    def _links(self) -> Links:
        state = self._state()
        return Links(self._app(), state.settings, state.storage)

    def link(
        self, id: str, *, expires: float | str | timedelta = "7d", at: float = 0, host: str = ""
    ) -> str:
        """Return a link to one recording that needs no login; it may be revoked.

        ::

            replay.link(id, expires="2d", at=74)

        :param expires: after so long it opens nothing: seconds, ``"7d"``; a year at most.
        :param at: the second of the recording that it leads to.
        :param host: that the address is on: ``"https://shop.example"``.
        :returns: an address on that host, else on that of the current request, else on the app's
            ``SERVER_NAME``, else the path alone. It is never on a host that was recorded: that is
            whatever a visitor sent.
        :raises ConfigError: ``REPLAY_LINKS`` is off, the app has no ``SECRET_KEY``, or no player;
            the host is none.
        :raises RecordingNotFound: there is no such recording.
        """
        state = self._state()
        endpoint = endpoint_of(self._app(), "link")
        if endpoint is None:
            raise ConfigError(
                "there are no links: the app has no player, for Replay has url_prefix=None"
            )
        if host and not _HOST.fullmatch(host):
            raise ConfigError(f"a host is written like https://shop.example, not {host!r:.80}")
        state.recordings.get(id)
        link, token = self._links().make(id, duration().read("expires", expires), round(at * 1000))
        state.audit("share", id, f"link {link.id} was made")
        if has_request_context() and not host:
            return url_for(endpoint, token=token, _external=True)
        named = not host and bool(current_app.config["SERVER_NAME"])
        with current_app.test_request_context():
            return host.rstrip("/") + url_for(endpoint, token=token, _external=named)

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
