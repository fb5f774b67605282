"""Turbo in Chromium, compared with what the player rebuilds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, redirect, render_template_string, request
from playwright.sync_api import Browser, Page
from werkzeug.wrappers import Response as BaseResponse

from .harness import Library, Visit, make_app

TURBO = Library(
    attributes=[
        # during and after a visit
        "html (aria-busy|data-turbo-visit-direction|data-turbo-preview)",
        "turbo-frame (src|complete|busy|aria-busy|recurse)",  # a frame notes what it has loaded
        "form aria-busy",
        "(button|input) disabled",  # while a form is being sent
    ],
    # the bar that shows progress, and its styles
    elements=["head > style:not([data-own])", ".turbo-progress-bar"],
    idle="!document.querySelector('[busy], [aria-busy=true], .turbo-progress-bar, turbo-stream')",
)

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<meta name="turbo-prefetch" content="false"><meta name="page" content="{{ title }}">
<script src="/lib/@hotwired/turbo/dist/turbo.es2017-umd.js"></script>{% if title == "Other" %}<style data-own>p{color:#333}</style>{% endif %}</head>
<body class="{{ title }}"><h1>{{ title }}</h1><div id="kept" data-turbo-permanent data-from="{{ title }}">kept</div>
<a class="go-other" href="/other">other</a> <a class="go-home" href="/">home</a> <a class="go-error" href="/error">error</a>
<turbo-frame id="frame"><p>frame of {{ title }}</p><a class="in-frame" href="/frame?n=1">more</a></turbo-frame>
<a class="into-frame" href="/frame?n=7" data-turbo-frame="frame">into</a>
<a class="missing" href="/missing" data-turbo-frame="lost">missing</a><turbo-frame id="lost">lost</turbo-frame>
<turbo-frame id="form-frame"><form action="/check" method="post"><input name="title"><button class="check">check</button></form></turbo-frame>
<ul id="list"><li id="a">a</li><li id="b">b</li></ul><p class="many">x</p><p class="many">y</p>
{% for action in actions %}<form action="/stream/{{ action }}" method="post"><button class="s-{{ action }}">{{ action }}</button></form>{% endfor %}
</body></html>"""
ACTIONS = {
    "append": '<turbo-stream action="append" target="list"><template><li id="a">a again</li><li>new</li></template></turbo-stream>',
    "prepend": '<turbo-stream action="prepend" target="list"><template><li id="p">p</li> text</template></turbo-stream>',
    "before": '<turbo-stream action="before" target="b"><template><li id="before">before b</li></template></turbo-stream>',
    "after": '<turbo-stream action="after" target="b"><template><li id="after">after b</li></template></turbo-stream>',
    "replace": '<turbo-stream action="replace" target="b"><template><li id="b">replaced <b>b</b></li></template></turbo-stream>',
    "update": '<turbo-stream action="update" target="b"><template>updated <i>b</i></template></turbo-stream>',
    "remove": '<turbo-stream action="remove" target="a"></turbo-stream>',
    "refresh": '<turbo-stream action="refresh"></turbo-stream>',
    "many": '<turbo-stream action="append" targets=".many"><template><b>!</b></template></turbo-stream>'
    '<turbo-stream action="update" target="absent"><template>nowhere</template></turbo-stream>',
    "morph": '<turbo-stream action="replace" method="morph" target="list"><template><ul id="list"><li id="b">b</li><li>c</li></ul></template></turbo-stream>',
}


def site(folder: Path) -> Flask:
    """Return an app that responds with frames, streams and whole pages."""
    app = make_app(folder)

    def page(title: str) -> str:
        return render_template_string(PAGE, title=title, actions=ACTIONS)

    @app.get("/")
    def home() -> str:
        return page("Home")

    @app.get("/other")
    def other() -> str:
        return page("Other")

    @app.get("/error")
    def error() -> tuple[str, int]:
        return page("Error"), 500

    @app.get("/frame")
    def frame() -> str:
        n = int(request.args["n"])
        text = """<!doctype html><title>no</title><p>outside</p><turbo-frame id="frame" class="not-taken"><p>{{ n }} <b>bold</b></p>
<a class="in-frame" href="/frame?n={{ n + 1 }}">more</a></turbo-frame>"""
        return render_template_string(text, n=n)

    @app.get("/missing")
    def missing() -> str:
        return render_template_string("<p>no frame here</p>")

    @app.post("/check")
    def check() -> tuple[str, int] | BaseResponse:
        title = request.form["title"]
        if title:
            return redirect("/checked?title=" + title, 303)
        form = """<turbo-frame id="form-frame"><form action="/check" method="post"><em>needed</em><input name="title"><button class="check">check</button></form></turbo-frame>"""
        return render_template_string(form), 422

    @app.get("/checked")
    def checked() -> str:
        return render_template_string(
            "<turbo-frame id='form-frame'><p>{{ request.args.title }}</p></turbo-frame>"
        )

    @app.post("/stream/<action>")
    def stream(action: str) -> Response:
        return Response(
            render_template_string(ACTIONS[action]), mimetype="text/vnd.turbo-stream.html"
        )

    return app


def test_frames_streams_and_visits_rebuild_the_visitors_page(
    tmp_path: Path, serve: Callable[[Flask], str], tab: Page, browser: Browser
) -> None:
    """After each of some thirty interactions, the player's page equals the visitor's, node by node."""
    app = site(tmp_path)
    visit = Visit(app, serve(app), tab, TURBO)
    visit.open("/")
    for name in (
        "in-frame",
        "in-frame",
        "into-frame",
        "in-frame",
        *(f"s-{action}" for action in ACTIONS),
    ):
        visit.do(name, f".{name}", 2 if name == "s-refresh" else 1)
    visit.do("check", ".check")
    tab.fill("[name=title]", "AB")
    visit.do("check it", ".check", 2)
    for name in (
        "go-other",
        "in-frame",
        "s-append",
        "s-many",
        "go-home",
        "s-prepend",
        "in-frame",
        "go-other",
        "s-update",
        "s-remove",
    ):
        visit.do(name, f".{name}")
    for name in ("go-home", "s-morph", "into-frame", "go-error"):
        visit.do(name, f".{name}")
    assert len(visit.seen) > 29
    visit.compare(browser.new_page())
