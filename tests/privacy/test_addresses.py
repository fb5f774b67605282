"""Network addresses of visitors are not kept, unless their networks are requested."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from flask import Flask, Response, jsonify, render_template_string, request

from flask_replay import REDACTED, ConfigError
from flask_replay.recording.model import Recording

from ..conftest import AppMaker, recordings_of


def asked(app: Flask, **environ: str) -> tuple[Recording, str]:
    """Request a page that shows all addresses it knows, and a document. Return the recording and
    its text.
    """

    @app.get("/page")
    def page() -> str:
        forwarded = request.headers.get("X-Forwarded-For", "")
        own = render_template_string(
            "<p>{{ request.remote_addr }} {{ forwarded }}</p>", forwarded=forwarded
        )
        return f"<!doctype html>{own}<footer>{request.remote_addr}"

    @app.get("/document")
    def document() -> Response:
        return jsonify(you=request.remote_addr, by=[*request.access_route])

    client = app.test_client()
    for path in ("/page", "/document"):
        client.get(path, environ_overrides=environ).close()
    (recording,) = recordings_of(app)
    return recording, str(msgspec.to_builtins(recording.batches))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.7, 198.51.100.9"},
        {"HTTP_X_FORWARDED_FOR": "2001:db8:7:1::9"},
        {"HTTP_FORWARDED": 'for="[2001:db8:7:1::9]:4711";proto=https, for=203.0.113.7:80'},
        {"HTTP_CF_CONNECTING_IP": "203.0.113.7"},
        {"HTTP_X_REAL_IP": "::ffff:203.0.113.7"},
    ],
)
def test_no_address_is_kept(app: Flask, headers: dict[str, str]) -> None:
    """Wherever it occurs: in reads of templates, in literal text, in documents."""
    recording, text = asked(app, REMOTE_ADDR="192.0.2.55", **headers)
    assert not any(
        address in text for address in ("192.0.2.55", "203.0.113.7", "198.51.100.9", "2001:db8:7")
    )
    first = recording.batches[0].request
    assert first is not None
    assert first.ip == ""
    rendered = app.extensions["replay"].renderer.render(next(iter(recording.frames)))
    assert rendered.html.startswith(f"<p>{REDACTED} ")


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.7", "203.0.113.0/24"), ("2001:db8:7:1::9", "2001:db8:7::/48")],
)
def test_the_network_is_kept_on_request(make_app: AppMaker, address: str, network: str) -> None:
    """With the request, and in place of the address elsewhere."""
    recording, text = asked(make_app(REPLAY_KEEP_IP="truncated"), REMOTE_ADDR=address)
    assert address not in text
    requests = [batch.request for batch in recording.batches]
    assert [request.ip for request in requests if request] == [network] * 2
    assert requests[1] is not None
    assert requests[1].data["you"] == network


def test_addresses_of_the_machine_itself_are_kept(app: Flask) -> None:
    """They identify nobody, and pages on a development machine contain them."""
    _, text = asked(app, REMOTE_ADDR="127.0.0.1")
    assert "127.0.0.1" in text


@pytest.mark.parametrize("wrong", [True, "full", "yes", 24])
def test_keeping_whole_addresses_is_refused(make_app: AppMaker, wrong: Any) -> None:
    """The message says what is possible."""
    with pytest.raises(ConfigError, match="REPLAY_KEEP_IP must be False, or 'truncated'"):
        make_app(REPLAY_KEEP_IP=wrong)
