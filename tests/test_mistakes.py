"""Common mistakes in using the extension: each gets one line that names it and the remedy, as soon
as possible.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, current_app, render_template_string
from flask_sqlalchemy import SQLAlchemy

from flask_replay import ConfigError, FileStorage, Replay, Sanitizer, SQLAlchemyStorage
from flask_replay.boundary import logger
from flask_replay.cli import replay_cli
from flask_replay.value_forms import shown

from .conftest import AppMaker, replay_of
from .storage.memory import MemoryStorage

INFINITE, NOT_A_NUMBER = float("inf"), float("nan")


class Odd:
    """Raises on any access."""

    def __repr__(self) -> str:
        raise ValueError("no repr")

    def __eq__(self, other: object) -> bool:
        raise ValueError("no eq")

    __hash__ = None  # type: ignore[assignment]


SETTINGS: list[tuple[dict[str, Any], str]] = [
    # keys
    (
        {"REPLAY_SAMPLE_RAT": 0.5},
        "REPLAY_SAMPLE_RAT is not a setting of Flask-Replay. Did you mean REPLAY_SAMPLE_RATE?",
    ),
    ({"REPLAY_SAMPLERATE": 0.5}, "Did you mean REPLAY_SAMPLE_RATE?"),
    ({"REPLAY_MAXSIZE": 1}, "Did you mean REPLAY_MAX_SIZE?"),
    ({"REPLAY_EXCLUDES": []}, "Did you mean REPLAY_EXCLUDE?"),
    (
        {"REPLAY_XYZZY": 1},
        "REPLAY_XYZZY is not a setting of Flask-Replay. The settings are: REPLAY_ENABLED, REPLAY_STORAGE",
    ),
    ({"REPLAY_": 1}, "REPLAY_ is not a setting"),
    ({"replay_sample_rate": 0}, "replay_sample_rate must be written REPLAY_SAMPLE_RATE"),
    ({"Replay_Enabled": False}, "Replay_Enabled must be written REPLAY_ENABLED"),
    ({"FLASK_REPLAY_ENABLED": False}, "FLASK_REPLAY_ENABLED must be written REPLAY_ENABLED"),
    ({"REPLAY": {"ENABLED": False}}, "REPLAY must not be a dictionary of settings"),
    # truths
    ({"REPLAY_ENABLED": "maybe"}, "REPLAY_ENABLED must be True or False, got 'maybe'"),
    ({"REPLAY_ENABLED": None}, "REPLAY_ENABLED must be True or False, got None"),
    ({"REPLAY_ENABLED": ""}, "got ''"),
    ({"REPLAY_ENABLED": 2}, "got 2"),
    ({"REPLAY_ENABLED": [True]}, "got [True]"),
    ({"REPLAY_ENABLED": b"true"}, "got b'true'"),
    # numbers
    ({"REPLAY_SAMPLE_RATE": 1.5}, "REPLAY_SAMPLE_RATE must be a number from 0 to 1, got 1.5"),
    ({"REPLAY_SAMPLE_RATE": "50%"}, "got '50%'"),
    ({"REPLAY_SAMPLE_RATE": -0.1}, "got -0.1"),
    ({"REPLAY_SAMPLE_RATE": True}, "got True"),
    ({"REPLAY_SAMPLE_RATE": NOT_A_NUMBER}, "got nan"),
    ({"REPLAY_SAMPLE_RATE": "nan"}, "got 'nan'"),
    ({"REPLAY_SAMPLE_RATE": None}, "got None"),
    ({"REPLAY_SAMPLE_RATE": 1j}, "got 1j"),
    ({"REPLAY_SAMPLE_RATE": Odd()}, "got an object of Odd"),
    ({"REPLAY_MAX_EVENTS": 0}, "REPLAY_MAX_EVENTS must be a whole number >= 1, got 0"),
    ({"REPLAY_MAX_EVENTS": -1}, "got -1"),
    ({"REPLAY_MAX_EVENTS": 1.5}, "got 1.5"),
    ({"REPLAY_MAX_EVENTS": "many"}, "got 'many'"),
    ({"REPLAY_MAX_EVENTS": INFINITE}, "got inf"),
    ({"REPLAY_MAX_EVENTS": 10**400}, "REPLAY_MAX_EVENTS must be a whole number"),
    ({"REPLAY_MAX_EVENTS": {10}}, "got {10}"),
    ({"REPLAY_MAX_EVENTS": len}, "got the function len"),
    ({"REPLAY_RETRY_ATTEMPTS": 0}, "REPLAY_RETRY_ATTEMPTS must be a whole number >= 1, got 0"),
    # durations
    ({"REPLAY_MAX_AGE": 0}, "REPLAY_MAX_AGE must be a duration > 0"),
    (
        {"REPLAY_MAX_AGE": "7 fortnights"},
        "or a string such as '90s', '30m', '7d', got '7 fortnights'",
    ),
    ({"REPLAY_MAX_AGE": "-7d"}, "got '-7d'"),
    ({"REPLAY_MAX_AGE": INFINITE}, "<= 100 years: seconds, a timedelta"),
    ({"REPLAY_IDLE_TIMEOUT": NOT_A_NUMBER}, "got nan"),
    ({"REPLAY_IDLE_TIMEOUT": "30:00"}, "got '30:00'"),
    ({"REPLAY_FLUSH_INTERVAL": (1, "s")}, "got (1, 's')"),
    ({"REPLAY_FLUSH_INTERVAL": Path("1s")}, "REPLAY_FLUSH_INTERVAL must be a duration"),
    # sizes
    (
        {"REPLAY_MAX_MEMORY": "lots"},
        "REPLAY_MAX_MEMORY must be a size >= 1 MiB: bytes, or a string such as '500MB'",
    ),
    ({"REPLAY_MAX_MEMORY": 1000}, "got 1000"),
    ({"REPLAY_MAX_MEMORY": None}, "got None"),
    ({"REPLAY_MAX_SIZE": "10 GBit"}, "or None for no limit, got '10 GBit'"),
    ({"REPLAY_MAX_SIZE": "-1GB"}, "got '-1GB'"),
    ({"REPLAY_RAW_HTML": -1}, "REPLAY_RAW_HTML must be a size >= 0 bytes"),
    # choices
    ({"REPLAY_FORMAT": "yaml"}, "REPLAY_FORMAT must be one of 'msgpack', 'json', got 'yaml'"),
    ({"REPLAY_FORMAT": ["json"]}, "got ['json']"),
    ({"REPLAY_FSYNC": True}, "REPLAY_FSYNC must be one of 'archive', 'append', got True"),
    # folders and stores
    ({"REPLAY_SPOOL": ""}, "REPLAY_SPOOL must be the path of a folder"),
    ({"REPLAY_SPOOL": b"/srv"}, "got b'/srv'"),
    ({"REPLAY_SPOOL": "a\0b"}, "REPLAY_SPOOL must be the path of a folder"),
    (
        {"REPLAY_STORAGE": 7},
        (
            "REPLAY_STORAGE must be the path of a folder, or an object that is a Journal and an "
            "Archive"
        ),
    ),
    ({"REPLAY_STORAGE": ""}, "got ''"),
    ({"REPLAY_STORAGE": lambda: FileStorage("x")}, "got the function <lambda>"),
    ({"REPLAY_STORAGE": FileStorage}, "got the class FileStorage: pass an object of this class"),
    ({"REPLAY_STORAGE": []}, "got []"),
    ({"REPLAY_STORAGE": open}, "got the function open"),
    (
        {"REPLAY_STORAGE": "postgresql://ann:hunter2@db/shop"},
        "got 'postgresql://***@db/shop': that is a URL",
    ),
    # the cookie
    ({"REPLAY_COOKIE_NAME": "my cookie"}, "REPLAY_COOKIE_NAME must be the name of a cookie"),
    ({"REPLAY_COOKIE_PATH": "shop"}, "REPLAY_COOKIE_PATH must be a path that begins with '/'"),
    ({"REPLAY_COOKIE_PATH": "/a; Secure"}, "got '/a; Secure'"),
    ({"REPLAY_COOKIE_DOMAIN": "https://shop.example"}, "without scheme, port and path"),
    ({"REPLAY_COOKIE_DOMAIN": "shop.example:8000"}, "got 'shop.example:8000'"),
    ({"REPLAY_COOKIE_SAMESITE": "sometimes"}, "must be one of 'lax', 'strict', 'none'"),
    # lists
    ({"REPLAY_REDACT": ["emails"]}, "'emails' is not a name: did you mean 'email'?"),
    ({"REPLAY_REDACT": ["("]}, "'(' is not a regular expression"),
    ({"REPLAY_EXCLUDE": "api/*"}, "the path 'api/*' must begin with '/'"),
    ({"REPLAY_EXCLUDE": ["/health", 7]}, "7 is not a path or endpoint"),
    ({"REPLAY_EXCLUDE": ["/health", ""]}, "'' is not a path or endpoint"),
    ({"REPLAY_EXCLUDE": [re.compile("/a.*")]}, "an object of Pattern is not a path or endpoint"),
    ({"REPLAY_EXCLUDE": {"/health": True}}, "REPLAY_EXCLUDE must be paths and endpoints"),
    ({"REPLAY_EXCLUDE": (path for path in ["/a"])}, "got <generator"),
    ({"REPLAY_EXCLUDE": b"/health"}, "got b'/health'"),
    ({"REPLAY_EXCLUDE": None}, "got None"),
    # tokens: never shown, because somebody may have set one in place of its hash
    ({"REPLAY_API_TOKENS": "replay_hunter2"}, "REPLAY_API_TOKENS must be a dictionary of names"),
    ({"REPLAY_API_TOKENS": {"bot": "replay_hunter2"}}, "got something else: 'bot' needs a hash"),
    ({"REPLAY_API_TOKENS": {7: "sha256:0"}}, "7 needs a hash"),
    ({"REPLAY_API_TOKENS": None}, "got something else"),
]


@pytest.mark.parametrize(
    ("config", "message"), SETTINGS, ids=[next(iter(config)) for config, _ in SETTINGS]
)
def test_an_invalid_setting_is_named_with_its_rule(config: dict[str, Any], message: str) -> None:
    """In one short line, at startup, without secrets."""
    app = Flask("wrong")
    app.config.update(SECRET_KEY="test", **config)
    with pytest.raises(ConfigError) as caught:
        Replay(app)
    said = str(caught.value)
    assert message in said
    assert "\n" not in said and "hunter2" not in said and caught.value.__cause__ is None
    assert "replay" not in app.extensions


Lacking = type(
    "Lacking", (), {name: value for name, value in vars(MemoryStorage).items() if name != "lease"}
)
"""A store that lacks one method."""


class Awaited(Sanitizer):
    """Has a hook that is a coroutine."""

    async def read(self, owner: str, name: str, value: Any) -> Any:  # type: ignore[override]
        return value


class Short(Sanitizer):
    """Takes too few arguments."""

    def read(self, name: str, value: Any) -> Any:  # type: ignore[override]
        return value


class Long(Sanitizer):
    """Takes too many arguments."""

    def params(self, params: dict[str, Any], request: Any) -> dict[str, Any]:  # type: ignore[override]
        return params


class Rules:
    """Has a method that can be a rule."""

    def __call__(self, action: str, recording: object) -> bool:
        return True

    def allows(self, action: str, recording: object) -> bool:
        return True


class AsyncRules:
    """Is a coroutine."""

    async def __call__(self, action: str, recording: object) -> bool:
        return True


async def _later(action: str, recording: object) -> bool:
    return True


async def _later_name() -> str:
    return "ann"


def _yielding(action: str, recording: object) -> Iterator[bool]:
    yield True


async def _streaming(action: str, recording: object) -> AsyncIterator[bool]:
    yield True


ARGUMENTS: list[tuple[dict[str, Any], str]] = [
    ({"authorize": "admin"}, "authorize must be a function of (action, recording), got 'admin'"),
    ({"authorize": True}, "got True"),
    ({"authorize": lambda: True}, "got the function <lambda>, which takes ()"),
    ({"authorize": lambda action: True}, "which takes (action)"),
    ({"authorize": lambda action, recording, user: True}, "missing a required argument: 'user'"),
    ({"authorize": Rules.allows}, "missing a required argument"),
    ({"authorize": Rules}, "got the class Rules"),
    ({"authorize": _later}, "which is a coroutine or generator function: use a plain def"),
    ({"authorize": partial(_later)}, "which is a coroutine or generator"),
    ({"authorize": AsyncRules()}, "which is a coroutine or generator"),
    ({"authorize": _yielding}, "which is a coroutine or generator"),
    ({"authorize": _streaming}, "which is a coroutine or generator"),
    ({"identify": "ann"}, "identify must be a function without arguments, got 'ann'"),
    (
        {"identify": lambda request: "ann"},
        "which takes (request): missing a required argument: 'request'",
    ),
    ({"identify": _later_name}, "which is a coroutine or generator"),
    ({"identify": str}, "got the class str"),
    ({"sanitizer": Sanitizer}, "got the class Sanitizer: pass an object of this class"),
    (
        {"sanitizer": lambda value: value},
        "got the function <lambda>, which lacks read, params, delta",
    ),
    ({"sanitizer": {"password"}}, "which lacks read, params, delta"),
    ({"sanitizer": Short()}, "the sanitizer's read must be a function of (owner, name, value)"),
    ({"sanitizer": Long()}, "the sanitizer's params must be a function of (params)"),
    (
        {"sanitizer": Awaited()},
        "the sanitizer's read must be a function of (owner, name, value), got",
    ),
    ({"storage": 7}, "storage must be the path of a folder, or an object"),
    ({"storage": MemoryStorage}, "got the class MemoryStorage: pass an object of this class"),
    (
        {"storage": Lacking()},
        "storage must be a Journal and an Archive, got an object of Lacking, which lacks lease",
    ),
    ({"storage": "sqlite:///x.db"}, "storage=SQLAlchemyStorage(db)"),
    (
        {"url_prefix": "replay"},
        "url_prefix must be a path that begins with '/', or None, got 'replay'",
    ),
    ({"url_prefix": "https://shop.example/replay"}, "url_prefix must be a path"),
    ({"url_prefix": 7}, "got 7"),
    (
        {"url_prefix": Path("/replay")},
        "url_prefix must be a path that begins with '/', or None, got",
    ),
]


@pytest.mark.parametrize(("arguments", "message"), ARGUMENTS)
def test_an_invalid_argument_is_named_with_its_rule(
    arguments: dict[str, Any], message: str
) -> None:
    """Without an app, and with one."""
    for first in ((), (Flask("wrong"),)):
        with pytest.raises(ConfigError) as caught:
            Replay(*first, **arguments)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "rule",
    [
        Rules(),
        Rules().allows,
        partial(lambda user, action, recording: True, "ann"),
        lambda *asked: True,
        max,
    ],
)
def test_anything_callable_may_be_a_rule(rule: Callable[..., Any]) -> None:
    """Functions, objects, methods, partials. The arguments of functions in C cannot be checked."""
    Replay(Flask("right"), authorize=rule)


class Quart:
    """Stands for an app of the framework with this name."""

    __module__ = "quart.app"


APPS: list[tuple[Any, str]] = [
    ("shop", "app must be a Flask app, got 'shop'"),
    (Flask, "got the class Flask"),
    (Blueprint("shop", __name__), "got an object of Blueprint"),
    (
        Flask("shop").wsgi_app,
        "got the function wsgi_app: pass the Flask object itself, not a wrapper around it",
    ),
    (Quart(), "got an object of Quart: Quart is another framework"),
    (True, "got True"),
]


@pytest.mark.parametrize(("app", "message"), APPS)
def test_an_invalid_app_is_refused(app: Any, message: str) -> None:
    """With a hint at what is valid."""
    with pytest.raises(ConfigError, match=re.escape(message)):
        Replay(app)
    with pytest.raises(ConfigError, match=re.escape(message)):
        Replay().init_app(app)


def test_an_app_that_has_served_requests_is_refused() -> None:
    """With or without a player, because Flask would refuse the one and not notice the other."""
    app = Flask("late")
    app.test_client().get("/")
    for prefix in ("/replay", None):
        with pytest.raises(ConfigError, match="call Replay[(]app[)] before the first one"):
            Replay(app, url_prefix=prefix)


def test_a_second_replay_is_refused() -> None:
    """By the same object and by another one."""
    app, replay = Flask("twice"), Replay()
    replay.init_app(app)
    for again in (replay, Replay()):
        with pytest.raises(ConfigError, match="already has a Replay"):
            again.init_app(app)


def test_the_current_app_may_be_passed() -> None:
    """As in Flask's own documentation."""
    app = Flask("proxy")
    with app.app_context():
        assert Replay(current_app).app is not None  # type: ignore[arg-type]
    assert "replay" in app.extensions


