"""The page's own scripts, if they are switched on: they draw the page, and reach nothing else."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request
from playwright.sync_api import Browser, FrameLocator, Page, expect

from flask_replay.recording.batch import Batch
from flask_replay.recording.events import Message
from flask_replay.storage import FileStorage

from ..browsing import CHROMIUM, OPTIONS
from .handmade import STARTED, keep, page, step

Open = Callable[..., FrameLocator]


@pytest.fixture(scope="module")
def browser(browser: Browser) -> Iterator[Browser]:
    """Return a browser with a process for each origin, like browsers with windows."""
    started = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*OPTIONS, "--site-per-process"]
    )
    yield started
    started.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """Open a tab in which scripts of recorded pages may fail."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture
def reached() -> list[str]:
    """Return the requests of pages to the app."""
    return []


@pytest.fixture
def stun() -> Iterator[socket.socket]:
    """Listen where a page could send data without any policy applying."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(0.3)
        yield heard


@pytest.fixture
def run(
    app: Flask, storage: FileStorage, serve: Callable[[Flask], str], tab: Page, reached: list[str]
) -> Open:
    """Return a function that shows a page in the player with its scripts running."""

    @app.before_request
    def note() -> None:
        if not request.path.startswith("/replay"):
            reached.append(request.full_path)

    address = serve(app)

    def opened(html: str, *then: Batch, url: str = "/") -> FrameLocator:
        recording = keep(
            storage,
            [
                step(5_000, url, f"<!doctype html><body>{html}"),
                *then,
                step(9_000, "/two", page("Two")),
            ],
        )
        tab.goto(f"{address}/replay/{recording}")
        expect(tab.locator("body")).to_have_attribute("data-ready", "true")
        tab.locator("#scripts").check()
        return tab.frame_locator("#screen iframe[sandbox=allow-scripts]:not(.coming)")

    return opened


def test_scripts_run_only_if_they_are_switched_on(run: Open, tab: Page) -> None:
    """They are off by default."""
    frame = run("<p id=p>before</p><script>p.textContent = 'after'</script>")
    expect(frame.locator("#p")).to_have_text("after")
    tab.locator("#scripts").uncheck()
    inert = tab.frame_locator("#screen iframe[sandbox='']:not(.coming)")
    expect(inert.locator("#p")).to_have_text("before")


def test_time_and_random_numbers_are_those_of_the_recording(run: Open, tab: Page) -> None:
    """So a page that shows the current date shows the recorded one."""
    frame = run(
        "<p id=p></p><script>p.textContent = [Date.now(), new Date().getTime(), "
        "Math.random()]</script>"
    )
    expect(frame.locator("#p")).not_to_be_empty()
    first, second, chance = map(float, frame.locator("#p").inner_text().split(","))
    assert 0 <= first - (1000 * STARTED) < 3_600_000
    assert 0 <= second - first < 1_000
    tab.reload()
    expect(tab.locator("body")).to_have_attribute("data-ready", "true")
    tab.locator("#scripts").check()
    expect(frame.locator("#p")).not_to_be_empty()
    assert float(frame.locator("#p").inner_text().split(",")[2]) == chance


def test_scripts_find_the_features_that_they_rely_on(run: Open) -> None:
    """Storage, cookies and a history, although the page has no origin. It leads nowhere."""
    frame = run(
        "<p id=p></p><script>localStorage.setItem('a', 1); document.cookie = 'b=2'; "
        "history.pushState({}, '', '/x'); location.href = '/y'; window.location = '/z'; location.reload();"
        "p.innerHTML = `<b>${localStorage.getItem('a')}</b>`</script>"
    )
    expect(frame.locator("#p b")).to_have_text("1")


def test_scripts_may_use_the_names_of_what_surrounds_them(run: Open) -> None:
    """As variables and properties of their own. An address is also a text."""
    frame = run(
        "<p id=p></p><script>const parent = document.querySelector('#p'); let replayed = 1;"
        "function Route() { const self = this; self.location = '/x'; self.top = () => this === self;"
        " [self.left, self.bottom] = [self.top(), self.location]; self.location += '?y' }"
        "parent.append(JSON.stringify(new Route()), ' ', (window.location + '').split('/').slice(3).join('/'),"
        " ' ', document.location == document.URL, window.top === self)</script>",
        url="/a?b=1",
    )
    expect(frame.locator("#p")).to_have_text(
        '{"location":"/x?y","left":true,"bottom":"/x"} a?b=1 truetrue'
    )


def test_scripts_read_the_path_of_the_address(run: Open) -> None:
    """Wherever they take it from."""
    frame = run(
        "<p id=p></p><script>const { location: own, document: page } = window; const { pathname } = location;"
        "const last = (a, location) => location.pathname; const at = () => { return location; };"
        "p.append([own.pathname, page.title, pathname, last(0, location), last(0, { pathname: 'b' }), at().pathname,"
        " `${location}`.endsWith('/a?b=1'), parent.location.pathname].join(' '))</script>",
        url="/a?b=1",
    )
    expect(frame.locator("#p")).to_have_text("/a  /a /a b /a true /a")


def test_code_in_attributes_reads_the_path_of_the_address(run: Open) -> None:
    """Of handlers, and of Alpine. In attributes of Vue, a location is its own."""
    frame = run(
        "<p id=p></p><img src='data:,' onerror=p.append(location.pathname)><b :title='location.href'></b>"
        "<script>p.append(document.querySelector('b').getAttribute(':title'))</script>",
        url="/a",
    )
    expect(frame.locator("#p")).to_contain_text("location.href")
    expect(frame.locator("#p")).to_contain_text("/a")
    assert frame.locator("#p").inner_text() in {"location.href/a", "/alocation.href"}
    frame = run(
        "<p id=p></p><b x-data :title='top == self && location.pathname'></b>"
        "<script>p.append(eval(document.querySelector('b').getAttribute(':title')))</script>",
        url="/b",
    )
    expect(frame.locator("#p")).to_have_text("/b")


def test_scripts_lead_to_parts_of_their_page(run: Open) -> None:
    """By its whole address, as routers do."""
    frame = run(
        "<p id=p></p><script>location.replace(`${location.href.split('#')[0]}#/a`); p.append(location.hash);"
        "window.location = '#/b'; p.append(location.hash); location.assign('/x#/c'); p.append(location.hash)</script>",
        url="/?q=1",
    )
    expect(frame.locator("#p")).to_have_text("#/a#/b#/b")


def test_storage_and_cookies_contain_what_a_page_stores(run: Open) -> None:
    """Even under names of built-in properties. Preferences are the visitor's."""
    frame = run(
        "<p id=p></p><script>localStorage.theme = 'dark'; document.cookie = 'b=2; path=/';"
        "p.textContent = [localStorage.theme, localStorage.none, Object.keys(localStorage),"
        " document.cookie, matchMedia('(prefers-color-scheme: light)').matches].join(' ')</script>"
    )
    expect(frame.locator("#p")).to_have_text("dark  theme b=2 true")


