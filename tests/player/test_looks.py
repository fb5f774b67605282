"""Layout, keyboard access and screen readers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect

from flask_replay.storage import FileStorage

from .handmade import TOUR, keep, page, step
from .screen import Screen

WIDE = "<table><tr>" + "<td>a-very-wide-cell-of-a-table</td>" * 40 + "</tr></table>"


@pytest.fixture
def address(app: Flask, storage: FileStorage, serve: Callable[[Flask], str]) -> str:
    """Serve a few recordings, one with long words everywhere, and return the player's address of
    that one.
    """
    keep(storage, TOUR)
    long = "/" + "long" * 80
    id = keep(
        storage, [step(0, long, page("Wide", WIDE)), *TOUR[1:]], name="Somebody" * 12, landing=long
    )
    return f"{serve(app)}/replay/{id}"


@pytest.mark.parametrize("width", [320, 390, 760, 1024, 1440])
def test_nothing_overflows_at_any_width(address: str, tab: Page, width: int) -> None:
    """Neither the list nor the player scrolls sideways, and the player does not scroll at all."""
    tab.set_viewport_size({"width": width, "height": 800})
    tab.goto(address.rpartition("/")[0] + "/")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    Screen(tab, address)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate("document.documentElement.scrollHeight") <= 800
    for control in ("#play", "#scrubber", "#speed", "#fold", "#url", "#last"):
        expect(tab.locator(control)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [800, 1100, 1280, 1920])
def test_the_number_of_errors_the_address_and_all_tabs_stay_in_view(
    storage: FileStorage, address: str, tab: Page, width: int
) -> None:
    """A long address or device gives way to the number of errors."""
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    first = step(0, "/" + "long" * 80, page("One"), request_headers={"User-Agent": agent})
    id = keep(storage, [first, *TOUR], name="Somebody", landing="/" + "long" * 80)
    tab.set_viewport_size({"width": width, "height": 800})
    Screen(tab, f"{address.rpartition('/')[0]}/{id}")
    expect(tab.locator("#counts .bad")).to_be_in_viewport(ratio=1)
    expect(tab.locator("#counts .bad")).to_have_text("1 error")
    expect(tab.get_by_role("button", name="Story")).to_be_in_viewport(ratio=1)
    assert tab.locator("#url").evaluate("url => url.offsetWidth") > 150


def test_controls_are_large_enough_for_a_finger_on_a_phone(address: str, tab: Page) -> None:
    """In the list and the player, at least 30 pixels high and 24 wide."""
    tab.set_viewport_size({"width": 390, "height": 844})
    small = """() => [...document.querySelectorAll("button, select, .as label, input[type=search], .chip, a.quiet, a.theirs")]
      .map((e) => [e.id || e.textContent.trim(), e.getBoundingClientRect()])
      .filter(([, { width, height }]) => width && (width < 24 || height < 30))
      .map(([name, { width, height }]) => `${name}: ${width} x ${height}`)"""
    tab.goto(address.rpartition("/")[0] + "/")
    assert tab.evaluate(small) == []
    screen = Screen(tab, address)
    for panel in tab.locator(".tabs button").all():
        panel.click()
        expect(tab.locator("[aria-busy=true]")).to_have_count(0)
        assert tab.evaluate(small) == []
    screen.press("e", "e")
    bar = tab.locator(".address").bounding_box()
    assert bar is not None
    assert bar["height"] < 100  # its content takes two lines
    note = tab.locator("#note").bounding_box()
    assert note is not None
    assert note["height"] < 40  # it fits on one line


def test_two_moments_use_the_whole_window(address: str, tab: Page) -> None:
    """So that the pages look as on a desktop and can be compared."""
    id = address.rpartition("/")[2]
    tab.set_viewport_size({"width": 1920, "height": 1080})
    tab.goto(f"{address.rpartition('/')[0]}/compare?a={id}:0&b={id}:1")
    widths = tab.evaluate("[...document.querySelectorAll('iframe')].map((e) => e.clientWidth)")
    assert len(widths) == 2 and min(widths) > 900


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_active_mode_is_visible(address: str, tab: Page, scheme: str) -> None:
    """It has a contrast of 3 to 1 with inactive ones (WCAG 2.2, 1.4.11)."""
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    Screen(tab, address)
    tab.get_by_label("inspect").check()
    expect(tab.locator("#note")).to_contain_text("Click a part of the page")
    ratio = tab.evaluate(
        """() => {
        const light = (color) => color.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
          .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
          .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
        const on = document.querySelector(".as label:has(#inspect)");
        const [a, b] = [on, on.parentElement].map((e) => light(getComputedStyle(e).backgroundColor))
          .sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05);
        }"""
    )
    assert ratio > 3


def test_a_panel_shows_that_it_is_loading(address: str, tab: Page) -> None:
    """Until its data arrives. Data of another moment is marked meanwhile."""
    asked: list[Route] = []
    tab.route("**/story.json*", lambda route: asked.append(route))
    Screen(tab, address)
    story = tab.locator("#story")
    tab.get_by_role("button", name="Story").click()
    expect(story).to_have_text("Loading …")
    expect(story).to_have_attribute("aria-busy", "true")
    asked.pop().continue_()
    expect(story.locator("li")).not_to_have_count(0)
    expect(story).to_have_attribute("aria-busy", "false")
    expect(story).not_to_contain_text("Loading")


def test_on_a_phone_sharing_pinning_and_deleting_are_in_a_menu(address: str, tab: Page) -> None:
    """In a wider window, they are beside the title. After pinning, the same moment is shown."""
    screen = Screen(tab, address)
    expect(tab.locator("#more")).to_be_hidden()
    pin, delete = (tab.get_by_role("button", name=name, exact=True) for name in ("Pin", "Delete"))
    expect(pin).to_be_visible()
    tab.set_viewport_size({"width": 390, "height": 844})
    expect(delete).to_be_hidden()
    screen.press("End")
    moment = screen.position
    assert moment > 0
    tab.locator("#more").click()
    expect(delete).to_be_in_viewport(ratio=1)
    pin.click()
    expect(tab.locator("#pinning button")).to_have_text("Unpin")
    assert tab.url == f"{address}#t={moment}"


def test_a_phone_shows_events_or_details(address: str, tab: Page) -> None:
    """There is no room for both, so a tab selects one."""
    tab.set_viewport_size({"width": 390, "height": 844})
    Screen(tab, address)
    expect(tab.locator("#details")).to_be_hidden()
    tab.get_by_role("button", name="Details").click()
    expect(tab.locator("#details")).to_be_visible()
    expect(tab.locator("#events")).to_be_hidden()


def test_the_panel_can_be_folded_away(address: str, tab: Page) -> None:
    """The page fills the room, and the button shows the state."""
    screen = Screen(tab, address)
    before = tab.locator("#screen").bounding_box()
    screen.press("s")
    after = tab.locator("#screen").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > before["width"] + 200
    assert tab.get_by_role("button", name="Events", expanded=False).count() == 1
    screen.press("s")
    expect(tab.locator("#events")).to_be_visible()


def test_every_control_has_a_name(address: str, tab: Page) -> None:
    """For screen readers."""
    Screen(tab, address)
    nameless = tab.evaluate(
        """() => [...document.querySelectorAll("button, select, input, a, iframe, [role=radiogroup]")]
        .filter((e) => e.type !== "hidden" && !e.closest("dialog:not([open])") && !e.hidden)
        .filter((e) => !(e.ariaLabel || e.title || e.textContent.trim() || e.labels?.length))
        .map((e) => e.outerHTML)"""
    )
    assert nameless == []
    expect(tab.get_by_role("slider", name="Position")).to_have_attribute(
        "aria-valuetext", "0:00 of 1:04"
    )


def test_every_control_is_reached_with_the_tab_key(address: str, tab: Page) -> None:
    """The tab key goes through all controls, with one stop for the list, however long it is."""
    screen = Screen(tab, address)
    reached = set()
    for _ in range(40):
        screen.press("Tab")
        reached.add(
            tab.evaluate(
                "document.activeElement.id || document.activeElement.name || "
                "document.activeElement.tagName"
            )
        )
    wanted = {
        "fold",
        "back",
        "forth",
        "as",
        "first",
        "previous",
        "play",
        "next",
        "last",
        "speed",
        "scrubber",
        "details",
    }
    assert wanted <= reached
    assert tab.locator("#events button[tabindex='0']").count() == 1


def test_the_arrow_keys_move_through_the_list_of_events(address: str, tab: Page) -> None:
    """They move the current event and the focus."""
    screen = Screen(tab, address)
    tab.locator("#events [aria-current]").focus()
    screen.press("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp")
    assert screen.current == 2
    assert tab.evaluate("document.activeElement.hasAttribute('aria-current')")


def test_space_plays_but_clicks_a_control_reached_by_tab(address: str, tab: Page) -> None:
    """After a mouse click, space plays. On a button reached by tab, space clicks it."""
    screen = Screen(tab, address, stopped=True)
    tab.locator("#next").click()
    screen.press("Space")
    assert (screen.playing, screen.current) == (True, 1)
    screen.press("Space")
    tab.locator("#next").focus()
    screen.press("Space")
    assert (screen.playing, screen.current) == (False, 2)


def test_space_toggles_a_switch_reached_by_tab(address: str, tab: Page) -> None:
    """A mode is toggled from the keyboard. After a mouse click, space plays."""
    screen = Screen(tab, address, stopped=True)
    inspect = tab.get_by_label("inspect")
    inspect.focus()
    screen.press("Space")
    expect(inspect).to_be_checked()
    screen.press("Space")
    expect(inspect).not_to_be_checked()
    assert not screen.playing
    for switch in (inspect, tab.get_by_label("as now"), tab.get_by_label("as then")):
        switch.click()
        screen.settle()
        screen.press("Space")
        assert screen.playing
        screen.press("Space")


def test_the_verdict_explains_itself(address: str, tab: Page) -> None:
    """A click explains the word. A key closes the dialog."""
    screen = Screen(tab, address)
    tab.get_by_role("button", name="kept as it was sent").click()
    expect(tab.get_by_role("dialog")).to_contain_text("No template made this page")
    screen.press("Escape")
    expect(tab.get_by_role("dialog")).to_be_hidden()


def test_deleting_asks_for_confirmation(address: str, tab: Page) -> None:
    """A slip deletes nothing. After confirming, the list is shown without the recording."""
    screen = Screen(tab, address)
    tab.once("dialog", lambda dialog: dialog.dismiss())
    tab.get_by_role("button", name="Delete").click()
    assert screen.current == 0
    tab.once("dialog", lambda dialog: dialog.accept())
    tab.get_by_role("button", name="Delete").click()
    expect(tab.locator("a.who")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_light_and_dark(address: str, tab: Page, scheme: str) -> None:
    """Its contrast is at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    tab.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    Screen(tab, address)
    ratios = tab.evaluate(
        """() => {
        const style = getComputedStyle(document.documentElement);
        const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const light = (name) => {
          paint.fillStyle = style.getPropertyValue(name).trim();
          paint.fillRect(0, 0, 1, 1);
          const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].map((c) => c / 255)
            .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const found = {};
        for (const ground of ["--ground", "--surface", "--wash"])
          for (const ink of ["--ink", "--soft", "--bad", "--good", "--warn"]) {
            const [a, b] = [light(ground), light(ink)].sort((x, y) => y - x);
            found[`${ink} on ${ground}`] = (a + 0.05) / (b + 0.05);
          }
        return found;
        }"""
    )
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}
