"""The recorded page as it is served, and its verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask, render_template
from jinja2 import DictLoader
from turbohtml import parse

from flask_replay import Replay
from flask_replay.codec import encode_batch, encode_recording
from flask_replay.engine.instrument import generate
from flask_replay.engine.replaying import Rendered, Renderer, renderer
from flask_replay.player import assets
from flask_replay.player.framed_page import is_whole
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Frame, Request
from flask_replay.recording.model import Recording
from flask_replay.storage import FileStorage

from .handmade import TOUR, keep, step

TEMPLATES = {
    "page.html": "<!doctype html><html><head></head><body>{{ title }}</body></html>",
    "form.html": '<!doctype html><form><input name="csrf_token" value="{{ token }}"></form>',
}


class Shop:
    """An app whose visits are recorded, with the recordings."""

    def __init__(self, folder: Path) -> None:
        self.app = Flask(__name__, static_folder=None)
        self.app.config.update(REPLAY_ENABLED=True, SECRET_KEY="only for tests")
        self.app.debug = True
        self.templates = dict(TEMPLATES)
        self.app.jinja_loader = DictLoader(self.templates)
        self.app.add_url_rule("/", "page", lambda: render_template("page.html", title="Hello"))
        self.app.add_url_rule(
            "/form", "form", lambda: render_template("form.html", token="t0k3n-of-this-visit")
        )
        self.storage = FileStorage(folder)
        self.replay = Replay(self.app, storage=self.storage)

    def visit(self, *paths: str) -> str:
        """Visit pages, and return the id of the recording."""
        client = self.app.test_client()
        for path in paths:
            client.get(path).close()
        with self.app.app_context():
            self.replay.finalize()
            return self.replay.recordings.summaries()[0].id

    def change(self, id: str, number: int, **fields: Any) -> None:
        """Change the frame of a step in the recording of a visit."""
        with self.app.app_context():
            recording = self.replay.recordings.get(id)
        batches = list(recording.batches)
        request, frame = batches[number].events
        batches[number] = Batch((request, msgspec.structs.replace(frame, **fields)))
        self.store(recording, batches)

    def store(self, recording: Recording, batches: list[Batch]) -> None:
        """Store a recording with other batches."""
        payloads = [(batch.events[0].offset_ms, encode_batch(batch)) for batch in batches]
        self.storage.save(recording.summary.id, encode_recording(recording.summary, payloads))

    def verdict(self, id: str, number: int, query: str = "") -> dict[str, Any]:
        """Request the verdict of a step."""
        answer = self.app.test_client().get(f"/replay/{id}/verdict/{number}.json{query}")
        found: dict[str, Any] = msgspec.json.decode(answer.data)
        return found

    def page(self, id: str, number: int, query: str = "") -> str:
        """Request the page of a step."""
        return (
            self.app.test_client().get(f"/replay/{id}/page/{number}{query}").get_data(as_text=True)
        )


@pytest.fixture
def shop(folder: Path) -> Shop:
    """Return a recorded app."""
    return Shop(folder)


def test_a_page_is_what_was_sent_with_a_base_in_its_head(app: Flask, storage: FileStorage) -> None:
    """Relative addresses resolve as on the site, and no link can open a window."""
    html = "<!doctype html><html><head lang=en><title>T</title></head><body>é</body></html>"
    id = keep(storage, [step(0, '/a/b?x="1"&y=2', html)])
    answer = app.test_client().get(f"/replay/{id}/page/0")
    base = '<base href="/a/b?x=&#34;1&#34;&amp;y=2" target="_blank">'.replace("&#34;", "&quot;")
    assert answer.get_data(as_text=True) == html.replace("<title>", f"{base}<title>")
    assert answer.mimetype == "text/html"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<!DOCTYPE html><p>no head", "<!DOCTYPE html>{base}<p>no head"),
        ("<li>a piece</li>", "{base}<li>a piece</li>"),
        ("<header>no head</header>", "{base}<header>no head</header>"),
    ],
)
def test_the_base_is_inserted_correctly_in_any_page(
    app: Flask, storage: FileStorage, html: str, expected: str
) -> None:
    """In a page without a head, the doctype stays first. Otherwise browsers would use another mode."""
    id = keep(storage, [step(0, "/", html)])
    base = '<base href="/" target="_blank">'
    served = app.test_client().get(f"/replay/{id}/page/0").get_data(as_text=True)
    assert served == expected.replace("{base}", base)


def test_a_step_without_a_page_says_so(app: Flask, storage: FileStorage) -> None:
    """A redirect has no page, but the request for it is answered. There is nothing beyond the last
    step.
    """
    id = keep(storage, TOUR)
    client = app.test_client()
    assert "is not a page" in client.get(f"/replay/{id}/page/2").get_data(as_text=True)
    assert client.get(f"/replay/{id}/page/{len(TOUR)}").status_code == 404
    assert client.get(f"/replay/{id}/step/{len(TOUR)}.json").status_code == 404
    assert client.get(f"/replay/{id}/page/-1").status_code == 404


def test_a_replayed_page_is_identical(shop: Shop) -> None:
    """The page is rendered again and compared with what was sent."""
    id = shop.visit("/", "/")
    assert "Hello" in shop.page(id, 0)
    found = shop.verdict(id, 0)
    assert (found["state"], found["text"], found["whole"]) == ("identical", "identical", True)


def test_redacted_values_have_a_verdict_of_their_own(shop: Shop) -> None:
    """A page that differs only in redacted values is identical but for these."""
    id = shop.visit("/form", "/")
    assert "t0k3n" not in shop.page(id, 0)
    assert shop.verdict(id, 0)["text"] == "identical but for redacted values"


def test_a_page_that_differs_from_what_was_sent_is_different(shop: Shop) -> None:
    """A wrong digest is never called identical."""
    id = shop.visit("/", "/")
    shop.change(id, 1, digest=b"x" * 8)
    assert shop.verdict(id, 0)["state"] == "identical"
    assert shop.verdict(id, 1)["state"] == "different"


def test_current_templates_are_rendered_with_the_difference(shop: Shop) -> None:
    """The same data in the changed template gives another page, and a diff of both."""
    id = shop.visit("/", "/")
    assert shop.verdict(id, 0, "?as=now")["state"] == "identical"
    shop.templates["page.html"] = shop.templates["page.html"].replace(
        "{{ title }}", "Now: {{ title }}"
    )
    assert "Now: Hello" in shop.page(id, 0, "?as=now")
    assert "Now: Hello" not in shop.page(id, 0)
    found = shop.verdict(id, 0, "?as=now")
    assert found["state"] == "different"
    assert "+" in found["diff"]
    assert "Now: Hello" in found["diff"]


def test_a_missing_template_is_replaced_by_the_reason(shop: Shop) -> None:
    """The rest of the recording plays."""
    id = shop.visit("/", "/")
    shop.change(id, 0, entry="0" * 32)
    assert "This page cannot be shown" in shop.page(id, 0)
    found = shop.verdict(id, 0)
    assert found["state"] == "broken"
    assert found["problem"]
    assert found["problem"] in shop.page(id, 0)
    assert shop.verdict(id, 1)["state"] == "identical"


def test_a_page_that_was_not_kept_completely_is_not_called_identical(shop: Shop) -> None:
    """Cut text and missing parts are named."""
    id = shop.visit("/", "/")
    with shop.app.app_context():
        recording = shop.replay.recordings.get(id)
    request, *rest = recording.batches[0].events
    assert isinstance(request, Request)
    cut = Batch((msgspec.structs.replace(request, flags=("parts",)), *rest))
    lost = Batch((msgspec.structs.replace(request, parts=(0, 7)), *rest))
    shop.store(recording, [cut, lost])
    assert shop.verdict(id, 0)["state"] == "incomplete"
    assert shop.verdict(id, 1)["state"] == "broken"


def test_an_unrecorded_template_is_named_and_its_page_is_no_fragment(shop: Shop) -> None:
    """Its output is unknown, so it may be a whole page."""
    id = shop.visit("/", "/")
    shop.change(id, 0, flags=("unrecorded:its source is not available",))
    found = shop.verdict(id, 0)
    assert (found["state"], found["text"], found["whole"]) == ("unrecorded", "not recorded", True)
    assert "this template was not recorded: its source is not available" in shop.page(id, 0)


def test_text_that_no_template_made_is_shown_as_it_was_sent(
    app: Flask, storage: FileStorage
) -> None:
    """A literal page is in the recording itself, so there is nothing to compare."""
    id = keep(storage, TOUR)
    found: Any = app.test_client().get(f"/replay/{id}/verdict/0.json").json
    assert found["state"] == "literal"


def test_a_fragment_has_the_styles_of_the_previous_page(app: Flask, storage: FileStorage) -> None:
    """What a script inserted into a page is shown alone, in the style of that page."""
    whole = "<!doctype html><html><head><link rel=stylesheet href=/s.css></head><body class=a>text</body></html>"
    id = keep(
        storage, [step(0, "/", whole), step(1, "/x", "<li>one</li>"), step(2, "/y", "<li>two</li>")]
    )
    served = app.test_client().get(f"/replay/{id}/page/2").get_data(as_text=True)
    base = '<base href="/y" target="_blank">'
    head = f"<!doctype html><html><head>{base}<link rel=stylesheet href=/s.css></head>"
    assert served == f'{head}<body style="padding: 1.5rem"><li>two</li>'


@pytest.mark.parametrize("path", ["////evil.example/x", "/\\evil.example/x", "/\t/evil.example/x"])
def test_a_visitor_cannot_make_a_page_load_styles_from_elsewhere(
    app: Flask, storage: FileStorage, path: str
) -> None:
    """The address in a header may look like a path, and be another site's for browsers."""
    asked = {"HX-Request": "true", "HX-Current-URL": path, "HX-Target": "a"}
    html = "<!doctype html><head><link rel=stylesheet href=s.css></head><p id=a>x</p>"
    id = keep(storage, [step(0, "/", html), step(1, "/part", "y", request_headers=asked)])
    base = parse(app.test_client().get(f"/replay/{id}/page/1").text).select_one("base")
    assert base is not None and base.attr("href") in {"/evil.example/x", "/x"}


