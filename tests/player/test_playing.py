"""The playback controls: where they lead, and what is on the screen then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from flask_replay.storage import FileStorage

from .handmade import TOUR, keep, page, step
from .screen import Screen

END = 64_020

Open = Callable[..., Screen]


def test_the_player_opens_with_the_first_page(play: Open) -> None:
    """The page, its address and its event are there at once."""
    screen = play()
    assert (screen.current, screen.position, screen.playing) == (0, 0, False)
    assert screen.title == "Welcome"
    assert screen.url == "https://shop.example/"


def test_steps_go_one_by_one_and_stop_at_both_ends(play: Open) -> None:
    """In both directions, every event is reached, even if several have the same millisecond."""
    screen = play()
    screen.press("ArrowLeft")
    forwards = [screen.current]
    for _ in range(len(TOUR)):
        screen.press("ArrowRight")
        forwards.append(screen.current)
    assert forwards == [0, 1, 2, 3, 4, 5, 6, 6]
    backwards = []
    for _ in range(len(TOUR)):
        screen.tab.get_by_role("button", name="Previous event").click()
        backwards.append(screen.current)
    assert backwards == [5, 4, 3, 2, 1, 0, 0]


def test_first_last_and_whole_pages(play: Open) -> None:
    """Keys lead to the ends and skip events without a page."""
    screen = play()
    screen.press("End")
    assert screen.current == 6
    screen.press("Shift+ArrowLeft", "Shift+ArrowLeft")
    assert (screen.current, screen.title) == (3, "Cart again")
    screen.tab.get_by_role("button", name="Previous page").click()
    assert (screen.current, screen.title) == (1, "Cart")
    screen.press("Home")
    assert screen.current == 0
    screen.tab.get_by_role("button", name="Next page").click()
    assert screen.current == 1


def test_an_event_without_a_page_keeps_the_previous_page(play: Open) -> None:
    """Redirects and data do not change the visitor's screen. The event is highlighted all the same."""
    screen = play()
    screen.press("ArrowRight", "ArrowRight")
    assert (screen.current, screen.title, screen.url) == (2, "Cart", "https://shop.example/cart")
    screen.press("ArrowRight", "ArrowRight")
    assert (screen.current, screen.title) == (4, "Cart again")


def test_nothing_of_a_later_step_is_left_after_a_rewind(play: Open) -> None:
    """Page, address, event and details belong to the step, wherever the viewer came from."""
    screen = play()
    screen.press("End")
    assert screen.title == "Goodbye"
    screen.press("Home")
    assert (screen.title, screen.url) == ("Welcome", "https://shop.example/")
    expect(screen.tab.locator("#details")).to_contain_text("https://shop.example")
    expect(screen.tab.locator("#details")).not_to_contain_text("/bye")


def test_details_say_how_much_of_a_page_no_template_made(play: Open, storage: FileStorage) -> None:
    """If templates made all of it, they say nothing."""
    screen = play(
        keep(storage, [step(0, "/", page("Mixed"), literal=1543), step(1, "/made", page("Made"))])
    )
    details = screen.tab.locator("#details")
    expect(details).to_contain_text("By no template1,543 characters")
    screen.press("ArrowRight")
    expect(details).to_contain_text("/made")
    expect(details).not_to_contain_text("By no template")


def test_a_step_that_is_no_longer_wanted_is_not_shown(play: Open) -> None:
    """Going on to another step cancels its loads. The other step is shown completely."""
    screen = play()
    held: list[Route] = []
    for late in ("**/step/5.json", "**/verdict/5.json*"):
        screen.tab.route(late, lambda route: held.append(route))
    with screen.tab.expect_request("**/step/5.json"):
        screen.tab.locator("#events button").nth(5).click()
    with screen.tab.expect_event("requestfailed", lambda request: "/5.json" in request.url):
        screen.tab.locator("#events button").nth(1).click()
    expect(screen.tab.locator("#details")).to_contain_text("/cart")
    expect(screen.tab.locator("#verdict")).to_have_text("kept as it was sent")
    expect(screen.tab.locator("#details")).not_to_contain_text("PaymentError")
    assert (screen.title, screen.current) == ("Cart", 1)


