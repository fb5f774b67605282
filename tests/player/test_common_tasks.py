"""What viewers come for, among 2,000 recordings, clicked as a person would."""

from __future__ import annotations

import io
import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from flask import Flask, render_template, request
from jinja2 import DictLoader
from playwright.sync_api import Page, expect

from flask_replay import MomentFilter, Replay
from flask_replay.codec import encode_batch, encode_recording
from flask_replay.recording.batch import Batch
from flask_replay.recording.ids import new_id
from flask_replay.storage import FileStorage
from flask_replay.storage.finding.terms import terms_in

from ..conftest import recordings_of, replay_of
from .handmade import keep, page, step, summarize

DAY = 24 * 3600.0
TEMPLATES = {
    "cart.html": "<!doctype html><title>Your cart</title><h1>Your cart</h1>\n"
    "<p>{{ cart.count }} books</p>\n"
    "{% if cart.problem %}<p role=alert>{{ cart.problem }}</p>{% endif %}",
    "paid.html": "<!doctype html><title>Thank you</title><h1>{{ 100 / rate }} EUR</h1>",
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Return the shop's log, whose lines have the address of their moment."""
    written, logger = io.StringIO(), logging.getLogger("common-tasks")
    handler = logging.StreamHandler(written)
    handler.addFilter(MomentFilter())
    handler.setFormatter(logging.Formatter("%(message)s <%(replay_url)s>"))
    logger.addHandler(handler)
    yield written
    logger.removeHandler(handler)


@pytest.fixture
def shop(tmp_path: Path, log: io.StringIO) -> Flask:
    """A shop in which a coupon is refused, and the checkout fails."""
    app = Flask("common-tasks", instance_path=str(tmp_path / "instance"))
    app.config.update(SECRET_KEY="test", REPLAY_ENABLED=True)
    app.jinja_loader = DictLoader(TEMPLATES)
    Replay(
        app,
        storage=FileStorage(tmp_path / "store"),
        authorize=lambda action, recording: True,
        identify=lambda: request.headers.get("X-Name"),
    )

    @app.route("/cart", methods=["GET", "POST"])
    def cart() -> str:
        problem = "GIFT expired on 3 May" if request.form.get("coupon") == "GIFT" else ""
        return render_template("cart.html", cart={"count": 2, "problem": problem})

    @app.get("/pay")
    def pay() -> str:
        return render_template("paid.html", rate=0)

    return app


@pytest.fixture
def desk(shop: Flask, tmp_path: Path) -> str:
    """Return the id of Ann's recording from yesterday, among 2,000 others."""
    storage = FileStorage(tmp_path / "store")
    for name in ("Ann Page", "Ben Ford"):
        client = shop.test_client()
        client.get("/cart", headers={"X-Name": name}).close()
        if name == "Ann Page":
            client.post("/cart", headers={"X-Name": name}, data={"coupon": "GIFT"}).close()
        else:
            client.get("/pay", headers={"X-Name": name}).close()
    ann, _ = recordings_of(shop)
    yesterday = time.time() - 1.1 * DAY
    with shop.app_context():
        replay_of(shop).finalize()
        replay_of(shop).recordings.delete(ann.summary.id)
    fill(storage, [step(0, "/", page("Welcome")), step(9_000, "/cart", page("Your cart"))], 2_000)
    return keep(storage, ann.batches, name="Ann Page", started_at=yesterday, id=new_id(yesterday))


def fill(storage: FileStorage, batches: Sequence[Batch], count: int) -> None:
    """Put recordings into a store's folder and its index in bulk."""
    payloads = [(batch.events[0].offset_ms, encode_batch(batch)) for batch in batches]
    pattern, now = summarize(batches), time.time()
    documents: dict[str, bytes] = {}
    for number in range(count):
        moment = now - number * 5 * DAY / count
        name = f"Customer {number % 700}" if number % 3 else ""
        summary = msgspec.structs.replace(pattern, id=new_id(moment), name=name, started_at=moment)
        documents[summary.id] = encode_recording(summary, payloads)
        storage._archived(summary.id).write_bytes(documents[summary.id])
    storage._index._index.put((id, terms_in(document)) for id, document in documents.items())


def test_support_finds_the_session_the_cause_and_the_broken_page(
    shop: Flask, desk: str, log: io.StringIO, serve: Callable[[Flask], str], tab: Page
) -> None:
    """A session of a named customer from yesterday; a refused coupon, and why; a link to that
    moment; from a log line to the page.
    """
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    root = serve(shop)
    rows, url = tab.locator("tbody .who"), tab.locator("#url")
    tab.goto(f"{root}/replay/")
    tab.get_by_role("searchbox").fill("ann page")
    tab.keyboard.press("Enter")
    expect(rows).to_have_text(["Ann Page"])
    rows.click()
    expect(url).to_have_text("http://localhost/cart")
    assert desk in tab.url

    tab.get_by_role("link", name="Recordings").click()
    tab.get_by_role("searchbox").fill("gift expired")
    tab.get_by_role("button", name="Search").click()
    expect(rows).to_have_text(["Ann Page"])
    rows.click()
    tab.get_by_role("button", name="Story").click()
    tab.locator("#story").get_by_role("button", name=re.compile("coupon")).click()
    shown = tab.frame_locator("#screen iframe:not(.coming)")
    expect(shown.get_by_role("alert")).to_have_text("GIFT expired on 3 May")
    tab.get_by_role("button", name="State").click()
    tab.get_by_label("changes only").check()
    expect(tab.locator("#state .flat li")).to_have_text(
        ["cart.problem: '' → 'GIFT expired on 3 May'"]
    )

    tab.get_by_role("button", name="Copy a link to this moment").click()
    expect(tab.locator("#note")).to_contain_text("Copied")
    handed_on = tab.context.new_page()
    handed_on.goto(tab.evaluate("navigator.clipboard.readText()"))
    expect(
        handed_on.frame_locator("#screen iframe:not(.coming)").get_by_role("alert")
    ).to_have_text("GIFT expired on 3 May")
    handed_on.close()

    (address,) = set(re.findall("<http://localhost(.*)>", log.getvalue()))
    tab.goto(f"{root}{address}")
    expect(url).to_have_text("http://localhost/pay")
    expect(tab.locator("#details")).to_contain_text("ZeroDivisionError")
    expect(tab.locator("#details")).to_contain_text("in top-level template code")
