"""Messages of an app on WebSockets and as server-sent events, in Chromium, compared with what the
player rebuilds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from flask import Flask, Response, render_template_string, request
from flask_sock import Sock
from playwright.sync_api import Browser, Page

from .harness import Visit, make_app
from .test_htmx import HTMX
from .test_turbo import TURBO

HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Live</title>"""
BODY = """<p id="count">0</p><ul id="chat"><li>Welcome</li></ul><p class="who">a</p><p class="who">b</p>
<table><tbody id="rows"><tr><td>0</td></tr></tbody></table><div id="box"><i>old</i></div>"""
TWO = f"""{HEAD}<script src="/lib/htmx2/dist/htmx.js"></script><script src="/lib/htmx-ext-ws/ws.js"></script>
<script src="/lib/htmx-ext-sse/sse.js"></script></head><body>
<div hx-ext="ws" ws-connect="/socket?room=1"><form id="say" ws-send><input name="say"></form>{BODY}</div>
<section hx-ext="sse" sse-connect="/events"><p id="news" sse-swap="message">no news</p><ol id="log" sse-swap="line, other" hx-swap="beforeend"></ol>
<div id="aside" sse-swap="aside" hx-target="#box"></div></section></body></html>"""
FOUR = f"""{HEAD}<script src="/lib/htmx4/dist/htmx.js"></script><script src="/lib/htmx4/dist/ext/hx-ws.js"></script>
<script src="/lib/htmx4/dist/ext/hx-sse.js"></script></head><body>
<form id="say" hx-ws:connect="/socket" hx-target="#box" hx-ws:send><input name="say"></form>{BODY}
<section id="news" hx-sse:connect="/events" hx-swap="beforeend"></section></body></html>"""
STREAMS = f"""{HEAD}<script src="/lib/@hotwired/turbo/dist/turbo.es2017-umd.js"></script></head><body>
<turbo-stream-source src="/events"></turbo-stream-source>{BODY}</body></html>"""

MESSAGES = {
    "count": '<p id="count">{{ n }} &amp; more</p>',
    "line": '<ul id="chat" hx-swap-oob="beforeend"><li class="line">{{ n }} <b>said</b></li></ul>',
    "first": '<ul id="chat" hx-swap-oob="afterbegin"><li>{{ n }}</li></ul>',
    "inner": '<div id="box" hx-swap-oob="innerHTML"><em>{{ n }}</em> inner</div>',
    "all": '<p hx-swap-oob="beforeend:.who"><u>{{ n }}</u></p>',
    "two": '<p id="count">{{ n }}</p><ul id="chat" hx-swap-oob="beforeend"><li>two</li></ul>',
    "before": '<div hx-swap-oob="beforebegin:#box"><hr></div>',
    "after": '<div hx-swap-oob="afterend:#box"><s>{{ n }}</s></div>',
    "nested": '<div id="box"><i>{{ n }}</i><p id="inside" hx-swap-oob="true">nested</p></div>',
    "partly": '<p id="gone">nowhere</p><p id="count">partly {{ n }}</p>',
    "nowhere": '<p id="gone">nowhere</p>',
    "remove": '<div id="box" hx-swap-oob="delete"></div>',
    "words": "only words {{ n }}",
    "json": '{"n": {{ n }}}',
}
"""What the app sends, by what it receives. Some messages are rendered by a template, others are
plain texts.
"""


def live(folder: Path, first: str, mimetype: str = "text/html") -> Flask:
    """Return an app that answers on a socket, and passes on as events what is posted to it."""
    app = make_app(folder)
    events: SimpleQueue[str] = SimpleQueue()
    sock = Sock(app)

    @app.get("/")
    def index() -> str:
        return render_template_string(first)

    @sock.route("/socket")  # type: ignore[untyped-decorator]
    def socket(ws: Any) -> None:
        ws.send('<p id="count">connected</p>')
        for n in range(1000):
            said = ws.receive()
            name = json.loads(said)["say"] if said.startswith("{") else said
            ws.send(
                render_template_string(MESSAGES[name], n=n)
                if n % 3
                else MESSAGES[name].replace("{{ n }}", str(n))
            )

    @app.get("/events")
    def stream() -> Response:
        def lines() -> Iterator[str]:
            yield ": hello\n\n"
            while True:
                try:
                    yield events.get(timeout=1)
                except Empty:
                    yield ": still here\n\n"

        return Response(lines(), mimetype="text/event-stream")

    @app.post("/push")
    def push() -> tuple[str, int]:
        name = request.args.get("name", "")
        data = "".join(f"data: {line}\n" for line in request.get_data(as_text=True).split("\n"))
        events.put(f"event: {name}\n{data}\n" if name else f"{data}\n")
        return "", 204

    return app