@pytest.mark.parametrize("link", [
    "<link href=/n rel='prefetch'>",
    '<LINK rel = "preload prefetch" href=/n>',
    "<link/rel=pre&#102;etch href=/n>",
    "<link title='>' rel=prerender href=/n>",
    "<link =rel=x rel\x0b=x rel=prefetch href=/n>",
    "<i title=\"<link x='\"></i><link rel=prefetch href='/n'>",
    f"<link title='{'x' * 3000}' rel=prefetch href=/n>",
    "<link rel=a " * 20_000 + "><link rel=prefetch href=/n>",
])  # fmt: skip
def test_nothing_is_loaded_ahead(app: Flask, storage: FileStorage, link: str) -> None:
    """Links that would load the visitor's next page are removed, however they are written.
    Stylesheets stay.
    """
    html = f"<!doctype html><head>{link}<link rel=stylesheet href=/s.css></head>"
    id = keep(storage, [step(0, "/", html)])
    served = app.test_client().get(f"/replay/{id}/page/0").get_data(as_text=True)
    assert (
        parse(served).select("link[rel~=prefetch], link[rel~=preload], link[rel~=prerender]") == []
    )
    assert "<link rel=stylesheet href=/s.css>" in served


@pytest.mark.parametrize(
    ("html", "whole"),
    [
        ("<!doctype html><p>", True),
        ("\n<HTML lang=en>", True),
        ("<ul><li>", False),
        ("<header>", False),
        ("", False),
    ],
)
def test_a_fragment_is_distinguished_from_a_whole_page(html: str, whole: bool) -> None:
    """What a script inserted into a page has no frame of its own."""
    assert is_whole(html) is whole


