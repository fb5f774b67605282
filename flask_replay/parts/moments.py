"""Link a line of a log to the moment of the recording in which it was written."""

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
"""Whether the URL of the moment is being made: records logged meanwhile get no URL."""


_places: WeakKeyDictionary[Flask, tuple[int, str | None]] = WeakKeyDictionary()
"""The endpoint of the page that shows a recording, per app, cached with the number of its views.

A log has many lines, so the endpoint must not be looked up for each of them.
"""


def moment_url(state: AppState) -> str | None:
    """Return the player's URL of the current moment of the current recording, or ``None``.

    It is also ``None`` where the player is not registered, and for a job in an app without
    ``SERVER_NAME``, whose host is unknown.
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
    """Return the player's URL of this moment of the current app's recording, ``""`` where nothing
    is recorded.

    A log record that is written while the URL is made gets ``""``: making it would call this
    function again.
    """
    if not has_app_context() or EXTENSION_KEY not in current_app.extensions or _asking.get():
        return ""
    token = _asking.set(True)
    try:
        return current_app.extensions[EXTENSION_KEY].replay.current_url() or ""
    finally:
        _asking.reset(token)


class MomentFilter(logging.Filter):
    """Adds ``replay_url`` to log records: the player's URL of the moment, ``""`` where nothing is
    recorded.

    ::

        handler.addFilter(MomentFilter())
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s %(replay_url)s"))

    On a handler it applies to the records of all loggers. On a logger it applies only to records
    made by that logger itself.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the URL to a record, and let the record pass."""
        record.replay_url = here()
        return True