def test_storage_and_cookies_lack_what_a_page_removed(run: Open) -> None:
    """Or never stored."""
    frame = run(
        "<p id=p></p><script>document.cookie = 'a=1'; document.cookie = 'b=2'; document.cookie = 'c=3';"
        "document.cookie = 'a=; max-age=0'; document.cookie = 'b=; expires=Thu, 01 Jan 1970 00:00:00 GMT';"
        "p.textContent = [document.cookie, Object.hasOwn(localStorage, 'x')].join(' ')</script>"
    )
    expect(frame.locator("#p")).to_have_text("c=3 false")


def test_scripts_read_the_query_of_the_address(run: Open, tab: Page) -> None:
    """And see the fragment change that the player shows."""
    frame = run(
        "<p id=p></p><script>const show = () => { p.textContent = location.search + location.hash };"
        "addEventListener('hashchange', show); show()</script>",
        url="/?tab=two&q=%C3%BC",
    )
    expect(frame.locator("#p")).to_have_text("?tab=two&q=%C3%BC")
    tab.locator("#screen iframe:not(.coming)").evaluate(
        "(frame) => frame.contentWindow.postMessage('replay: show part', '*')"
    )
    expect(frame.locator("#p")).to_have_text("?tab=two&q=%C3%BC#part")


