"""Notes, tags and links: what people add to a recording and pass on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from turbohtml import parse

from flask_replay import Replay
from flask_replay.storage import FileStorage, Recordings
from flask_replay.web.api import token_hash

from ..conftest import replay_of
from .handmade import TOUR, keep, make_app
from .screen import Screen
from .test_axe import AXE, Looked

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
HOSTILE = "</textarea><img src=x onerror=alert(1)>{{ 7 * 7 }}"


@pytest.fixture
def app(folder: Path) -> Flask:
    """Return an app whose recordings may be shared."""
    return make_app(folder, REPLAY_LINKS=True)


def test_notes_and_tags_are_written_by_signed_forms_and_shown_only_to_colleagues(
    app: Flask, storage: FileStorage
) -> None:
    """As text, whatever they contain. Invalid ones are refused with a reason. People who open a
    link see none.
    """
    id, client = keep(storage, TOUR), app.test_client()
    place = f"/replay/{id}"
    signed = re.findall(
        r'name="token" value="([^"]+)"', client.get(place).text.partition('id="notes"')[2]
    )[0]

    def send(what: str, **form: object) -> tuple[int, str]:
        answer = client.post(f"{place}/{what}", data={"token": signed, **form}, headers=SAME_ORIGIN)
        return answer.status_code, answer.headers.get("Location", answer.text)

    assert send("note", text=HOSTILE, at=2_500) == (302, f"{place}?tab=notes#t=2500")
    assert send("tag", tag="<b>refund") == (302, f"{place}?tab=notes#t=0")
    status, refusal = send("note", text=" ", at=2_500)
    assert (status, "<p>A note must have a text of at most 4,000" in refusal) == (400, True)
    assert f'<a href="{place}?tab=notes#t=2500">Back to the recording</a>' in refusal
    assert send("tag", tag="x" * 51)[0] == 400
    assert send("note", remove="nothing")[0] == 404
    remarks = Recordings(storage, 10, 1e9).remarks(id)
    assert (remarks.tags, remarks.notes[0].text, remarks.notes[0].at_ms) == (
        ("<b>refund",),
        HOSTILE,
        2_500,
    )
    for page in (client.get(place).text, client.get("/replay/").text):
        assert "&lt;b&gt;refund" in page and "<img src=x" not in page and "<b>refund" not in page
    listed = client.get("/replay/?tag=<B>REFUND").text
    assert listed.count('class="who"') == 1 and "1 note" in listed

    shared = client.post(f"{place}/share", data={"token": "forged"}, headers=SAME_ORIGIN)
    assert shared.status_code == 404
    assert send("note", remove=remarks.notes[0].id)[0] == send("tag", remove="<B>refund")[0] == 302
    assert storage.remarks() == {}


def test_a_note_is_written_at_the_current_moment(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """It is a mark on the timeline that leads there, and like tags it is in saved files."""
    id = keep(storage, TOUR)
    tab.context.add_init_script(path=AXE)
    tab.emulate_media(reduced_motion="reduce")
    place = f"{serve(app)}/replay/{id}"
    screen = Screen(tab, place, moment="#t=1000")
    at = screen.position
    tab.get_by_role("button", name="Notes").click()
    tab.get_by_label("New note").fill("key: e")
    tab.get_by_role("button", name="Note at 0:01").click()
    expect(tab.locator("#notes .text")).to_have_text("key: e")
    screen.settle()
    assert screen.position == at
    tab.get_by_label("New tag").fill("refund")
    tab.get_by_role("button", name="Add", exact=True).click()
    expect(tab.locator(".facts .tag")).to_have_text("refund")
    expect(tab.locator("#marks .noted")).to_have_count(1)
    expect(tab.get_by_role("button", name="Notes")).to_have_attribute("aria-pressed", "true")
    screen = Screen(tab, f"{place}?tab=notes")
    screen.press("End")
    screen.settle()
    tab.locator("#notes [data-at]").click()
    assert screen.position == at
    looked = Looked(tab)
    looked.look("notes")
    assert looked.found == []
    tab.get_by_role("button", name="Remove this note").click()
    expect(tab.locator("#notes .text")).to_have_count(0)


def test_a_link_made_in_the_player_opens_this_moment(
    folder: Path, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """Without anybody's remarks."""
    app = Flask("shared", instance_path=str(folder / "instance"))
    app.config.update(SECRET_KEY="test", REPLAY_LINKS=True, REPLAY_ENABLED=False)
    opened = [True]
    Replay(app, storage=storage, authorize=lambda action, recording: opened[0])
    id = keep(storage, TOUR)
    Recordings(storage, 10, 1e9).tag(id, "internal")
    screen = Screen(tab, f"{serve(app)}/replay/{id}", moment="#t=1000")
    expect(tab.locator(".facts .tag")).to_have_text("internal")
    tab.get_by_role("button", name="Share").click()
    tab.get_by_label("Opens for").select_option("an hour")
    tab.get_by_role("button", name="Make a link").click()
    made = tab.get_by_label("Link", exact=True)
    expect(made).to_have_value(re.compile(r"^http://.*/replay/link/"))
    address = made.input_value()
    at = screen.position
    opened[0] = False
    tab.goto(address)
    tab.wait_for_selector("body[data-ready]")
    assert tab.url.endswith(f"/replay/{id}#t={at}")
    assert "internal" not in tab.content()
    for name in ("Share", "Notes"):
        expect(tab.get_by_role("button", name=name)).to_have_count(0)