def test_playing_advances_with_the_time(play: Open) -> None:
    """After playing for a second, a second of the recording has passed, and the page has followed."""
    screen = play(stopped=True)
    screen.press("Space")
    screen.wait(600)
    assert screen.playing
    assert 500 <= screen.position <= 620
    screen.wait(500)
    assert screen.current == 3
    screen.press("Space")
    position = screen.position
    screen.wait(1000)
    assert (screen.playing, screen.position) == (False, position)


def test_idle_time_is_skipped_and_every_control_works_meanwhile(play: Open) -> None:
    """A minute without events takes seconds. The player says so and locks nothing."""
    screen = play(stopped=True)
    screen.press("Space")
    screen.wait(3500)
    expect(screen.tab.locator("#note")).to_contain_text("of nothing: skipped")
    assert 59_000 < screen.position < 61_000
    screen.tab.get_by_role("button", name="Previous event").click()
    assert (screen.playing, screen.current) == (False, 2)
    screen.press("Space")
    screen.wait(3500)
    assert screen.current == 4
    screen.wait(2000)
    expect(screen.tab.locator("#note")).to_be_hidden()


def test_changing_the_speed_keeps_the_position(play: Open) -> None:
    """The menu and the keys change the speed within its limits."""
    screen = play(stopped=True)
    screen.press("Space")
    screen.wait(400)
    before = screen.position
    screen.tab.select_option("#speed", "0.5")
    assert screen.position == before
    screen.wait(400)
    assert before + 150 <= screen.position <= before + 230
    screen.tab.locator("#play").focus()
    for _ in range(9):
        screen.press("+")
    assert screen.tab.input_value("#speed") == "16"
    for _ in range(9):
        screen.press("-")
    assert screen.tab.input_value("#speed") == "0.5"


def test_an_unknown_speed_means_normal_speed(play: Open) -> None:
    """A browser may restore any value, and a viewer may edit the menu."""
    screen = play(stopped=True)
    screen.tab.evaluate("() => { document.getElementById('speed').value = 'junk' }")
    screen.press("Space")
    screen.wait(600)
    assert 500 <= screen.position <= 620


def test_it_stops_at_the_end_and_play_starts_over(play: Open) -> None:
    """Pressing play at the end starts from the beginning."""
    screen = play(stopped=True, moment=f"#t={END - 300}")
    screen.press("Space")
    screen.wait(1000)
    assert (screen.playing, screen.position) == (False, END)
    screen.tab.get_by_role("button", name="Play").click()
    screen.wait(200)
    assert screen.playing
    assert screen.position < 300


def test_the_scrubber_moves_only_as_often_as_one_can_see(play: Open) -> None:
    """The time is shown in tenths of a second, and a pixel lasts longer here. Each change of the
    screen costs the viewer's machine more than all else that playing does.
    """
    screen = play(stopped=True, moment="#t=5000")
    screen.tab.evaluate("""() => {
        window.changes = 0
        new MutationObserver((found) => { window.changes += found.length })
            .observe(document.querySelector('#time'), { childList: true })
    }""")
    screen.tab.locator("#idle").click()
    screen.tab.locator("#play").click()
    screen.wait(2000)
    assert 6800 < screen.position <= 7000
    assert 15 <= screen.tab.evaluate("window.changes") <= 40


def test_dragging_pauses_and_works_after_the_end(play: Open) -> None:
    """The position is where the viewer drags it. Dragging back from the end shows the earlier
    pages.
    """
    screen = play(stopped=True, moment=f"#t={END - 300}")
    screen.press("Space")
    screen.wait(100)
    screen.drag(500)
    assert not screen.playing
    screen.wait(500)
    assert screen.position < 1000
    assert screen.url == "https://shop.example/"
    screen.tab.mouse.up()
    assert screen.tab.evaluate("location.hash") == f"#t={screen.position}"


