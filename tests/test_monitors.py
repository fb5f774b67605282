"""From a Sentry event or an OpenTelemetry span to the moment in a recording."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import sentry_sdk
from flask import Flask, got_request_exception, request_finished
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sentry_sdk import scope
from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware
from sentry_sdk.transport import Transport

from flask_replay.parts import monitors

from .conftest import AppMaker, recordings_of

WATCHED = ("/hello/ann", "/broken", "/quiet")


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Return what Sentry would send: errors and transactions."""
    sent: list[dict[str, Any]] = []

    class Kept(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            sent.extend(
                item.payload.json
                for item in envelope.items
                if item.type in ("event", "transaction")
            )

    monkeypatch.setattr(scope, "global_event_processors", [])
    sentry_sdk.init(  # without integrations that patch Flask permanently
        dsn="http://key@localhost/1",
        traces_sample_rate=1.0,
        transport=Kept,
        default_integrations=False,
    )
    yield sent
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture
def watched(make_app: AppMaker) -> Flask:
    """Return an app with an exempt page and one that fails."""
    app = make_app(REPLAY_EXCLUDE=("/quiet",))
    app.add_url_rule("/quiet", view_func=lambda: sentry_sdk.capture_message("quiet") or "quiet")
    return app


def tag_of(event: dict[str, Any]) -> str:
    """Return the tag of an event, ``""`` if it has none."""
    return str(event.get("tags", {}).get("replay_url", ""))


def address(app: Flask) -> str:
    """Return the player's address of an app's only recording, without the moment."""
    (recording,) = recordings_of(app)
    return f"http://localhost/replay/{recording.summary.id}"


def test_sentry_errors_and_transactions_lead_to_the_recording(
    events: list[dict[str, Any]], watched: Flask
) -> None:
    """An event has its exact moment. Events outside of a recording have no tag."""
    watched.wsgi_app = SentryWsgiMiddleware(watched.wsgi_app)  # type: ignore[method-assign]

    def failed(app: Flask, exception: BaseException) -> None:
        sentry_sdk.capture_exception(exception)

    got_request_exception.connect(failed, watched)
    client = watched.test_client()
    for path in WATCHED:
        client.get(path)
    sentry_sdk.capture_message("outside")
    told = [
        (
            event.get("type") or event.get("message") or event["exception"]["values"][0]["type"],
            tag_of(event),
        )
        for event in events
    ]
    assert [name for name, _ in told] == [
        "transaction", "ZeroDivisionError", "transaction", "quiet", "transaction", "outside",
    ]  # fmt: skip
    urls = [urlsplit(url) for _, url in told]
    assert [url._replace(fragment="").geturl() for url in urls] == [address(watched)] * 3 + [""] * 3
    assert [url.fragment[:2] for url in urls] == ["t="] * 3 + [""] * 3


def test_opentelemetry_spans_lead_to_the_recording(watched: Flask) -> None:
    """Those of a recorded request, whether or not it fails. Others have no attribute."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    FlaskInstrumentor().instrument_app(watched, tracer_provider=provider)  # type: ignore[no-untyped-call]
    client = watched.test_client()
    for path in WATCHED:
        client.get(path)
    urls = [(span.attributes or {}).get("replay.url") for span in exporter.get_finished_spans()]
    assert [urlsplit(str(url))._replace(fragment="").geturl() for url in urls] == [
        address(watched)
    ] * 2 + ["None"]


def test_a_failing_monitor_does_not_affect_the_visitor(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The failure is logged once."""

    def fail() -> None:
        raise RuntimeError("no span")

    monkeypatch.setattr("opentelemetry.trace.get_current_span", fail)
    app = make_app()
    client = app.test_client()
    assert [client.get("/hello/ann").status_code for _ in range(2)] == [200, 200]
    lines = [record.message for record in caplog.records if "monitor" in record.message]
    assert lines == ["Flask-Replay could not report a recording to a monitor; this is logged once"]


def test_an_app_without_monitors_imports_none(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does its request take a step more."""
    gone = [name for name in sys.modules if name.split(".")[0] in {"sentry_sdk", "opentelemetry"}]
    for name in gone:
        monkeypatch.delitem(sys.modules, name)
    app = make_app()
    app.test_client().get("/hello/ann")
    assert not {*gone} & sys.modules.keys()
    assert monitors._report not in request_finished.receivers_for(app)
