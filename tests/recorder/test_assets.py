"""Files that recorded pages refer to are kept by content, so that the player shows what the visitor
saw.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import (
    Blueprint,
    Flask,
    Response,
    redirect,
    render_template_string,
    request,
    send_from_directory,
)
from werkzeug.middleware.shared_data import SharedDataMiddleware

from flask_replay import Replay
from flask_replay.recorder.assets import FileReferences
from flask_replay.recording.model import Recording

from ..conftest import recordings_of, replay_of

PNG = b"\x89PNG\r\n\x1a\n"
Maker = Callable[..., Flask]


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    """Return an app with a stylesheet that refers to an image, and a page."""

    def made(
        page: str = '<link rel=stylesheet href="/static/css/site.css?v=1"><p>{{ 1 }}',
        **settings: Any,
    ) -> Flask:
        css = tmp_path / "static" / "css"
        css.mkdir(parents=True, exist_ok=True)
        (css / "site.css").write_text("@import 'more.css'; body { background: url(../img/a.png) }")
        (css / "more.css").write_text("@import 'site.css'; p { color: red }")
        (tmp_path / "static" / "img").mkdir(exist_ok=True)
        (tmp_path / "static" / "img" / "a.png").write_bytes(PNG)
        app = Flask("files", root_path=str(tmp_path), instance_path=str(tmp_path / "instance"))
        app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True, **settings)
        app.add_url_rule("/", "home", lambda: render_template_string(page))
        Replay(app)
        return app

    return made


def visited(app: Flask, *paths: str, **options: Any) -> Recording:
    """Return the recording of a visit."""
    client = app.test_client()
    for path in paths or ("/",):
        client.get(path, **options).close()
    return recordings_of(app)[0]


def contents(app: Flask, recording: Recording, number: int = 0) -> dict[str, bytes]:
    """Return the kept files that a request names, by their paths."""
    request = recording.batches[number].request
    assert request is not None
    with app.app_context():
        document = app.extensions["replay"].recordings.document
        return {path: document(key) for path, key in request.assets.items() if key}


def test_stylesheets_are_kept_with_the_files_they_refer_to(make: Maker, tmp_path: Path) -> None:
    """Once for each content, and named once in each recording. Circular references end."""
    app = make()
    recording = visited(app, "/", "/")
    kept = contents(app, recording)
    assert sorted(kept) == ["/static/css/more.css", "/static/css/site.css", "/static/img/a.png"]
    assert kept["/static/img/a.png"] == PNG
    assert contents(app, recording, 1) == {}


def test_changed_files_are_kept_in_each_version(
    make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page after a deployment refers to the new content."""
    monkeypatch.setattr("flask_replay.recorder.assets.library._FRESH", 0.0)
    app = make()
    client = app.test_client()
    client.get("/").close()
    with app.app_context():
        app.extensions["replay"].replay.flush()
    sheet = tmp_path / "static" / "css" / "more.css"
    sheet.write_text("p { color: rebeccapurple }")
    client.get("/").close()
    recording = recordings_of(app)[0]
    assert b"red }" in contents(app, recording)["/static/css/more.css"]
    assert contents(app, recording, 1) == {"/static/css/more.css": b"p { color: rebeccapurple }"}


def test_files_served_by_blueprints_and_middleware_are_found(make: Maker, tmp_path: Path) -> None:
    """According to the URL map, or by Werkzeug's shared data and WhiteNoise around the app."""
    app = make(
        '<img src="/shop/files/b.png"><img src="/shared/c.png"><img src="/white/d.png"><img src="/de/x/e.png">'
    )
    for name in "bcde":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.png").write_bytes(PNG + name.encode())
    shop = Blueprint(
        "shop",
        "shop",
        static_folder=str(tmp_path / "b"),
        static_url_path="/files",
        root_path=str(tmp_path),
    )
    app.register_blueprint(shop, url_prefix="/shop")
    lang = Blueprint(
        "lang",
        "lang",
        static_folder=str(tmp_path / "e"),
        static_url_path="/x",
        root_path=str(tmp_path),
    )
    app.register_blueprint(lang, url_prefix="/<code>")
    app.wsgi_app = SharedDataMiddleware(app.wsgi_app, {"/shared": str(tmp_path / "c")})  # type: ignore[method-assign]
    inner = app.wsgi_app
    white = SimpleNamespace(application=inner, directories=[(f"{tmp_path}/d/", "/white/")])

    class White:
        application, directories = white.application, white.directories

        def __call__(self, environ: Any, start_response: Any) -> Any:
            return inner(environ, start_response)

    app.wsgi_app = White()  # type: ignore[method-assign]
    kept = contents(app, visited(app))
    assert {path: content[-1:] for path, content in kept.items()} == {
        "/shop/files/b.png": b"b", "/shared/c.png": b"c", "/white/d.png": b"d", "/de/x/e.png": b"e",
    }  # fmt: skip


