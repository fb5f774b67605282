"""The address of a request is kept as a browser shows it."""

from __future__ import annotations

import time

import pytest
from flask import request
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from flask_replay.recorder.requests.request_data import address_of

from ..conftest import AppMaker
from .test_echoes import kept


@pytest.mark.parametrize(
    "host", ["localhost:5000", "shop.example:443", "xn--bcher-kva.example", "not a host", ""]
)
@pytest.mark.parametrize("root", ["", "/shop", "/caf%C3%A9/"])
@pytest.mark.parametrize(
    "place",
    ["/", "/task/7", "//two", "/a%20b;c=d", "/100%25", "/caf%C3%A9", "/[1]", "/a?", "/a?b=c&d=e+f", "/?b=%3D", "/?b?c",
     "/?%c3%a9", "/?next=//elsewhere.example/a?b=c", "/?a=%E2%80%AE"],
)  # fmt: skip
def test_the_fast_path_gives_the_same_result_as_parsing(host: str, root: str, place: str) -> None:
    """Addresses without encoded or ambiguous characters are not taken apart."""
    path, _, query = place.partition("?")
    environ = EnvironBuilder(path, f"https://shop.example{root}", query_string=query).get_environ()
    environ["HTTP_HOST"] = host
    assert "".join(address_of(environ)) == Request(environ).url


def test_without_a_host_header_the_servers_name_is_used() -> None:
    """As the app does."""
    environ = EnvironBuilder("/task/7").get_environ()
    del environ["HTTP_HOST"]
    environ["SERVER_NAME"], environ["SERVER_PORT"] = "shop.example", "8000"
    assert address_of(environ) == ("http://shop.example:8000", "/task/7")


def test_long_words_in_a_form_are_read_once(make_app: AppMaker) -> None:
    """However many there are, and whatever follows them."""
    app = make_app(REPLAY_FLUSH_INTERVAL=3600)
    app.add_url_rule("/", "said", lambda: str(len(request.form.getlist("said"))), methods=["POST"])
    said = [f"{'a' * 9_000}{number} http://ann:hunter2@shop.example/" for number in range(40)]
    client = app.test_client()
    client.post("/", data={"said": "short"}).close()
    began = time.process_time()
    client.post("/", data={"said": said}).close()
    assert time.process_time() - began < 5
    assert "hunter2" not in kept(app)
