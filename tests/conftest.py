"""What tests share: a small recorded app, a server, a browser."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, flash, redirect, render_template_string, request
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from flask_replay import Replay
from flask_replay.player.pages import Pages
from flask_replay.recording.model import Recording

from .browsing import browser, serve, tab
from .services import Services

__all__ = ["browser", "serve", "tab"]

HERE = Path(__file__).parent
MARKED: dict[str, tuple[str, ...]] = {
    "processes": (
        "processes",
        "servers",
        "peers",
        "testing/test_plugin.py",
        "test_packaging.py",
        "test_state.py",
        "test_verifying.py",
    ),
    "database": ("storage/test_migrations.py",),
    "slow": (
        "benchmarks",
        "canaries",
        "conformance",
        "example",
        "fidelity",
        "fragments",
        "fuzzing",
        "player",
        "codec/test_anything.py",
        "codec/test_hostile.py",
        "privacy/test_ignore.py",
        "recorder/test_bodies.py",
        "recorder/test_containers.py",
        "recorder/test_cost.py",
        "recorder/test_echoes.py",
        "recorder/test_handover.py",
        "recorder/test_outbox.py",
        "recorder/test_sizes.py",
        "recorder/test_sockets.py",
        "recorder/test_spool.py",
        "recorder/test_writer.py",
        "storage/test_contract.py",
        "storage/test_crashes.py",
        "storage/test_retention.py",
        "storage/test_workers.py",
    ),
}
"""Folders and modules that ``./dev test --fast`` leaves out, by the reason."""

FIXTURES = {"browser": {"browser", "tab"}, "database": {"services"}}
"""The same for tests that use certain fixtures."""

LONGEST_ID = 80
"""Characters of the data that a case is named after."""

AppMaker = Callable[..., Flask]


def pytest_configure() -> None:
    """Let Ctrl-C reach the servers that tests start, even if the tests run in the background of a
    shell.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folders and fixtures. Those with a browser come last.

    The browser's driver leaves a loop of events running in its thread, where no other loop can run
    from then on.
    """
    for item in items:
        used = set(getattr(item, "fixturenames", ()))
        for mark in (
            *_marks_of(item.path),
            *(mark for mark, fixtures in FIXTURES.items() if used & fixtures),
        ):
            item.add_marker(mark)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@cache
def _marks_of(path: Path) -> list[str]:
    place = path.relative_to(HERE) if path.is_relative_to(HERE) else path
    return [mark for mark, places in MARKED.items() if any(map(place.is_relative_to, places))]


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a case after its data where pytest would number it: ``{'Sec-GPC': '1'}``, not
    ``headers0``. The data must be the same in every process, so no time and no random key.
    """
    if not isinstance(val, dict | list | tuple | timedelta | Path) or not _is_plain(val):
        return None
    text = str(val)
    return text if len(text) <= LONGEST_ID else None


def _is_plain(value: object) -> bool:
    """Whether a value has the same text in every process of the tests."""
    if isinstance(value, dict):
        return all(map(_is_plain, (*value, *value.values())))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | bytes | int | float | timedelta | Path)


def pytest_collection_finish() -> None:
    """Exclude objects from collection from later garbage collections, because they stay to the end,
    and collect garbage less often. It took a fifth of the time of tests that make a small app.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 5, 2)


def _views(app: Flask) -> None:
    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        return render_template_string("<h1>Hello {{ name }}</h1>", name=name)

    @app.get("/two")
    def two() -> str:
        parts = [render_template_string("<p>{{ n }}</p>", n=n) for n in (1, 2)]
        return f"<!doctype html><body>{parts[0]}<hr>{parts[1]}</body>"

    @app.get("/literal")
    def literal() -> str:
        return "<!doctype html><p>no template made this</p><input name='password' value='s3cretS3cret'>"

    @app.post("/save")
    def save() -> Response:
        flash(request.form.get("title", ""))
        return redirect("/hello/saved?token=abcdef123456")

    @app.post("/api")
    def api() -> dict[str, Any]:
        return {"got": request.get_json()}

    @app.get("/broken")
    def broken() -> str:
        return render_template_string("before {{ 1 / nothing }} after", nothing=0)

    @app.get("/raises")
    def raises() -> str:
        raise ValueError("password='hunter2hunter2' is wrong")

    @app.get("/gone")
    def gone() -> str:
        abort(410)

    @app.get("/health")
    def health() -> str:
        return render_template_string("<p>ok</p>")


@pytest.fixture(autouse=True, scope="session")
def _instance_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Prevent the apps of tests from writing into the checkout. The folder of a test is made with
    its first app, because most tests have none, and making a folder takes a third of their time.
    """

    @cache
    def folder_of(test: str) -> str:
        return str(tmp_path_factory.mktemp("instance"))

    def found(app: Flask) -> str:
        test, _, _ = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")  # and its phase
        return folder_of(test)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "auto_find_instance_path", found)
        yield


class _CompiledPages(BytecodeCache):
    """The compiled templates of the player, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(autouse=True, scope="session")
def _compiled_pages() -> Iterator[None]:
    """Compile the player's templates once. Otherwise the app of each test would compile them."""
    cache, make = _CompiledPages(), Pages._made

    def made(self: Pages, folder: str, name: str, color: str) -> Environment:
        environment = make(self, folder, name, color)
        environment.bytecode_cache = cache
        return environment

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pages, "_made", made)
        yield


@pytest.fixture(autouse=True, scope="session")
def _built_late() -> Iterator[None]:
    """Compile what builds a route's addresses when one is built, as the player's routes do. Of the
    routes of tests, few addresses are, and compiling took a fifth of the time of a small test.
    """
    compile_builder = Rule._compile_builder

    def later(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = cache(partial(compile_builder, rule, append_unknown))
        return lambda rule, /, **values: compiled()(rule, **values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", later)
        yield


@pytest.fixture
def make_app(tmp_path: Path) -> AppMaker:
    """Return a function that makes a recorded app. Keywords that begin with ``REPLAY_`` are
    settings, others are arguments of ``Replay``.
    """

    def make(folder: str = "replay", **options: Any) -> Flask:
        app = Flask("small", instance_path=str(tmp_path / "instance"))
        settings = {key: options.pop(key) for key in list(options) if key.startswith("REPLAY_")}
        app.config.update(
            {"SECRET_KEY": "test", "REPLAY_STORAGE": str(tmp_path / folder), **settings}
        )
        _views(app)
        Replay(app, **options)
        return app

    return make


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    """A recorded app with default settings."""
    return make_app()


def replay_of(app: Flask) -> Replay:
    """Return the extension of an app."""
    replay: Replay = app.extensions["replay"].replay
    return replay


def recordings_of(app: Flask) -> list[Recording]:
    """Flush, and return all running recordings, oldest first."""
    with app.app_context():
        replay = replay_of(app)
        replay.flush()
        return [
            replay.recordings.get_active(summary.id)
            for summary in reversed(replay.recordings.storage.active())
        ]


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """Database servers, started on demand."""
    services = Services()
    yield services
    services.remove()