ENVIRONMENT = {
    "FLASK_REPLAY_ENABLED": "false",
    "FLASK_REPLAY_SAMPLE_RATE": "0.5",
    "FLASK_REPLAY_MAX_EVENTS": "1000",
    "FLASK_REPLAY_MAX_SIZE": "10GB",
    "FLASK_REPLAY_MAX_AGE": "7d",
    "FLASK_REPLAY_EXCLUDE": "/health, api.*",
    "FLASK_REPLAY_FORMAT": "JSON",
}


def test_environment_variables_set_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through Flask, which parses JSON, and from programs that pass on the texts."""
    for key, value in ENVIRONMENT.items():
        monkeypatch.setenv(key, value)
    app, texts = Flask("environment"), Flask("texts")
    app.config.from_prefixed_env()
    texts.config.update({key.removeprefix("FLASK_"): value for key, value in ENVIRONMENT.items()})
    for one in (app, texts):
        Replay(one)
        settings = one.extensions["replay"].settings
        assert (settings.enabled, settings.sample_rate, settings.max_events) == (False, 0.5, 1000)
        assert (settings.max_size, settings.max_age, settings.format) == (
            10**10,
            7 * 86_400,
            "json",
        )
        assert settings.exclude == ("/health", "api.*")


class Count(int):
    """A number of a custom class, as in libraries for numbers."""


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("max_events", Count(7), 7),
        ("max_events", 1e3, 1000),
        ("max_events", "1_000", 1000),
        ("sample_rate", Decimal("0.5"), 0.5),
        ("sample_rate", Fraction(1, 4), 0.25),
        ("sample_rate", " 0.5 ", 0.5),
        ("enabled", "OFF", False),
        ("enabled", 1, True),
        ("exclude", {"/b", "/a"}, ("/a", "/b")),
        ("exclude", "", ()),
        ("max_memory", "256MiB", 256 << 20),
        ("max_spool", 1e9, 10**9),
        ("flush_interval", "500ms", 0.5),
        ("idle_timeout", "1h 30min", 5400.0),
        ("idle_timeout", "2 Hours", 7200.0),
        ("max_age", "2w", 14 * 86_400.0),
        ("storage", Path("/srv/replay"), "/srv/replay"),
        ("storage", "~/replay", str(Path("~/replay").expanduser())),
    ],
)
def test_unambiguous_spellings_are_accepted(key: str, value: object, read: object) -> None:
    """For each kind of value."""
    app = Flask("clear")
    app.config[f"REPLAY_{key.upper()}"] = value
    Replay(app)
    assert getattr(app.extensions["replay"].settings, key) == read


def test_similar_keys_of_the_app_are_left_alone() -> None:
    """Those that only resemble ours."""
    app = Flask("own")
    app.config.update(
        {
            "replay_speed": 2,
            "REPLAY": True,
            "MAX_SIZE": 1,
            "DISPLAY_FORMAT": "x",
            "RELAY_ENABLED": 1,
            7: 7,
        }
    )
    Replay(app)


# What shows at the first request


def test_settings_changed_too_late_are_reported_once(
    make_app: AppMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """At the first request, and by the doctor."""
    app = make_app()
    app.config.update(REPLAY_SAMPLE_RATE=0.0, REPLAY_ENABLED=False)
    for _ in range(2):
        app.test_client().get("/hello/ann")
    assert (
        caplog.text.count("REPLAY_SAMPLE_RATE was changed after Replay(app) had read the settings")
        == 1
    )
    assert caplog.text.count("REPLAY_ENABLED was changed") == 1
    with app.app_context():
        assert "REPLAY_SAMPLE_RATE was changed" in " ".join(replay_of(app).health().problems)


def test_unchanged_settings_are_not_reported(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """Nor is ``testing`` if it is set later, as test suites do."""
    app.testing = True
    app.test_client().get("/hello/ann")
    assert caplog.text == ""


def test_a_replay_without_an_app_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    """Forgetting ``init_app`` is logged once, at the first request."""
    replay = Replay()
    app = Flask("bare")
    for _ in range(2):
        app.test_client().get("/")
    assert caplog.text.count("call replay.init_app(app)") == 1
    with pytest.raises(ConfigError, match="call this within the app_context()"):
        _ = replay.recordings


def test_a_replay_that_gets_its_app_later_is_not_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Factories do that."""
    replay = Replay()
    app = Flask("factory")
    app.secret_key = "test"
    replay.init_app(app)
    app.test_client().get("/")
    assert caplog.text == ""


