"""Bodies are read however they are encoded, and the visitor gets the same bytes."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
from flask import (
    Flask,
    Response,
    jsonify,
    render_template_string,
    request,
    send_file,
    send_from_directory,
)
from flask_compress import Compress
from werkzeug.datastructures import Headers

from flask_replay import REDACTED, Replay
from flask_replay.recorder.requests.bodies import _ZSTD, text_of
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Request

from ..conftest import AppMaker, recordings_of
from ..counting import growth

PAGE = "<p>{{ name }}</p>"


def last(app: Flask) -> tuple[Batch, Request]:
    batch = recordings_of(app)[0].batches[-1]
    assert batch.request is not None
    return batch, batch.request


def _deflated_bare(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]),
    "deflate": zlib.compress,
    "Deflate": _deflated_bare,
    "br": brotli.compress,
    "zstd": lambda data: bytes(_ZSTD.compress(data)),
    "identity": bytes,
    "gzip, br": lambda data: brotli.compress(gzip.compress(data)),
}


@pytest.mark.parametrize("coding", CODINGS)
def test_a_compressed_page_has_its_frames(app: Flask, coding: str) -> None:
    """Whatever compressed it: the parts are those of the uncompressed page."""

    @app.get("/page")
    def page() -> Response:
        text = f"<!doctype html>{render_template_string(PAGE, name='ann')}<hr>"
        return Response(CODINGS[coding](text.encode()), headers={"Content-Encoding": coding})

    app.test_client().get("/page", buffered=True)
    batch, asked = last(app)
    assert batch.parts == ("<!doctype html>", 0, "<hr>")
    assert (asked.flags, asked.literal) == ((), 19)


@pytest.mark.parametrize("first", ["Compress", "Replay"])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_flask_compress_hides_nothing(
    app: Flask, make_app: AppMaker, first: str, coding: str
) -> None:
    """In any order of initialization, for pages, streams and data."""
    app = Flask("compressed") if first == "Compress" else make_app()
    app.config.update(
        COMPRESS_MIN_SIZE=1, COMPRESS_ALGORITHM=[coding], COMPRESS_ALGORITHM_STREAMING=[coding]
    )
    Compress(app)
    if first == "Compress":
        app.config["SECRET_KEY"] = "test"
        Replay(app)

    @app.get("/page")
    def page() -> str:
        return render_template_string(PAGE, name="ann")

    @app.get("/stream")
    def stream() -> Response:
        return Response(
            iter([render_template_string(PAGE, name="ann"), "<hr>" * 100]), mimetype="text/html"
        )

    @app.get("/data")
    def data() -> Response:
        return jsonify(list(range(100)))

    client = app.test_client()
    for path in ("/page", "/stream", "/data"):
        answer = client.get(path, headers={"Accept-Encoding": coding}, buffered=True)
        assert (path, answer.headers.get("Content-Encoding")) in {(path, coding), ("/stream", None)}
    batches = recordings_of(app)[0].batches
    assert [batch.parts for batch in batches] == [(0,), (0, "<hr>" * 100), ()]
    assert batches[2].request is not None and batches[2].request.data == list(range(100))


@pytest.mark.parametrize(
    ("charset", "codec", "name"),
    [
        ("iso-8859-1", "latin-1", "Zoë"),
        ("latin1", "latin-1", "Зоя"),
        ("windows-1251", "cp1251", "Зоя"),
        ("utf-16", "utf-16", "Зоя"),
        ("utf-16le", "utf-16-le", "Зоя"),
        ("shift_jis", "shift_jis", "ゾーイ"),
        ("gb2312", "gb2312", "佐伊"),
        ("utf-8", "utf-8-sig", "Zoë"),
    ],
)
@pytest.mark.parametrize("lacking", ["xmlcharrefreplace", "replace", "ignore"])
def test_a_page_in_another_charset_has_its_frames(
    app: Flask, charset: str, codec: str, name: str, lacking: str
) -> None:
    """However letters outside the charset were replaced. The literal text is readable."""

    @app.get("/page")
    def page() -> Response:
        text = f"<b>Zoe, {name}</b>{render_template_string(PAGE, name=name)}"
        return Response(text.encode(codec, lacking), content_type=f"text/html; charset={charset}")

    app.test_client().get("/page", buffered=True)
    literal, frame = last(app)[0].parts
    assert frame == 0
    shown = name.encode(codec, lacking).decode(codec)
    assert str(literal).lstrip("\ufeff") == f"<b>Zoe, {shown.lstrip(chr(0xFEFF))}</b>"


@pytest.mark.parametrize(
    ("destination", "shown"), [("document", True), ("iframe", True), ("empty", False)]
)
def test_a_page_that_the_browser_has_from_before_is_shown(
    app: Flask, destination: str, shown: bool
) -> None:
    """The app renders it again, but answers only that it has not changed. A script gets nothing."""

    @app.get("/page")
    def view() -> Response:
        response = Response(render_template_string(PAGE, name="Ann"))
        response.add_etag()
        response.make_conditional(request)
        return response

    client = app.test_client()
    headers = {"Sec-Fetch-Dest": destination, "If-None-Match": client.get("/page").headers["ETag"]}
    assert client.get("/page", headers=headers).status_code == 304
    requests = (one.request for recording in recordings_of(app) for one in recording.batches)
    (asked,) = (one for one in requests if one is not None and one.status == 304)
    assert bool(asked.parts) is shown


def test_a_page_may_declare_its_charset_itself(app: Flask) -> None:
    """As old pages do, if the header does not."""

    @app.get("/page")
    def page() -> Response:
        text = f'<meta charset="koi8-r">{render_template_string(PAGE, name="Зоя")}'
        response = Response(text.encode("koi8-r"))
        response.headers["Content-Type"] = "text/html"
        return response

    app.test_client().get("/page", buffered=True)
    assert last(app)[0].parts == ('<meta charset="koi8-r">', 0)


@pytest.mark.parametrize(
    "charset", ["rot13", "idna", "unicode_escape", "no-such", "\x00", "base64"]
)
def test_an_unknown_charset_is_read_as_utf_8(charset: str) -> None:
    """Python's codecs include some that are not charsets."""
    headers = Headers({"Content-Type": "text/html; charset=utf-8"})
    headers["Content-Type"] = f'text/html; charset="{charset}"'
    found = text_of(b"<p>x", headers, 100)
    assert found is not None and (found.data, found.written) == (b"<p>x", None)