def test_steps_contain_what_the_list_of_events_shows(app: Flask, storage: FileStorage) -> None:
    """Empty fields are omitted, because there may be thousands of steps."""
    id = keep(storage, TOUR)
    found: Any = app.test_client().get(f"/replay/{id}/steps.json").json
    assert found["steps"][2] == {
        "t": 1000, "method": "POST", "url": "/cart/1", "host": "https://shop.example", "status": 302,
        "redirect": "/cart", "d": 20,
    }  # fmt: skip
    assert found["steps"][5]["errors"] == ["app.PaymentError: no gateway"]


def test_details_contain_everything_about_one_event(app: Flask, storage: FileStorage) -> None:
    """Form, JSON, error and traceback are loaded on demand."""
    id = keep(storage, TOUR)
    client = app.test_client()
    post: Any = client.get(f"/replay/{id}/step/2.json").json
    assert post["data"]["form"] == {"count": ["2"], "password": ["[redacted]"]}
    failed: Any = client.get(f"/replay/{id}/step/5.json").json
    assert failed["errors"][0]["traceback"].startswith("Traceback")
    assert failed["request"]["status"] == 500


def test_an_installed_package_and_a_checkout_both_find_their_files() -> None:
    """The folders are found relative to the running copy of the package."""
    assert (assets.folder("templates") / "replay" / "player.html").is_file()
    assert (assets.folder("static") / "player.js").is_file()