def test_a_page_that_loads_while_dragging_does_not_end_the_drag(play: Open) -> None:
    """Where the viewer dragged on to counts, not where the scrubber rested for a moment."""
    screen = play(stopped=True)
    held: list[Route] = []
    screen.tab.route("**/page/5*", lambda route: held.append(route))
    screen.drag(62_050)
    with screen.tab.expect_request("**/page/5*"):
        screen.tab.clock.run_for(200)
    screen.drag_on(30_000)
    with screen.tab.expect_event("framenavigated", lambda frame: "/page/5" in frame.url):
        held[0].continue_()
    screen.tab.evaluate("async () => { for (let n = 0; n < 5; n++) await fetch(location.href) }")
    assert 29_000 < float(screen.tab.input_value("#scrubber")) < 31_000
    screen.tab.mouse.up()
    screen.wait(200)
    assert 29_000 < screen.position < 31_000
    assert screen.title == "Cart again"


@pytest.mark.parametrize(
    "junk", ["#t=abc", "#t=-5", "#t=1e9", "#t=", "#x", "#t=5%00", "#t=Infinity"]
)
def test_an_invalid_moment_is_the_start(play: Open, junk: str) -> None:
    """Whatever the address contains, the recording opens."""
    screen = play(moment=junk)
    assert (screen.current, screen.position) == (0, 0)


def test_an_address_leads_to_a_moment(play: Open, storage: FileStorage) -> None:
    """Moments can be shared. One after the end is the end."""
    id = keep(storage, TOUR)
    screen = play(id, moment="#t=62000")
    assert (screen.current, screen.title) == (5, "Sorry")
    screen.tab.evaluate("() => { location.hash = '#t=999999999' }")
    expect(screen.tab.locator("#time")).to_contain_text("1:04.0 / 1:04")
    assert (screen.current, screen.position) == (6, END)


def test_an_address_counts_while_playing(play: Open) -> None:
    """Its moment is shown, not where playing has come to."""
    screen = play()
    screen.press("Space")
    assert screen.playing
    screen.tab.evaluate("() => { location.hash = '#t=62000' }")
    expect(screen.tab.locator("#time")).to_contain_text("1:02.0 / 1:04")
    assert (screen.current, screen.title, screen.playing) == (5, "Sorry", False)


def test_going_back_leaves_the_player(play: Open, tab: Page) -> None:
    """Steps add nothing to the browser's history."""
    tab.goto("about:blank")
    screen = play()
    screen.press("ArrowRight", "ArrowRight", "End", "Home")
    assert screen.title == "Welcome"
    tab.go_back()
    assert tab.url == "about:blank"


def test_two_viewers_move_independently(play: Open, tab: Page, storage: FileStorage) -> None:
    """Each tab has its own position."""
    id = keep(storage, TOUR)
    screen = play(id)
    other = Screen(tab.context.new_page(), tab.url.partition("#")[0])
    other.press("End")
    assert (screen.current, other.current) == (0, 6)


def test_an_empty_recording_opens(play: Open, storage: FileStorage) -> None:
    """Without steps or pages, and every control works."""
    screen = play(keep(storage, []))
    screen.press(
        "Space", "ArrowRight", "ArrowLeft", "Home", "End", "Shift+ArrowRight", "Shift+ArrowLeft"
    )
    assert screen.current == -1


def test_ten_thousand_events_open_and_play(play: Open, storage: FileStorage) -> None:
    """A recording at the limit opens within seconds, and its last event is as quick to reach as its
    first.
    """
    steps = [
        step(n * 50, f"/search?q={n}", page(f"Result {n}") if n % 3 == 0 else None)
        for n in range(10_000)
    ]
    screen = play(keep(storage, steps))
    assert screen.title == "Result 0"
    screen.press("End")
    assert (screen.current, screen.title) == (9_999, "Result 9999")
    expect(screen.tab.locator("#events [aria-current]")).to_be_in_viewport()
    assert screen.tab.locator("#events li").count() < 100
    screen.press("Home")
    screen.tab.wait_for_function("() => Number(document.getElementById('scrubber').value) === 0")
    screen.press("Space")
    screen.tab.wait_for_function("() => Number(document.getElementById('scrubber').value) > 500")
    assert screen.current >= 10
