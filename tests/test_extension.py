"""``Replay(app)``: what a developer meets first."""

from __future__ import annotations

import copy
import gc
import inspect
import weakref
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app, render_template_string
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client

from flask_replay import ConfigError, FileStorage, RecordingNotFound, Replay, Sanitizer

from .conftest import AppMaker, recordings_of, replay_of


def visit(app: Flask) -> str:
    """Record a session of two pages, finalize it, and return its id."""
    client = app.test_client()
    for name in ("ann", "bob"):
        client.get(f"/hello/{name}").close()
    with app.app_context():
        replay_of(app).finalize()
        return replay_of(app).recordings.summaries()[0].id


def test_it_records_unless_the_app_is_tested(tmp_path: Path) -> None:
    """An app's own tests need no recordings. The player is there all the same."""
    app = Flask("tested", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test", TESTING=True)
    Replay(app)
    assert "Set-Cookie" not in app.test_client().get("/").headers
    assert app.extensions["replay"].recorder is None
    assert "flask_replay.list" in app.view_functions


def test_the_default_store_is_a_folder_of_the_instance(tmp_path: Path) -> None:
    """A relative path is resolved there, too. An object is used as it is."""
    stores: list[Any] = [None, "elsewhere", tmp_path / "far", FileStorage(tmp_path / "given")]
    folders = []
    for number, store in enumerate(stores):
        app = Flask(f"app{number}", instance_path=str(tmp_path / "instance"))
        app.config.update(SECRET_KEY="test", REPLAY_STORAGE=store)
        Replay(app)
        folders.append(app.extensions["replay"].storage.path)
    instance = tmp_path / "instance"
    assert folders == [
        instance / "replay",
        instance / "elsewhere",
        tmp_path / "far",
        tmp_path / "given",
    ]
    assert not any(folder.exists() for folder in folders)


def test_initializing_does_not_create_the_jinja_environment(tmp_path: Path) -> None:
    """That would fix options that the app still wants to set."""
    app = Flask("late", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test")
    Replay(app)
    app.jinja_options = {"variable_start_string": "[[", "variable_end_string": "]]"}
    app.add_url_rule("/", "home", lambda: render_template_string("<p>[[ 1 + 1 ]]</p>"))
    assert "jinja_env" not in app.__dict__
    assert app.test_client().get("/").data == b"<p>2</p>"


def test_an_extension_serves_the_current_app_or_its_own(make_app: AppMaker) -> None:
    """Outside of a context, an object that was made for one app uses that app."""
    app = make_app()
    replay_of(app).flush()
    with pytest.raises(RuntimeError, match="app_context"):
        Replay().flush()


def test_the_current_app_may_be_passed_as_an_app(tmp_path: Path) -> None:
    """A function that sets up extensions may have nothing else."""
    app = Flask("small", instance_path=str(tmp_path))
    app.secret_key = "test"
    app.add_url_rule("/", "index", lambda: render_template_string("<p>{{ 1 }}</p>"))
    with app.app_context():
        Replay().init_app(current_app)  # type: ignore[arg-type]
    app.test_client().get("/").close()
    assert len(recordings_of(app)) == 1


def test_a_recording_is_rendered_and_verified_by_its_id(app: Flask) -> None:
    """Frames count from 0. A missing one is named."""
    id = visit(app)
    replay = replay_of(app)
    assert [replay.render(id, frame).html for frame in (0, 1)] == [
        "<h1>Hello ann</h1>",
        "<h1>Hello bob</h1>",
    ]
    assert replay.render(id, 0, now=True).html == "<h1>Hello ann</h1>"
    report = replay.verify(id)
    assert (report.frames, report.identical, report.ok) == (2, 2, True)
    for frame in (-1, 2):
        with pytest.raises(RecordingNotFound, match="has 2 frames"):
            replay.render(id, frame)
    with pytest.raises(RecordingNotFound):
        replay.verify("0" * 26)


def test_rendering_frame_after_frame_reads_a_recording_at_most_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time for one frame alone. Nothing of a deleted recording is shown."""
    id = visit(app)
    with app.app_context():
        replay = replay_of(app)
        load, loads = FileStorage.load, list[str]()

        def noting(store: FileStorage, id: str) -> bytes:
            loads.append(id)
            return load(store, id)

        monkeypatch.setattr(FileStorage, "load", noting)
        for frame in (0, 1, 0):
            replay.render(id, frame)
            replay.state(id, frame)
        assert len(loads) <= 2
        replay.recordings.delete(id)
        with pytest.raises(RecordingNotFound):
            replay.render(id, 0)


def test_finalizing_is_harmless_twice_and_by_id(app: Flask) -> None:
    """An unknown id is an error."""
    client = app.test_client()
    client.post("/save", data={"title": "x"}).close()
    (recording,) = recordings_of(app)
    replay = replay_of(app)
    for _ in range(2):
        replay.finalize(recording.summary.id)
    assert [summary.id for summary in replay.recordings.summaries()] == [recording.summary.id]
    with pytest.raises(RecordingNotFound):
        replay.finalize("0" * 26)


def test_the_app_names_the_visitor(make_app: AppMaker) -> None:
    """``identify`` runs within the request, and may return nothing."""
    names = iter([None, "ann"])
    app = make_app(identify=lambda: next(names))
    client = app.test_client()
    for _ in range(2):
        client.get("/hello/x").close()
    assert recordings_of(app)[0].summary.name == "ann"


def test_the_player_is_where_the_app_puts_it(make_app: AppMaker) -> None:
    """Under ``/replay``, under another prefix, or nowhere until the blueprint is registered."""
    places = {}
    for prefix in ("/replay", "/watch", None):
        app = make_app(url_prefix=prefix)
        places[prefix] = [
            rule.rule for rule in app.url_map.iter_rules() if rule.endpoint == "flask_replay.list"
        ]
    assert places == {"/replay": ["/replay/"], "/watch": ["/watch/"], None: []}


def test_the_commands_are_there(app: Flask) -> None:
    """``flask replay`` explains itself."""
    result = app.test_cli_runner().invoke(args=["replay", "--help"])
    assert result.exit_code == 0
    assert "verify" in result.output


@pytest.mark.parametrize("value", [7, object()])
def test_an_invalid_store_is_refused(value: Any) -> None:
    """As an argument as well as in a setting."""
    app = Flask("refused")
    app.config["SECRET_KEY"] = "test"
    with pytest.raises(ConfigError, match="storage"):
        Replay(app, storage=value)


@pytest.mark.parametrize("argument", ["authorize", "identify"])
def test_a_callback_that_cannot_be_called_is_refused(argument: str) -> None:
    """At startup, with its name."""
    arguments: dict[str, Any] = {argument: "ann"}
    with pytest.raises(ConfigError, match=argument):
        Replay(**arguments)


@pytest.mark.parametrize(
    ("sanitizer", "message"), [(object(), "lacks read, params, delta"), (Sanitizer, "an object")]
)
def test_an_invalid_sanitizer_is_refused(sanitizer: Any, message: str) -> None:
    """The message says what is missing."""
    with pytest.raises(ConfigError, match=message):
        Replay(sanitizer=sanitizer)


def test_extensions_that_inspect_hooks_find_none_of_the_players(app: Flask) -> None:
    """APIFlask reads attributes of its own blueprints from each one that has a hook before its
    requests.
    """
    hooks = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    assert [name for functions in hooks for name, those in functions.items() if those] == []


@pytest.mark.parametrize("visited", [False, True])
def test_a_released_app_is_freed_as_soon_as_without_us(tmp_path: Path, visited: bool) -> None:
    """By reference counts alone, unless Flask itself has a cycle."""

    def is_freed(recorded: bool) -> bool:
        app = Flask("gone", instance_path=str(tmp_path))
        app.secret_key = "test"
        if recorded:
            Replay(app)
        app.add_url_rule("/", "home", lambda: "home")
        if visited:
            assert app.test_client().get("/").text == "home"
        gone = weakref.ref(app)
        del app
        return gone() is None

    enabled = gc.isenabled()
    gc.disable()
    try:
        assert [is_freed(recorded) for recorded in (False, True)] == [True, True]
    finally:
        if enabled:
            gc.enable()


def test_a_server_may_keep_the_method_of_an_app_only(tmp_path: Path) -> None:
    """Like a factory that returns middleware, which nothing but the server needs."""

    def create() -> ProxyFix:
        app = Flask("shop", instance_path=str(tmp_path))
        app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
        Replay(app)
        app.add_url_rule("/", "home", lambda: "home")
        return ProxyFix(app.wsgi_app)

    served = create()
    gc.collect()
    response = Client(served).get("/")
    assert response.text == "home"
    assert "replay" in response.headers["Set-Cookie"]


def test_a_copy_of_an_app_may_outlive_it(tmp_path: Path) -> None:
    """It has the hooks of the original."""
    app = Flask("shop", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    Replay(app)
    app.add_url_rule("/", "home", lambda: render_template_string("{{ 7 }}"))
    other, gone = copy.copy(app), weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None
    assert other.test_client().get("/").text == "7"
    assert len(recordings_of(other)) == 1


def test_the_classes_of_an_app_are_not_told_of_ours(tmp_path: Path) -> None:
    """Some register their subclasses, by the keywords with which they are defined."""
    registered = []

    class Named(Flask):
        def __init_subclass__(cls, label: str) -> None:
            registered.append(label)

    class Shop(Named, label="shop"):
        """A shop."""

    app = Shop(__name__, instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    Replay(app)
    app.add_url_rule("/", "home", lambda: type(app).__name__)
    assert app.test_client().get("/").text == "Shop"
    assert (type(app).__module__, type(app).__doc__) == (Shop.__module__, "A shop.")
    assert registered == ["shop"]


def test_an_app_may_have_a_class_that_allows_no_subclass(tmp_path: Path) -> None:
    class Final(type):
        def __new__(cls, name: str, bases: tuple[type, ...], names: dict[str, Any]) -> Final:
            if any(isinstance(base, Final) for base in bases):
                raise TypeError(f"{name} is final")
            return super().__new__(cls, name, bases, names)

    class Shop(Flask, metaclass=Final):
        pass

    app = Shop(__name__, instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    Replay(app)
    app.add_url_rule("/", "home", lambda: "home")
    assert type(app) is Shop
    assert "replay" in app.test_client().get("/").headers["Set-Cookie"]


def test_an_app_finds_its_middleware_as_before(tmp_path: Path) -> None:
    """Some read there under which prefix they are served."""
    app = Flask(__name__, instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)

    class Prefixed:
        prefix = "/shop"

        def __init__(self, inner: Any) -> None:
            self.app = inner

        def __call__(self, environ: Any, start_response: Any) -> Any:
            return self.app(environ, start_response)

    flask = app.wsgi_app
    app.wsgi_app = Prefixed(app.wsgi_app)  # type: ignore[method-assign]
    app.add_url_rule("/", "home", lambda: getattr(app.wsgi_app, "prefix", "none"))
    Replay(app)
    assert app.test_client().get("/").text == "/shop"
    assert not hasattr(app.wsgi_app, "suffix")
    assert getattr(app.wsgi_app, "app") == flask  # noqa: B009 - mypy knows Flask's method only


def test_middleware_can_be_set_and_recognized(tmp_path: Path) -> None:
    """An app may configure it later, and wraps itself only once."""
    app = Flask(__name__, instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    app.wsgi_app = middleware = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    Replay(app)
    seen: Any = app.wsgi_app
    assert isinstance(seen, ProxyFix)
    seen.x_for = 2
    del seen.x_host
    assert middleware.x_for == 2
    assert not hasattr(middleware, "x_host")


def test_without_middleware_an_app_has_its_own_method(tmp_path: Path) -> None:
    """With the attributes of a method, which cannot be set."""
    app = Flask(__name__, instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    Replay(app)
    seen: Any = app.wsgi_app
    assert (seen.__self__, seen.__name__) == (app, "wsgi_app")
    assert inspect.ismethod(seen)
    with pytest.raises(AttributeError, match="'method' object has no attribute 'prefix'"):
        setattr(app.wsgi_app, "prefix", "/shop")  # noqa: B010 - methods have no such attribute