def test_scripts_get_the_recorded_responses(run: Open) -> None:
    """Other hosts do not respond, whatever the path. Keys of JSON have no special meaning."""
    frame = run(
        "<p id=p></p><script>(async () => { const said = [];"
        "for (const one of ['/data?a=1', 'https://other.example/data?a=1', 'x:__proto__', 'http://[']) {"
        "said.push(await fetch(one).then((given) => given.text()).catch(() => 'failed')) }"
        "p.textContent = said.join(' ') })()</script>",
        step(6_000, "/data?a=1", data={"__proto__": {"a": "</script>\u2028"}}),
    )
    expect(frame.locator("#p")).to_have_text(
        '{"__proto__":{"a":"</script>\u2028"}} failed failed failed'
    )


def test_scripts_get_the_recorded_response_to_the_same_method(run: Open) -> None:
    """With its status."""
    frame = run(
        "<p id=p></p><script>(async () => { for (const method of ['GET', 'POST']) {"
        "const answer = await fetch('/data', { method });"
        "p.append(`${answer.status} ${(await answer.json()).said} `) } })()</script>",
        step(6_000, "/data", data={"said": "none"}, status=404),
        step(7_000, "/data", data={"said": "made"}, method="POST"),
    )
    expect(frame.locator("#p")).to_have_text("404 none 200 made")


def test_scripts_get_recorded_responses_as_browsers_pass_them_on(run: Open) -> None:
    """Without the content that a browser ignores, or with the content that it had already; and
    whatever time the address has, so that no cache answers.
    """
    frame = run(
        "<p id=p></p><script>(async () => {"
        "for (const path of ['/empty', '/again', `/days?from=${encodeURIComponent('1:00')}&_=${Date.now()}`]) {"
        "const answer = await fetch(path);"
        "p.append(`${answer.status} ${await answer.text()} `) } })()</script>",
        step(6_000, "/empty", data={"said": "nothing"}, status=204),
        step(7_000, "/again", data={"said": "same"}, status=304),
        step(7_500, "/days?from=1:00&_=1790000000000", data=[1]),
    )
    expect(frame.locator("#p")).to_have_text('204 200 {"said":"same"} 200 [1]')


def test_scripts_get_no_response_to_another_request(run: Open) -> None:
    """Long numbers other than times name things, and an escape may be part of a value."""
    frame = run(
        "<p id=p></p><script>(async () => {"
        "for (const path of ['/notes/17841400000000002', '/codes/4006381333932', '/all?q=a&b=1']) {"
        "p.append(await fetch(path).then((answer) => answer.text()).catch(() => 'failed'), ' ') } })()</script>",
        step(6_000, "/notes/17841400000000001", data=[1]),
        step(6_500, "/codes/4006381333931", data=[2]),
        step(7_000, "/all?q=a%26b=1", data=[3]),
        step(7_500, "/all?q=a&b=1", data=[4]),
    )
    expect(frame.locator("#p")).to_have_text("failed failed [4]")


def test_scripts_run_as_when_their_page_was_loaded(run: Open, tab: Page) -> None:
    """Also at a later step of the page. They write numbers whatever a browser calls its language."""
    headers = {"User-Agent": "x", "Accept-Language": "x", "Referer": "https://shop.example/"}
    frame = run(
        "<p id=p></p><script>const asked = new XMLHttpRequest(); asked.open('GET', '/data'); asked.onload = () => {"
        "p.append([asked.responseText, asked.statusText, document.referrer, (1234.5).toLocaleString()].join(' ')) }; asked.send()</script>",
        step(6_000, "/data", data="said", status=304, request_headers=headers),
        said("/events", parts=("<p>fragment</p>",)),
    )
    tab.locator("#events > li button").nth(2).click()
    shown = tab.locator("#screen iframe:not(.coming)")
    expect(shown).to_have_attribute("src", re.compile(r"/page/2\b"))
    expect(frame.locator("#p")).to_have_text('"said" OK  1,234.5')


def test_scripts_get_the_recorded_messages(run: Open) -> None:
    """Of server-sent events and WebSockets: what the app sent as data while the page was loaded."""
    frame = run(
        "<p id=p></p><script>const add = ({ type, data }) => p.append(`${type} ${data}; `);"
        "const events = new EventSource('/events'); events.onmessage = add; events.addEventListener('price', add);"
        "const socket = new WebSocket(`ws://${location.host}/chat`); socket.onmessage = add;"
        "socket.onopen = () => { p.append(socket.readyState === WebSocket.OPEN, ' '); socket.send('x') }</script>",
        said("/events", text="one"),
        said("/events", event="price", json={"now": 3}),
        said("/events", parts=("<p>fragment</p>",)),
        said("/chat", sent=False, text="Hello?"),
        said("/chat", text="Hi"),
        said("/events", offset_ms=7_500, text="late"),
    )
    expect(frame.locator("#p")).to_have_text(
        'message one; price {"now":3}; true message Hi;', use_inner_text=True
    )