class User:
    """Has a name, but is not one."""


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("ann", "ann"),
        (7, "7"),
        (0, "0"),
        (None, ""),
        ("", ""),
        (User(), ""),
        (True, ""),
        (["ann"], ""),
        (b"ann", ""),
    ],
)
def test_a_name_is_a_text_or_a_number(
    make_app: AppMaker, caplog: pytest.LogCaptureFixture, value: object, name: str
) -> None:
    """The address of an object would be useless. The log says so without the object's content."""
    app = make_app(identify=lambda: value)
    app.test_client().get("/hello/ann")
    with app.app_context():
        replay_of(app).flush()
        (summary,) = replay_of(app).recordings.storage.active()
    assert summary.name == name
    wrong = "identify must return a string or None, got an object of"
    assert caplog.text.count(wrong) == int(not isinstance(value, str | int | None) or value is True)


class Forgetful(Sanitizer):
    """Has hooks that return nothing."""

    def params(self, params: dict[str, Any]) -> dict[str, Any]:  # type: ignore[return]
        params.pop("name", None)

    def read(self, owner: str, name: str, value: Any) -> Any:
        """Return nothing."""

    def delta(self, changed: dict[str, Any], previous: dict[str, Any]) -> dict[str, Any]:  # type: ignore[return]
        changed.clear()


