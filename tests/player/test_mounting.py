"""The player is where it is registered, on every host, and does not conflict with the app's routes."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, render_template_string, url_for
from flask.views import MethodView, View
from werkzeug.routing import Rule

from flask_replay import ConfigError, Replay

from ..conftest import AppMaker, recordings_of


def allowed(action: str, recording: object) -> bool:
    """Allow everything."""
    return True


def make(**options: Any) -> Flask:
    app = Flask("placed", **options)
    app.secret_key = "test"
    return app


def page(**_: Any) -> str:
    return render_template_string("<p>{{ 1 }}</p>")


def test_the_app_may_use_the_name_replay_for_anything() -> None:
    """For a blueprint, an endpoint, an extension, a command and a route, before or after."""
    for early in (True, False):
        app = make()
        replay = None if early else Replay(app, url_prefix="/watch", authorize=allowed)
        games = Blueprint("replay", __name__)
        games.add_url_rule("/games", "list", page)
        app.register_blueprint(games)
        app.add_url_rule("/replay/", "replay", page)
        app.extensions["replay"] = "the app's"
        if replay is None:
            app.cli.command("replay")(lambda: None)
            Replay(app, url_prefix="/watch", authorize=allowed)
        client = app.test_client()
        assert [client.get(path).status_code for path in ("/games", "/replay/", "/watch/")] == [
            200,
            200,
            200,
        ]
        assert app.extensions["replay"] == "the app's"
        commands = app.cli.commands
        assert {"replay", "flask-replay"} <= commands.keys() if early else "replay" in commands
        result = app.test_cli_runner().invoke(args=["flask-replay" if early else "replay", "list"])
        assert result.exit_code == 0


def test_routes_are_of_the_apps_class_and_the_apps_own_are_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The addresses of the player are compiled when they are first built, which most processes never
    do.
    """
    compiled: list[str] = []
    compile_builder = Rule._compile_builder

    def noted(rule: Rule, append_unknown: bool = True) -> Any:
        compiled.append(rule.rule)
        return compile_builder(rule, append_unknown)

    class Route(Rule):
        """The app's own class of routes."""

    monkeypatch.setattr(Rule, "_compile_builder", noted)
    app = make()
    app.url_rule_class = Route
    replay = Replay(app, url_prefix="/watch")
    app.add_url_rule("/games", "list", page)
    assert app.url_rule_class is Route
    assert {type(rule) for rule in app.url_map.iter_rules("list")} == {Route}
    assert not [rule for rule in compiled if rule.startswith("/watch")]
    with app.test_request_context():
        assert url_for(f"{replay.blueprint.name}.list", page=2) == "/watch/?page=2"
    assert [rule for rule in compiled if rule.startswith("/watch")] == ["/watch/"]


@pytest.mark.parametrize(
    ("rule", "verb"),
    [
        ("/replay/", "hides"),
        ("/replay/<name>", "hides"),
        ("/replay/<int:n>/steps.json", ""),
        ("/replay/health", "hides"),
        ("/replay/scores", ""),
        ("/replay/<any(a, b):which>", ""),
        ("/replay", ""),
        ("/<path:anything>", ""),
        ("/<page>/", ""),
        ("/", ""),
    ],
)
def test_a_route_that_hides_the_player_is_an_error_at_startup(rule: str, verb: str) -> None:
    """The message names the route, the page and the remedy. A route that only looks similar is
    accepted.
    """
    app = make()
    app.add_url_rule(rule, "mine", page)
    if not verb:
        assert Replay(app) is not None
        return
    with pytest.raises(
        ConfigError,
        match=r"'mine'\) hides the player's '/replay/.*: give Replay another url_prefix",
    ):
        Replay(app)