def said(url: str, **fields: Any) -> Batch:
    """Return the batch of a message."""
    known = {"offset_ms": 6_000, "socket": url, "sent": True, **fields}
    return Batch((Message(url=url, **known),))


def test_markup_from_scripts_is_unchanged(run: Open) -> None:
    """A quote in an address ends nothing."""
    frame = run(
        """<p id=p></p><script>p.innerHTML = `<img src='/a"b' alt=c>`;"""
        """p.append(p.firstChild.getAttribute('src'))</script>"""
    )
    expect(frame.locator("#p")).to_have_text('/a"b')


def test_a_page_may_have_trusted_types_policies(run: Open) -> None:
    """Libraries create them. What they return is checked like everything else."""
    frame = run(
        "<p id=p></p><script>const made = trustedTypes.createPolicy('lit', {createHTML: (s) => s});"
        "p.innerHTML = made.createHTML('<b>bold</b><iframe></iframe>')</script>"
    )
    expect(frame.locator("#p b")).to_have_text("bold")
    expect(frame.locator("#p iframe")).to_have_count(0)


ESCAPES = {
    "image": "new Image().src = '/reached'",
    "fetch": "fetch('/reached').catch(() => {})",
    "beacon": "navigator.sendBeacon('/reached')",
    "form": "const f = document.createElement('form'); f.action = '/reached'; document.body.append(f); f.submit()",
    "link": "const l = document.createElement('link'); l.rel = 'prefetch'; l.href = '/reached'; document.head.append(l)",
    "style": "const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = '/reached'; document.head.append(l)",
    "script": "const s = document.createElement('script'); s.src = '/reached'; document.head.append(s)",
    "module": "import('/reached').catch(() => {})",
    "socket": "new WebSocket(`ws://${location.host}/reached`)",
    "events": "new EventSource('/reached')",
    "worker": "new Worker('/reached')",
    "frame": "const f = document.createElement('iframe'); f.src = '/reached'; document.body.append(f)",
    "frame of the page": "frames[0].location = '/reached'",
    "address of a frame of the page": "document.querySelector('iframe').src = '/reached'",
    "object": "const o = document.createElement('object'); o.data = '/reached'; document.body.append(o)",
    "window": "open('/reached')",
    "self": "location.href = '/reached'",
    "refresh": "const m = document.createElement('meta'); m.httpEquiv = 'refresh'; m.content = '0;url=/reached'; document.head.append(m)",
    "parent": "parent.location.href = '/reached'",
    "top": "top.location.href = '/reached'",
    "address as read": "const read = window.location; read.href = '/reached'",
    "address as read, with a method": "const read = window.location; read.replace('/reached')",
    "top by its name": "globalThis['top']['location'] = '/reached'",
    "parent by its name": "globalThis['parent'].location['assign']('/reached')",
    "link that is clicked": "const a = document.createElement('a'); a.href = '/reached'; a.target = '_self'; document.body.append(a); a.click()",
    "speculation": "const s = document.createElement('script'); s.type = 'speculationrules';"
    's.textContent = \'{"prerender":[{"urls":["/reached"]}]}\'; document.head.append(s)',
    "its parent": "document.title = parent.document.title = 'taken'",
}


def test_no_attempt_of_a_page_reaches_anything(run: Open, tab: Page, reached: list[str]) -> None:
    """Neither the app with the viewer's cookies, nor the player."""
    tries = "".join(
        f"<script>try {{ {script} }} catch (error) {{}}</script>" for script in ESCAPES.values()
    )
    title = tab.title()
    frame = run(
        f"<iframe src='/two'></iframe>{tries}<p id=p></p><script>setTimeout(() => {{ p.textContent = 'done' }}, 500)</script>"
    )
    tab.wait_for_timeout(1_500)  # for late requests
    assert reached == []
    assert tab.title() != "taken" != title
    assert "/replay/" in tab.url
    del frame


PEER = "new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{port}'}}]}})"
SEND = (
    "const c = "
    + PEER
    + "; c.createDataChannel('x'); c.createOffer().then((offer) => c.setLocalDescription(offer));"
)


