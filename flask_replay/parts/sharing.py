"""Links to single recordings, made by ``Replay``."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import current_app, has_request_context, url_for

from ..errors import ConfigError
from ..player.links import Link, Links
from ..player.mounting import endpoint_of
from ..value_forms import duration
from .part import Part

_HOST = re.compile(r"https?://[^\s/?#@\\]+/?", re.IGNORECASE)


class Sharing(Part):
    """The methods of ``Replay`` that make, list and revoke links."""

    def _links(self) -> Links:
        state = self._state()
        return Links(self._app(), state.settings, state.storage)

    def link(
        self, id: str, *, expires: float | str | timedelta = "7d", at: float = 0, host: str = ""
    ) -> str:
        """Return a link to one recording that works without a login and can be revoked.

        ::

            replay.link(id, expires="2d", at=74)

        :param expires: how long the link works: seconds or a text like ``"7d"``, at most one year.
        :param at: the second of the recording at which it opens.
        :param host: the scheme and host of the link: ``"https://shop.example"``.
        :returns: a URL on that host, otherwise on the host of the current request, otherwise on the
            app's ``SERVER_NAME``, otherwise only a path. The recorded host is never used, because a
            visitor may send any ``Host`` header.
        :raises ConfigError: ``REPLAY_LINKS`` is off, the app has no ``SECRET_KEY`` or no player, or
            the host is malformed.
        :raises RecordingNotFound: the recording does not exist.
        """
        state = self._state()
        endpoint = endpoint_of(self._app(), "link")
        if endpoint is None:
            raise ConfigError(
                "links need the player, which is not registered: Replay has url_prefix=None"
            )
        if host and not _HOST.fullmatch(host):
            raise ConfigError(f"a host must be written like https://shop.example, got {host!r:.80}")
        state.recordings.get(id)
        link, token = self._links().make(id, duration().read("expires", expires), round(at * 1000))
        state.audit("share", id, f"link {link.id} was made")
        if has_request_context() and not host:
            return url_for(endpoint, token=token, _external=True)
        named = not host and bool(current_app.config["SERVER_NAME"])
        with current_app.test_request_context():
            return host.rstrip("/") + url_for(endpoint, token=token, _external=named)

    def links(self) -> list[Link]:
        """Return the links that still work, the latest first."""
        return self._links().list()

    def unlink(self, link_id: str) -> None:
        """Revoke a link, so that it no longer opens anything.

        :param link_id: the link's id, as in :meth:`links`.
        :raises RecordingNotFound: there is no such link.
        """
        self._links().revoke(link_id)
        self._state().audit("share", detail=f"link {link_id} was revoked")
