"""The tracebacks that the app's handlers and loggers see have no frame of the recorder."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import (
    Flask,
    Response,
    after_this_request,
    get_template_attribute,
    got_request_exception,
    render_template_string,
    session,
    stream_template_string,
)
from jinja2 import DictLoader

from flask_replay import Replay

Frames = list[tuple[str, str]]


def fail(*arguments: object, **keywords: object) -> Response:
    """Raise, as a function of the app may anywhere."""
    raise ValueError("no such coupon")


def frames(error: BaseException) -> Frames:
    """Return the file and function of each frame of a traceback. Jinja's own functions, which call
    others for the same template if it is recorded, do not count.
    """
    found = traceback.extract_tb(error.__traceback__)
    return [(Path(one.filename).name, one.name) for one in found if "/jinja2/" not in one.filename]


def _after(app: Flask) -> None:
    @app.before_request
    def later() -> None:
        after_this_request(fail)


def _session(app: Flask) -> None:
    @app.before_request
    def unserializable() -> None:
        session["user"] = object()


def _view(source: str) -> Callable[[Flask], None]:
    return lambda app: app.view_functions.update(index=lambda: render_template_string(source))


def _macro(app: Flask) -> None:
    app.view_functions["index"] = lambda: str(get_template_attribute("macros", "box")())


def _module(app: Flask) -> None:
    app.view_functions["index"] = lambda: str(app.jinja_env.from_string("{{ fail() }}").module)


def _url_values(app: Flask) -> None:
    app.url_value_preprocessor(lambda endpoint, values: fail())  # type: ignore[type-var]


def _context(app: Flask) -> None:
    app.context_processor(lambda: {"user": fail()})
    _view("x")(app)


PLACES: dict[str, Callable[[Flask], object]] = {
    "view": lambda app: app.view_functions.update(index=fail),
    "before_request": lambda app: app.before_request(fail),
    "after_request": lambda app: app.after_request(fail),
    "after_this_request": _after,
    "url_value_preprocessor": _url_values,
    "context processor": _context,
    "session": _session,
    "template": _view("{{ fail() }}"),
    "filter": _view("{{ 1|fail }}"),
    "include": _view("{% include 'part' %}"),
    "macro": _macro,
    "module": _module,
}


def seen(app: Flask, place: str) -> list[tuple[str, Frames]]:
    """Return the tracebacks of a failing request that the app's handler, a receiver of Flask's
    signal and the app's logger get.
    """
    got: list[tuple[str, Frames]] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            assert record.exc_info is not None
            if record.exc_info[1] is not None and "while handling" not in record.getMessage():
                got.append(("log", frames(record.exc_info[1])))

    def receive(sender: Flask, exception: Exception, **_: object) -> None:
        got.append(("signal", frames(exception)))

    @app.errorhandler(ValueError)
    def handle(error: ValueError) -> tuple[str, int]:
        got.append(("handler", frames(error)))
        return "sorry", 500

    app.secret_key = "for the session"
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.jinja_options = {
        "loader": DictLoader(
            {"part": "{{ fail() }}", "macros": "{% macro box() %}{{ fail() }}{% endmacro %}"}
        )
    }
    app.add_template_global(fail, "fail")
    app.add_template_filter(fail, "fail")
    app.add_url_rule("/", "index", lambda: "x")
    PLACES[place](app)
    app.logger.handlers = [Handler()]
    app.logger.propagate = False
    with got_request_exception.connected_to(receive, app):
        assert app.test_client().get("/").status_code == 500
    return got


@pytest.mark.parametrize("place", PLACES)
def test_handlers_and_loggers_see_the_same_frames(place: str, tmp_path: Path) -> None:
    """Wherever the app raises."""
    bare, recorded = Flask("app"), Flask("app")
    recorded.config.update(REPLAY_STORAGE=str(tmp_path / "replay"), REPLAY_SPOOL=str(tmp_path))
    recorded.secret_key = "for the session"
    Replay(recorded)
    expected = seen(bare, place)
    assert expected
    assert seen(recorded, place) == expected


def test_a_server_sees_one_frame_that_reads_a_stream(tmp_path: Path) -> None:
    """None of those that render the page, when a streamed one breaks off."""
    app = Flask("app")
    app.config.update(REPLAY_STORAGE=str(tmp_path / "replay"), REPLAY_SPOOL=str(tmp_path))
    app.secret_key = "for the session"
    Replay(app)
    app.add_template_global(fail, "fail")
    app.add_url_rule("/", "index", lambda: Response(stream_template_string("<p>{{ fail() }}")))
    with pytest.raises(ValueError, match="coupon") as raised:
        app.test_client().get("/", buffered=True)
    names = [name for _, name in frames(raised.value)]
    inner = ["generator", "generate", "top-level template code", "fail"]
    assert names[-5:] == ["__iter__", *inner]


def test_a_server_sees_one_frame_that_calls_the_app(tmp_path: Path) -> None:
    """Like that of any middleware."""
    app = Flask("app")
    app.config.update(
        REPLAY_STORAGE=str(tmp_path / "replay"),
        REPLAY_SPOOL=str(tmp_path),
        PROPAGATE_EXCEPTIONS=True,
    )
    app.secret_key = "for the session"
    Replay(app)
    app.before_request(fail)
    with pytest.raises(ValueError, match="coupon") as raised:
        app.test_client().get("/")
    found = [name for name in frames(raised.value) if name[0] in {"hooks.py", "cookie_sending.py"}]
    assert found == [("cookie_sending.py", "wsgi_app")]