WAYS = [
    SEND,
    'document.body.innerHTML += `<${{`iframe`}} srcdoc="<script>'
    + SEND
    + '<\\/script>"></iframe>`',
    "const f = document.createElement('iframe'); f.srcdoc = `<script>"
    + SEND
    + "<\\/script>`; document.body.append(f)",
    "const f = document.createElement('iframe'); f.setAttribute('srcdoc', `<script>"
    + SEND
    + "<\\/script>`);"
    "document.body.append(f)",
    'document.write(`<${{`iframe`}} srcdoc="<script>' + SEND + '<\\/script>"></iframe>`)',
    'document.write(`<ifr`); document.write(`ame src`); document.write(`doc="<script>'
    + SEND
    + '<\\/script>"></iframe>`)',
    "const t = document.createElement('template'); t.innerHTML = `<${{`iframe`}} srcdoc=\"<script>"
    + SEND
    + '<\\/script>"></iframe>`; document.body.append(t.content)',
    'document.body.append(new DOMParser().parseFromString(`<${{`iframe`}} srcdoc="<script>'
    + SEND
    + "<\\/script>\"></iframe>`, 'text/html').body.firstChild)",
    "const f = document.createElement('iframe'); document.body.append(f); f.contentWindow.eval(`"
    + SEND
    + "`)",
    "const f = document.createElement('iframe'); f.src = `javascript:"
    + SEND
    + "`; document.body.append(f)",
    "const f = document.createElement('iframe'); const a = document.createAttribute('srcdoc'); "
    "a.value = `<script>" + SEND + "<\\/script>`; f.setAttributeNode(a); document.body.append(f)",
    "document.body.insertAdjacentHTML('beforeend', `<${{`iframe`}} srcdoc=\"<script>"
    + SEND
    + '<\\/script>"></iframe>`)',
    'document.body.append(document.createRange().createContextualFragment(`<${{`iframe`}} srcdoc="<script>'
    + SEND
    + '<\\/script>"></iframe>`))',
    "const f = document.createElement('iframe'); document.body.append(f); new f.contentWindow."
    + PEER.removeprefix("new ")
    + ".createDataChannel('x')",
    "const parsed = new DOMParser().parseFromString(`<body xmlns:h='http://www.w3.org/1999/xhtml'>"
    "<h:iframe srcdoc='&lt;script>"
    + SEND.replace("'", '"')
    + "&lt;/script>'/></body>`, 'application/xml'); document.body.append(parsed.documentElement.firstChild)",
    "const parsed = new DOMParser().parseFromString(`<!DOCTYPE p [<!ENTITY f '<h:iframe "
    'xmlns:h="http://www.w3.org/1999/xhtml" src&#100;oc="&#38;lt;script>'
    + SEND.replace("'", "&#38;#39;")
    + "&#38;lt;/script>\"/>'>]><p>&f;</p>`, 'application/xml'); document.body.append(parsed.documentElement.firstChild)",
    "const parsed = new DOMParser().parseFromString(`<x:stylesheet version='1.0' xmlns:x="
    "'http://www.w3.org/1999/XSL/Transform'><x:template match='/'><x:element name='iframe' "
    "namespace='http://www.w3.org/1999/xhtml'><x:attribute name='{{concat(\"src\", \"doc\")}}'>&lt;script>"
    + SEND
    + "&lt;/script></x:attribute></x:element></x:template></x:stylesheet>`, 'application/xml'); const made = new XSLTProcessor();"
    " made.importStylesheet(parsed); document.body.append(made.transformToFragment(parsed, document))",
    "const f = new XMLHttpRequest(); f.open('GET', `data:text/html,${{encodeURIComponent(`<${{`iframe`}} srcdoc=\"<script>"
    + SEND
    + "<\\/script>\"></iframe>`)}}`); f.responseType = 'document'; f.onload = () => {{ document.body.append(f.response.body.firstChild) }}; f.send()",
    "RegExp.prototype.exec = () => null; const f = document.createElement('iframe'); f.srcdoc = `<script>"
    + SEND
    + "<\\/script>`; document.body.append(f)",
    "String.prototype.replace = function same() {{ return `${{this}}` }}; "
    "document.body.insertAdjacentHTML('beforeend', `<${{`iframe`}} srcdoc=\"<script>"
    + SEND
    + '<\\/script>"></iframe>`)',
    (
        "trustedTypes.createPolicy('default', {{createHTML: (s) => s}}); "
        "trustedTypes.createPolicy('mine', {{createHTML: (s) => s}})"
    ),
]


