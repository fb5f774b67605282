"""The audit log ``flask_replay.audit``: one line for each time somebody views, saves or deletes
recordings.

A line consists of ``name=value`` pairs, for people and programs. Values from outside (names, paths)
are quoted, and characters that a terminal acts on are escaped. The log record has the same values
as attributes, for formatters that write JSON.
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
    """Write one line.

    :param action: what was done: ``view``, ``delete``, …; or ``refused``, when the detail says what
        was refused.
    :param recording: the recording's id; ``""`` if the action concerns several.
    :param viewer: who did it, by the app's name for them or the account on the machine.
    :param address: the client address of the request.
    :param via: ``"web"``, ``"command"``, ``"program"`` (Python, outside of requests), or
        ``"recorder"`` itself.
    :param detail: the path of the request, or the number of recordings.
    """
    fields = {
        "action": action,
        "recording": recording,
        "viewer": viewer,
        "address": address,
        "via": via,
        "detail": detail,
    }
    line = " ".join(f"{name}={quoted(value)}" for name, value in fields.items() if value)
    logger.info("%s", line, extra=fields)


def quoted(text: str) -> str:
    """Return a text as a value in a log line: a plain word as it is, anything else quoted and
    escaped.
    """
    if _PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{inert(escaped)}"'


class Audit:
    """Writes the audit log of one app: what was done, and by whom.

    :param identity: returns the name of the current request's visitor.
    """

    def __init__(self, identity: Identity) -> None:
        self.identity = identity

    def __call__(self, action: str, recording: str = "", detail: str = "") -> None:
        """Note an action of the current request, command or program."""
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
    """Return the name of the account that runs this process, ``""`` if it has none, as in some
    containers.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