def test_files_that_middleware_listed_at_its_start_are_found(make: Maker, tmp_path: Path) -> None:
    """WhiteNoise knows the places of all files then, compressed or not, and their folders may lie
    anywhere. Other files beside those folders are not kept, nor are files in them that it does not
    serve: one file may have been listed from a folder of other things.
    """
    app = make(
        '<img src="/cdn/img/a%20b.png"><link rel=stylesheet href="/cdn/a.css"><img src="/icon.png">'
        '<img src="/app.db"><script>import(`/${name}.js`)</script>'
        '<img src="/cdn/../secret.png"><img src="/secret.png"><script>import(`/cdn/js/${name}.js`)</script>'
    )
    folder = tmp_path / "cdn"
    names = "img/a b.png", "a.css", "a.css.gz", "js/a.js", "icons/icon.png"
    for name in (*names, "../secret.png", "icons/app.db", "icons/config.js", "js/b.js"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())

    def listed(name: str) -> SimpleNamespace:
        packed = [(None, f"{folder / name}.gz", ())] if name == "a.css" else []
        return SimpleNamespace(alternatives=[*packed, (None, str(folder / name), ())])

    class White:
        application = app.wsgi_app
        directories = ()
        files = {
            "/cdn/img/a b.png": listed("img/a b.png"),
            "/cdn/a.css": listed("a.css"),
            "/cdn/js/a.js": listed("js/a.js"),
            "/icon.png": listed("icons/icon.png"),
            "/cdn": SimpleNamespace(),  # a redirect
        }

        def __call__(self, environ: Any, start_response: Any) -> Any:
            return self.application(environ, start_response)

    app.wsgi_app = White()  # type: ignore[method-assign]
    kept = contents(app, visited(app))
    assert kept == {
        "/cdn/img/a%20b.png": b"img/a b.png",
        "/cdn/a.css": b"a.css",
        "/cdn/js/a.js": b"js/a.js",
        "/icon.png": b"icons/icon.png",
    }


def test_missing_files_are_noted(make: Maker, tmp_path: Path) -> None:
    """Except for those that only a stylesheet names, and for paths that a view may serve."""
    app = make(
        '<link rel=stylesheet href="/static/css/site.css"><img src="/static/none.png"><img src="/pic"><p>{{ 1 }}'
    )
    (tmp_path / "static" / "img" / "a.png").unlink()
    recording = visited(app, "/", "/")
    (first, again) = (batch.request for batch in recording.batches)
    assert first is not None and again is not None
    assert [path for path, key in first.assets.items() if not key] == ["/static/none.png"]
    assert again.assets == {}