def test_pages_sent_from_files_are_read(app: Flask, tmp_path: Path) -> None:
    """As single-page apps send them, or reports that were made in memory."""
    (tmp_path / "index.html").write_text("<!doctype html><div id=root></div>")

    @app.get("/app")
    def index() -> Response:
        return send_from_directory(tmp_path, "index.html")

    @app.get("/report")
    def report() -> Response:
        return send_file(
            io.BytesIO(render_template_string(PAGE, name="ann").encode()), mimetype="text/html"
        )

    @app.get("/data")
    def data() -> Response:
        return send_file(io.BytesIO(b"[1, 2]"), mimetype="application/json")

    client = app.test_client()
    for path in ("/hello/ann", "/app", "/report", "/data"):
        assert client.get(path, buffered=True).data
    _, *batches = recordings_of(app)[0].batches
    assert [batch.parts for batch in batches] == [("<!doctype html><div id=root></div>",), (0,), ()]
    assert batches[2].request is not None and batches[2].request.data == [1, 2]


@pytest.mark.parametrize(
    ("read", "sent", "kept"),
    [
        (lambda: request.get_json(), {"json": {"n": 1}}, {"n": 1}),
        (lambda: json.loads(request.get_data()), {"json": {"n": 1}}, {"n": 1}),
        (
            lambda: json.loads(request.data),
            {"data": '[{"password": "hunter2"}]'},
            [{"password": REDACTED}],
        ),
        (lambda: request.get_json(force=True), {"data": "[1]", "content_type": "text/plain"}, [1]),
        (
            lambda: json.loads(request.get_data()),
            {"data": "[1]", "content_type": "text/plain"},
            [1],
        ),
        (lambda: json.loads(request.stream.read()), {"data": "[1]"}, [1]),
        (lambda: request.get_data(), {"data": "{torn", "content_type": "application/json"}, None),
        (lambda: request.get_data(), {"data": "a text"}, None),
        (lambda: None, {"json": {"n": 1}}, None),
    ],
)
def test_json_that_a_view_parses_itself_is_recorded(
    app: Flask, read: Callable[[], Any], sent: dict[str, Any], kept: Any
) -> None:
    """Sanitized like other JSON. A body that the app does not read is never read."""

    @app.post("/own")
    def own() -> str:
        read()
        return "read"

    with app.test_client().post("/own", **sent):
        assert last(app)[1].json == kept


