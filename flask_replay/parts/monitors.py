"""From what a monitor holds of a request to its recording: a tag of Sentry's, an attribute of
OpenTelemetry's span.

Neither is imported here: an app that uses one has imported it before its first request.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from flask import Flask, got_request_exception, request_finished, request_started

from ..settings import EXTENSION_KEY
from .moments import here

TAG = "replay_url"
"""The tag, named as the attribute of log records is."""

SPAN_ATTRIBUTE = "replay.url"
"""The attribute of a span: names have dots there."""


def connect(app: Flask) -> None:
    """Have the monitors of an app told which recording a request is in, from the first one on."""
    _join_sentry()

    def first(app: Flask, **_: object) -> None:
        request_started.disconnect(first)  # from all senders: else each request pays for the rest
        if _join_sentry() or "opentelemetry.trace" in sys.modules:
            request_finished.connect(_tell, app)
            got_request_exception.connect(_tell, app)

    request_started.connect(first, app, weak=False)


def _join_sentry() -> bool:
    """Have each event of Sentry's carry the tag: it costs nothing while there is none. Whether
    Sentry is there.
    """
    scope: Any = sys.modules.get("sentry_sdk.scope")
    if scope is None:
        return False
    if _tagged not in scope.global_event_processors:
        scope.add_global_event_processor(_tagged)
    return True


def _tagged(event: Any, hint: Any) -> Any:
    """Return an event of Sentry's with the address of the moment that it happens in."""
    url = here()
    tags = event.setdefault("tags", {}) if url else None
    if isinstance(tags, dict):
        tags.setdefault(TAG, url)
    return event


def _tell(app: Flask, **_: object) -> None:
    """Tell what measures the current request where it is recorded; the measure ends once the
    request is over.
    """
    with app.extensions[EXTENSION_KEY].boundary.guard("tell a monitor of a recording"):
        measures = [told for told in (_span(), _transaction()) if told is not None]
        url = here() if measures else ""
        for told in measures if url else ():
            told(url)


def _span() -> Any:
    """Return what sets the attribute of the span of OpenTelemetry's that goes on, ``None`` where
    none is recorded.
    """
    trace: Any = sys.modules.get("opentelemetry.trace")
    span = None if trace is None else trace.get_current_span()
    return (
        partial(span.set_attribute, SPAN_ATTRIBUTE)
        if span is not None and span.is_recording()
        else None
    )


def _transaction() -> Any:
    """Return what sets the tag of the transaction of Sentry's that goes on, ``None`` where there is
    none.

    It becomes an event when nothing is known of the request any more.
    """
    sentry: Any = sys.modules.get("sentry_sdk")
    transaction = None if sentry is None else sentry.get_current_scope().transaction
    return None if transaction is None else partial(transaction.set_tag, TAG)