def test_a_program_remarks_on_recordings_that_it_may_read(
    folder: Path, storage: FileStorage
) -> None:
    """With a token of that scope, if the app's rule allows it, and under the token's name."""
    opened = {"view", "note"}
    tokens = {
        "desk": f"note:{token_hash('replay_notes')}",
        "reader": f"read:{token_hash('replay_reads')}",
        "bot": token_hash("replay_records"),
    }
    app = make_app(
        folder, lambda action, recording: action in opened, debug=False, REPLAY_API_TOKENS=tokens
    )
    id = keep(storage, TOUR)

    def send(
        path: str, body: object = None, method: str = "POST", token: str = "notes", of: str = id
    ) -> tuple[int, Any]:
        answer = app.test_client().open(
            f"/replay/api/recordings/{of}/{path}",
            method=method,
            json=body,
            headers={"Authorization": f"Bearer replay_{token}"},
        )
        return answer.status_code, answer.get_json()

    status, remarks = send("notes", {"text": HOSTILE, "at_ms": 2_500})
    (note,) = remarks["notes"]
    assert (status, note["text"], note["at_ms"], note["author"]) == (200, HOSTILE, 2_500, "desk")
    assert send("tags", {"tag": "vip/gold"})[1]["tags"] == ["vip/gold"]
    read = app.test_client().get(
        f"/replay/api/recordings/{id}", headers={"Authorization": "Bearer replay_notes"}
    )
    assert read.get_json()["remarks"]["tags"] == ["vip/gold"]

    for path, body, refused in (
        ("notes", {"text": " "}, 422),
        ("notes", {"text": "x" * 4_001}, 422),
        ("notes", {"text": "x", "at_ms": -1}, 422),
        ("notes", {"words": "x"}, 422),
        ("tags", {"tag": ""}, 422),
        ("notes", "x" * 100_000, 413),
    ):
        assert send(path, body)[0] == refused, (path, body)
    assert send("notes/nothing", method="DELETE")[0] == 404
    assert send("tags", {"tag": "x"}, of="0" * 26)[0] == 404
    for token, refused in (("reads", 403), ("records", 403), ("forged", 401)):
        assert send("tags", {"tag": "x"}, token=token)[0] == refused
    opened.discard("note")
    assert send("tags", {"tag": "x"})[0] == 403
    opened.clear()
    assert send("tags", {"tag": "x"})[0] == 404

    opened.update({"view", "note"})
    assert send("tags/VIP/gold", method="DELETE")[1] == {"notes": [note]}
    assert send(f"notes/{note['id']}", method="DELETE") == (200, {})
    assert storage.remarks() == {}


def test_a_note_without_an_author_shows_only_its_time(app: Flask, storage: FileStorage) -> None:
    """Other notes show their author first."""
    id = keep(storage, TOUR)
    with app.app_context():
        recordings = replay_of(app).recordings
        recordings.note(id, "Here it fails", 1.0, "")
        recordings.note(id, "Indeed", 2.0, "Ann")
    page = parse(app.test_client().get(f"/replay/{id}").text)
    said = [" ".join(place.text.split()) for place in page.select("#notes .by")]
    assert [line.partition("20")[0] for line in said] == ["", "Ann · "]
