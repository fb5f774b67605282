"""The player shows pages with the files of the recorded time: stylesheets, images, frames,
drawings.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, abort, redirect, render_template_string
from flask.testing import FlaskClient

from flask_replay import Replay

from ..conftest import recordings_of

PNG = b"\x89PNG\r\n\x1a\n"
SPRITE = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>bad()</script><symbol id="star"><path d="M0 0"/></symbol></svg>'
PAGE = """<!doctype html><link rel=stylesheet href="static/css/site.css" crossorigin
integrity="sha384-/S8+1aKB3sKYL7sLBoB4FRY/lfiCO2BmtTYHH7uLa889jFtZ7V1icwDoZS/5JdGs">
<link rel=stylesheet href="https://cdn.example/x.css"><img src="/avatar?size=2"><img src="/gone.png">
<svg><use href="/static/icons.svg#star"/></svg><iframe src="/inner?x=1"></iframe><p>{{ name }}"""


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """Return an app whose page refers to files, and to responses of views."""
    (tmp_path / "static" / "css").mkdir(parents=True)
    (tmp_path / "static" / "css" / "site.css").write_text(
        "p { background: url('../a.png'); mask: url(none.svg) }"
    )
    (tmp_path / "static" / "a.png").write_bytes(PNG)
    (tmp_path / "static" / "icons.svg").write_text(SPRITE)
    app = Flask("shown", root_path=str(tmp_path), instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    app.add_url_rule("/", "home", lambda: render_template_string(PAGE, name="Ann"))
    app.add_url_rule(
        "/inner",
        "inner",
        lambda: render_template_string("<base href='/static/'><b>{{ 1 + 1 }} within</b>"),
    )
    app.add_url_rule("/avatar", "avatar", lambda: Response(PNG + b"ann", mimetype="image/png"))
    Replay(app, authorize=lambda action, recording: not denied)
    denied.clear()
    return app


denied: list[int] = []
"""A view whose content nobody may see once there is some."""


def visit(app: Flask, *paths: str) -> str:
    """Open pages, ending with the first one again, and return the id of the recording."""
    client = app.test_client()
    for path in (*paths, "/"):
        client.get(path).close()
    replay = app.extensions["replay"].replay
    with app.app_context():
        replay.finalize()
        return str(replay.recordings.summaries()[0].id)


def shown(viewer: FlaskClient, recording: str, query: str = "") -> str:
    """Return the first page as the player shows it."""
    return viewer.get(f"/replay/{recording}/page/0{query}").text


def loaded(viewer: FlaskClient, page: str, what: str) -> list[Any]:
    """Return what a browser gets for the addresses in a page, without cookies and without an
    origin.
    """
    addresses = [html.unescape(found) for found in re.findall(rf'{what}="(/replay/[^"]*)"', page)]
    asked = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}
    return [viewer.get(address, headers=asked) for address in addresses]


def test_pages_load_the_files_that_their_visitor_loaded(app: Flask) -> None:
    """From the player, at addresses that browsers may cache forever, and without an origin."""
    recording = visit(app, "/", "/avatar?size=2", "/inner?x=1")
    viewer = app.test_client()
    page = shown(viewer, recording)
    (sheet,), (image, _) = loaded(viewer, page, "href"), loaded(viewer, page, "src")
    assert (image.data, image.mimetype, sheet.mimetype) == (PNG + b"ann", "image/png", "text/css")
    assert 'integrity=""' in page
    within = re.search(r'background: url\("([^"]*)"\)', sheet.text)
    assert within is not None
    assert viewer.get(within[1], headers={"Sec-Fetch-Site": "cross-site"}).data == PNG
    for answer in (sheet, image):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_an_open_page_loads_its_files_after_the_key_was_rotated(app: Flask) -> None:
    """``SECRET_KEY_FALLBACKS`` keep the files and forms of open pages valid. A removed key does
    not.
    """
    recording = visit(app, "/", "/avatar?size=2")
    viewer = app.test_client()
    page = shown(viewer, recording)
    player = viewer.get(f"/replay/{recording}").text
    token = re.findall(r'name="token" value="([^"]*)"', player)[0]
    form = {"token": token, "pinned": "yes"}

    def statuses() -> tuple[int, int]:
        pinned = viewer.post(
            f"/replay/{recording}/pin", data=form, headers={"Sec-Fetch-Site": "same-origin"}
        )
        return loaded(viewer, page, "src")[0].status_code, pinned.status_code

    app.config.update(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[app.secret_key])
    assert statuses() == (200, 302)
    app.config["SECRET_KEY_FALLBACKS"] = []
    assert statuses() == (404, 404)


_KEPT_OUT: dict[str, dict[str, Any]] = {
    "exempt": {},
    "excluded": {"REPLAY_EXCLUDE": ["/me.png"]},
    "should_record": {},
    "consent": {"REPLAY_REQUIRE_CONSENT": True},
    "no-store": {},
}


@pytest.mark.parametrize("way", _KEPT_OUT)
def test_an_image_that_may_not_be_recorded_is_not_stored(tmp_path: Path, way: str) -> None:
    """Because its view is exempt, the app forbids it, or the visitor agreed only later."""
    secret = PNG + b"only for Ann"
    app = Flask("kept", instance_path=str(tmp_path))
    app.config.update(
        SECRET_KEY="test",
        REPLAY_ENABLED=True,
        REPLAY_STORAGE=str(tmp_path / "store"),
        **_KEPT_OUT[way],
    )
    app.debug = True
    headers = {"Cache-Control": "no-store"} if way == "no-store" else {}

    def image() -> Response:
        return Response(secret, mimetype="image/png", headers=headers)

    def page() -> str:
        replay.consent()
        return render_template_string('<img src="/me.png">{{ 1 }}')

    replay = Replay(
        app,
        should_record=(lambda request: request.path != "/me.png")
        if way == "should_record"
        else None,
    )
    app.add_url_rule("/me.png", "image", replay.exempt(image) if way == "exempt" else image)
    app.add_url_rule("/", "home", page)
    client = app.test_client()
    for path in ("/me.png", "/", "/") if way == "consent" else ("/", "/me.png"):
        client.get(path).close()
    (recording,) = recordings_of(app)
    shown_page = client.get(f"/replay/{recording.summary.id}/page/0").text
    assert "/me.png" in shown_page and "/asset/" not in shown_page
    assert not any(
        secret in path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file()
    )


def test_files_are_those_of_the_recorded_time(app: Flask, tmp_path: Path) -> None:
    """Even after a deployment. The current templates are shown with the current files."""
    recording = visit(app, "/", "/avatar?size=2")
    (tmp_path / "static" / "css" / "site.css").unlink()
    viewer = app.test_client()
    assert loaded(viewer, shown(viewer, recording), "href")[0].status_code == 200
    assert "css/site.css" in shown(viewer, recording, "?as=now")


def test_parts_of_drawings_are_inserted_into_the_page(app: Flask) -> None:
    """A page without an origin may not load them from other files. No script of a drawing runs."""
    page = shown(app.test_client(), visit(app, "/"))
    assert re.search(r'<use href="#s\w+-star"/>', page)
    assert re.search(r'<symbol id="s\w+-star">', page)
    assert "bad()" not in page


def test_frames_show_what_was_sent_to_them(app: Flask) -> None:
    """At an address of their own, which gets no cookies. Scripts do not run there either."""
    recording = visit(app, "/", "/inner?x=1")
    viewer = app.test_client()
    (frame,) = loaded(viewer, shown(viewer, recording), "src")
    assert "<b>2 within</b>" in frame.text
    assert frame.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "X-Frame-Options" not in frame.headers
    now = re.search(r'<iframe srcdoc="([^"]*)"', shown(viewer, recording, "?as=now"))
    assert now is not None
    assert "<b>2 within</b>" in html.unescape(now[1])


def test_no_frame_opens_without_a_ticket_for_its_recording(app: Flask) -> None:
    """Nor for a step that does not exist or is not a page."""
    recording = visit(app, "/", "/inner?x=1", "/avatar?size=2")
    place = f"/replay/{recording}/asset/page"
    ticket = re.search(r"asset/page/1\?ticket=([^\"]+)", shown(app.test_client(), recording))
    assert ticket is not None
    asked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}

    def status(address: str) -> int:
        return app.test_client().get(f"{place}/{address}", headers=asked).status_code

    assert status(f"1?ticket={ticket[1]}") == 200
    assert status("1?ticket=9999999999.x") == status("1") == status(f"9?ticket={ticket[1]}") == 404
    page = app.test_client().get(f"{place}/2?ticket={ticket[1]}", headers=asked)
    assert "not a page" in page.text


def test_the_seal_lists_missing_files(app: Flask) -> None:
    """By name, beside the verdict."""
    recording = visit(app, "/", "/avatar?size=2")
    verdict = app.test_client().get(f"/replay/{recording}/verdict/0.json").get_json()
    assert verdict["text"] == "identical; 2 files not kept; nothing from cdn.example"
    assert verdict["files"] == {
        "missing": ["/gone.png", "/static/css/none.svg"],
        "hosts": ["cdn.example"],
    }


@pytest.mark.parametrize(
    ("sources", "shown"),
    [
        (["cdn.example"], True),
        (["https://cdn.example:8443"], True),
        (["https://*.example"], True),
        (True, True),
        (False, False),
        (["dn.example"], False),
        (["my-cdn.example"], False),
        (["*.cdn.example"], False),
    ],
)
def test_the_seal_lists_hosts_that_are_not_shown(
    tmp_path: Path, sources: object, shown: bool
) -> None:
    """According to ``REPLAY_EXTERNAL_ASSETS``. A host is not allowed because its name contains an
    allowed one.
    """
    app = Flask("external", root_path=str(tmp_path), instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True, REPLAY_EXTERNAL_ASSETS=sources)
    page = "<link rel=stylesheet href=/static/a.css><script src=https://cdn.example/x.js></script>{{ 1 }}"
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.css").write_text("p {}")
    app.add_url_rule("/", "home", lambda: render_template_string(page))
    Replay(app, authorize=lambda action, recording: True)
    verdict = app.test_client().get(f"/replay/{visit(app, '/')}/verdict/0.json").get_json()
    assert ("cdn.example" in verdict["text"]) is not shown


def test_files_are_protected_like_their_recording(app: Flask) -> None:
    """Without a ticket, the rule decides. A ticket is valid for one recording and a limited time."""
    recording, other = visit(app, "/"), visit(app, "/", "/inner")
    viewer = app.test_client()
    address = html.unescape(re.findall(r'href="(/replay/[^"]*)"', shown(viewer, recording))[0])
    bare = address.partition("?")[0]
    assert viewer.get(bare).status_code == 200
    assert viewer.get(bare, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 404
    denied.append(1)
    assert viewer.get(bare).status_code == 404
    assert viewer.get(address).status_code == 200
    assert viewer.get(address.replace(recording, other)).status_code == 404
    assert viewer.get(re.sub(r"ticket=\d+", "ticket=9999999999", address)).status_code == 404
    assert viewer.get(re.sub(r"ticket=[^&]*", "ticket=", address)).status_code == 404


def test_only_files_are_served(app: Flask) -> None:
    """Not templates or setups, even if their hashes are requested."""
    recording = visit(app, "/")
    with app.app_context():
        keys = [key for key, _ in app.extensions["replay"].recordings.storage.templates()]
    answers = [app.test_client().get(f"/replay/{recording}/asset/{key}") for key in keys]
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 404, 404]
    assert {answer.mimetype for answer in answers if answer.status_code == 200} == {
        "text/css",
        "image/png",
        "image/svg+xml",
    }


def test_the_same_content_has_the_type_of_each_of_its_addresses(app: Flask) -> None:
    """A browser would download an image in a frame whose type is that of a download."""
    app.add_url_rule(
        "/export", "export", lambda: Response(PNG, mimetype="application/octet-stream")
    )
    page = '<img src="/export"><img src="/static/a.png">{{ 1 }}'
    app.add_url_rule("/both", "both", lambda: render_template_string(page))
    client = app.test_client()
    client.get("/both").close()
    client.get("/export", headers={"Sec-Fetch-Dest": "image"}).close()
    (recording,) = recordings_of(app)
    shown = client.get(f"/replay/{recording.summary.id}/page/0").text
    found = loaded(client, shown, "src")
    assert [file.mimetype for file in found] == ["application/octet-stream", "image/png"]
    address = html.unescape(re.findall('src="(/replay/[^"]*)"', shown)[1])
    other = client.get(
        address.replace("image%2Fpng", "image/png").replace("image/png", "text/html")
    )
    assert other.mimetype == "image/png", "only types that the visitor's browser got"


def test_a_document_that_is_called_an_image_is_sent_as_a_download(app: Flask) -> None:
    """Browsers show anything whose type ends with ``+xml`` as a page, with its scripts."""
    page = b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"
    app.add_url_rule("/chart", "chart", lambda: Response(page, mimetype="image/chart+xml"))
    app.add_url_rule("/shows", "shows", lambda: render_template_string('<img src="/chart">'))
    client = app.test_client()
    client.get("/shows").close()
    client.get("/chart", headers={"Sec-Fetch-Dest": "image"}).close()
    (recording,) = recordings_of(app)
    shown = client.get(f"/replay/{recording.summary.id}/page/0").text
    (file,) = loaded(client, shown, "src")
    assert (file.data, file.mimetype) == (page, "application/octet-stream")


def test_an_address_leads_to_what_it_led_to_then(app: Flask) -> None:
    """A visitor sees the default avatar, later the uploaded one, and none after it was deleted."""
    answers = iter([redirect("/avatar"), Response(PNG + b"own", mimetype="image/png")])
    app.add_url_rule("/own.png", "own", lambda: next(answers, None) or abort(404))
    paths = ("/own.png", "/avatar", "/other", "/own.png", "/other", "/own.png")
    client, recording = page_with(app, '<img src="/own.png">', "image", paths)
    first, second, third = (shown_at(client, recording, number) for number in (0, 3, 5))
    assert [file.data for file in loaded(client, first, "img src")] == [PNG + b"ann"]
    assert [file.data for file in loaded(client, second, "img src")] == [PNG + b"own"]
    assert '<img src="about:invalid"' in third


def test_a_frame_shows_what_its_address_led_to_then(app: Flask) -> None:
    """It shows a form to log in, and later a page."""
    users = iter(["", "ann"])

    @app.get("/panel")
    def panel() -> Any:
        user = next(users)
        return (
            render_template_string("panel of {{ user }}", user=user) if user else redirect("/inner")
        )

    paths = ("/panel", "/inner", "/other", "/panel")
    client, recording = page_with(app, '<iframe src="/panel"></iframe>', "iframe", paths)
    first, second = (shown_at(client, recording, number) for number in (0, 3))
    assert "2 within" in loaded(client, first, "iframe src")[0].text
    assert "panel of ann" in loaded(client, second, "iframe src")[0].text


def test_a_stylesheet_loads_what_its_addresses_led_to_then(app: Flask, tmp_path: Path) -> None:
    """An imported stylesheet loads an image of a view that changes. Pages share the stylesheet as
    long as the image stays the same.
    """
    css = tmp_path / "static" / "css"
    (css / "theme.css").write_text("@import 'parts.css';")
    (css / "parts.css").write_text("p { background: url(/banner) }")
    banners = iter([PNG + b"old", PNG + b"old", PNG + b"new"])
    app.add_url_rule("/banner", "banner", lambda: Response(next(banners), mimetype="image/png"))
    paths = ("/banner", "/other", "/banner", "/other", "/banner", "/other")
    link = '<link rel=stylesheet href="/static/css/theme.css">'
    client, recording = page_with(app, link, "image", paths)
    pages = [shown_at(client, recording, number) for number in (0, 2, 4, 6)]

    def loads(page: str) -> bytes:
        sheet = loaded(client, page, "href")[0].text
        for _ in range(2):
            (address,) = re.findall(r"/replay/[^\"')]+", sheet)
            answer = client.get(address)
            sheet = answer.text if answer.mimetype == "text/css" else ""
        return answer.data.removeprefix(PNG)

    assert [loads(page) for page in pages] == [b"old", b"old", b"new", b"new"]
    addresses = [re.findall('href="(/replay/[^"]*?n=[0-9]+)', page)[0] for page in pages]
    assert addresses[0] == addresses[1] != addresses[2] == addresses[3]


def test_a_static_page_in_a_frame_loads_what_its_addresses_led_to_then(
    app: Flask, tmp_path: Path
) -> None:
    """Its image comes from a view, and changes from page to page."""
    (tmp_path / "static" / "frame.html").write_text('<img src="/banner">')
    banners = iter([PNG + b"old", PNG + b"new"])
    app.add_url_rule("/banner", "banner", lambda: Response(next(banners), mimetype="image/png"))
    frame = '<iframe src="/static/frame.html"></iframe>'
    client, recording = page_with(app, frame, "image", ("/banner", "/other", "/banner"))
    frames = [loaded(client, shown_at(client, recording, n), "iframe src")[0] for n in (0, 2)]
    images = [loaded(client, frame.text, "img src")[0].data for frame in frames]
    assert images == [PNG + b"old", PNG + b"new"]


def test_a_page_loads_its_files_while_scripts_request_parts_of_it(app: Flask) -> None:
    """Its image may come after such a part."""
    images = iter([PNG + b"old", PNG + b"new"])
    app.add_url_rule("/banner", "banner", lambda: Response(next(images), mimetype="image/png"))
    app.add_url_rule("/part", "part", lambda: render_template_string("<b>{{ 1 }}</b>"))
    paths = ("/part", "/banner", "/other", "/part", "/banner")
    client, recording = page_with(app, '<img src="/banner">', "image", paths)
    seen = [loaded(client, shown_at(client, recording, n), "img src")[0].data for n in (0, 3)]
    assert seen == [PNG + b"old", PNG + b"new"]


def page_with(
    app: Flask, page: str, destination: str, paths: tuple[str, ...]
) -> tuple[FlaskClient, str]:
    """Return a viewer, and the recording of another page and of what it loads.

    :param destination: for which the browser loads something.
    :param paths: from which it loads that, ``/other`` to open the page again, or ``/part`` for a
        script that requests a part.
    """
    app.add_url_rule("/other", "other", lambda: render_template_string(f"{page}{{{{ 1 }}}}"))
    client = app.test_client()
    for path in ("/other", *paths):
        wanted = {"/other": "document", "/part": "empty"}.get(path, destination)
        client.get(path, headers={"Sec-Fetch-Dest": wanted}).close()
    (recording,) = recordings_of(app)
    return client, recording.summary.id


def shown_at(viewer: FlaskClient, recording: str, number: int) -> str:
    """Return a page as the player shows it."""
    return viewer.get(f"/replay/{recording}/page/{number}").text


def page_of(app: Flask, page: str) -> tuple[FlaskClient, str]:
    """Return a viewer, and the recording of a visit to another page."""
    app.add_url_rule("/other", "other", lambda: render_template_string(page))
    client = app.test_client()
    for _ in range(2):
        client.get("/other").close()
    replay = app.extensions["replay"].replay
    with app.app_context():
        replay.finalize()
        return client, str(replay.recordings.summaries()[0].id)


def answers(viewer: FlaskClient, recording: str) -> list[int]:
    """Return the player's responses for everything that belongs to a recording's first page."""
    asked = ("page/0", "page/0?scripts=1", "piece/0", "verdict/0.json", "offline.html")
    found = [viewer.get(f"/replay/{recording}/{what}") for what in asked]
    return [answer.status_code for answer in (*found, *loaded(viewer, found[0].text, "href"))]


NO_ADDRESSES = (
    "http://[",
    "//[x",
    "http://localhost//[x",
    "////[",
    "http://localhost:99999/a",
    "a:b:c",
    "\\\\[",
)


@pytest.mark.parametrize("address", NO_ADDRESSES)
def test_invalid_addresses_stay_unchanged(app: Flask, tmp_path: Path, address: str) -> None:
    """In pages, bases, frames and stylesheets. A visitor may have written them."""
    (tmp_path / "static" / "odd.css").write_text(
        f"p {{ background: url('{address}') }} b {{ mask: url(a.png) }}"
    )
    page = (
        f"<base href='{address}'><link rel=stylesheet href=/static/odd.css><img src='{address}' "
        f"srcset='{address} 2x'>"
        f"<iframe src='{address}'></iframe><svg><use href='{address}#a'/></svg><p "
        f"style='background: url({address})'>{{{{ 1 }}}}"
    )
    viewer, recording = page_of(app, page)
    assert set(answers(viewer, recording)) == {200}


def test_the_query_of_a_stylesheets_address_cannot_break_the_stylesheet(app: Flask) -> None:
    """It is encoded in every address within."""
    viewer, recording = page_of(app, "<link rel=stylesheet href=/static/css/site.css>{{ 1 }}")
    (address,) = re.findall(r'href="(/replay/[^"]*)"', shown(viewer, recording))
    for place in ("//%5B", "http://%5B", "x", "%2F%2Fevil.example%2Fx", "%00"):
        assert (
            viewer.get(re.sub("at=[^&]*", f"at={place}", html.unescape(address))).status_code == 200
        )


def test_the_seal_respects_a_pages_own_base(app: Flask) -> None:
    """Relative addresses are resolved against it, in the page and in the seal."""
    viewer, recording = page_of(
        app, "<base href='/static/'><link rel=stylesheet href='css/site.css'>{{ 1 }}"
    )
    verdict = viewer.get(f"/replay/{recording}/verdict/0.json").get_json()
    assert verdict["files"]["missing"] == ["/static/css/none.svg"]


@pytest.mark.parametrize(
    "base", ["https://localhost/", "http://LOCALHOST/", "data:text/html,x", "//localhost"]
)
def test_a_base_with_another_scheme_names_the_same_app(app: Flask, base: str) -> None:
    """A proxy may speak HTTPS for the app. Addresses that cannot be bases do not count."""
    viewer, recording = page_of(
        app, f"<base href='{base}'><link rel=stylesheet href='static/css/site.css'>{{{{ 1 }}}}"
    )
    assert re.search(r'stylesheet href="/replay/', shown(viewer, recording))


def test_parts_of_a_page_are_found_with_a_base_on_another_host(app: Flask) -> None:
    """For browsers, a fragment alone belongs to the page itself, and an empty address to nothing."""
    parts = "<svg><use href='#part'/><path fill='url(#paint)'/></svg><img src=''>"
    viewer, recording = page_of(
        app,
        f"<base href='https://cdn.example/a/'><link rel=stylesheet href=http://localhost/static/css/site.css>{parts}{{{{ 1 }}}}",
    )
    assert parts in shown(viewer, recording)


@pytest.mark.parametrize(
    "sheet",
    ['@charset "iso-8859-1"; b::before { content: "é" }', '\ufeffb::before { content: "é" }'],
)
def test_stylesheets_use_their_declared_encoding(app: Flask, tmp_path: Path, sheet: str) -> None:
    """The player serves them in UTF-8."""
    written = sheet.encode("latin-1") if sheet.startswith("@") else sheet.encode("utf-16")
    (tmp_path / "static" / "old.css").write_bytes(written)
    viewer, recording = page_of(app, "<link rel=stylesheet href=/static/old.css>{{ 1 }}")
    (answer,) = loaded(viewer, shown(viewer, recording), "href")
    assert '"é"' in answer.text


def test_a_thousand_nested_stylesheets_are_bounded(app: Flask, tmp_path: Path) -> None:
    """In the page, in its seal, and in a saved file."""
    for number in range(600):
        (tmp_path / "static" / f"{number}.css").write_text(
            f"@import '{number + 1}.css'; p {{ order: {number} }}"
        )
    viewer, recording = page_of(app, "<link rel=stylesheet href=/static/0.css>{{ 1 }}")
    assert set(answers(viewer, recording)) == {200}


def test_a_recording_whose_files_the_store_has_lost_is_shown(app: Flask) -> None:
    """Without these files."""
    viewer, recording = page_of(app, "<link rel=stylesheet href=/static/css/site.css>{{ 1 }}")
    with app.app_context():
        recordings = app.extensions["replay"].recordings
        lost = [
            key
            for key, _ in recordings.storage.templates()
            if b"background: url" in recordings.document(key)
        ]
        for key in lost:
            recordings.storage.delete_template(key)
    assert lost
    assert answers(viewer, recording)[:5] == [200] * 5


def test_a_page_has_a_limited_number_of_effects(app: Flask, tmp_path: Path) -> None:
    """Each effect is a whole drawing."""
    drawing = SPRITE + " " * 100_000
    (tmp_path / "static" / "paint.svg").write_text(drawing)
    painted = "<p style='filter:url(/static/paint.svg#star)'>x</p>"
    app.add_url_rule(
        "/painted", "painted", lambda: render_template_string("<!doctype html>" + painted * 200)
    )
    page = shown(app.test_client(), visit(app, "/painted"))
    assert "data:image/svg+xml;base64," in page
    assert len(page) < 8_000_000


@pytest.mark.parametrize("base", ["//other.example/", "/\t/other.example/", "/\\other.example/"])
def test_a_base_stays_on_its_host(app: Flask, base: str) -> None:
    """Two slashes would name another host, and so would characters that browsers read as slashes."""
    app.add_url_rule(
        "/based", "based", lambda: f"<!doctype html><base href='http://localhost{base}'>"
    )
    page = shown(app.test_client(), visit(app, "/based"))
    assert page.startswith('<!doctype html><base href="http://localhost')


def test_a_key_may_be_any_text(app: Flask) -> None:
    """An unknown key selects the step by its number."""
    assert "Ann" in shown(app.test_client(), visit(app, "/"), f"?key=w:{'9' * 5_000}")


def test_a_file_refused_by_a_policy_is_not_missing(tmp_path: Path) -> None:
    """The seal does not list it, and the stylesheet shows no image either."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "a.css").write_text("p { background: url(a.png); mask: url(none.svg) }")
    (tmp_path / "static" / "a.png").write_bytes(PNG)
    app = Flask("refusing", root_path=str(tmp_path), instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    page = '<link rel="stylesheet" href="/static/a.css"><p style="color: red">{{ 1 }}<img src="/no.png">'
    policy = {"Content-Security-Policy": "img-src 'none'; style-src 'self'"}
    app.add_url_rule("/", "home", lambda: Response(render_template_string(page), headers=policy))
    Replay(app, authorize=lambda action, recording: True)
    recording = visit(app, "/")
    viewer = app.test_client()
    seen = shown(viewer, recording)
    (sheet,) = loaded(viewer, seen, "href")
    assert sheet.text == 'p { background: url("about:invalid"); mask: url("about:invalid") }'
    assert 'src="about:invalid"' in seen
    assert "color: red" not in seen
    verdict = viewer.get(f"/replay/{recording}/verdict/0.json").json
    assert verdict is not None
    assert verdict["missing"] == []


def test_a_page_loads_the_images_of_a_set_by_addresses_of_its_own(app: Flask) -> None:
    """Otherwise browsers would show a larger one that another page has loaded."""
    page = "<img srcset='/static/a.png 1x, /avatar 2x'><img src='/static/a.png'><p>{{ 1 }}"
    viewer, recording = page_of(app, page)
    text = html.unescape(viewer.get(f"/replay/{recording}/page/0").text)
    assert re.findall(r"/asset/\w+\.png\?[^ \"]*page=0", text)
    assert not re.search(r" src=\"[^\"]*page=", text)
    assert set(answers(viewer, recording)) == {200}
