"""The page under each tool. A variant runs in a process of its own: some tools change Flask for good."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable

from flask import Flask
from werkzeug.test import EnvironBuilder

from .page import make_app

Finish = Callable[[], object]


def bare(app: Flask) -> Finish:
    """Measure the app as it is."""
    return lambda: None


def _replay(app: Flask, rate: float) -> Finish:
    from flask_replay import Replay

    app.config.update(REPLAY_STORAGE=tempfile.mkdtemp(), REPLAY_SAMPLE_RATE=rate, REPLAY_MAX_EVENTS=10**7)
    replay = Replay(app)

    def finish() -> None:
        with app.app_context():
            replay.finalize()

    return finish


def recording(app: Flask) -> Finish:
    """Record every request."""
    return _replay(app, 1.0)


def unsampled(app: Flask) -> Finish:
    """Record no session: what a visitor pays who is not in the sample."""
    return _replay(app, 0.0)


def opentelemetry(app: Flask) -> Finish:
    """Trace with OpenTelemetry, Flask and Jinja2 instrumented."""
    from opentelemetry import trace
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.instrumentation.jinja2 import Jinja2Instrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class Nowhere(SpanExporter):
        def export(self, spans: object) -> SpanExportResult:
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Nowhere()))
    trace.set_tracer_provider(provider)
    FlaskInstrumentor().instrument_app(app)  # type: ignore[no-untyped-call]
    Jinja2Instrumentor().instrument()
    return provider.shutdown


def sentry(app: Flask) -> Finish:
    """Trace with the Sentry SDK, everything sampled, sent nowhere."""
    import sentry_sdk
    from sentry_sdk.transport import Transport

    class Nowhere(Transport):
        def capture_envelope(self, envelope: object) -> None:
            return None

    sentry_sdk.init(dsn="http://key@localhost/1", traces_sample_rate=1.0, transport=Nowhere)
    return sentry_sdk.flush


VARIANTS = {function.__name__: function for function in (bare, recording, unsampled, opentelemetry, sentry)}


def serve(name: str) -> None:
    """Run one variant: for each line on stdin, so many requests; answer their median and processor time.

    Times are in microseconds. The last byte is the end of the response's iteration: what comes after,
    in ``close()``, is no longer waited for.
    """
    app = make_app() if name in {"bare", "recording", "unsampled"} else None
    if name == "sentry":
        finish = sentry(Flask("none"))
        app = make_app()
    elif app is None:
        app = make_app()
        finish = VARIANTS[name](app)
    else:
        finish = VARIANTS[name](app)
    request = Requests(app)
    for _ in range(50):
        request()
    for line in sys.stdin:
        count = int(line)
        if not count:
            break
        started = time.process_time()
        times = sorted(request() for _ in range(count))
        if name != "sentry":
            finish()
        used = time.process_time() - started
        print(times[len(times) // 2] * 1e6, used / count * 1e6, flush=True)


class Requests:
    """Sends requests of one visitor, who has a cookie."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.cookie = ""

    def __call__(self) -> float:
        """Send one. Returns the seconds until the last byte."""
        environ = EnvironBuilder(path="/", headers=[("Cookie", self.cookie)] if self.cookie else None).get_environ()
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
                self.cookie = value.partition(";")[0]
        return taken


if __name__ == "__main__":
    serve(sys.argv[1])