def test_hooks_that_return_nothing_are_reported(
    make_app: AppMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """The data that they should have sanitized is left out."""
    app = make_app(sanitizer=Forgetful())
    client = app.test_client()
    for name in ("ann", "bob", "cid"):
        assert client.get(f"/hello/{name}?x=1").get_data(as_text=True) == f"<h1>Hello {name}</h1>"
    with app.app_context():
        replay_of(app).flush()
        (summary,) = replay_of(app).recordings.storage.active()
    assert summary.tally.requests == 3
    for line in ("params must return a dict", "delta must return a dict", "read returned None"):
        assert caplog.text.count(line) == 1
    assert "Traceback" not in caplog.text


# Places


@pytest.mark.parametrize("place", ["REPLAY_STORAGE", "REPLAY_SPOOL"])
def test_a_file_in_place_of_a_folder_is_reported_at_startup(
    make_app: AppMaker, tmp_path: Path, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    """It is not an error, because it may be repaired while the app runs."""
    (tmp_path / "taken").write_text("")
    app = make_app(**{place: str(tmp_path / "taken" / "deep")})
    assert f"{tmp_path / 'taken'} is a file where a folder is needed" in caplog.text
    assert app.test_client().get("/hello/ann").status_code == 200


DATABASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"SQLALCHEMY_DATABASE_URI": "sqlite://"}, {}, "must be a file or a server"),
    ({"SQLALCHEMY_DATABASE_URI": "sqlite:///:memory:"}, {}, "must be a file or a server"),
    ({"SQLALCHEMY_DATABASE_URI": {"url": "sqlite://"}}, {}, "must be a file or a server"),
    (
        {"SQLALCHEMY_DATABASE_URI": "sqlite:///x.db"},
        {"bind_key": "replay"},
        "SQLALCHEMY_BINDS (none), got 'replay'",
    ),
    (
        {"SQLALCHEMY_BINDS": {"a": "sqlite:///a.db"}},
        {"bind_key": "b"},
        "SQLALCHEMY_BINDS ('a'), got 'b'",
    ),
    ({"SQLALCHEMY_DATABASE_URI": "nosuch://u:hunter2@h/d"}, {}, "is its driver installed?"),
    ({"SQLALCHEMY_DATABASE_URI": "mysql+nosuch://u:hunter2@h/d"}, {}, "is its driver installed?"),
    ({"SQLALCHEMY_DATABASE_URI": "not an address"}, {}, "the database of the app cannot be used"),
]


