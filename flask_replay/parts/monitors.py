"""Link monitoring data to recordings: with a tag on Sentry events, and an attribute on
OpenTelemetry spans.

Neither library is imported here: an app that uses one has imported it before its first request.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from flask import Flask, got_request_exception, request_finished, request_started

from ..settings import EXTENSION_KEY
from .moments import here

TAG = "replay_url"
"""The name of the tag, the same as that of the attribute of log records."""

SPAN_ATTRIBUTE = "replay.url"
"""The name of the span attribute. OpenTelemetry's names contain dots."""


def connect(app: Flask) -> None:
    """Connect the app's monitors, so that they learn the recording of each request, from the first
    one on.
    """
    _join_sentry()

    def first(app: Flask, **_: object) -> None:
        # disconnect from all senders, or each request pays for the call
        request_started.disconnect(first)
        if _join_sentry() or "opentelemetry.trace" in sys.modules:
            request_finished.connect(_report, app)
            got_request_exception.connect(_report, app)

    request_started.connect(first, app, weak=False)


def _join_sentry() -> bool:
    """Add the tag to each Sentry event, and return whether Sentry is loaded. It costs nothing while
    there are no events.
    """
    scope: Any = sys.modules.get("sentry_sdk.scope")
    if scope is None:
        return False
    if _tagged not in scope.global_event_processors:
        scope.add_global_event_processor(_tagged)
    return True


def _tagged(event: Any, hint: Any) -> Any:
    """Add the URL of the moment to a Sentry event, and return the event."""
    url = here()
    tags = event.setdefault("tags", {}) if url else None
    if isinstance(tags, dict):
        tags.setdefault(TAG, url)
    return event


def _report(app: Flask, **_: object) -> None:
    """Add the URL to the current span and transaction, if the request is recorded. Both end after
    the request.
    """
    with app.extensions[EXTENSION_KEY].boundary.guard("report a recording to a monitor"):
        measures = [set_url for set_url in (_span(), _transaction()) if set_url is not None]
        url = here() if measures else ""
        for set_url in measures if url else ():
            set_url(url)


def _span() -> Any:
    """Return a function that sets the attribute of the current OpenTelemetry span, or ``None`` if
    no span is recorded.
    """
    trace: Any = sys.modules.get("opentelemetry.trace")
    span = None if trace is None else trace.get_current_span()
    return (
        partial(span.set_attribute, SPAN_ATTRIBUTE)
        if span is not None and span.is_recording()
        else None
    )


def _transaction() -> Any:
    """Return a function that sets the tag of the current Sentry transaction, or ``None`` if there
    is none.

    A transaction becomes an event after the request's data is gone.
    """
    sentry: Any = sys.modules.get("sentry_sdk")
    transaction = None if sentry is None else sentry.get_current_scope().transaction
    return None if transaction is None else partial(transaction.set_tag, TAG)
