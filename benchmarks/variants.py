"""A page under each tool. Each variant runs in a process of its own, because some tools change
Flask permanently.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from werkzeug.test import EnvironBuilder

from .family import PAGES, Page

WARM_UP = 50


class Variant(NamedTuple):
    """An app under a tool.

    :param finish: does the work that the tool has deferred.
    """

    app: Flask
    finish: Callable[[], object]


def bare(folder: Path, page: Page) -> Variant:
    """Return the app as it is."""
    return Variant(page.make(), lambda: None)


def recording(folder: Path, page: Page, **settings: object) -> Variant:
    """Record every request, including writing and compressing."""
    from flask_replay import Replay

    app = page.make()
    app.config.update({"REPLAY_STORAGE": str(folder), "REPLAY_MAX_EVENTS": 10**7, **settings})
    replay = Replay(app)

    def finish() -> None:
        with app.app_context():
            replay.finalize()

    return Variant(app, finish)


def unsampled(folder: Path, page: Page) -> Variant:
    """Record no session: the cost for a visitor who is not in the sample."""
    return recording(folder, page, REPLAY_SAMPLE_RATE=0.0)


def excluded(folder: Path, page: Page) -> Variant:
    """Record other pages, but not this one, which a setting excludes."""
    return recording(folder, page, REPLAY_EXCLUDE=("page*", "tasks*"))


def opentelemetry(folder: Path, page: Page) -> Variant:
    """Trace with OpenTelemetry, with Flask and Jinja2 instrumented, and no exporter."""
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
    app = page.make()
    FlaskInstrumentor().instrument_app(app)  # type: ignore[no-untyped-call]
    Jinja2Instrumentor().instrument()
    return Variant(app, provider.force_flush)


def sentry(folder: Path, page: Page) -> Variant:
    """Trace with the Sentry SDK, with everything sampled, and nothing sent."""
    import sentry_sdk
    from sentry_sdk.transport import Transport

    class Nowhere(Transport):
        def capture_envelope(self, envelope: object) -> None:
            return None

    sentry_sdk.init(dsn="http://key@localhost/1", traces_sample_rate=1.0, transport=Nowhere)
    return Variant(page.make(), sentry_sdk.flush)


VARIANTS = {
    function.__name__: function
    for function in (bare, recording, unsampled, excluded, opentelemetry, sentry)
}


class Requests:
    """Sends requests of one visitor, who has a cookie of the app, and keeps the cookies of
    responses.

    The first request is for a missing page, because its response sets the recorder's cookie, which
    a WebSocket does not.
    """

    def __init__(
        self,
        app: Flask,
        page: Page = PAGES["tasks"],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.app = app
        self.clock = clock
        self.page = page
        self.cookies = {"theme": "dark"}
        self.environ = EnvironBuilder(path="/", **page.sent).get_environ()
        self.body: bytes = self.environ["wsgi.input"].read()
        self.status = ""
        self.environ["PATH_INFO"] = "/nothing"
        self()
        self.environ["PATH_INFO"] = "/"

    def __call__(self) -> float:
        """Send a request.

        :returns: the seconds until the last byte, at the end of the response's iteration. Nobody
            waits for what follows in ``close()``.
        """
        environ = self.environ | self.page.each()
        environ["HTTP_COOKIE"] = "; ".join(map("=".join, self.cookies.items()))
        environ["wsgi.input"] = BytesIO(self.body)
        headers: list[tuple[str, str]] = []

        def start(status: str, found: list[tuple[str, str]], info: object = None) -> None:
            self.status = status
            headers.extend(found)

        started = self.clock()
        body = self.app(environ, start)  # type: ignore[arg-type]
        for _ in body:
            pass
        taken = self.clock() - started
        close = getattr(body, "close", None)
        if close is not None:
            close()
        for key, value in headers:
            if key == "Set-Cookie":
                name, _, kept = value.partition(";")[0].partition("=")
                self.cookies[name] = kept
        return taken


def serve(name: str, key: str) -> None:
    """Run one variant of a page: for each number on standard input, send as many requests and
    answer with two times.

    The first is the median processor time of the answering thread until the last byte, because
    other waiting time is caused by the machine. The second is the processor time of the process per
    request, including all threads and all deferred work. Both are in microseconds.
    """
    page = PAGES[key]
    with tempfile.TemporaryDirectory() as folder:
        variant = VARIANTS[name](Path(folder), page)
        request = Requests(variant.app, page, time.thread_time)
        for _ in range(WARM_UP):
            request()
        variant.finish()
        gc.collect()
        for line in sys.stdin:
            count = int(line)
            started = time.process_time()
            times = sorted(request() for _ in range(count))
            variant.finish()
            used = time.process_time() - started
            print(times[count // 2] * 1e6, used / count * 1e6, flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