@pytest.mark.parametrize(("config", "options", "message"), DATABASES)
def test_an_unsuitable_database_is_reported_at_startup(
    config: dict[str, Any], options: dict[str, Any], message: str
) -> None:
    """As far as the settings show, whether or not its extension was initialized, and only if the
    app records.
    """
    app = Flask("database")
    app.config.update(SECRET_KEY="test", **config)
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        Replay(app, storage=SQLAlchemyStorage(SQLAlchemy(), **options))
    assert "hunter2" not in str(caught.value)
    off = Flask("off")
    off.config.update(TESTING=True, **config)
    Replay(off, storage=SQLAlchemyStorage(SQLAlchemy(), **options))


@pytest.mark.parametrize("db", ["sqlite:///x.db", None, SQLAlchemy, object()])
def test_a_store_takes_the_apps_database_extension(db: Any) -> None:
    """Not an address, nor the class."""
    with pytest.raises(
        ConfigError, match="db must be the app's flask_sqlalchemy.SQLAlchemy object, got"
    ):
        SQLAlchemyStorage(db)


# Commands


@pytest.mark.parametrize(
    "command", ["list", "doctor", "verify", "finalize", "record status", "token list", "cleanup"]
)
def test_commands_without_a_replay_say_so(command: str) -> None:
    """In one line, with status 1."""
    app = Flask("bare")
    app.cli.add_command(replay_cli)
    result = app.test_cli_runner().invoke(args=["replay", *command.split()])
    assert result.exit_code == 1
    assert (
        result.output
        == "Error: the app 'bare' has no Replay: call Replay(app), or replay.init_app(app)\n"
    )


