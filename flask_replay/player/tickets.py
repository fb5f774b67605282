"""Tickets in the addresses of a recording's files and inner frames, which a page without an origin
loads.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, url_for
from itsdangerous import BadSignature, Signer

from ..host.secret_keys import secret_keys
from .links import Link, Links
from .recorded_files import CSS, SCRIPTS, File

_PERIOD = 6 * 3600
"""Seconds for which addresses stay the same, so that browsers can cache the files. An address is
valid for twice that time at most.
"""

_ENDING = re.compile(r"\.\w{1,5}\Z", re.ASCII)

_FALLBACK = secrets.token_bytes(32)
"""The key for addresses in an app without a secret key."""


class Tickets:
    """Signs and checks the addresses of a recording's files. A sandboxed page sends no cookie with
    its requests.
    """

    def __init__(self, app: Flask) -> None:
        self._signer = Signer(secret_keys(app) or _FALLBACK, salt="flask-replay-files")

    def issue(self, recording_id: str, link: Link | None = None) -> str:
        """Return a ticket for the files of one recording.

        :param link: the link by which the recording is viewed. The ticket expires with it.
        """
        until = (int(time.time()) // _PERIOD + 2) * _PERIOD
        terms = str(until) if link is None else f"{min(until, int(link.expires_at))}-{link.id}"
        signature = self._signer.get_signature(f"{recording_id}.{terms}").decode()
        return f"{terms}.{signature}"

    def holds(self, recording_id: str, given: str, links: Links) -> bool:
        """Whether a ticket is valid for a recording: not expired, and not of a revoked link."""
        terms, _, signature = given.partition(".")
        try:
            self._signer.unsign(f"{recording_id}.{terms}.{signature}")
        except (BadSignature, ValueError):
            return False
        until, _, link = terms.partition("-")
        return int(until) > time.time() and (not link or links.opens(link, recording_id))


def address_of(recording_id: str, ticket: str) -> Callable[[File, str, int], str]:
    """Return a function that returns the player's address of a file: see :class:`~.scenes.How`.

    :param ticket: the ticket in these addresses, which allows loading them.
    """

    def address(file: File, path: str, since: int) -> str:
        values: dict[str, Any] = {
            "id": recording_id,
            "key": f"{file.key}{_ending_of(file, path)}",
            "type": file.mimetype,
            "ticket": ticket,
        }
        if file.framed or file.mimetype in {CSS, *SCRIPTS}:
            values |= {"at": path, "n": since}
        if file.allowed:
            values["p"] = file.allowed
        if file.page:
            values["page"] = file.page
        return url_for(".asset", **values)

    return address


def _ending_of(file: File, path: str) -> str:
    """Return the ending of an image's address, by which browsers know that an object of no declared
    type is an image (HTML, section 4.8.7).
    """
    ending = _ENDING.search(path) if file.mimetype.startswith("image/") else None
    return ending[0] if ending is not None else ""


def inner_address_of(recording_id: str, ticket: str) -> Callable[[int, str], str]:
    """Return a function that returns the player's address of the page of an inner frame: see
    :class:`~.scenes.How`.

    :param ticket: the ticket in these addresses.
    """
    return lambda number, key: url_for(
        ".inner", id=recording_id, number=number, ticket=ticket, key=key or None
    )
