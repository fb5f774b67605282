"""Links to one recording that need no login. They are signed, expire, and can be revoked.

The store keeps a document for each link, under a key of its own. A link without its document opens
nothing. Opening a link sets a cookie for the player's pages of that recording, so that later
addresses do not contain the link.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec
from flask import Flask, request
from itsdangerous import BadData, URLSafeSerializer

from ..errors import ConfigError, DecodeError, RecordingNotFound
from ..host.secret_keys import secret_keys
from ..recording.ids import is_id
from ..settings import Settings
from ..storage import Storage
from ..storage.names import LINKED

COOKIE = "flask_replay_link"
"""The browser sends it only to the player's pages of one recording."""

WEEK = 7 * 24 * 3600.0
_LONGEST = 366 * 24 * 3600.0


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """A link that was made.

    :param id: its name, by which it can be revoked.
    :param recording: id of the recording that it opens.
    :param made_at: seconds since 1970.
    :param expires_at: seconds since 1970.
    :param at_ms: the moment to which it leads.
    """

    id: str
    recording: str
    made_at: float
    expires_at: float
    at_ms: int = 0


class Links:
    """The links of an app.

    :param app: the app, whose secret key signs them.
    :param settings: settings that turn links on or off.
    :param storage: the store that keeps them.
    """

    def __init__(self, app: Flask, settings: Settings, storage: Storage) -> None:
        self.app = app
        self.settings = settings
        self.storage = storage

    @property
    def on(self) -> bool:
        """Whether links can be made."""
        return self.settings.links and self._serializer() is not None

    def make(self, recording_id: str, seconds: float = WEEK, at_ms: int = 0) -> tuple[Link, str]:
        """Make a link to a recording.

        :param seconds: time until it expires, a year at most.
        :param at_ms: the moment to which it leads.
        :returns: the link, and the token in its address, which is not stored.
        :raises ConfigError: links are off, or the app has no key to sign with.
        """
        serializer = self._serializer()
        if not self.settings.links or serializer is None:
            why = "REPLAY_LINKS is off" if not self.settings.links else "the app has no SECRET_KEY"
            raise ConfigError(f"there are no links: {why}")
        now = time.time()
        link = Link(
            secrets.token_hex(4), recording_id, now, now + min(seconds, _LONGEST), max(0, at_ms)
        )
        self.storage.put_template(_key(link.id), msgspec.json.encode(link))
        return link, str(serializer.dumps([link.id, recording_id]))

    def list(self) -> list[Link]:
        """Return the valid links, the latest first. Expired links are deleted."""
        found: list[Link] = []
        for link in self._all():
            if self._is_over(link):
                self.revoke(link.id)
            else:
                found.append(link)
        return sorted(found, key=lambda link: link.made_at, reverse=True)

    def revoke(self, link_id: str) -> None:
        """Revoke a link.

        :raises RecordingNotFound: there is no link with this id.
        """
        link = self._read(_key(link_id)) if len(link_id) == 8 else None
        if link is None:
            raise RecordingNotFound(f"there is no link {link_id!r:.40}")
        self.storage.delete_template(_key(link_id))

    def opened(self, token: str) -> Link | None:
        """Return the link of a token while it is valid; ``None`` for other tokens."""
        serializer = self._serializer()
        if not self.settings.links or serializer is None or not token:
            return None
        try:
            content: Any = serializer.loads(token)
        except BadData:
            return None
        link = self._read(_key(str(content[0])))
        return None if link is None or not self._is_open(link, content[1]) else link

    def opens(self, link_id: str, recording_id: str) -> bool:
        """Whether a link, given by its id, is valid for a recording."""
        link = self._read(_key(link_id)) if self.settings.links else None
        return link is not None and self._is_open(link, recording_id)

    def here(self, recording_id: str) -> Link | None:
        """Return the link by which the current request views a recording, ``None`` if there is
        none.
        """
        link = self.opened(request.cookies.get(COOKIE, "")) if self.settings.links else None
        return link if link is not None and link.recording == recording_id else None

    def _is_open(self, link: Link, recording_id: str) -> bool:
        """Whether a link is for this recording and not expired, and the recording still exists."""
        return link.recording == recording_id and not self._is_over(link)

    def _is_over(self, link: Link) -> bool:
        if time.time() >= link.expires_at:
            return True
        return not self.storage.finished(link.recording) and not self.storage.size(link.recording)

    def _all(self) -> Iterator[Link]:
        for key, _ in self.storage.templates():
            if key.startswith(LINKED) and (link := self._read(key)) is not None:
                yield link

    def _read(self, key: str) -> Link | None:
        with suppress(RecordingNotFound, DecodeError, msgspec.DecodeError, msgspec.ValidationError):
            link = msgspec.json.decode(self.storage.get_template(key), type=Link)
            return link if is_id(link.recording) else None
        return None

    def _serializer(self) -> URLSafeSerializer | None:
        keys = secret_keys(self.app)
        return URLSafeSerializer(keys, salt="flask-replay.link") if keys else None


def _key(link_id: str) -> str:
    return f"{LINKED}{link_id}"
