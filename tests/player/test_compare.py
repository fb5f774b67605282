"""Two moments side by side."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

from flask import Flask, render_template_string, request
from playwright.sync_api import Browser, Page, expect

from flask_replay import Replay
from flask_replay.storage import FileStorage

from ..conftest import recordings_of
from ..pictures.pictures import context_of, share_of, taken_when
from .handmade import TOUR, keep
from .screen import Screen
from .test_axe import AXE, Looked

CART = "<h1>Cart</h1>{% for item in items %}<p>{{ item.title }}: {{ item.count }}</p>{% endfor %}{{ note }}"


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_two_moments_show_pages_parameters_and_differences_in_reads(
    tmp_path: Path,
) -> None:
    """The moments may be in two recordings. Whatever visitors sent is shown as text."""
    app = Flask("shop", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test", REPLAY_STORAGE=str(tmp_path / "store"), DEBUG=True)

    @app.route("/cart/<name>", methods=["GET", "POST"])
    def cart(name: str) -> str:
        count = int(request.args.get("count", 1))
        return render_template_string(
            CART, items=[{"title": "Emma", "count": count}], note=request.form.get("note", "")
        )

    @app.get("/stock")
    def stock() -> dict[str, int]:
        return {"left": 3}

    Replay(app)
    visitors = [app.test_client() for _ in range(2)]
    visitors[0].get("/cart/ann?count=1")
    visitors[0].get("/cart/ann?count=2")
    visitors[0].get("/stock", headers={"Sec-Fetch-Dest": "empty"})
    visitors[1].get("/cart/bob")
    visitors[1].post("/cart/bob", data={"note": "<b>gift"})
    ids = {found.summary.id: len(found.batches) for found in recordings_of(app)}
    ann, bob = (next(id for id, count in ids.items() if count == steps) for steps in (3, 2))
    client = app.test_client()

    def compare(one: str, other: str, status: int = 200) -> str:
        answer = client.get(f"/replay/compare?a={one}&b={other}")
        assert answer.status_code == status
        return answer.text

    page = compare(f"{ann}:0", f"{ann}:1")
    assert [f'src="/replay/{ann}/page/{number}"' in page for number in (0, 1)] == [True, True]
    assert 'class="differs"><th scope="row">Query: count</th><td>1</td><td>2</td>' in page
    assert '<tr><th scope="row">Path</th><td>/cart/ann</td><td>/cart/ann</td>' in page
    assert "items[0].count : 1 → 2" in text_of(page)
    assert f"a={ann}:1&amp;b={ann}:1" in page.replace("%3A", ":") and "Previous step" in page

    page = compare(f"{ann}:2", f"{bob}:1")
    assert f'src="/replay/{ann}/page/1"' in page and f'src="/replay/{bob}/page/1"' in page
    assert "&lt;b&gt;gift" in page and "<b>gift" not in page
    assert "One of the two steps rendered no template." in page

    for one, other, wrong in (
        ("x", f"{bob}:1", "a"),
        (f"{ann}:0", "<b>", "b"),
        (f"{ann}:0", f"{bob}:0&<i>=1", "<i>"),
    ):
        said = f"The parameter {wrong} is wrong: the address of a comparison ends with ?a="
        assert said in text_of(compare(one, other, 400))
    compare(f"{ann}:3", f"{bob}:1", 404)
    compare(f"{ann}:0", f"{'0' * 26}:1", 404)


def test_the_player_remembers_a_moment_and_shows_it_beside_the_next(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """With a key, from one recording to another. The headings link back."""
    first, second = keep(storage, TOUR, name="Ann"), keep(storage, TOUR, name="Bob")
    place = f"{serve(app)}/replay"
    tab.context.add_init_script(path=AXE)
    tab.emulate_media(reduced_motion="reduce")
    screen = Screen(tab, f"{place}/{first}")
    at = screen.current
    screen.press("v")
    expect(tab.locator("#note")).to_contain_text("Kept.")
    screen = Screen(tab, f"{place}/{second}")
    screen.press("End")
    last = screen.current
    screen.press("v")
    tab.wait_for_url(f"{place}/compare?*")
    assert tab.url.replace("%3A", ":").endswith(f"?a={first}:{at}&b={second}:{last}")
    expect(tab.frame_locator("iframe").first.locator("h1")).to_have_text("Welcome")
    looked = Looked(tab)
    looked.look("compare")
    assert looked.found == []
    tab.get_by_role("link", name="Ann · 0:00").click()
    tab.wait_for_url(f"{place}/{first}#t=0")


def test_dark_pages_have_their_background_beside_each_other(
    tmp_path: Path, serve: Callable[[Flask], str], browser: Browser
) -> None:
    """Also for a viewer who prefers dark pages."""
    app = Flask("dark", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="test", DEBUG=True)
    page = '<meta name="color-scheme" content="dark"><h1>{{ name }}</h1>'
    app.add_url_rule("/<name>", "page", lambda name: render_template_string(page, name=name))
    Replay(app)
    client = app.test_client()
    for name in ("ann", "bob"):
        client.get(f"/{name}").close()
    (recording,) = recordings_of(app)
    id = recording.summary.id
    context = context_of(browser, color_scheme="dark")
    tab = context.new_page()
    tab.goto(f"{serve(app)}/replay/compare?a={id}:0&b={id}:1")
    frame = tab.locator("iframe").first
    expect(frame.content_frame.locator("h1")).to_have_text("ann")
    place = frame.bounding_box()
    assert place is not None
    middle = {"x": place["x"] + 40, "y": place["y"] + 90, "width": 20, "height": 20}
    dark = taken_when(tab, lambda picture: share_of(picture, (18, 18, 18)) == 1, middle)
    context.close()
    assert share_of(dark, (18, 18, 18)) == 1
