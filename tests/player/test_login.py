"""People without permission who are not logged in are redirected to the login page."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Blueprint, Flask, request
from flask.testing import FlaskClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from flask_replay import ConfigError, Replay
from flask_replay.storage import FileStorage

from .handmade import TOUR, keep


def known() -> str | None:
    """Identify the user of a request like a login extension."""
    return request.headers.get("X-User")


def make(
    folder: Path, login_url: str | None = "/login", url_prefix: str = "/replay", **config: Any
) -> Flask:
    """Return an app whose player is open to Ann."""
    app = Flask("private")
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=False, **config)
    auth = Blueprint("auth", __name__, url_prefix="/auth")
    auth.add_url_rule("/in", "login", lambda: "log in")
    app.register_blueprint(auth)
    Replay(
        app,
        storage=FileStorage(folder),
        authorize=lambda action, recording: known() == "ann",
        identify=known,
        login_url=login_url,
        url_prefix=url_prefix,
    )
    return app


@pytest.fixture
def client(folder: Path) -> FlaskClient:
    return make(folder).test_client()


def next_of(location: str) -> str:
    """Return the return address that a login page gets."""
    (found,) = parse_qs(urlsplit(location).query)["next"]
    return found


@pytest.mark.parametrize(
    "view", ["", "?status=live&before=x", "{id}", "{id}/page/0", "health", "{missing}"]
)
def test_people_who_are_not_logged_in_are_redirected_and_come_back(
    client: FlaskClient, storage: FileStorage, view: str
) -> None:
    """Whether or not the recording exists, so nobody learns that."""
    place = "/replay/" + view.format(id=keep(storage, TOUR), missing="0" * 26)
    answer = client.get(place)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?")
    assert next_of(answer.headers["Location"]) == place


def test_people_who_are_logged_in_without_permission_are_not_redirected(
    client: FlaskClient, storage: FileStorage
) -> None:
    """The login page would send them back here."""
    recording = keep(storage, TOUR)
    for view in ("", recording, "0" * 26):
        assert client.get(f"/replay/{view}", headers={"X-User": "bob"}).status_code == 404
    assert client.get(f"/replay/{recording}", headers={"X-User": "ann"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "application/json"},
        {"Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Dest": "image"},
        {"Upgrade": "websocket"},
    ],
)
def test_scripts_and_sockets_are_not_redirected(
    client: FlaskClient, storage: FileStorage, headers: dict[str, str]
) -> None:
    """They cannot use a login page."""
    assert (
        client.get(f"/replay/{keep(storage, TOUR)}/steps.json", headers=headers).status_code == 404
    )


def test_forms_are_not_redirected(client: FlaskClient, storage: FileStorage) -> None:
    """Their data would be lost."""
    assert client.post(f"/replay/{keep(storage, TOUR)}/delete").status_code == 404


@pytest.mark.parametrize(
    ("login_url", "expected"),
    [
        ("/login?lang=de#form", "/login?lang=de&next=%2Freplay%2F#form"),
        ("auth.login", "/auth/in?next=/replay/"),
        ("https://id.example/in", "https://id.example/in?next=http%3A%2F%2Flocalhost%2Freplay%2F"),
    ],
)
def test_the_login_page_is_a_path_a_view_or_on_another_host(
    folder: Path, login_url: str, expected: str
) -> None:
    """Another host gets the full return address."""
    assert make(folder, login_url).test_client().get("/replay/").headers["Location"] == expected
    assert (
        make(folder, None, REPLAY_LOGIN_URL=login_url)
        .test_client()
        .get("/replay/")
        .headers["Location"]
        == expected
    )


@pytest.mark.parametrize(
    "id", ["%5Cevil.example", "%09%5Cevil.example", "%5C%5Cevil.example", "evil.example%0d%0aX: y"]
)
def test_no_return_address_leads_to_another_site(folder: Path, id: str) -> None:
    """Even if the player is at the root and the path begins with a character that browsers read as
    a slash.
    """
    location = make(folder, url_prefix="").test_client().get(f"/{id}").headers["Location"]
    back = next_of(location)
    assert back[0] == "/" and back[1] not in "/\\" and "\t" not in back and "\n" not in back


def test_the_return_address_includes_the_mount_point(folder: Path) -> None:
    """As the browser sees it."""
    client = Client(DispatcherMiddleware(Flask("outer"), {"/shop": make(folder)}))
    assert next_of(client.get("/shop/replay/?only=1").headers["Location"]) == "/shop/replay/?only=1"


def test_an_unknown_login_view_denies_access(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And is logged."""
    assert make(folder, "auth.gone").test_client().get("/replay/").status_code == 404
    assert "could not send people to log in" in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https://",
        "in here",
        "",
        7,
        "http://a@b/",
    ],
)
def test_an_invalid_login_address_is_an_error_at_startup(folder: Path, wrong: Any) -> None:
    with pytest.raises(ConfigError, match="login_url must be a path such as"):
        make(folder, wrong)
    with pytest.raises(ConfigError, match="REPLAY_LOGIN_URL must be a path such as"):
        make(folder, None, REPLAY_LOGIN_URL=wrong)


def test_login_url_requires_identify() -> None:
    """Otherwise people who are logged in without permission would be redirected in circles."""
    with pytest.raises(ConfigError, match="requires identify"):
        Replay(Flask("circles"), authorize=lambda action, recording: False, login_url="/login")


def test_login_url_without_a_rule_leaves_the_player_closed(folder: Path) -> None:
    """Logging in would open nothing."""
    app = Flask("closed")
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=False)
    Replay(app, storage=FileStorage(folder), identify=known, login_url="/login")
    assert app.test_client().get("/replay/").status_code == 404
