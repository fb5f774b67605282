"""Texts from visitors and apps are shown, and have no effect."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable

import pytest
from flask import Flask, request
from playwright.sync_api import Page, expect
from turbohtml import parse

from flask_replay.recording.events import Error
from flask_replay.storage import FileStorage

from .handmade import keep, step
from .payloads import DRAWN_LINKS
from .screen import Screen

XSS = "<script>top.hacked = 1; window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\"'><svg onload=hacked=1>"

PAGE = """<!doctype html><html><head>
<meta http-equiv="refresh" content="0;url=/harm?by=refresh">
<script>parent.hacked = 1; fetch('/harm?by=script')</script>
<script src="/harm?by=source"></script>
<link rel="prefetch" href="/harm?by=prefetch"><link rel="manifest" href="/harm?by=manifest">
<style>h1 { color: rgb(1, 2, 3) }</style>
</head><body onload="parent.hacked = 1; fetch('/harm?by=onload')">
<h1 onclick="parent.hacked = 1">Hello</h1><img src="x" onerror="parent.hacked = 1">
<iframe src="/harm?by=iframe"></iframe><iframe srcdoc="<script>top.hacked = 1</script>"></iframe>
<object data="/harm?by=object"></object><embed src="/harm?by=embed">
<form action="/harm?by=form" method="post" target="_self"><button id="send">Send</button></form>
<a id="plain" href="/harm?by=link">plain</a> <a id="self" target="_self" href="/harm?by=self">self</a>
<a id="top" target="_top" href="/harm?by=top">top</a> <a id="js" href="javascript:parent.hacked = 1">js</a>
<a id="ping" href="#" ping="/harm?by=ping">ping</a>
<div style="height: 5000px"></div><p id="end">The end</p>
</body></html>"""


@pytest.fixture
def harm(app: Flask) -> list[str]:
    """Return the requests to a view that only a script, a form or a click could cause."""
    reached: list[str] = []

    def view() -> str:
        reached.append(request.args.get("by", ""))
        return "harm done"

    app.add_url_rule("/harm", view_func=view, methods=["GET", "POST"])
    return reached


@pytest.fixture
def hostile(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page, harm: list[str]
) -> Screen:
    """Open a recording that is hostile in every field."""
    error = Error(offset_ms=5, type=XSS, message=XSS, traceback=XSS)
    batches = [
        step(0, f"/?q={XSS}", PAGE, errors=[error], host="https://shop.example", endpoint=XSS, mimetype=XSS),
        step(
            900, f"//evil.example/{XSS}", method="<b>", redirect=f"javascript:{XSS}", status=302,
            form={XSS: [XSS], "__proto__": ["x"], "constructor": ["y"]}, json={XSS: [{XSS: XSS}]},
            view_args={XSS: XSS}, files={XSS: [XSS]},
        ),
    ]  # fmt: skip
    id = keep(storage, batches, name=XSS, landing=XSS, flags=(XSS,))
    address = serve(app)
    tab.goto(f"{address}/replay/")
    assert tab.locator("a.who").inner_text() == XSS
    tab.evaluate("() => { if (window.hacked) throw new Error('hacked') }")
    return Screen(tab, f"{address}/replay/{id}")


def untouched(screen: Screen, harm: list[str]) -> bool:
    """Whether no script ran and nothing was sent."""
    return screen.tab.evaluate("() => window.hacked") is None and harm == []


def test_no_script_of_a_page_runs_and_nothing_is_sent(hostile: Screen, harm: list[str]) -> None:
    """Scripts, handlers, frames, refreshes and prefetches are disabled, while the page looks the
    same.
    """
    heading = hostile.page.locator("h1")
    assert heading.evaluate("h => getComputedStyle(h).color") == "rgb(1, 2, 3)"
    hostile.quiet()
    assert untouched(hostile, harm)


@pytest.mark.parametrize("inspected", [False, True])
def test_a_click_into_the_page_leads_nowhere(
    hostile: Screen, harm: list[str], inspected: bool
) -> None:
    """Links and forms send nothing to the live site, and the page stays, even where the player's
    own script runs.
    """
    hostile.tab.locator("#inspect").set_checked(inspected)
    for id in ("plain", "self", "top", "js", "ping", "send"):
        hostile.page.locator(f"#{id}").click()
        hostile.quiet()
        expect(hostile.page.locator("h1")).to_have_text("Hello")
        assert untouched(hostile, harm), id
        assert "/replay/" in hostile.tab.url, id


def test_a_page_scrolls_with_the_wheel_and_the_player_keeps_its_keys(hostile: Screen) -> None:
    """Scrolling is not a click. After a click into the page, the keys still control the player."""
    end = hostile.page.locator("#end")
    hostile.page.locator("h1").click()
    for _ in range(8):
        hostile.tab.mouse.wheel(0, 1000)
    expect(end).to_be_in_viewport()
    hostile.press("ArrowRight")
    assert hostile.current == 1


def test_every_field_of_an_event_is_shown_as_text(hostile: Screen, harm: list[str]) -> None:
    """Names, addresses, forms, JSON and errors, including tags."""
    details = hostile.tab.locator("#details")
    expect(details).to_contain_text(XSS)
    hostile.press("ArrowRight")
    expect(details).to_contain_text("__proto__")
    expect(details).to_contain_text("constructor")
    for place in ("#events", "#details", "#url", "header"):
        assert (
            hostile.tab.locator(
                f"{place} script, {place} img, {place} svg[onload], {place} b b"
            ).count()
            == 0
        )
    assert untouched(hostile, harm)


def test_a_page_opened_alone_in_a_tab_is_disabled_too(hostile: Screen, harm: list[str]) -> None:
    """Its own policy applies without the player around it."""
    address = hostile.tab.url.partition("#")[0]
    hostile.tab.goto(f"{address}/page/0")
    expect(hostile.tab.locator("h1")).to_have_text("Hello")
    hostile.tab.wait_for_timeout(300)
    assert untouched(hostile, harm)


@pytest.mark.parametrize("name", DRAWN_LINKS)
def test_a_link_in_a_drawing_leads_nowhere(
    app: Flask,
    storage: FileStorage,
    serve: Callable[[Flask], str],
    tab: Page,
    harm: list[str],
    name: str,
) -> None:
    """Even if an animation changes it, and without the player around it."""
    link = DRAWN_LINKS[name].replace("OUT", "/harm?by=drawing")
    address = f"{serve(app)}/replay/{keep(storage, [step(0, '/', f'<!doctype html>{link}')])}"
    tab.goto(f"{address}/page/0")
    tab.locator("#click").click(force=True)
    expect(tab.locator("#click")).to_be_visible()
    assert harm == []


def test_pages_are_disabled_in_a_saved_file_too(app: Flask, storage: FileStorage) -> None:
    """The file omits animated links, frames and refreshes."""
    pages = [PAGE, *(f"<!doctype html>{link}" for link in DRAWN_LINKS.values())]
    id = keep(storage, [step(100 * number, "/", html) for number, html in enumerate(pages)])
    file = app.test_client().get(f"/replay/{id}/offline.html").text
    packed = re.search(r'id="saved">([^<]*)<', file)
    assert packed is not None
    held = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    for shown in held["of"]:
        page = parse("\n".join(held["lines"][line] for line in shown["then"]["page"]))
        changed = {node.attrs["attributename"] for node in page.select("set, animate")}
        drawn = {link.attrs.get("target") for link in page.select("svg a")}
        others = {link.attrs.get("target", "_blank") for link in page.select("a")}  # of <base>
        named = {target for target in others if not str(target).startswith("none-")}
        assert changed <= {"none"} and drawn | named <= {"_blank"}
        assert (
            page.select("meta[http-equiv=refresh], link[rel=prefetch], iframe:not([srcdoc])") == []
        )


def test_links_behind_a_drawing_stay_unchanged(app: Flask, storage: FileStorage) -> None:
    """Because styles may distinguish links with a target."""
    icon = "<svg width=9><title>An icon</title><g><path d='M0 0'/></g></svg>"
    html = f"<!doctype html>{icon}<a href=/one>one</a>{icon}<a href=/two>two</a>"
    id = keep(storage, [step(0, "/", html)])
    assert html.partition(">")[2] in app.test_client().get(f"/replay/{id}/page/0").text


def test_other_animations_continue(app: Flask, storage: FileStorage) -> None:
    """Those that change only the look of a drawing."""
    drawing = (
        "<svg><circle r=1><animate attributeName=r values=1;9 dur=1s />"
        "<animateTransform attributeName=transform type=rotate values=0;9 dur=1s />"
        "<animateMotion path=M0,0 dur=1s /></circle></svg>"
    )
    id = keep(storage, [step(0, "/", f"<!doctype html>{drawing}")])
    assert drawing in app.test_client().get(f"/replay/{id}/page/0").text


@pytest.mark.parametrize(
    "name", ["refresh", "x-dns-prefetch-control", "origin-trial", "Set-Cookie"]
)
def test_meta_instructions_to_the_browser_are_dropped(
    app: Flask, storage: FileStorage, name: str
) -> None:
    """Except for those about the look of the page."""
    told = f"<meta http-equiv='{name}' content=on><meta http-equiv=default-style content=x>"
    id = keep(storage, [step(0, "/", f"<!doctype html>{told}")])
    shown = parse(app.test_client().get(f"/replay/{id}/page/0").text)
    kinds = [meta.attrs["http-equiv"] for meta in shown.select("meta[http-equiv]")]
    assert kinds == ["none", "default-style"]


def test_another_site_cannot_frame_the_player(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page
) -> None:
    """Otherwise it could place its own buttons over the player's."""
    id = keep(storage, [step(0, "/", PAGE)])
    address = serve(app).replace("127.0.0.1", "localhost")
    other = Flask("other")
    frames = "".join(
        f'<iframe src="{address}/replay/{path}"></iframe>' for path in ("", id, f"{id}/page/0")
    )
    other.add_url_rule("/", view_func=lambda: frames)
    tab.goto(serve(other))
    assert [
        frame.locator("#play, a.who, h1:has-text('Hello')").count() for frame in tab.frames[1:]
    ] == [0, 0, 0]