def say(text: str) -> Callable[[Page], None]:
    """Return a function that sends a message on the socket of the page."""

    def act(tab: Page) -> None:
        tab.fill("#say input", text)
        tab.press("#say input", "Enter")

    return act


def push(data: str, name: str = "") -> Callable[[Page], None]:
    """Return a function that lets the app send an event."""
    code = "([name, body]) => fetch(`/push?name=${name}`, {method: 'POST', body})"
    return lambda tab: tab.evaluate(code, [name, data])


CONNECTED = HTMX._replace(
    idle=f"document.querySelector('#count').textContent !== '0' && {HTMX.idle}",
    attributes=[*HTMX.attributes, "(div|section) data-htmx-.*"],
)


def test_messages_of_a_socket_and_events_rebuild_the_visitors_page(
    tmp_path: Path, serve: Callable[[Flask], str], tab: Page, browser: Browser
) -> None:
    """With the extensions of htmx 2: out of band, and where the page declares it."""
    app = live(tmp_path, TWO)
    visit = Visit(app, serve(app), tab, CONNECTED)
    visit.open("/")
    for name in (
        "count",
        "line",
        "line",
        "first",
        "inner",
        "all",
        "two",
        "before",
        "after",
        "nested",
        "partly",
    ):
        visit.do(name, say(name), 2)
    for n, data in enumerate(
        [
            "<b>one</b> and text",
            "only words",
            '<p id="count" hx-swap-oob="true">by event</p>rest',
            "<i>a</i>\n<i>b</i>",
        ]
    ):
        visit.do(f"message {n}", push(data), 2)
    for name in ("line", "other", "aside", "unheard", "line"):
        visit.do(f"event {name}", push(f"<li>{name}</li>", name), 2)
    for name in ("words", "nowhere", "json", "remove", "inner", "count"):
        visit.do(name, say(name), 2)
    assert len(visit.seen) >= 25
    visit.compare(browser.new_page())


def test_htmx_4_swaps_messages_into_the_connected_element(
    tmp_path: Path, serve: Callable[[Flask], str], tab: Page, browser: Browser
) -> None:
    """Its extensions swap every message, and out of band if the message says so."""
    app = live(tmp_path, FOUR)
    visit = Visit(
        app,
        serve(app),
        tab,
        CONNECTED._replace(
            idle=f"!document.querySelector('#box').matches(':has(> i:only-child)') && {HTMX.idle}"
        ),
    )
    visit.open("/", "load")
    for name in ("line", "words", "first", "inner", "all", "count", "partly"):
        visit.do(name, say(name), 2)
    for data in (
        "<b>one</b> and text",
        "only words",
        '<p id="count" hx-swap-oob="true">by event</p>',
        "<i>a</i>\n<i>b</i>",
    ):
        visit.do(data, push(data), 2)
    visit.do("named", push("<b>named</b>", "named"), 2)
    visit.compare(browser.new_page())


def test_pushed_turbo_streams_rebuild_the_visitors_page(
    tmp_path: Path, serve: Callable[[Flask], str], tab: Page, browser: Browser
) -> None:
    """A stream source performs their actions as they arrive."""
    app = live(tmp_path, STREAMS)
    visit = Visit(app, serve(app), tab, TURBO)
    visit.open("/")
    for action in ("append", "prepend", "before", "after", "update", "replace", "remove"):
        stream = f'<turbo-stream action="{action}" target="box"><template><div id="box"><b>{action}</b></div></template></turbo-stream>'
        visit.do(action, push(stream), 2)
    everywhere = '<turbo-stream action="append" targets=".who"><template><b>everywhere</b></template></turbo-stream>'
    visit.do("targets", push(everywhere), 2)
    visit.compare(browser.new_page())
