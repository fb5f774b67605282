"""Without a rule of the app, only this machine opens the player, in debug mode."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client

from flask_replay import Replay
from flask_replay.storage import FileStorage

from .handmade import TOUR, keep, make_app

OWN = [
    ("localhost", "127.0.0.1"),
    ("LOCALHOST:5000", "127.0.0.1"),
    ("shop.localhost:5000", "::1"),
    ("127.0.0.1:5000", "127.0.0.1"),
    ("127.0.0.2", "127.0.0.2"),
    ("[::1]:5000", "::1"),
    ("[::1]", "::ffff:127.0.0.1"),
]
FOREIGN = [
    ("evil.example", "127.0.0.1"),  # whose name resolves to this machine
    ("localhost.evil.example:5000", "127.0.0.1"),
    ("evil-localhost", "127.0.0.1"),
    ("127.0.0.1.evil.example", "127.0.0.1"),
    ("evil.example@localhost", "127.0.0.1"),
    ("localhost/x", "127.0.0.1"),
    ("0.0.0.0:5000", "127.0.0.1"),
    ("192.168.1.7:5000", "127.0.0.1"),
    ("[::", "127.0.0.1"),
    ("", "127.0.0.1"),
    # a name chosen by the client, on a server that listens on all interfaces
    ("localhost", "192.168.1.9"),
    ("127.0.0.1", "10.0.0.4"),
    ("[::1]", "fe80::1%eth0"),
    ("localhost", "::ffff:192.168.1.9"),
    ("localhost", ""),  # a Unix socket
    ("localhost", "<local>"),
]


def status(app: Flask, host: str, peer: str, said: dict[str, str] | None = None) -> int:
    """Request the list of recordings."""
    place = {"REMOTE_ADDR": peer, "HTTP_HOST": host}
    return app.test_client().get("/replay/", environ_overrides=place, headers=said).status_code


@pytest.mark.parametrize(("host", "peer"), OWN)
def test_only_this_machine_opens_the_player_in_debug_mode(app: Flask, host: str, peer: str) -> None:
    """By any of its local names."""
    assert status(app, host, peer) == 200
    app.debug = False
    assert status(app, host, peer) == 404


@pytest.mark.parametrize(("host", "peer"), FOREIGN)
def test_no_other_machine_opens_it(
    app: Flask, storage: FileStorage, host: str, peer: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The developer is told once, in a message that contains nothing from the request."""
    recording = keep(storage, TOUR)
    assert status(app, host, peer) == status(app, host, peer) == 404
    place = {"REMOTE_ADDR": peer, "HTTP_HOST": host}
    for view in (
        recording,
        f"{recording}/page/0",
        f"{recording}/live.json",
        "health",
        "health.json",
    ):
        assert app.test_client().get(f"/replay/{view}", environ_overrides=place).status_code == 404
    assert caplog.text.count("REPLAY_TRUSTED_HOSTS") == 1 and "evil" not in caplog.text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"},
        {"X-Real-IP": "203.0.113.9"},
        {"X-Forwarded-Host": "shop.example"},
        {"Forwarded": "for=127.0.0.1;host=localhost"},
    ],
)
def test_a_request_through_a_proxy_on_this_machine_is_not_local(
    app: Flask, headers: dict[str, str]
) -> None:
    """For example, a tunnel, or nginx in front of the development server."""
    assert status(app, "localhost", "127.0.0.1", headers) == 404


def test_a_proxy_for_local_use_is_accepted(app: Flask) -> None:
    """Front-end tools have one."""
    headers = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost:5173"}
    assert status(app, "localhost:5000", "127.0.0.1", headers) == 200


def test_a_forged_forwarding_header_is_not_local(app: Flask) -> None:
    """An app that trusts its proxies without having any would believe it."""
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_host=1)  # type: ignore[method-assign]
    said = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost"}
    assert status(app, "shop.example", "192.168.1.9", said) == 404
    assert status(app, "localhost", "127.0.0.1") == 200


@pytest.mark.parametrize(
    ("trusted", "host", "opens"),
    [
        (["dev.example"], "dev.example:5000", True),
        ("dev.example, 192.168.1.7", "192.168.1.7:5000", True),
        (["*.dev.example"], "a.b.dev.example", True),
        (["*.dev.example"], "dev.example", False),
        (["[fd00::7]"], "[fd00::7]:5000", True),
        # in a container, whose network is shared with others
        (["localhost"], "localhost:5000", True),
        (["dev.example"], "evil.example", False),
        (["dev.example"], "dev.example.evil.example", False),
        (["dev.example"], "evil-dev.example", False),
    ],
)
def test_a_trusted_host_opens_the_player_to_everybody_who_uses_it(
    tmp_path: Path, trusted: object, host: str, opens: bool
) -> None:
    """In debug mode. Otherwise the setting has no effect."""
    app = Flask("trusting")
    app.config.update(
        REPLAY_TRUSTED_HOSTS=trusted, REPLAY_ENABLED=False, DEBUG=True, SECRET_KEY="test"
    )
    Replay(app, storage=FileStorage(tmp_path))
    assert (status(app, host, "192.168.1.9") == 200) is opens
    app.debug = False
    assert status(app, host, "192.168.1.9") == 404


def test_a_server_that_reports_no_client_address_opens_it_to_nobody(app: Flask) -> None:
    """For example, a bridge from ASGI on a Unix socket."""
    assert Client(app).get("/replay/").status_code == 404


def test_a_rule_of_the_app_decides_alone(folder: Path) -> None:
    """Whatever the host, and even in debug mode."""
    opened = make_app(folder, lambda action, recording: True)
    assert status(opened, "shop.example", "203.0.113.9") == 200
    closed = make_app(folder, lambda action, recording: False)
    assert status(closed, "localhost", "127.0.0.1") == 404