def test_a_file_is_kept_as_soon_as_it_exists(
    make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page shows an image that its visitor has just uploaded into a static folder."""
    monkeypatch.setattr("flask_replay.recorder.assets.library._FRESH", 0.0)
    app = make('<img src="/static/ann.png">{{ 1 }}')
    client = app.test_client()
    client.get("/").close()
    with app.app_context():
        app.extensions["replay"].replay.flush()
    (tmp_path / "static" / "ann.png").write_bytes(PNG)
    client.get("/").close()
    assert contents(app, recordings_of(app)[0], 1) == {"/static/ann.png": PNG}


@pytest.mark.parametrize(
    "address",
    ["/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static//etc/passwd", "/static/css", "/static/none.png",
     "/static/%00", "//static/css/site.css", "http://[x", "data:image/png;base64,AAAA", "/static/pipe",
     "/static/../s*.txt", "/static/%2e%2e/s*.txt", "/static/none/*.png", "/s*.txt", "/static/pip*",
     f"/static/{'a' * 300}/*.png"],
)  # fmt: skip
def test_nothing_outside_the_folders_is_kept(
    make: Maker, tmp_path: Path, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    """Nor anything that is not a regular file."""
    import os

    (tmp_path / "secret.txt").write_text("secret")
    app = make(f'<img src="{address}"><p>{{{{ 1 }}}}')
    os.mkfifo(tmp_path / "static" / "pipe")
    assert contents(app, visited(app)) == {}
    assert "could not" not in caplog.text


def test_large_files_and_too_many_files_are_not_kept(make: Maker, tmp_path: Path) -> None:
    """``REPLAY_MAX_ASSET`` limits one file, and ``REPLAY_MAX_ASSETS`` all of them."""
    app = make(
        "".join(f'<img src="/static/{n}.png">' for n in range(4)),
        REPLAY_MAX_ASSET=1000,
        REPLAY_MAX_ASSETS=2500,
    )
    for n, size in enumerate((900, 1001, 901, 902)):
        (tmp_path / "static" / f"{n}.png").write_bytes(bytes([n]) * size)
    assert len(contents(app, visited(app))) == 2


@pytest.mark.parametrize("value", [False, "off", "0"])
def test_an_app_may_keep_no_files(make: Maker, value: Any) -> None:
    """``REPLAY_ASSETS`` turns it off."""
    app = make(REPLAY_ASSETS=value)
    assert contents(app, visited(app)) == {}


def _with_views(app: Flask, tmp_path: Path) -> None:
    @app.get("/avatar")
    def avatar() -> Response:
        return Response(PNG + b"avatar", mimetype="image/png")

    @app.get("/qr")
    def qr() -> Response:
        return Response(
            PNG + b"qr", mimetype="image/png", headers={"Cache-Control": "no-cache, no-store"}
        )

    @app.get("/media/<path:name>")
    def media(name: str) -> Response:
        return send_from_directory(tmp_path / "static", name)

    @app.get("/config.js")
    def script() -> Response:
        return Response(
            'window.config = {"api_token": "abcdef0123456789", "theme": "dark"}',
            mimetype="text/javascript",
        )


def test_a_visitors_own_images_are_kept_from_their_responses(make: Maker, tmp_path: Path) -> None:
    """Unless the app forbids storing them. Secrets in text files are redacted."""
    app = make()
    _with_views(app, tmp_path)
    recording = visited(app, "/", "/avatar", "/qr", "/media/img/a.png", "/config.js")
    with app.app_context():
        document = app.extensions["replay"].recordings.document
        kept = {  # two that began within a millisecond are in the order in which they ended
            request.url: document(request.asset) if request.asset else b""
            for request in (batch.request for batch in recording.batches)
            if request is not None
        }
    settings = kept.pop("/config.js")
    assert kept == {"/": b"", "/avatar": PNG + b"avatar", "/qr": b"", "/media/img/a.png": PNG}
    assert b"abcdef0123456789" not in settings and b"dark" in settings


def test_files_of_a_view_that_is_called_static_are_kept_from_their_responses(
    make: Maker, tmp_path: Path
) -> None:
    """As Flask-DebugToolbar's is. Only it knows the folder."""
    app = make()
    app.add_url_rule(
        "/tool/static/<path:filename>",
        "tool.static",
        lambda filename: send_from_directory(tmp_path / "static", filename),
    )
    recording = visited(app, "/", "/tool/static/img/a.png", "/static/img/a.png")
    asked = [batch.request for batch in recording.batches if batch.request is not None]
    assert [request.url for request in asked] == ["/", "/tool/static/img/a.png"]
    assert asked[1].asset


@pytest.mark.parametrize(
    ("mimetype", "headers", "runs"),
    [
        ("text/html", {}, True),
        ("text/plain", {}, True),
        ("application/json", {}, True),
        ("text/html", {"Sec-Fetch-Mode": "cors"}, False),  # a module
        ("text/html", {"Sec-Fetch-Dest": "iframe"}, False),
        ("text/csv", {}, False),
    ],
)
def test_what_a_page_loads_as_a_script_is_one(
    make: Maker, mimetype: str, headers: dict[str, str], runs: bool
) -> None:
    """A view that renders a template returns HTML, unless it declares another type. Browsers run it
    nevertheless, except for modules.
    """
    app = make()
    script = "let width = {{ 90 }}"
    app.add_url_rule(
        "/code", "code", lambda: Response(render_template_string(script), mimetype=mimetype)
    )
    sent = {"Sec-Fetch-Dest": "script", "Sec-Fetch-Mode": "no-cors", **headers}
    request = visited(app, "/", "/code", headers=sent).batches[-1].request
    assert request is not None
    assert bool(request.asset) is runs
    assert (request.mimetype == "text/javascript") is runs


@pytest.mark.parametrize(
    ("status", "headers"), [(404, {}), (200, {"X-Content-Type-Options": "nosniff"})]
)
def test_what_browsers_refuse_to_run_is_no_script(
    make: Maker, status: int, headers: dict[str, str]
) -> None:
    """Errors, and other types if the app forbids to ignore them."""
    app = make()
    app.add_url_rule("/code", "code", lambda: Response("let a", status, headers))
    sent = {"Sec-Fetch-Dest": "script", "Sec-Fetch-Mode": "no-cors"}
    request = visited(app, "/", "/code", headers=sent).batches[-1].request
    assert request is not None and not request.asset and request.mimetype == "text/html"


def test_static_only_leaves_out_a_visitors_own_files(make: Maker, tmp_path: Path) -> None:
    """``REPLAY_ASSETS="static"`` keeps what anybody may load."""
    app = make(REPLAY_ASSETS="static")
    _with_views(app, tmp_path)
    recording = visited(app, "/", "/avatar")
    assert contents(app, recording)
    assert [batch.request.asset for batch in recording.batches if batch.request] == ["", ""]


def test_a_file_that_the_browser_has_from_before_is_kept(make: Maker, tmp_path: Path) -> None:
    """The app answers the question whether it has changed with 304, but does not send it again."""
    app = make()
    _with_views(app, tmp_path)

    @app.get("/made")
    def made() -> Response:
        response = Response(PNG + b"made", mimetype="image/png")
        response.set_etag("1")
        response.make_conditional(request)
        return response

    @app.get("/elsewhere")
    def elsewhere() -> Response:
        return Response(status=304, mimetype="image/png")

    has_some = {"If-None-Match": "*"}
    recording = visited(app, "/", "/media/img/a.png", "/made", "/elsewhere", headers=has_some)
    requests = [batch.request for batch in recording.batches if batch.request is not None][1:]
    assert [request.status for request in requests] == [304, 304, 304]
    with app.app_context():
        document = app.extensions["replay"].recordings.document
        kept = [document(request.asset) if request.asset else b"" for request in requests]
    assert kept == [PNG, PNG + b"made", b""]


def test_a_file_that_is_loaded_again_takes_no_more_room(make: Maker) -> None:
    """``REPLAY_MAX_ASSETS`` limits what a recording holds."""
    app = make(REPLAY_MAX_ASSETS=50)
    images = iter([b"a" * 30, b"a" * 30, b"b" * 30, b"a" * 30])
    app.add_url_rule("/avatar", "avatar", lambda: Response(next(images), mimetype="image/png"))
    kept = [bool(content) for content in own_of(app, *["/avatar"] * 4)]
    assert kept == [True, True, False, True]


def test_cleanup_keeps_files_that_recordings_use(
    make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And deletes the others."""
    monkeypatch.setattr("flask_replay.storage.lifecycle.retention._SPARED", -1.0)
    app = make()
    recording = visited(app)
    with app.app_context():
        recordings = app.extensions["replay"].recordings
        recordings.cleanup()
        assert len(contents(app, recording)) == 3
        recordings.delete(recording.summary.id)
        recordings.cleanup()
        assert [*recordings.storage.templates()] == []


def test_an_emptied_store_gets_its_files_again(make: Maker) -> None:
    """With the next visitor's page."""
    app = make()
    visited(app)
    with app.app_context():
        recordings = app.extensions["replay"].recordings
        for key, _ in recordings.storage.templates():
            recordings.storage.delete_template(key)
    assert len(contents(app, visited(app))) == 3


def test_verify_reports_the_state_of_files(make: Maker, tmp_path: Path) -> None:
    """Which have changed, which are gone, and which the store has lost."""
    app = make()
    visited(app, "/", "/")
    with app.app_context():
        replay_of(app).finalize()
        recordings = replay_of(app).recordings
        (image,) = (
            key for key, _ in recordings.storage.templates() if recordings.document(key) == PNG
        )
    (tmp_path / "static" / "css" / "site.css").write_text("p {}")
    (tmp_path / "static" / "css" / "more.css").unlink()
    verify = ["replay", "verify", "--assets"]
    result = app.test_cli_runner().invoke(args=verify)
    assert result.exit_code == 0
    assert "  1 file unchanged, 1 changed since, 1 gone since\n" in result.output
    assert (
        "    changed since: /static/css/site.css\n    gone since: /static/css/more.css\n"
        in result.output
    )
    recordings.storage.delete_template(image)
    result = app.test_cli_runner().invoke(args=verify)
    assert result.exit_code == 1
    assert "    not in the store: /static/img/a.png\n" in result.output


def own_of(app: Flask, *paths: str) -> list[bytes]:
    """Return the kept responses to a visitor's own requests."""
    recording = visited(app, "/", *paths)
    with app.app_context():
        document = app.extensions["replay"].recordings.document
        requests = [batch.request for batch in recording.batches if batch.request is not None][1:]
        return [document(request.asset) if request.asset else b"" for request in requests]


def test_an_incomplete_response_is_not_kept_as_a_file(make: Maker) -> None:
    """A visitor left early, or a view failed midway. The next page would show half an image."""
    app = make()

    def chunks(*, fails: bool = False) -> Iterator[bytes]:
        yield PNG
        if fails:
            raise OSError
        yield b"rest"

    app.add_url_rule("/whole", "whole", lambda: Response(chunks(), mimetype="image/png"))
    app.add_url_rule("/fails", "fails", lambda: Response(chunks(fails=True), mimetype="image/png"))
    app.add_url_rule(
        "/short",
        "short",
        lambda: Response(chunks(), mimetype="image/png", headers={"Content-Length": "20"}),
    )
    client = app.test_client()
    client.get("/").close()
    assert client.get("/whole").data == PNG + b"rest"
    for path in ("/fails", "/short"):
        with suppress(OSError, AssertionError):
            assert client.get(path).data
    left = client.get("/whole")
    next(iter(left.response))
    left.close()
    recording = recordings_of(app)[0]
    kept = [bool(batch.request.asset) for batch in recording.batches if batch.request]
    assert kept == [False, True, False, False, False]


def test_responses_that_must_not_be_stored_are_not_kept(make: Maker) -> None:
    """Whichever header says so, and however it is spelt. Nor are partial responses, and responses
    to HEAD.
    """
    app = make()

    @app.get("/twice")
    def twice() -> Response:
        response = Response(PNG, mimetype="image/png", headers={"Cache-Control": "private"})
        response.headers.add("cache-control", "max-age=0,No-Store")
        return response

    @app.get("/part")
    def part() -> Response:
        response = Response(PNG * 9, mimetype="image/png")
        response.make_conditional(
            {"HTTP_RANGE": "bytes=0-9", "REQUEST_METHOD": "GET"},
            accept_ranges=True,
            complete_length=72,
        )
        return response

    assert own_of(app, "/twice", "/part") == [b"", b""]


def test_a_page_of_many_images_keeps_its_looks(make: Maker) -> None:
    """Most of them come from a view. They are not searched for in folders, and not remembered."""
    images = "".join(f'<img src="/avatar/{n}">' for n in range(900))
    app = make(
        f'{images}<img src="/static/none.png"><link rel=stylesheet href="/static/css/site.css">{{{{ 1 }}}}'
    )
    assert len(contents(app, visited(app))) == 3
    library = app.extensions["replay"].writer.library
    assert len(library.files) == 4


def test_a_visitors_thread_does_not_wait_for_the_disk(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder on a hanging network share delays the writer, not the page."""
    app = make()
    visited(app, "/", "/")
    library = app.extensions["replay"].writer.library
    looked: list[Path] = []
    monkeypatch.setattr("flask_replay.recorder.assets.library._changed", looked.append)
    monkeypatch.setattr("flask_replay.recorder.assets.library._FRESH", -1.0)
    found = FileReferences("", ("/static/css/site.css",))
    assert not library.knows(found)
    assert looked == []
    library.note("visit", found)
    assert looked != []


def test_an_invalid_base_does_not_prevent_recording_the_page(make: Maker) -> None:
    """Its files are resolved against its own address."""
    app = make("<base href='http://['><link rel=stylesheet href='static/css/site.css'>{{ 1 }}")
    assert len(contents(app, visited(app))) == 3


def test_a_stylesheet_from_a_view_keeps_the_files_it_refers_to(make: Maker) -> None:
    """Like a static stylesheet."""
    app = make('<link rel=stylesheet href="/theme.css">')
    theme = "p { background: url(static/img/a.png) }"
    app.add_url_rule("/theme.css", "theme", lambda: Response(theme, mimetype="text/css"))
    kept = contents(app, visited(app, "/", "/theme.css"), 1)
    assert kept == {"/static/img/a.png": PNG}


def test_the_target_of_a_redirect_is_kept_as_a_file(make: Maker) -> None:
    """Although no page names it."""
    app = make('<img src="/newest">')
    app.add_url_rule("/newest", "newest", lambda: redirect("/static/img/a.png"))
    recording = visited(app, "/", "/newest", headers={"Sec-Fetch-Dest": "image"})
    assert contents(app, recording, 1) == {"/static/img/a.png": PNG}


def test_relative_addresses_respect_a_prefix(make: Maker) -> None:
    """Under which a server mounts the app."""
    app = make('<img src="static/img/a.png">')
    recording = visited(app, "/", base_url="http://localhost/shop")
    assert contents(app, recording) == {"/shop/static/img/a.png": PNG}


def test_an_image_is_kept_whatever_its_type_and_status(make: Maker) -> None:
    """If a browser requested it as an image. For everything else, the declared type counts."""
    app = make()
    plain = "application/octet-stream"
    app.add_url_rule("/a", "a", lambda: Response(PNG, mimetype=plain))
    app.add_url_rule("/b", "b", lambda: Response(PNG, 404, mimetype="image/png"))
    app.add_url_rule("/c", "c", lambda: Response("a {}", 404, mimetype="text/css"))
    image = visited(app, "/a", "/b", "/c", headers={"Sec-Fetch-Dest": "image"})
    visited(app, "/a", headers={"Sec-Fetch-Dest": "empty"})
    (other,) = (one for one in recordings_of(app) if one.id != image.id)
    kept = [bool(batch.request and batch.request.asset) for batch in image.batches]
    assert kept == [True, True, False]
    assert not any(batch.request and batch.request.asset for batch in other.batches)


@pytest.mark.parametrize(
    ("asked", "kept"), [("bytes=0-", True), ("bytes=0-3", False), ("bytes=4-", False)]
)
def test_a_video_is_kept_if_it_was_requested_completely(
    make: Maker, tmp_path: Path, asked: str, kept: bool
) -> None:
    """Browsers request the range from its beginning on."""
    app = make()
    (tmp_path / "clip.webm").write_bytes(b"0123456789")
    app.add_url_rule("/clip", "clip", lambda: send_from_directory(tmp_path, "clip.webm"))
    recording = visited(app, "/clip", headers={"Sec-Fetch-Dest": "video", "Range": asked})
    (request,) = (batch.request for batch in recording.batches)
    assert request is not None and request.status == 206
    document = app.extensions["replay"].recordings.document
    with app.app_context():
        assert (document(request.asset) if request.asset else None) == (
            b"0123456789" if kept else None
        )


def test_a_compressed_file_is_kept_as_browsers_read_it(make: Maker, tmp_path: Path) -> None:
    """``verify`` recognizes it. A file that is not compressed is kept unchanged, whatever its name."""
    app = make('<img src="/static/a.svgz"><img src="/static/b.svgz"><p>{{ 1 }}')
    (tmp_path / "static" / "a.svgz").write_bytes(gzip.compress(b"<svg/>"))
    (tmp_path / "static" / "b.svgz").write_bytes(b"<svg>plain</svg>")
    recording = visited(app, "/", "/")
    assert contents(app, recording) == {
        "/static/a.svgz": b"<svg/>",
        "/static/b.svgz": b"<svg>plain</svg>",
    }
    with app.app_context():
        replay_of(app).finalize()
    result = app.test_cli_runner().invoke(args=["replay", "verify", "--assets"])
    assert "2 files unchanged" in result.output


def test_files_listed_by_a_bundle_are_kept(make: Maker, tmp_path: Path) -> None:
    """Its parts and their stylesheets, which it loads from a folder above its own."""
    app = make('<script type=module src="/static/dist/js/main.js"></script>')
    folder = tmp_path / "static" / "dist"
    for name, text in {
        "js/main.js": 'const parts = ["css/late.css"]; import("./late.js")',
        "js/late.js": "export default 1",
        "css/late.css": "b {}",
        "css/other.css": "",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    kept = contents(app, visited(app))
    names = ["/static/dist/css/late.css", "/static/dist/js/late.js", "/static/dist/js/main.js"]
    assert sorted(kept) == names


def test_files_whose_names_a_script_composes_are_kept(make: Maker, tmp_path: Path) -> None:
    """Those in the folder that fit, and the modules behind a prefix of an import map."""
    app = make(
        "<script>image.src = `/static/flags/${code}.svg`;"
        "map.add('/static/map/{z}/{x}/{y}.png'); folder = '/static/'; load(folder + 'd/e.json')</script>"
        '<script type=importmap>{"imports": {"lib/": "/static/lib/"}}</script>'
    )
    for name in (
        *("flags/de.svg", "flags/fr.svg", "flags/de.png", "lib/a/b.js", "lib/c.txt"),
        *("map/3/1/2.png", "map/1.png", "map/3/1.png", "map/3/1/2/3.png", "d/e.json"),
    ):
        path = tmp_path / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    for number in range(300):
        (tmp_path / "static" / "flags" / f"z{number}.svg").write_text(str(number))
    kept = contents(app, visited(app))
    assert {name for name in kept if "/z" not in name} <= {
        "/static/flags/de.svg",
        "/static/flags/fr.svg",
        "/static/lib/a/b.js",
        "/static/map/3/1/2.png",
        "/static/d/e.json",
    }
    assert {"/static/lib/a/b.js", "/static/map/3/1/2.png", "/static/d/e.json"} <= kept.keys()
    assert len(kept) == 203, "one folder is not kept without a limit"


def test_neither_hidden_files_nor_broken_links_are_found_by_an_open_name(
    make: Maker, tmp_path: Path
) -> None:
    """A link that leads to itself does not end the search. A hidden file is found if a script writes
    the dot, and a name if the script escapes it.
    """
    app = make(
        "<script>a = `/static/${b}/${c}.json`; d = `/static/.${e}/f.json`; g = `/static/%C3%BC${h}.png`</script>"
    )
    for name in ("a/b.json", "a/.c.json", ".git/d.json", ".known/f.json", "ü1.png"):
        path = tmp_path / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    for name in "0z":
        (tmp_path / "static" / name).symlink_to(name)
    names = ["/static/%C3%BC1.png", "/static/.known/f.json", "/static/a/b.json"]
    assert sorted(contents(app, visited(app))) == names


def test_a_page_names_many_files_quickly(make: Maker, tmp_path: Path) -> None:
    """Whoever wrote the address. Text between two ``*`` of a name is ignored."""
    app = make(f"<img src='/static/{'*' * 30}!'><img src='/static/a*a'>")
    for name in ("a" * 200, "aaa", "aa"):
        (tmp_path / "static" / name).write_text(name)
    started = time.perf_counter()
    kept = contents(app, visited(app))
    assert sorted(kept) == ["/static/aaa", "/static/" + "a" * 200]
    assert time.perf_counter() - started < 10


def test_few_folders_are_listed_for_a_page(make: Maker, tmp_path: Path) -> None:
    """However many names of files it leaves open, which would take long in large folders."""
    app = make("".join(f"<img src='/static/{n}*.png'>" for n in range(100, 400)))
    for n in range(100, 400):
        (tmp_path / "static" / f"{n}-.png").write_text(str(n))
    assert 0 < len(contents(app, visited(app))) <= 50


def test_all_modules_of_the_static_folder_may_be_behind_a_prefix(
    make: Maker, tmp_path: Path
) -> None:
    """Their addresses are written as browsers write them."""
    app = make('<script type=importmap>{"imports": {"app/": "/static/"}}</script>')
    for name in ("a.js", "[id]@2+(1)'.js", "b c%.js"):
        (tmp_path / "static" / name).write_text(name)
    kept = contents(app, visited(app))
    assert sorted(kept) == ["/static/[id]@2+(1)'.js", "/static/a.js", "/static/b%20c%25.js"]
