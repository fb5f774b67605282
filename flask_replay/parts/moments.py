"""From a line of a log to the moment of the recording that it was written in."""

from __future__ import annotations

import logging
import time
from contextvars import ContextVar
from weakref import WeakKeyDictionary

from flask import Flask, current_app, has_app_context, has_request_context, url_for

from ..app_state import AppState
from ..player.mounting import endpoint_of
from ..settings import EXTENSION_KEY

_asking: ContextVar[bool] = ContextVar("flask_replay_asking", default=False)
"""Whether the address of this moment is being made: what that logs has none."""


_places: WeakKeyDictionary[Flask, tuple[int, str | None]] = WeakKeyDictionary()
"""The endpoint of the page that shows a recording, of each app while it had so many views: a log
has many lines.
"""


def moment_url(state: AppState) -> str | None:
    """Return the player's address of this moment of what is recorded just now, or ``None``.

    It is ``None``, too, where the player is not registered, and for a job in an app without
    ``SERVER_NAME``: nobody knows its host.
    """
    buffer = None if state.recorder is None else state.recorder.current()
    if buffer is None or not has_app_context():
        return None
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    endpoint = _place(app)
    if endpoint is None or not (has_request_context() or app.config["SERVER_NAME"]):
        return None
    offset_ms = buffer.offset_ms(time.perf_counter())
    with state.boundary.guard("make the address of a moment"):
        return url_for(endpoint, id=buffer.visit.id, _external=True, _anchor=f"t={offset_ms}")
    return None


def _place(app: Flask) -> str | None:
    views, endpoint = _places.get(app, (-1, None))
    if views != len(app.view_functions):
        endpoint = endpoint_of(app, "show")
        _places[app] = len(app.view_functions), endpoint
    return endpoint


def here() -> str:
    """Return the player's address of this moment of what the current app records, ``""`` where
    nothing is recorded.

    What is logged while it is made has none: whoever logs may ask for it.
    """
    if not has_app_context() or EXTENSION_KEY not in current_app.extensions or _asking.get():
        return ""
    token = _asking.set(True)
    try:
        return current_app.extensions[EXTENSION_KEY].replay.current_url() or ""
    finally:
        _asking.reset(token)


class MomentFilter(logging.Filter):
    """Puts ``replay_url`` on records of a log: the player's address of the moment, ``""`` where
    nothing is recorded.

    ::

        handler.addFilter(MomentFilter())
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s %(replay_url)s"))

    A handler takes it for all loggers; on a logger it sees that logger's own records alone.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the address on a record, and let it pass."""
        record.replay_url = here()
        return True