REASONS: list[tuple[dict[str, Any], str]] = [
    ({"SECRET_KEY": None}, "the app has no SECRET_KEY"),
    ({"REPLAY_ENABLED": False}, "REPLAY_ENABLED is False"),
    ({"REPLAY_ENABLED": "off"}, "REPLAY_ENABLED is False"),
    ({"TESTING": True}, "app.testing is set, which turns recording off"),
    ({"REPLAY_EXCLUDE": "*"}, "REPLAY_EXCLUDE matches every route of the app: *"),
    ({"REPLAY_EXCLUDE": ["/*"]}, "REPLAY_EXCLUDE matches every route of the app: /*"),
]


def _shop(config: dict[str, Any], folder: Path) -> Flask:
    app = Flask("shop")
    app.config.update(
        {"SECRET_KEY": "test", "DEBUG": True, "REPLAY_STORAGE": str(folder), **config}
    )
    app.add_url_rule("/", "home", lambda: render_template_string("<h1>Shop</h1>"))
    Replay(app)
    return app


@pytest.mark.parametrize(
    ("config", "reason"), [*REASONS, ({"REPLAY_SAMPLE_RATE": 0}, "REPLAY_SAMPLE_RATE is 0")]
)
def test_the_reason_why_nothing_is_recorded_is_shown(
    config: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    """By the doctor, the health page and the lists."""
    app = _shop(config, tmp_path / "replay")
    runner, client = app.test_cli_runner(), app.test_client()
    doctor = runner.invoke(args=["replay", "doctor"])
    assert doctor.exit_code == 1
    assert f"not recording: {reason}" in doctor.stderr and "All is well" not in doctor.output
    assert f"Not recording: {reason}" in runner.invoke(args=["replay", "list"]).stderr
    assert f"Not recording: {reason}" in runner.invoke(args=["replay", "verify"]).stderr
    app.debug = True  # the command has read the environment
    health = client.get("/replay/health.json")
    assert health.status_code == 503 and f"not recording: {reason}" in " ".join(
        health.get_json()["problems"]
    )
    assert f"not recording: {reason}" in client.get("/replay/health").get_data(as_text=True)
    assert f"Not recording: {reason}" in client.get("/replay/").get_data(as_text=True)


@pytest.mark.parametrize(("config", "reason"), REASONS)
def test_a_capture_that_would_record_nothing_is_refused(
    config: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    """The command ends with the reason."""
    runner = _shop(config, tmp_path / "replay").test_cli_runner()
    for command in (["record", "start", "bug"], ["record", "bug"]):
        result = runner.invoke(args=["replay", *command])
        assert result.exit_code == 1
        assert result.output.startswith(f"Error: not recording: {reason}")
    assert "nothing is being recorded" in runner.invoke(args=["replay", "record", "status"]).output


def test_sampling_does_not_prevent_a_capture(tmp_path: Path) -> None:
    """It records whatever the sample rate."""
    runner = _shop({"REPLAY_SAMPLE_RATE": 0}, tmp_path / "replay").test_cli_runner()
    assert runner.invoke(args=["replay", "record", "start", "bug"]).exit_code == 0


def test_full_memory_is_a_reason(app: Flask) -> None:
    """New sessions are not recorded then."""
    app.extensions["replay"].writer.budget.add(1 << 40)
    with app.app_context():
        assert "not recording: REPLAY_MAX_MEMORY is reached" in " ".join(
            replay_of(app).health().problems
        )


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"REPLAY_COOKIE_NAME": "session"}, "is the name of the session cookie"),
        ({"REPLAY_COOKIE_SAMESITE": "None"}, "SameSite=None requires REPLAY_COOKIE_SECURE"),
        ({"REPLAY_COOKIE_PARTITIONED": True}, "Partitioned requires REPLAY_COOKIE_SECURE"),
        ({"REPLAY_COOKIE_NAME": "__Secure-replay"}, "requires REPLAY_COOKIE_SECURE"),
        (
            {
                "REPLAY_COOKIE_NAME": "__Host-replay",
                "REPLAY_COOKIE_SECURE": True,
                "REPLAY_COOKIE_PATH": "/shop",
            },
            "requires the path '/' and no domain",
        ),
        ({"REPLAY_EXCLUDE": ["hoem"]}, "'hoem', which is no endpoint of the app"),
    ],
)
def test_a_setting_without_effect_is_a_problem(
    config: dict[str, Any], problem: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The doctor reports it, and so does the log at the first request."""
    app = _shop(config, tmp_path / "replay")
    doctor = app.test_cli_runner().invoke(args=["replay", "doctor"])
    assert doctor.exit_code == 1 and problem in doctor.stderr
    app.test_client().get("/").close()
    assert problem in caplog.text


@pytest.mark.parametrize(
    "config",
    [
        {"SESSION_COOKIE_SECURE": True, "REPLAY_COOKIE_SAMESITE": "None"},
        {"REPLAY_COOKIE_NAME": "__Host-replay", "REPLAY_COOKIE_SECURE": True},
        {"REPLAY_COOKIE_DOMAIN": ".shop.example", "REPLAY_COOKIE_PATH": "/"},
    ],
)
def test_a_cookie_that_browsers_accept_is_no_problem(
    config: dict[str, Any], tmp_path: Path
) -> None:
    """Its attributes are those of the session cookie unless a setting replaces them."""
    app = _shop(config, tmp_path / "replay")
    assert app.test_cli_runner().invoke(args=["replay", "doctor"]).exit_code == 0


def test_an_app_that_excludes_a_part_is_healthy(tmp_path: Path) -> None:
    """As long as the rest is recorded."""
    app = _shop({"REPLAY_EXCLUDE": ["/health", "api.*"]}, tmp_path / "replay")
    assert app.test_cli_runner().invoke(args=["replay", "doctor"]).exit_code == 0


COMMANDS = (
    "list",
    "verify",
    "finalize",
    "cleanup",
    "recover",
    "clear --yes",
    "forget --user ann --yes",
    "export out.tar",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_failing_store_costs_a_command_one_line(
    make_app: AppMaker, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in place of the folder is not taken for an empty store."""
    monkeypatch.chdir(tmp_path)
    app = make_app()
    (tmp_path / "replay").write_text("")
    result = app.test_cli_runner().invoke(args=["replay", *command.split()])
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert result.output.startswith(
        f"Error: {tmp_path / 'replay'} is a file where a folder is needed"
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_missing_tables_cost_a_command_one_line(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how to create them."""
    monkeypatch.chdir(tmp_path)
    app, db = Flask("tables", instance_path=str(tmp_path)), SQLAlchemy()
    app.config.update(SECRET_KEY="test", SQLALCHEMY_DATABASE_URI="sqlite:///x.db")
    db.init_app(app)
    Replay(app, storage=SQLAlchemyStorage(db))
    result = app.test_cli_runner().invoke(args=["replay", *command.split()])
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1
    assert "make the tables with db.create_all() or a migration" in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--max-age", "soon"], "must be a duration > 0"),
        (["--max-age", "0"], "must be a duration > 0"),
        (["--max-size", "big"], "must be a size >= 1 byte"),
        (["--max-recordings", "-1"], "-1 is not in the range"),
    ],
)
def test_options_have_the_forms_of_settings(app: Flask, options: list[str], message: str) -> None:
    """And the same messages."""
    result = app.test_cli_runner().invoke(args=["replay", "cleanup", *options])
    assert result.exit_code == 2 and message in result.output


# Messages


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 500, "x" * 10),
        (list(range(500)), "[0, 1, 2"),
        (Odd(), "an object of Odd"),
        (Odd, "the class Odd"),
        ({"url": "redis://:hunter2@h"}, "redis://***@h"),
        (Odd().__repr__, "the function __repr__"),
        (b"\xff" * 500, "b'"),
    ],
)
def test_a_value_is_shown_short_and_without_credentials(value: object, text: str) -> None:
    """Whatever its own ``repr`` does."""
    said = shown(value)
    assert text in said
    assert len(said) < 160 and "hunter2" not in said and "\n" not in said


def test_the_logger_has_one_name() -> None:
    """With which an app can silence or redirect every message."""
    assert logger.name == "flask_replay"


@pytest.mark.parametrize(
    ("include", "rule", "empty"),
    [
        ("/book/1", "/book/<int:number>", False),
        ("/book/*", "/book/<int:number>", False),
        ("/shop/book/*", "/<path:page>", False),
        ("/b*", "/book/<int:number>", False),
        ("/bok/*", "/book/<int:number>", True),
        ("/book", "/books", True),
        ("view", "/book/<int:number>", False),
        ("vew", "/book/<int:number>", True),
    ],
)
def test_included_paths_and_endpoints_must_exist(include: str, rule: str, empty: bool) -> None:
    """A misspelt one is reported. One that a route with variables may match is not."""
    app = Flask("selective")
    app.config.update(SECRET_KEY="test", REPLAY_INCLUDE=[include])
    app.add_url_rule(rule, "view", lambda **_: "x")
    Replay(app)
    with app.app_context():
        said = " ".join(replay_of(app).health().problems)
    assert ("REPLAY_INCLUDE matches no route of the app" in said) is empty


def test_the_list_offers_no_capture_that_would_record_nothing(tmp_path: Path) -> None:
    """The button appears once its condition is met."""
    for config, offered in (
        ({}, True),
        ({"REPLAY_SAMPLE_RATE": 0}, True),
        ({"REPLAY_ENABLED": False}, False),
    ):
        client = _shop(config, tmp_path / "replay").test_client()
        assert (
            'action="/replay/record"' in client.get("/replay/").get_data(as_text=True)
        ) is offered
