"""Links to one recording that need no login: signed, for a while, and revocable.

The store keeps a document of each, under a name of its own in the place of a content hash; a link
whose document is gone opens nothing. Whoever follows one gets a cookie for the player's pages of
that recording, so that the link itself stays in no address.
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
"""Sent to the player's pages of one recording alone, and to nothing else."""

WEEK = 7 * 24 * 3600.0
_LONGEST = 366 * 24 * 3600.0


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """A link that was made.

    :param id: names it, to be revoked.
    :param recording: that it opens.
    :param made_at: seconds since 1970, as is
    :param expires_at: when it ends.
    :param at_ms: the moment that it leads to.
    """

    id: str
    recording: str
    made_at: float
    expires_at: float
    at_ms: int = 0


class Links:
    """The links of an app.

    :param app: its key signs them.
    :param settings: say whether there are any.
    :param storage: keeps them.
    """

    def __init__(self, app: Flask, settings: Settings, storage: Storage) -> None:
        self.app = app
        self.settings = settings
        self.storage = storage

    @property
    def on(self) -> bool:
        """Whether links may be made."""
        return self.settings.links and self._serializer() is not None

    def make(self, recording_id: str, seconds: float = WEEK, at_ms: int = 0) -> tuple[Link, str]:
        """Make a link to a recording.

        :param seconds: for which it opens; a year at most.
        :param at_ms: the moment that it leads to.
        :returns: the link, and the token that stands in its address: nothing keeps that.
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
        """Return the links that open something, the latest first; those that are over are
        deleted.
        """
        found: list[Link] = []
        for link in self._all():
            if self._is_over(link):
                self.revoke(link.id)
            else:
                found.append(link)
        return sorted(found, key=lambda link: link.made_at, reverse=True)

    def revoke(self, link_id: str) -> None:
        """Let a link open nothing any more.

        :raises RecordingNotFound: there is none of this name.
        """
        link = self._read(_key(link_id)) if len(link_id) == 8 else None
        if link is None:
            raise RecordingNotFound(f"there is no link {link_id!r:.40}")
        self.storage.delete_template(_key(link_id))

    def opened(self, token: str) -> Link | None:
        """Return the link that a token is of, while it opens its recording; ``None`` for any other
        token.
        """
        serializer = self._serializer()
        if not self.settings.links or serializer is None or not token:
            return None
        try:
            said: Any = serializer.loads(token)
        except BadData:
            return None
        link = self._read(_key(str(said[0])))
        return None if link is None or not self._is_open(link, said[1]) else link

    def opens(self, link_id: str, recording_id: str) -> bool:
        """Whether the link of a name opens a recording still."""
        link = self._read(_key(link_id)) if self.settings.links else None
        return link is not None and self._is_open(link, recording_id)

    def here(self, recording_id: str) -> Link | None:
        """Return the link by which the current request looks at a recording, ``None`` if it has
        none.
        """
        link = self.opened(request.cookies.get(COOKIE, "")) if self.settings.links else None
        return link if link is not None and link.recording == recording_id else None

    def _is_open(self, link: Link, recording_id: str) -> bool:
        """Whether a link opens a recording: it is of that one, not over, and the recording is still
        there.
        """
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
