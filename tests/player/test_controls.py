"""Ways to move through a recording besides playing: five seconds, marks, idle time, full screen,
and the keys for all of these.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from flask_replay.recording.events import Error
from flask_replay.storage import FileStorage

from .handmade import TOUR, keep, page, step
from .screen import Screen

Open = Callable[..., Screen]


def test_five_seconds_back_and_forward(play: Open) -> None:
    """From any position, stopping at both ends."""
    screen = play(moment="#t=60000")
    screen.press("l")
    assert (screen.position, screen.current) == (64_020, 6)
    screen.press("j", "j")
    assert (screen.position, screen.title) == (54_020, "Cart again")
    screen.press("Home", "j")
    assert screen.position == 0


def test_idle_time_is_played_on_request(play: Open) -> None:
    """A button and a key switch this."""
    screen = play(stopped=True, moment="#t=3000")
    screen.press("i")
    assert screen.tab.get_by_role("button", name="skip idle", pressed=False).count() == 1
    screen.press("Space")
    screen.wait(800)
    assert 3500 < screen.position < 4000
    screen.press("i")
    screen.wait(60)
    assert screen.position > 59_000


def test_a_recording_does_not_play_by_itself(play: Open) -> None:
    """It opens at its first page and stays there."""
    screen = play(stopped=True)
    screen.wait(500)
    assert (screen.playing, screen.position) == (False, 0)


@pytest.mark.parametrize(
    ("kind", "place", "number"), [("page", 2, 6), ("page", 1, 1), ("bad", 0, 5)]
)
def test_a_click_on_a_mark_leads_to_its_event(
    play: Open, kind: str, place: int, number: int
) -> None:
    """Not to the moment at that pixel, which may belong to the event before."""
    screen = play()
    screen.tab.locator(f"#marks .{kind}").nth(place).click(force=True)
    assert screen.current == number
    assert screen.position == TOUR[number].events[0].offset_ms


def test_a_click_just_below_a_mark_leads_to_its_event_too(play: Open) -> None:
    """Within a few pixels of an event, nobody means the moment before it."""
    screen = play()
    box = screen.tab.locator("#marks .bad").bounding_box()
    line = screen.tab.locator("#scrubber").bounding_box()
    assert box is not None and line is not None
    screen.tab.mouse.click(box["x"] + box["width"] / 2 - 2, line["y"] + line["height"] / 2)
    assert (screen.current, screen.title) == (5, "Sorry")


def test_the_keys_are_listed(play: Open) -> None:
    """In a dialog that one key opens and another closes. Other keys do nothing while it is open."""
    screen = play()
    screen.press("?")
    dialog = screen.tab.get_by_role("dialog")
    for name in ("five seconds back", "skip idle time, or play it", "the next page"):
        expect(dialog).to_contain_text(name)
    screen.press("End")
    screen.press("Escape")
    expect(dialog).to_be_hidden()
    assert screen.current == 0


def test_the_player_fills_the_screen(play: Open) -> None:
    """And leaves full screen again."""
    screen = play()
    screen.press("f")
    screen.tab.wait_for_function("() => document.fullscreenElement !== null")
    expect(screen.tab.locator("header.top")).to_be_hidden()
    screen.press("f")
    expect(screen.tab.locator("header.top")).to_be_visible()


def test_the_header_counts_pages_and_errors_as_a_person_would(
    play: Open, storage: FileStorage
) -> None:
    """Pages that were looked at instead of requests, and one error however many exceptions it
    raised.
    """
    screen = play()
    expect(screen.tab.locator("#counts")).to_have_text("5 pages1 error")
    screen = play(keep(storage, [step(0, "/", page("One")), step(10, "/two", status=204)]))
    expect(screen.tab.locator("#counts")).to_have_text("1 page")


def test_the_visitors_name_leads_to_all_their_recordings(play: Open, storage: FileStorage) -> None:
    """Before and after this one, on any device. A visitor without a name has no such page."""
    id = keep(storage, TOUR, name='Ann "&" Söhne')
    screen = play(id)
    screen.tab.get_by_role("link", name='Ann "&" Söhne').click()
    expect(screen.tab.locator("tbody .who")).to_have_text(['Ann "&" Söhne'])
    screen.tab.locator("tbody .who").click()
    expect(screen.tab).to_have_url(re.compile(id))
    expect(play().tab.locator("h1 a")).to_have_count(0)


TRACEBACK = """Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/flask/app.py", line 1511, in wsgi_app
    response = self.full_dispatch_request()
  File "/srv/shop/views.py", line 12, in pay
    gateway.charge(cart)
    ~~~~~~~~~~~~~~^^^^^^
  File "/srv/.venv/lib/python3.12/site-packages/requests/api.py", line 59, in get
    return session.request(method)
  File "/srv/shop/templates/pay.html", line 3, in block "body"
    {{ total }}
shop.PaymentError: no gateway"""


def test_a_traceback_begins_with_the_lines_of_the_app(play: Open, storage: FileStorage) -> None:
    """Lines of libraries are folded away. The whole traceback is available unchanged."""
    error = Error(offset_ms=5, type="shop.PaymentError", message="no gateway", traceback=TRACEBACK)
    screen = play(keep(storage, [step(0, "/", page("Sorry"), status=500, errors=[error])]))
    own = screen.tab.locator("#details .own")
    expect(own).to_contain_text("views.py")
    expect(own).to_contain_text('pay.html", line 3')
    expect(own).to_contain_text("PaymentError: no gateway")
    expect(own).not_to_contain_text("packages")
    expect(own).not_to_contain_text("^^^^")
    whole = screen.tab.locator("#details details pre")
    expect(whole).to_be_hidden()
    screen.tab.get_by_text("2 calls in libraries").click()
    expect(whole).to_have_text(TRACEBACK)


def test_a_traceback_shows_the_cause(play: Open, storage: FileStorage) -> None:
    """The type and the message of the exception that led to this one are visible at once, although
    only a library's lines raised it.
    """
    relation = "The above exception was the direct cause of the following exception:"
    library = (
        '  File "/usr/lib/python3/dist-packages/http.py", line 9, in get\n    raise TimeoutError\n'
    )
    own = '  File "/srv/shop/views.py", line 12, in pay\n    raise PaymentError from error\n'
    text = f"{library}TimeoutError: no answer in 3 s\n\n{relation}\n\n{own}"
    error = Error(offset_ms=5, type="shop.PaymentError", message="no gateway", traceback=text)
    screen = play(keep(storage, [step(0, "/", page("Sorry"), status=500, errors=[error])]))
    expect(screen.tab.locator("#details .own .message")).to_have_text(
        ["TimeoutError: no answer in 3 s", relation]
    )


def test_rows_name_their_tab_if_there_are_several(play: Open, storage: FileStorage) -> None:
    """With one tab, they do not."""
    script = {"HX-Request": "true"}
    visit = [
        step(0, "/", page("A")),
        step(10, "/b", page("B"), request_headers={"Referer": "/"}),
        step(20, "/x", "<p>x</p>", request_headers={**script, "HX-Current-URL": "/b"}),
        step(30, "/y", "<p>y</p>", request_headers={**script, "HX-Current-URL": "/"}),
        step(40, "/z", "<p>z</p>", request_headers={**script, "HX-Current-URL": "/b"}),
    ]
    screen = play(keep(storage, visit))
    expect(screen.tab.locator("#events .tabname")).to_have_text(
        ["tab 1", "tab 2", "tab 2", "tab 1", "tab 2"]
    )
    screen = play()
    assert set(screen.tab.locator("#events .tabname").all_inner_texts()) == {""}
