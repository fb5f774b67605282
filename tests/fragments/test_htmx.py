"""htmx 2 and 4 in Chromium, compared with what the player rebuilds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, Response, redirect, render_template_string, request
from playwright.sync_api import Browser, Page
from werkzeug.wrappers import Response as BaseResponse

from .harness import Library, Visit, make_app

HTMX = Library(
    attributes=[
        r"style .*",  # the indicators' styles are an element of its own, see below
        r"\S+ data-htmx-powered",  # htmx 4 has seen this element
    ],
    classes=["htmx-request", "htmx-swapping", "htmx-settling", "htmx-added", "htmx-indicator"],
    # htmx writes the styles of its indicators into the head
    elements=["head > style:not([data-own])"],
    idle="!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')",
)

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>
<meta name="htmx-config" content='{"responseHandling":[{"code":"204","swap":false},{"code":"422","swap":true},{"code":"[23]..","swap":true},{"code":"[45]..","swap":false,"error":true}]}'>
<script src="/lib/htmx2/dist/htmx.js"></script></head>
<body>
<p id="counter">0</p>
<input type="search" name="q" hx-get="/search" hx-trigger="input" hx-target="next .results">
<ul class="results"></ul>
<div id="styles">{% for style in styles %}
<section><button class="{{ style }}" hx-get="/part?style={{ style }}" hx-swap="{{ style }}" hx-target="#box-{{ style }}">{{ style }}</button>
<div class="holder"><div id="box-{{ style }}" class="box"><i>old</i> text</div></div></section>{% endfor %}
</div>
<div hx-target="#inherited" hx-swap="beforeend settle:10ms"><a class="inherits" hx-get="/part?n=1">inherited</a>
<a class="unset" hx-get="/part?n=2" hx-target="unset">own</a></div><div id="inherited"></div>
<button class="oob" hx-post="/count" hx-swap="none">count</button>
<button class="oob-many" hx-post="/many" hx-target="#log">many</button><div id="log"></div>
<div class="watch">a</div><div class="watch">b</div>
<button class="select" hx-get="/whole" hx-select="#wanted" hx-target="#selected" hx-swap="outerHTML">select</button><div id="selected"></div>
<button class="select-oob" hx-get="/whole" hx-select="#other" hx-select-oob="#counter" hx-target="#selected2">select-oob</button><div id="selected2"></div>
<button class="retarget" hx-get="/retarget" hx-target="#log">retarget</button><div id="elsewhere">here</div>
<form hx-post="/save" hx-target="this" hx-swap="outerHTML"><input name="title" value=""><button class="save">save</button></form>
<table><tbody id="rows">{% for n in range(3) %}<tr><td>{{ n }}</td><td><button hx-delete="/row/{{ n }}" hx-target="closest tr" hx-swap="outerHTML">drop</button></td></tr>{% endfor %}</tbody></table>
<button class="more" hx-get="/rows" hx-target="#rows" hx-swap="beforeend">more</button>
<div id="edit"><span hx-get="/edit" hx-trigger="click" hx-target="this">edit me</span></div>
<div hx-boost="true"><a class="boosted" href="/second">second</a></div>
<button class="nothing" hx-get="/nothing" hx-target="#log">204</button>
<button class="broken" hx-get="/broken" hx-target="#log">500</button>
<button class="preserve" hx-get="/preserve" hx-target="#keeper">preserve</button><div id="keeper"><video id="kept" data-n="1" hx-preserve></video></div>
<button class="find" hx-get="/part?f=1" hx-target="find b">find <b>inner</b></button>
<button class="previous" hx-get="/part?f=2" hx-target="previous i">previous</button>
<button class="stop" hx-get="/stop" hx-target="#log">286</button>
<button class="partial" hx-get="/partial" hx-target="#log">partial</button>
<button class="text" hx-get="/text" hx-swap="textContent" hx-target="#log">text</button>
<button class="redirected" hx-post="/moved" hx-target="#log">redirected</button>
<button class="pushed" hx-get="/part?p=1" hx-push-url="/pushed" hx-target="#log">push</button>
<button class="after-push" hx-get="part?p=2" hx-target="#log">after push</button>
<button class="titled" hx-get="/titled" hx-target="#log">title</button>
</body></html>"""
STYLES = (
    "innerHTML",
    "outerHTML",
    "textContent",
    "beforebegin",
    "afterbegin",
    "beforeend",
    "afterend",
    "delete",
    "none",
)
STYLES_4 = ("innerMorph", "outerMorph", "outerSync", "before", "prepend", "append", "after")
SECOND = """<!doctype html><html><head><title>Second</title><script src="/lib/htmx2/dist/htmx.js"></script></head>
<body class="second"><h1>Second</h1><button class="back" hx-get="/part?b=1" hx-target="#here">go on</button><div id="here"></div></body></html>"""


FOUR = (
    PAGE.replace("/lib/htmx2/", "/lib/htmx4/")
    .replace(
        'hx-target="#inherited" hx-swap="beforeend',
        'hx-target:inherited="#inherited" hx-swap:inherited="beforeend',
    )
    .replace('hx-boost="true"', 'hx-boost:inherited="true"')
    .replace('class="broken"', 'class="broken" hx-status:5xx="swap:beforeend target:#elsewhere"')
    .replace('class="titled"', 'class="titled" hx-swap="outerMorph"')
)


