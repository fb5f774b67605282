"""The address of a request is kept as a browser shows it."""

from __future__ import annotations

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wsgi import get_current_url

from flask_replay.recorder.requests.request_data import _address


@pytest.mark.parametrize(
    "host", ["localhost:5000", "shop.example:443", "xn--bcher-kva.example", "not a host", ""]
)
@pytest.mark.parametrize("root", ["", "/shop", "/caf%C3%A9/"])
@pytest.mark.parametrize(
    "place",
    ["/", "/task/7", "//two", "/a%20b;c=d", "/100%25", "/caf%C3%A9", "/[1]", "/a?", "/a?b=c&d=e+f", "/?b=%3D", "/?b?c",
     "/?%c3%a9", "/?next=//elsewhere.example/a?b=c", "/?a=%E2%80%AE"],
)  # fmt: skip
def test_the_short_way_gives_what_the_long_way_gives(host: str, root: str, place: str) -> None:
    """What has no letters that are written in two ways is not put together and taken apart."""
    path, _, query = place.partition("?")
    environ = EnvironBuilder(path, f"https://shop.example{root}", query_string=query).get_environ()
    environ["HTTP_HOST"] = host
    assert "".join(_address(environ)) == get_current_url(environ)


def test_without_a_host_the_servers_name_stands_for_it() -> None:
    """As it does for the app."""
    environ = EnvironBuilder("/task/7").get_environ()
    del environ["HTTP_HOST"]
    environ["SERVER_NAME"], environ["SERVER_PORT"] = "shop.example", "8000"
    assert _address(environ) == ("http://shop.example:8000", "/task/7")