@pytest.mark.parametrize("way", range(0, len(WAYS), 5))
def test_no_peer_is_reached(run: Open, tab: Page, stun: socket.socket, way: int) -> None:
    """Content security policies do not cover WebRTC, so it is removed, in frames as well."""
    port = stun.getsockname()[1]
    run(
        "".join(
            f"<script>{{{script.format(port=port)}}}</script>" for script in WAYS[way : way + 5]
        )
    )
    tab.wait_for_timeout(700)
    with pytest.raises(TimeoutError):
        stun.recv(2_000)


AHEAD = [
    "l.rel = 'preconnect'",
    "l.relList.add('icon', 'preconnect')",
    "l.relList = 'dns-prefetch'",
    "l.relList.value = 'preconnect'",
    "l.rel = 'icon'; l.relList.replace('icon', 'preconnect'); l.relList.toggle('dns-prefetch', true)",
    "l.setAttribute('REL', 'Preconnect')",
    "l.setAttributeNS(null, 'rel', 'preconnect')",
    "let n = 0; l.setAttribute({ toString() { return n++ ? 'rel' : 'x' } }, 'preconnect')",
    "let n = 0; l.rel = { toString() { return n++ ? 'preconnect' : 'icon' } }",
    (
        "const a = document.createAttribute('rel'); a.value = 'preconnect'; l.setAttributeNode(a); a.nodeValue = 'preconnect';"
        " a.textContent = 'preconnect'"
    ),
    "const a = p.getAttributeNode('rel'); p.removeAttributeNode(a); l.attributes.setNamedItem(a)",
    "const a = p.getAttributeNode('rel'); p.removeAttributeNode(a); l.setAttributeNodeNS(a)",
    "l.rel = 'icon'; l.attributes[0].value = 'preconnect'",
    "p.innerHTML = '<l' + 'ink rel=preconnect href=//a.example>'",
    "p.innerHTML = '<L' + 'INK\\nhref=//a.example title=\">\"/REL\\n=\\n\\'icon pre&#99;onnect\\'>'",
    "p.insertAdjacentHTML('beforeend', '<l' + 'ink rel=icon><l' + 'ink href=//a.example rel=dns-prefetch>')",
    "document.body.append(document.createRange().createContextualFragment('<l' + 'ink rel=preconnect>'))",
    "document.write('<l' + 'ink rel=preconnect>')",
    "document.write('<l'); document.write('ink rel=preconnect>')",
    "document.write('<'); document.write('l' + 'ink rel=pre'); document.writeln('connect>')",
    "document.write('<l' + 'ink title=\">'); document.write('\" rel=preconnect>')",
    "document.write('<template a='); document.write(`x c='></template><i b=\"'></template><l` + `ink title='\">`); document.write(`' rel=preconnect>`)",
    "document.write('<svg><style>'); document.write('<b><l' + 'ink rel=preconnect>')",
    "String.prototype.replace = () => '<l' + 'ink '; document.write(''); document.write('rel=preconnect>')",
    """const made = '<h:link xmlns:h="http://www.w3.org/1999/xhtml" r' + 'el="preconnect"/>';
    document.body.append(new DOMParser().parseFromString(made, 'application/xml').documentElement)""",
    (
        'document.body.append(new DOMParser().parseFromString(\'<!DOCTYPE link [<!ATTLIST link rel CDATA "preconnect">]>'
        "<l' + 'ink xmlns=\"http://www.w3.org/1999/xhtml\"/>', 'application/xml').documentElement)"
    ),
    "p.setHTML('<l' + 'ink rel=preconnect>', { sanitizer: { elements: ['link'], attributes: ['rel'] } })",
    "Array.prototype.map = Array.prototype.forEach = () => ['preconnect']; l.relList.add('preconnect')",
    (
        "const { apply } = Reflect; Function.prototype.call = function () { try { apply(this, l, ['rel', 'preconnect']) } catch (error) {} };"
        " l.setAttribute('x', 'y'); l.setAttributeNS(null, 'x', 'y')"
    ),
    "String.prototype.replace = function () { return `${this}` }; p.innerHTML = '<l' + 'ink rel=preconnect>'",
    "String.prototype.toLowerCase = String.prototype.includes = () => ''; l.setAttribute('rel', 'preconnect')",
]
"""Ways in which a script may let a link ``l`` connect to a host, which tells that host its own name."""