def shop(folder: Path, first: str = PAGE) -> Flask:
    """Return an app that responds with fragments in every way that htmx supports."""
    app = make_app(folder)
    count = {"clicks": 0}

    def part(text: str, **values: object) -> str:
        return render_template_string(text, **values)

    @app.get("/")
    def index() -> str:
        return part(first, styles=STYLES if first is PAGE else (*STYLES, *STYLES_4))

    @app.get("/search")
    def search() -> str:
        found = [
            word for word in ("apple", "apricot", "banana") if word.startswith(request.args["q"])
        ]
        return part(
            "{% for word in found %}<li>{{ word }} &amp; more</li>{% endfor %}", found=found
        )

    @app.get("/part")
    def some() -> str:
        return part(
            "<b class='x' id='new-{{ n }}'>new {{ n }}</b> and <em>text</em><!-- c -->",
            n=request.query_string.decode()[-1],
        )

    @app.post("/count")
    def counted() -> str:
        count["clicks"] += 1
        return part('<p id="counter" hx-swap-oob="true">{{ n }}</p>', n=count["clicks"])

    @app.post("/many")
    def many() -> str:
        return part("""main <b>part</b><div id="counter" hx-swap-oob="innerHTML"><i>7</i></div>
<div hx-swap-oob="beforeend:.watch"><u>w</u></div><template><tbody hx-swap-oob="beforeend:#rows"><tr id="r"><td>oob</td></tr></tbody></template>
<p id="absent" hx-swap-oob="true">nowhere</p>""")

    @app.get("/whole")
    def whole() -> str:
        return part(
            """<html><head><title>Whole</title></head><body><p>no</p><div id="wanted">wanted</div><div id="other">other</div><p id="counter">from select</p></body></html>"""
        )

    @app.get("/retarget")
    def retarget() -> Response:
        return Response(
            part("<b>re</b>"), headers={"HX-Retarget": "#elsewhere", "HX-Reswap": "afterbegin"}
        )

    @app.post("/save")
    def save() -> tuple[str, int]:
        title = request.form["title"]
        if not title:
            return part(
                """<form hx-post="/save" hx-target="this" hx-swap="outerHTML"><input name="title" value="" aria-invalid="true"><em>needed</em><button class="save">save</button></form>"""
            ), 422
        return part("<p class='saved'>{{ title }}</p>", title=title), 200

    @app.delete("/row/<int:n>")
    def row(n: int) -> str:
        return ""

    @app.get("/rows")
    def rows() -> str:
        return part("<tr><td>x</td><td>y</td></tr><tr><td colspan=2>z</td></tr>")

    @app.get("/edit")
    def edit() -> str:
        return part("<input name='e' value='edit me'>")

    @app.get("/second")
    def second() -> str:
        return part(SECOND)

    @app.get("/nothing")
    def nothing() -> tuple[str, int]:
        return "", 204

    @app.get("/broken")
    def broken() -> tuple[str, int]:
        return part("<h1>broken</h1>"), 500

    @app.get("/preserve")
    def preserve() -> str:
        return part("<p>around</p><video id='kept' data-n='2' hx-preserve></video>")

    @app.get("/stop")
    def stop() -> tuple[str, int]:
        return part("<i>stopped</i>"), 286

    @app.get("/partial")
    def partial() -> str:
        return part(
            """<hx-partial hx-target="#elsewhere" hx-swap="beforeend"><s>p1</s></hx-partial><hx-partial id="counter"><s>p2</s></hx-partial>"""
        )

    @app.get("/text")
    def text() -> str:
        return part("<b>not bold</b>")

    @app.post("/moved")
    def moved() -> BaseResponse:
        return redirect("/part?m=1", 303)

    @app.get("/titled")
    def titled() -> str:
        return part("<title>New title</title><p>titled</p>")

    return app


@pytest.mark.parametrize("first", [PAGE, FOUR], ids=["htmx 2", "htmx 4"])
def test_every_way_to_swap_rebuilds_the_visitors_page(
    tmp_path: Path, serve: Callable[[Flask], str], tab: Page, browser: Browser, first: str
) -> None:
    """After each of more than forty interactions, the player's page equals the visitor's, node by
    node.
    """
    app = shop(tmp_path, first)
    visit = Visit(app, serve(app), tab, HTMX)
    visit.open("/")
    styles = STYLES if first is PAGE else (*STYLES, *STYLES_4)
    for typed in ("a", "ap", "app", "b"):
        visit.do(f"search {typed}", lambda page, typed=typed: page.fill("[type=search]", typed))  # type: ignore[misc]
    for style in styles:
        visit.do(style, f"button.{style}")
    for name in (
        "inherits",
        *(["unset"] if first is PAGE else []),
        "oob",
        "oob-many",
        "oob",
        "select",
        "select-oob",
        "retarget",
        "save",
    ):
        visit.do(name, f".{name}")
    tab.fill("[name=title]", "A & B")
    visit.do("save it", ".save")
    visit.do("drop", "#rows tr:nth-child(2) button")
    visit.do("more", ".more")
    visit.do("drop first", "#rows tr:first-child button")
    visit.do("edit", "#edit span")
    for name in ("nothing", "broken", "preserve", "find", "previous", "stop", "partial", "text"):
        visit.do(name, f".{name}")
    visit.do("redirected", ".redirected", 2)
    for name in ("pushed", "after-push", "titled", "boosted", "back"):
        visit.do(name, f".{name}")
    assert len(visit.seen) > 40
    visit.compare(browser.new_page())
