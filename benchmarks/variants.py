"""The page under each tool. A variant runs in a process of its own: some tools change Flask for good."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from werkzeug.test import EnvironBuilder

from .page import make_app

WARM_UP = 50


class Variant(NamedTuple):
    """An app under a tool.

    :param finish: does what the tool has put off.
    """

    app: Flask
    finish: Callable[[], object]


def bare(folder: Path) -> Variant:
    """Measure the app as it is."""
    return Variant(make_app(), lambda: None)


def recording(folder: Path, rate: float = 1.0) -> Variant:
    """Record every request; writing and compressing are part of it."""
    from flask_replay import Replay

    app = make_app()
    app.config.update(REPLAY_STORAGE=str(folder), REPLAY_SAMPLE_RATE=rate, REPLAY_MAX_EVENTS=10**7)
    replay = Replay(app)

    def finish() -> None:
        with app.app_context():
            replay.finalize()

    return Variant(app, finish)


def unsampled(folder: Path) -> Variant:
    """Record no session: what a visitor pays who is not in the sample."""
    return recording(folder, 0.0)


def opentelemetry(folder: Path) -> Variant:
    """Trace with OpenTelemetry, Flask and Jinja2 instrumented, sent nowhere."""
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.instrumentation.jinja2 import Jinja2Instrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
    from opentelemetry.trace import set_tracer_provider

    class Nowhere(SpanExporter):
        def export(self, spans: object) -> SpanExportResult:
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Nowhere()))
    set_tracer_provider(provider)
    app = make_app()
    FlaskInstrumentor().instrument_app(app)  # type: ignore[no-untyped-call]
    Jinja2Instrumentor().instrument()
    return Variant(app, provider.force_flush)


def sentry(folder: Path) -> Variant:
    """Trace with the Sentry SDK, everything sampled, sent nowhere."""
    import sentry_sdk
    from sentry_sdk.transport import Transport

    class Nowhere(Transport):
        def capture_envelope(self, envelope: object) -> None:
            return None

    sentry_sdk.init(dsn="http://key@localhost/1", traces_sample_rate=1.0, transport=Nowhere)
    return Variant(make_app(), sentry_sdk.flush)


VARIANTS = {function.__name__: function for function in (bare, recording, unsampled, opentelemetry, sentry)}


class Requests:
    """Sends requests of one visitor, who has a cookie of the app's, and keeps what comes."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.cookies = {"theme": "dark"}

    def __call__(self) -> float:
        """Send one.

        :returns: the seconds until the last byte: the end of the response's iteration. Nobody waits
            for what comes after, in ``close()``.
        """
        cookie = "; ".join(map("=".join, self.cookies.items()))
        environ = EnvironBuilder(path="/", headers=[("Cookie", cookie)]).get_environ()
        headers: list[tuple[str, str]] = []
        started = time.perf_counter()
        body = self.app(environ, lambda status, found, info=None: headers.extend(found))  # type: ignore[arg-type,return-value]
        for _ in body:
            pass
        taken = time.perf_counter() - started
        close = getattr(body, "close", None)
        if close is not None:
            close()
        for key, value in headers:
            if key == "Set-Cookie":
                name, _, kept = value.partition(";")[0].partition("=")
                self.cookies[name] = kept
        return taken


def serve(name: str) -> None:
    """Run one variant: for each number on standard input so many requests; answer with two times in microseconds.

    The first is the median time to the last byte; the second the time of the process's processors per
    request, all threads and all that was put off included.
    """
    with tempfile.TemporaryDirectory() as folder:
        variant = VARIANTS[name](Path(folder))
        request = Requests(variant.app)
        for _ in range(WARM_UP):
            request()
        variant.finish()
        for line in sys.stdin:
            count = int(line)
            started = time.process_time()
            times = sorted(request() for _ in range(count))
            variant.finish()
            used = time.process_time() - started
            print(times[count // 2] * 1e6, used / count * 1e6, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