def test_a_text_that_is_written_in_pieces_is_shown(run: Open) -> None:
    """Each piece when it is complete, and in its place."""
    frame = run(
        "<script>document.write('<nosc' + 'ript>no</nosc' + 'ript>'); document.write('<p id=p title=\"a>'); document.write('b\">1 < 2'); document.write('<table><tr>', '<td>x');"
        " document.write('</table><style>#p{'); document.write('color:red}</style><scr' + 'ipt>p.append(3)</scr' + 'ipt>')</script><i>end</i>"
    )
    expect(frame.locator("#p")).to_have_attribute("title", "a>b")
    expect(frame.locator("#p")).to_have_css("color", "rgb(255, 0, 0)")
    expect(frame.locator("body")).to_have_text("1 < 23xend")


@pytest.mark.parametrize("way", range(0, len(AHEAD), 4))
def test_no_link_of_a_script_connects_ahead(run: Open, way: int) -> None:
    """No policy forbids it. A browser driven by a test may ignore such links."""
    tries = "".join(
        "<p rel=preconnect></p><script>try { const l = document.createElement('link'), p = document.querySelector('p:last-of-type');"
        f" {script}; document.body.append(l) }} catch (error) {{}}</script>"
        for script in AHEAD[way : way + 4]
    )
    frame = run(f"{tries}<p id=p></p><script>p.textContent = 'done'</script>")
    expect(frame.locator("#p")).to_have_text("done")
    expect(frame.locator("link[rel*=preconnect i], link[rel*=dns-prefetch i]")).to_have_count(0)


def test_an_endless_loop_is_stopped(run: Open, tab: Page) -> None:
    """The player continues and says so."""
    run("<script>setTimeout(() => { for (;;); }, 200)</script>")
    expect(tab.locator("#note")).to_contain_text("did not end", timeout=15_000)
    tab.locator("#events > li button").nth(1).click()
    expect(tab.frame_locator("#screen iframe:not(.coming)").locator("h1")).to_have_text("Two")


PEERS = [
    f"<script>{SEND}</script><head>",
    f"<!-- <head> --><script>{SEND}</script>",
    f"<title>a</title><script>{SEND}</script><body><head>",
]


@pytest.mark.parametrize("before", ["<!-- a -- b --> ", "\ufeff"])
@pytest.mark.parametrize("body", PEERS)
def test_nothing_runs_before_the_prelude(
    storage: FileStorage,
    app: Flask,
    serve: Callable[[Flask], str],
    tab: Page,
    stun: socket.socket,
    before: str,
    body: str,
) -> None:
    """Wherever the page has its head. The page does not change otherwise."""
    port = stun.getsockname()[1]
    html = f"{before}<!doctype html>{body.format(port=port)}<p id=p></p><script>p.textContent = document.compatMode</script>"
    recording = keep(storage, [step(5_000, "/", html), step(9_000, "/two", page("Two"))])
    tab.goto(f"{serve(app)}/replay/{recording}")
    expect(tab.locator("body")).to_have_attribute("data-ready", "true")
    tab.locator("#scripts").check()
    frame = tab.frame_locator("#screen iframe[sandbox=allow-scripts]:not(.coming)")
    expect(frame.locator("#p")).to_have_text("CSS1Compat")
    with pytest.raises(TimeoutError):
        stun.recv(100)


def test_no_script_runs_in_a_page_opened_alone(
    storage: FileStorage, app: Flask, serve: Callable[[Flask], str], tab: Page, reached: list[str]
) -> None:
    """It could lead its own tab to another host with all its data. Only the player's frame prevents
    that.
    """
    html = "<!doctype html><p id=p>before</p><img src=x onerror='p.textContent = 1'><script>p.textContent = 2</script>"
    recording = keep(storage, [step(5_000, "/", html), step(9_000, "/two", page("Two"))])
    tab.goto(f"{serve(app)}/replay/{recording}/page/0?scripts=1")
    tab.wait_for_load_state("load")
    assert tab.locator("#p").inner_text() == "before"
