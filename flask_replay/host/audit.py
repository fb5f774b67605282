"""Who looked at recordings, took them away or deleted them: a line each in the log
``flask_replay.audit``.

A line is ``name=value`` pairs, so that people and programs read it; what others chose (names,
paths) is quoted, and holds nothing that a terminal acts on. The record has the same as attributes,
for whoever formats logs as JSON.
"""

from __future__ import annotations

import getpass
import logging
import re

import click
from flask import has_request_context, request

from ..safe_text import inert
from .identity import Identity

logger = logging.getLogger("flask_replay.audit")

_PLAIN = re.compile(r"[\w./:@+-]+", re.ASCII)


def note(
    action: str,
    recording: str = "",
    *,
    viewer: str = "",
    address: str = "",
    via: str,
    detail: str = "",
) -> None:
    """Write a line.

    :param action: what was done: ``view``, ``delete``, …; ``refused`` if it was not, and the detail
        says what.
    :param recording: id of the one that it was done to; ``""`` where it is of several.
    :param viewer: who did it, by the app's name or the account on the machine.
    :param address: of whoever sent the request.
    :param via: ``"web"``, ``"command"``, ``"program"`` (Python, outside of requests), or
        ``"recorder"`` itself.
    :param detail: the path that was asked for, or how many there were.
    """
    said = {
        "action": action,
        "recording": recording,
        "viewer": viewer,
        "address": address,
        "via": via,
        "detail": detail,
    }
    line = " ".join(f"{name}={quoted(value)}" for name, value in said.items() if value)
    logger.info("%s", line, extra=said)


def quoted(text: str) -> str:
    """Return a text as it may stand in a line of a log: quoted, unless it is a plain word, with all
    else escaped.
    """
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{inert(escaped)}"'


class Audit:
    """Notes what is done in an app, with whoever does it.

    :param identity: tells the name of whoever sent the current request.
    """

    def __init__(self, identity: Identity) -> None:
        self.identity = identity

    def __call__(self, action: str, recording: str = "", detail: str = "") -> None:
        """Note what the current request, command or program does."""
        if not logger.isEnabledFor(logging.INFO):
            return
        if has_request_context():
            viewer, address = self.identity.name() or "", request.remote_addr or ""
            note(
                action,
                recording,
                viewer=viewer,
                address=address,
                via="web",
                detail=detail or request.path,
            )
        elif click.get_current_context(silent=True) is not None:
            note(action, recording, viewer=account(), via="command", detail=detail)
        else:
            note(action, recording, via="program", detail=detail)


def account() -> str:
    """Return the name of the account that runs this process, ``""`` where it has none, as in some
    containers.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