def test_a_page_its_verdict_and_its_input_marks_are_rendered_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often they are requested. With current templates the page is rendered again."""
    id = shop.visit("/", "/form")
    rendered: list[str] = []
    render = Renderer.render

    def noted(by: Renderer, frame: Frame) -> Rendered:
        rendered.append(frame.template)
        return render(by, frame)

    monkeypatch.setattr(Renderer, "render", noted)
    client = shop.app.test_client()
    for _ in range(2):
        assert "Hello" in shop.page(id, 0)
        assert shop.verdict(id, 0)["state"] == "identical"
        assert client.get(f"/replay/{id}/way/1.json").status_code == 200
    # the next requests show whether scripts ran
    assert sorted(rendered) == ["form.html", "page.html"]
    shop.templates["page.html"] = "<!doctype html><html><body>Now {{ title }}</body></html>"
    assert "Now Hello" in shop.page(id, 0, "?as=now")


def test_each_template_is_compiled_once_until_it_changes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The templates of today, too."""
    id = shop.visit("/", "/")
    compiled: list[str] = []

    def noted(environment: Any, tree: Any, name: str, *more: Any, **options: Any) -> Any:
        compiled.append(name)
        return generate(environment, tree, name, *more, **options)

    monkeypatch.setattr(renderer, "generate", noted)
    for _ in range(2):
        for number in (0, 1):
            assert "Hello" in shop.page(id, number, "?as=now")
            assert shop.verdict(id, number, "?as=now")["state"] == "identical"
    assert compiled == ["page.html"] * 2  # that of then, and that of today
    shop.templates["page.html"] = "<!doctype html><html><body>Now {{ title }}</body></html>"
    assert "Now Hello" in shop.page(id, 0, "?as=now")
    assert len(compiled) == 3
    assert "Now" not in shop.page(id, 0)


def test_only_pages_that_cannot_change_are_cached_by_a_viewers_browser(shop: Shop) -> None:
    """Those of a finished recording, with the recorded templates, at an address that only the open
    player knows.
    """
    id = shop.visit("/", "/form")
    client = shop.app.test_client()
    kept = client.get(f"/replay/{id}/page/0?as=then&window=123")
    assert kept.headers["Cache-Control"] == "private, max-age=3600, immutable"
    for address in (
        "page/0",
        "page/0?as=now&window=123",
        "verdict/0.json?window=123",
        "step/0.json?window=123",
    ):
        assert client.get(f"/replay/{id}/{address}").headers["Cache-Control"] == "no-store"