@pytest.mark.parametrize(
    "rule", ["/replay/", "/replay/<slug>", "/replay/<string(length=4):code>", "/replay/health.json"]
)
def test_a_later_route_that_the_player_hides_is_reported_at_the_first_request(
    rule: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Once in the log, then by the doctor. No visitor gets an error."""
    app = make()
    Replay(app)
    app.add_url_rule(rule, "mine", page)
    app.add_url_rule("/", "home", page)
    assert [app.test_client().get("/").status_code for _ in range(2)] == [200, 200]
    (said,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert f"the app's route {rule!r} (endpoint 'mine') is hidden by the player's" in said
    result = app.test_cli_runner().invoke(args=["replay", "doctor"])
    assert result.exit_code == 1
    assert "is hidden by" in result.output


def test_a_form_may_use_an_address_of_the_player() -> None:
    """They differ by method, so neither hides the other."""
    app = make()
    app.add_url_rule("/replay/", "mine", page, methods=["POST"])
    Replay(app, authorize=allowed)
    client = app.test_client()
    assert (client.post("/replay/").status_code, client.get("/replay/").status_code) == (200, 200)


def test_a_second_registration_says_what_to_do() -> None:
    """And names the place of the first one."""
    app = make()
    replay = Replay(app)
    with pytest.raises(ConfigError, match="already registered, at /replay/: pass url_prefix=None"):
        app.register_blueprint(replay.blueprint, url_prefix="/admin/replay")
    app.register_blueprint(replay.blueprint, url_prefix="/admin/replay", name="second")
    app.debug = True
    assert app.test_client().get("/admin/replay/").status_code == 200


def test_with_host_matching_the_player_is_on_every_host_or_on_its_own() -> None:
    """Its links stay on the host, and requests to all hosts are recorded."""
    app = make(host_matching=True, static_host="shop.example")
    Replay(app, authorize=allowed)
    hosts = ("shop.example", "admin.example:5000")
    for host in hosts:
        app.add_url_rule("/", host, page, host=host)
    for host in hosts:
        client = app.test_client()
        assert client.get("/", base_url=f"http://{host}").status_code == 200
        answer = client.get("/replay/", base_url=f"http://{host}")
        assert answer.status_code == 200
        assert 'href="/replay/static/' in answer.text
        with client.get("/replay/static/any/replay.css", base_url=f"http://{host}") as style:
            assert style.status_code == 200
    assert len(recordings_of(app)) == 2

    app = make(host_matching=True, static_host="shop.example")
    replay = Replay(app, authorize=allowed, url_prefix=None)
    app.register_blueprint(replay.blueprint, url_prefix="/replay", host="admin.example")
    statuses = [
        app.test_client().get("/replay/", base_url=f"http://{host}.example").status_code
        for host in ("admin", "shop")
    ]
    assert statuses == [200, 404]


def test_with_host_matching_a_route_of_one_host_may_not_hide_the_player() -> None:
    """On that host it is an error, too."""
    app = make(host_matching=True, static_host="shop.example")
    app.add_url_rule("/replay/", "mine", page, host="shop.example")
    with pytest.raises(ConfigError, match="hides the player's"):
        Replay(app)


def test_with_subdomains_the_player_is_on_the_apps_own_domain() -> None:
    """Or on the subdomain for which it is registered."""
    app = make(subdomain_matching=True)
    app.config["SERVER_NAME"] = "shop.example"
    replay = Replay(app, authorize=allowed)
    app.register_blueprint(replay.blueprint, url_prefix="/replay", subdomain="admin", name="second")
    app.add_url_rule("/", "home", page, subdomain="<tenant>")
    client = app.test_client()
    for host, status in (
        ("shop.example", 200),
        ("admin.shop.example", 200),
        ("ann.shop.example", 404),
    ):
        assert client.get("/replay/", base_url=f"http://{host}").status_code == status
    client.get("/", base_url="http://ann.shop.example").close()
    client.get("/", base_url="http://bob.shop.example").close()
    assert len(recordings_of(app)) == 2


# Single views


class Told(View):
    """A class of views."""

    def dispatch_request(self) -> str:
        """Answer."""
        return page()


def visited(app: Flask, *paths: str) -> list[str]:
    client = app.test_client()
    for path in paths:
        client.get(path).close()
    return [
        batch.request.url
        for recording in recordings_of(app)
        for batch in recording.batches
        if batch.request
    ]


def test_marked_views_are_recorded_instead_of_the_whole_app(make_app: AppMaker) -> None:
    """Functions, classes and blueprints can be marked."""
    app = make_app()
    replay: Replay = app.extensions["replay"].replay
    app.add_url_rule("/marked", "marked", replay.recorded(lambda: page()))

    @replay.recorded
    class Marked(Told):
        """A recorded method."""

    app.add_url_rule("/class", "class", Marked.as_view("class"))
    part, inner = Blueprint("part", __name__), Blueprint("inner", __name__)
    part.add_url_rule("/part", "part", page)
    inner.add_url_rule("/inner", "inner", page)
    inner.add_url_rule("/left", "left", replay.exempt(lambda: page()))
    part.register_blueprint(inner)
    app.register_blueprint(replay.recorded(part))
    paths = ("/hello/ann", "/marked", "/class", "/part", "/inner", "/left", "/nowhere")
    assert visited(app, *paths) == ["/marked", "/class", "/part", "/inner"]


def test_single_views_are_exempt(make_app: AppMaker) -> None:
    """Pages before and after are one recording. Decorators in between make no difference."""
    from functools import wraps

    app = make_app()
    replay: Replay = app.extensions["replay"].replay

    @app.get("/secret")
    @wraps(page)
    @replay.exempt
    @wraps(page)
    def secret() -> str:
        return page()

    app.add_url_rule("/more", "more", replay.exempt(Told.as_view("more")))
    assert visited(app, "/hello/ann", "/secret", "/more", "/two") == ["/hello/ann", "/two"]


def test_one_method_of_a_view_class_is_exempt(make_app: AppMaker) -> None:
    """Responses of the others are recorded. A HEAD request counts as ``get``."""
    app = make_app()
    replay: Replay = app.extensions["replay"].replay

    class Secret(MethodView):
        """A method that shows something that must not be kept."""

        @replay.exempt
        def get(self) -> str:
            return page()

        def post(self) -> str:
            return page()

    class Whole(View):
        """A view that handles all methods in one function."""

        @replay.exempt
        def dispatch_request(self) -> str:
            return page()

    app.add_url_rule("/secret", view_func=Secret.as_view("secret"))
    app.add_url_rule("/whole", view_func=Whole.as_view("whole"))
    client = app.test_client()
    for method, path in (
        ("GET", "/secret"),
        ("HEAD", "/secret"),
        ("POST", "/secret"),
        ("GET", "/whole"),
    ):
        client.open(path, method=method).close()
    assert [batch.request.method for batch in recordings_of(app)[0].batches if batch.request] == [
        "POST"
    ]


def test_settings_include_and_exclude(make_app: AppMaker) -> None:
    """By path and endpoint. Excluded requests stay excluded, whatever includes them."""
    app = make_app(REPLAY_INCLUDE=["/hello/*", "two"], REPLAY_EXCLUDE=["/hello/bob"])
    paths = ("/hello/ann", "/hello/bob", "/two", "/health", "/nowhere", "/hello/to/nobody")
    assert visited(app, *paths) == ["/hello/ann", "/two", "/hello/to/nobody"]


def test_an_include_that_matches_nothing_is_reported(make_app: AppMaker) -> None:
    """By the doctor."""
    app = make_app(REPLAY_INCLUDE=["/checkout/*"])
    result = app.test_cli_runner().invoke(args=["replay", "doctor"])
    assert result.exit_code == 1
    assert "REPLAY_INCLUDE matches no route of the app: /checkout/*" in result.output


@pytest.mark.parametrize("thing", ["a view", 7, len])
def test_only_views_can_be_marked(thing: Any) -> None:
    """Anything else is an error at once."""
    with pytest.raises(ConfigError, match="exempt must decorate a view"):
        Replay().exempt(thing)


def test_marks_do_not_depend_on_the_app(tmp_path: Path) -> None:
    """A view may be marked before there is an app."""
    replay = Replay()
    view = replay.exempt(lambda: page())
    app = make(instance_path=str(tmp_path))
    replay.init_app(app)
    app.add_url_rule("/", "home", view)
    app.add_url_rule("/two", "two", page)
    assert visited(app, "/", "/two") == ["/two"]
