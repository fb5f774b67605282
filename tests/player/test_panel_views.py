"""The panels beside the page: what happened, how the page was made, and the ways between these."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask, render_template, request
from jinja2 import DictLoader
from playwright.sync_api import Page, expect
from turbohtml import parse

from flask_replay import Replay
from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Error, Message
from flask_replay.storage import FileStorage

from ..conftest import recordings_of
from .handmade import keep, page, step
from .screen import Screen
from .test_axe import AXE, Looked

Open = Callable[..., Screen]

LONG = [
    *(step(10 * number, f"/item/{number}", page(f"Item {number}") if number % 50 == 0 else None) for number in range(300)),
    step(30_000, "/pay", method="POST", status=302, redirect="/sorry", form={"card": ["[redacted]"]}),
    step(31_000, "/sorry", page("Sorry"), status=500, errors=[Error(offset_ms=31_000, type="PaymentError", message="no <b>gateway</b>")]),
    step(32_000, "/bye", page("Goodbye")),
]  # fmt: skip


def test_an_error_is_found_among_many_events(play: Open, storage: FileStorage) -> None:
    """By a key, a button, its kind or its words. A link to the moment can be copied."""
    screen = play(keep(storage, LONG))
    tab, rows, found = (
        screen.tab,
        screen.tab.locator("#events button"),
        screen.tab.locator("#found"),
    )
    screen.press("e")
    assert (screen.current, screen.title) == (301, "Sorry")
    screen.press("e")
    expect(tab.locator("#note")).to_have_text("There is no later error.")
    screen.press("End", "Shift+e")
    assert screen.current == 301
    screen.press("Home", "/")
    tab.keyboard.type("Item 299")  # keys of the player's own among them
    expect(found).to_have_text("1 of 303")
    expect(rows).to_have_text(["0:02GET/item/299200"])
    screen.press("Enter")
    assert screen.current == 299
    screen.press("Escape")
    expect(found).to_be_hidden()
    tab.get_by_label("Kind of events").select_option("errors (1)")
    expect(rows).to_have_count(1)
    expect(rows.locator(".bad")).to_have_text(["500", "PaymentError: no <b>gateway</b>"])
    tab.get_by_label("Filter events").fill("nothing has this")
    expect(rows).to_have_count(0)
    expect(found).to_have_text("none")
    tab.get_by_role("button", name="Next error").click()
    assert (screen.current, screen.title) == (-1, "Sorry")  # it is shown, though not listed
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    screen.press("c")
    expect(tab.locator("#note")).to_contain_text("Copied")
    assert tab.evaluate("navigator.clipboard.readText()") == tab.url.partition("#")[0] + "#t=31000"


def test_a_recording_without_errors_leads_to_none(play: Open, storage: FileStorage) -> None:
    """Nor does it offer kinds of events that it does not contain."""
    screen = play(keep(storage, LONG[:3]))
    expect(screen.tab.get_by_role("button", name="error")).to_have_count(0)
    assert screen.tab.locator("#kind option").all_inner_texts() == ["all", "pages (1)"]


def test_a_request_can_be_copied_as_a_command(app: Flask, storage: FileStorage) -> None:
    """With variables in place of redacted values."""
    found = app.test_client().get(f"/replay/{keep(storage, LONG)}/step/300.json").get_json()
    assert found["curl"].splitlines()[0] == "# masked in the recording: MASKED_COOKIE, MASKED_CARD"
    assert "--request POST" in found["curl"] and "recorded: https://shop.example" in found["curl"]


TEMPLATES = {
    "base.html": "<!doctype html><title>{% block title %}Shop{% endblock %}</title><body>{% block main %}{% endblock %}</body>",
    "cart.html": '{% extends "base.html" %}\n{% block main %}<h1>Cart</h1>\n'
    '<ul class="{{ cart.kind }}">{% for item in cart.lines %}<li id="line{{ loop.index }}">{{ item.book }}: <b>{{ item.count }}</b></li>{% endfor %}</ul>\n'
    "{% if error %}<p role=alert>{{ error }}</p>{% endif %}<textarea>{{ cart.note }}</textarea> "
    "{{ cart.api_key }}"
    "{% endblock %}",
}


@dataclass
class Item:
    book: str
    count: int


@dataclass
class Cart:
    lines: list[Item]
    note: str = "ring </textarea> twice"
    kind: str = "gift"
    api_key: str = "k3y-k3y-k3y-k3y"


@pytest.mark.parametrize("document", [0, False, "", [], {}, {"a": None}])
def test_a_message_of_json_is_shown_in_full_even_if_it_is_empty(
    app: Flask, storage: FileStorage, document: object
) -> None:
    """Unlike a field that the message does not have."""
    message = Message(offset_ms=5, socket="chat", sent=True, url="/chat", json=document)
    id = keep(storage, [step(0, "/", page("Chat")), Batch((message,))])
    found = app.test_client().get(f"/replay/{id}/step/1.json").get_json()
    assert found["data"] == {"json": document}


@pytest.fixture
def shop(tmp_path: Path) -> Flask:
    """A shop whose cart is viewed twice, and which refuses a coupon at the end."""
    app = Flask("shop", instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    app.jinja_loader = DictLoader(dict(TEMPLATES))
    Replay(app, storage=FileStorage(tmp_path / "store"), authorize=lambda action, recording: True)

    @app.route("/cart", methods=["GET", "POST"])
    def cart() -> tuple[str, int]:
        count = request.args.get("count", 1, type=int)
        error = "The coupon expired on 3 May" if request.method == "POST" else ""
        lines = [Item("Cloud <Atlas>", count), Item("Night Trains", 1)]
        return render_template("cart.html", cart=Cart(lines), error=error), 400 if error else 200

    client = app.test_client()
    client.get("/cart").close()
    client.get("/cart?count=2").close()
    client.post("/cart?count=2", data={"coupon": "GIFT"}).close()
    recordings_of(app)
    return app


def recorded(app: Flask) -> str:
    """Return the player's address of an app's only recording."""
    (recording,) = recordings_of(app)
    return f"/replay/{recording.summary.id}"


def test_the_state_shows_what_a_template_read_and_what_changed(shop: Flask) -> None:
    """Redacted values stay redacted. A step without a render has no state."""
    client, root = shop.test_client(), recorded(shop)
    first, second = (client.get(f"{root}/state/{number}.json").get_json() for number in (0, 1))
    assert (first["since"], first["changes"], first["frames"]) == (None, [], ["cart.html"])
    assert second["changes"] == [{"path": "cart.lines[0].count", "before": "1", "after": "2"}]
    assert second["since"]["number"] == 0
    assert {"cart.lines[0].count", "cart.kind"} <= set(second["visible"])
    assert "k3y-k3y" not in str(second) and "[redacted]" in str(second)
    assert client.get(f"{root}/state/1.json?frame=7").get_json() == second
    assert client.get(f"{root}/state/9.json").status_code == 404


def test_the_source_shows_the_lines_that_made_the_page_and_later_changes(shop: Flask) -> None:
    """As recorded, with the differences to the current template."""
    client, root = shop.test_client(), recorded(shop)
    found = client.get(f"{root}/template/1.json").get_json()
    by_name = {source["name"]: source for source in found["sources"]}
    assert {name: (source["text"], source["today"]) for name, source in by_name.items()} == {
        name: (text, "same") for name, text in TEMPLATES.items()
    }
    cart = list(by_name).index("cart.html")
    assert [cart, 3, ["cart.lines[0].count"]] in found["made"]
    shop.jinja_loader = DictLoader({"cart.html": TEMPLATES["cart.html"].replace("Cart", "Basket")})
    again = {
        source["name"]: source
        for source in client.get(f"{root}/template/1.json").get_json()["sources"]
    }
    assert (again["base.html"]["today"], again["cart.html"]["today"]) == ("gone", "changed")
    assert "+{% block main %}<h1>Basket</h1>" in again["cart.html"]["diff"]
    assert again["cart.html"]["text"] == TEMPLATES["cart.html"]


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("cart.lines[0].count", ["<flask-replay-mark id=flask-replay-found>2</flask-replay-mark>"]),
        ("cart.lines", ["<flask-replay-mark id=flask-replay-found>Cloud &lt;Atlas&gt;</flask-replay-mark>", ">2</flask", ">1</flask"]),
        ("cart.kind", ["<ul class=gift data-flask-replay-found id=flask-replay-found>"]),
        ("cart.note", ["<textarea data-flask-replay-found id=flask-replay-found>ring &lt;/textarea&gt; twice</textarea>"]),
        ("nothing", []),
        ("cart.lines[9]", []),
        ("</style><script>", []),
    ],
)  # fmt: skip
def test_values_are_marked_on_the_page(shop: Flask, path: str, marked: list[str]) -> None:
    """The page does not differ otherwise, nor does the verdict."""
    client, root = shop.test_client(), recorded(shop)
    plain = client.get(f"{root}/page/1").text
    page = client.get(f"{root}/page/1", query_string={"mark": path}).text
    assert [
        piece for piece in marked if piece not in page.replace('=""', "").replace('"', "")
    ] == []
    without = re.sub(r"<style>[^<]*flask-replay[^<]*</style>|</?flask-replay-mark[^>]*>", "", page)
    without = re.sub(r"(?:id|data)[-=\"a-z]*flask-replay-found(?:=\"\")?\"?", "", without)
    assert parse(re.sub(r"\s+>", ">", without)).serialize() == parse(plain).serialize()
    assert client.get(f"{root}/page/1", query_string={"mark": path, "as": "now"}).text == plain


def test_a_viewer_finds_out_why_a_page_looked_as_it_did(
    shop: Flask, serve: Callable[[Flask], str], tab: Page
) -> None:
    """From the story to the moment: what the page read, what changed, where it is shown, and which
    line made it.
    """
    tab.context.add_init_script(path=AXE)
    tab.emulate_media(reduced_motion="reduce")
    screen = Screen(tab, f"{serve(shop)}{recorded(shop)}")
    page, side, looked = screen.page, tab.locator("#side"), Looked(tab)
    tab.get_by_role("button", name="Story").click()
    side.locator("#story .lines button").nth(1).click()
    assert screen.current == 1
    expect(side.locator("#story [aria-current]")).to_contain_text("Cart")
    looked.look("story")
    tab.get_by_role("button", name="State").click()
    side.get_by_label("changes only").check()
    side.get_by_role("button", name="cart.lines[0].count: 1 → 2").click()
    expect(page.locator("flask-replay-mark")).to_have_text("2")
    expect(tab.locator("#verdict")).to_contain_text("but for redacted values")
    tab.get_by_role("button", name="Template").click()
    expect(side.locator("#source .meant")).to_contain_text("{{ item.count }}")
    looked.look("template")
    screen.press("ArrowRight")
    assert screen.current == 2
    expect(page.locator("[role=alert]")).to_have_text("The coupon expired on 3 May")
    expect(page.locator("flask-replay-mark")).to_have_count(0)
    tab.get_by_role("button", name="State").click()
    side.get_by_label("changes only").uncheck()
    side.get_by_label("Search values").fill("expired")
    expect(side.locator("#state .values li")).to_have_text(
        ["error \"The coupon expired on 3 May\" was ''"]
    )
    side.get_by_label("Search values").fill("")
    side.get_by_role("button", name="What was read of cart", exact=True).click()
    expect(side.locator("#state .masked")).to_have_text("[redacted]")
    looked.look("state")
    assert looked.found == []