def test_a_form_that_a_view_parses_itself_is_recorded(app: Flask) -> None:
    """From ``get_data()``, as views do that check a signature."""

    @app.post("/own")
    def own() -> str:
        return request.get_data(parse_form_data=False).decode()

    app.test_client().post("/own", data={"a": ["1", "2"], "password": "hunter2"}, buffered=True)
    assert last(app)[1].form == {"a": ["1", "2"], "password": [REDACTED]}


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_no_more_is_decompressed_than_is_kept(coding: str) -> None:
    """However large the result would be."""
    body = CODINGS[coding](b"\0" * (4 << 20))
    found = text_of(body, Headers({"Content-Encoding": coding}), 1000)
    assert found is not None and (len(found.data), found.cut) == (1000, True)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "compress", "aes128gcm"])
def test_an_unreadable_body_is_flagged(app: Flask, coding: str) -> None:
    """The rendered frames take its place."""

    @app.get("/page")
    def page() -> Response:
        render_template_string(PAGE, name="ann")
        return Response(b"\xff\xfe no such thing", headers={"Content-Encoding": coding})

    app.test_client().get("/page", buffered=True)
    batch, asked = last(app)
    assert (batch.parts, asked.flags) == ((0,), ("unseen",))


def test_large_pages_are_examined_up_to_the_limit(make_app: AppMaker) -> None:
    """And flagged."""
    app = make_app(REPLAY_MAX_REQUEST_SIZE=20_000)

    @app.get("/large")
    def large() -> str:
        return render_template_string(PAGE, name="ann") + "<hr>" * 10_000

    app.test_client().get("/large", buffered=True)
    batch, asked = last(app)
    assert batch.parts[0] == 0
    assert "parts" in asked.flags


def test_masking_literal_text_takes_time_in_proportion_to_what_is_kept(make_app: AppMaker) -> None:
    """A page with a million fields takes no longer than one as long as the kept part."""
    app = make_app(REPLAY_RAW_HTML=1_000)

    @app.get("/fields/<int:count>")
    def fields(count: int) -> str:
        return "<input name=password value=hunter2>" * count

    client = app.test_client()
    assert (
        growth(lambda size: lambda: client.get(f"/fields/{size}", buffered=True), 1_000, times=3)
        < 1.5
    )
    assert recordings_of(app)[0].summary.tally.literal > 100_000


def test_remarks_about_a_secret_are_readable_in_an_answer(app: Flask) -> None:
    """Not in a request, where the visitor may have chosen any words, nor if one repeats them."""
    phrase = "wrong secret word"

    @app.post("/register")
    def register() -> Any:
        said = request.get_json()["password"]
        remarks = ["This field is required.", "Das Passwort ist zu kurz.", "Ungültiges Passwort"]
        return jsonify(
            password=[*remarks, said], pin="PIN", api_key="/account/keys", token="monkey"
        )

    app.test_client().post("/register", json={"password": phrase}).close()
    _, asked = last(app)
    assert asked.json == {"password": REDACTED}
    assert asked.data == {
        "password": [
            "This field is required.", "Das Passwort ist zu kurz.", "Ungültiges Passwort", REDACTED
        ],
        "pin": "PIN", "api_key": "/account/keys", "token": REDACTED,
    }  # fmt: skip


def test_a_secret_that_reads_like_a_sentence_is_no_remark(app: Flask) -> None:
    """If few of its words are those of messages, or it answers a question."""

    @app.get("/account")
    def account() -> Any:
        return jsonify(
            secret="He was wrong to lie to Mary about it.",
            security_answer="It was in a short street in Cologne.",
        )

    app.test_client().get("/account").close()
    assert last(app)[1].data == {"secret": REDACTED, "security_answer": REDACTED}


def test_what_is_nested_too_deeply_for_remarks_is_masked_alone(app: Flask) -> None:
    """The rest of the answer is kept."""

    @app.get("/tree")
    def tree() -> Any:
        nested: Any = "k7Qz-Wm3xRt"
        for _ in range(70):
            nested = [nested]
        return jsonify(name="ann", token=nested, password="This field is required.")

    app.test_client().get("/tree").close()
    data = last(app)[1].data
    assert (data["name"], data["password"]) == ("ann", "This field is required.")
    assert "k7Qz" not in str(data)
