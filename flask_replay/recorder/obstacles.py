"""Reasons why nothing is recorded. They are not errors, so nobody would notice them otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask

from ..host.secret_keys import lacks_key
from ..settings import PREFIX, Settings
from .delivery.writer import Writer
from .visits.scope import Scope

NO_KEY = (
    'the app has no SECRET_KEY, which signs the visitors\' cookies: set app.config["SECRET_KEY"]'
)
_WILDCARD = re.compile(r"[*?\[]")
FULL = "REPLAY_MAX_MEMORY is reached: use a faster store, or raise the limit"


def blocking(app: Flask, settings: Settings) -> list[str]:
    """Return why nothing of an app can be recorded, one line per reason, with the remedy."""
    found: list[str] = []
    if not settings.enabled and app.testing and f"{PREFIX}ENABLED" not in app.config:
        found.append(
            "app.testing is set, which turns recording off: set REPLAY_ENABLED to True before "
            "Replay(app)"
        )
    elif not settings.enabled:
        found.append("REPLAY_ENABLED is False: set it to True before Replay(app)")
    if lacks_key(app):
        found.append(NO_KEY)
    if Scope(settings).is_empty(app):
        if settings.include:
            found.append(
                f"REPLAY_INCLUDE matches no route of the app: {', '.join(settings.include)}"
            )
        else:
            found.append(
                f"REPLAY_EXCLUDE matches every route of the app: {', '.join(settings.exclude)}"
            )
    return found


def obstacles(app: Flask, settings: Settings, writer: Writer) -> list[str]:
    """Return why new visitors of an app are not recorded now. Some reasons do not apply to captures
    by hand.
    """
    found = blocking(app, settings)
    if settings.sample_rate == 0:
        found.append("REPLAY_SAMPLE_RATE is 0, so nobody is recorded: set it above 0")
    if writer.budget.full:
        found.append(FULL)
    if writer.wake.is_set():
        found.append("the writer of this process has ended: restart the app")
    return [f"not recording: {reason}" for reason in found]


def current_settings(app: Flask) -> dict[str, Any]:
    """Return the current values of the ``REPLAY_*`` keys of an app."""
    return {key: value for key, value in app.config.items() if str(key).startswith(PREFIX)}


def changed(app: Flask, read: Mapping[str, Any]) -> list[str]:
    """Return a line for each setting whose key was changed after it was read.

    :param read: the result of :func:`current_settings` at that time.
    """
    now = current_settings(app)
    keys = sorted(key for key in now.keys() | read if now.get(key, app) is not read.get(key, app))
    return [
        f"{key} was changed after Replay(app) had read the settings, which has no effect: set "
        "it before"
        for key in keys
        if now.get(key, app) != read.get(key, app)
    ]


def unmatched(app: Flask, settings: Settings) -> list[str]:
    """Return a line for each endpoint in ``REPLAY_EXCLUDE`` that the app does not have. The view
    that it should exclude is recorded.
    """
    return [
        f"REPLAY_EXCLUDE names {name!r}, which is no endpoint of the app; a path begins with '/'"
        for name in settings.exclude
        if not name.startswith("/")
        and not _WILDCARD.search(name)
        and name not in app.view_functions
    ]
