"""Responses that caches may give to several visitors carry no cookie, and all others may."""

from __future__ import annotations

import pytest
from flask import Flask, Request, Response
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from flask_replay.recorder.visits.shared_caches import is_shared

FAR_AHEAD = "Wed, 01 Jan 2099 00:00:00 GMT"
LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"
ETAG = {"ETag": '"e1"'}


def shared(
    headers: dict[str, str],
    status: int = 200,
    method: str = "GET",
    asked: dict[str, str] | None = None,
) -> bool:
    request = Request(EnvironBuilder(method=method, headers=Headers(asked)).get_environ())
    return is_shared(request, Response("", status, headers))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cache-Control": "private, max-age=60"},
        {"Cache-Control": "Private"},
        {"Cache-Control": 'private="Set-Cookie", max-age=60'},
        {"Cache-Control": "no-store", "Last-Modified": LONG_AGO},
        {"Cache-Control": "no-cache"},
        {"Cache-Control": "max-age=0"},
        {"Cache-Control": "max-age=60, s-maxage=0"},
        {"Cache-Control": "max-age=soon"},
        {"Cache-Control": "public, no-cache"},
        {"Expires": LONG_AGO},
        {"Cache-Control": "max-age=0", "Expires": FAR_AHEAD},
        {"Vary": "Cookie"},
        {"Surrogate-Control": "no-store, max-age=60"},
        {"Surrogate-Control": 'content="ESI/1.0"'},
        {"X-Accel-Expires": "0"},
        {"X-Accel-Expires": "@1"},
        {"CDN-Cache-Control": "no-store"},
    ],
)
def test_responses_that_no_cache_may_reuse_are_not_shared(headers: dict[str, str]) -> None:
    """They are private, or have neither a lifetime nor a validator."""
    assert not shared(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "public"},
        {"Cache-Control": "max-age=60"},
        {"Cache-Control": "MAX-AGE=60"},
        {"Cache-Control": "max-age=0, s-maxage=60"},
        {"Cache-Control": "max-age=0, stale-while-revalidate=30"},
        {"Cache-Control": 'private="X-Own", max-age=60'},
        {"Cache-Control": "must-understand, no-store, max-age=60"},
        {"Expires": FAR_AHEAD},
        {"Last-Modified": LONG_AGO},
        ETAG,
        {"Cache-Control": "no-cache", **ETAG},
        {"Cache-Control": "max-age=0, must-revalidate", **ETAG},
        {"Cache-Control": "no-cache", "Last-Modified": LONG_AGO, "Vary": "Cookie"},
        {"Cache-Control": "private", "CDN-Cache-Control": "max-age=60"},
        {"Cache-Control": "no-store", "Cloudflare-CDN-Cache-Control": "public"},
        {"Cache-Control": "private", "Surrogate-Control": "max-age=60"},
        {"Cache-Control": "private", "X-Accel-Expires": "60"},
        {"Cache-Control": "private", "X-Accel-Expires": "@99999999999"},
    ],
)
def test_responses_that_a_cache_may_store_are_shared(headers: dict[str, str]) -> None:
    """Because a header says so, perhaps one for certain caches only, or because nothing forbids it."""
    assert shared(headers)


def test_status_and_method_decide_if_the_response_says_nothing() -> None:
    """No cache stores a redirect or the response to a form, but a missing page is stored."""
    assert [shared(ETAG, status) for status in (301, 302, 304, 403, 404, 500)] == [
        True,
        False,
        True,
        False,
        True,
        False,
    ]
    assert shared({}, 304)
    assert not shared(ETAG, method="POST")
    assert shared({"Cache-Control": "max-age=60"}, 302)


def test_a_response_to_credentials_is_shared_only_if_it_says_so() -> None:
    """RFC 9111, section 3.5."""
    asked = {"Authorization": "Bearer abc"}
    assert not shared({"Cache-Control": "max-age=60"}, asked=asked)
    assert shared({"Cache-Control": "public, max-age=60"}, asked=asked)
    assert shared({"Cache-Control": "s-maxage=60"}, asked=asked)


def test_repeated_headers_are_read_completely() -> None:
    """As caches read them."""
    response = Response("")
    response.headers.add("Cache-Control", "max-age=60")
    response.headers.add("Cache-Control", "private")
    assert not is_shared(Request(EnvironBuilder().get_environ()), response)


def test_a_sent_file_carries_no_cookie(app: Flask) -> None:
    """``send_file`` says no-cache and adds an entity tag. A cache stores the file and revalidates
    it.
    """
    from io import BytesIO

    from flask import send_file

    app.add_url_rule(
        "/logo", "logo", lambda: send_file(BytesIO(b"x"), download_name="a.png", etag="e1")
    )
    assert "Set-Cookie" not in app.test_client().get("/logo").headers
