"""Unpoly in Chromium, compared with what the player rebuilds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, redirect, render_template_string, request
from playwright.sync_api import Browser, Page
from werkzeug.wrappers import Response as BaseResponse

from .harness import Library, Visit, make_app

UNPOLY = Library(
    attributes=[
        r"\S+ (up-time|up-source|up-etag)",  # where and when a fragment was loaded
        r"\S+ (aria-busy|aria-current)",  # links to the current page
        r"\S+ (tabindex|up-focusable|up-data|up-context)",  # the focused element after a swap
        "form novalidate",
        r"\S+ disabled",
        "(html|body) (style|up-scrollbar-away|lang)",
    ],
    classes=[
        "up-current",
        "up-active",
        "up-loading",
        "up-scrollbar-away",
        "up-focus-visible",
        "up-focus-hidden",
        "up-destroying",
        "up-can-clean",
    ],
    elements=["up-progress-bar", "up-wrapper:empty"],
    idle="!document.querySelector('.up-active, .up-loading, .up-destroying, up-progress-bar, up-wrapper')",
)
PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>{{ title }}</title>
<script src="/lib/unpoly/unpoly.js"></script></head>
<body><nav><a class="go-one" href="/one" up-follow>one</a> <a class="go-two" href="/two" up-follow>two</a>
<a class="panel-one" href="/one" up-target="#panel" >panel</a> <a class="panel-two" href="/two?x=1" up-target="#panel">panel</a>
<a class="both" href="/two?both=1" up-target="#panel, .side">both</a> <a class="maybe" href="/one?maybe=1" up-target="#panel, #absent:maybe">maybe</a>
<a class="append" href="/more" up-target="#list:after">append</a> <a class="prepend" href="/more?p=1" up-target="#list:before">prepend</a>
<a class="content" href="/two?content=1" up-target="#panel:content">content</a>
<a class="retarget" href="/retarget" up-target="#panel">retarget</a><a class="titled" href="/titled" up-target="#panel" up-history="true">titled</a>
<a class="nothing" href="/nothing" up-target="#panel">nothing</a>
<a class="none" href="/two?none=1" up-target=":none">none</a> <a class="main" href="/two?main=1" up-target=":main">main</a>
<a class="nested" href="/two?nested=1" up-target="#list li, #panel, #list">nested</a> <a class="whole" href="/one?whole=1" up-target="body">body</a></nav>
<div id="hungry" up-hungry>hungry {{ n }}</div><div class="side">side {{ n }}</div>
<main><h1>{{ title }} {{ n }}</h1><div id="kept" up-keep>kept {{ n }}</div></main>
<div id="panel" class="panel">panel of {{ title }} {{ n }}<div id="still" up-keep>still {{ n }}</div></div>
<ul id="list"><li>item {{ n }}</li></ul>
<form action="/save" method="post" up-submit up-target="#saved" up-fail-target="form"><input name="title"><em>{{ error }}</em><button class="save">save</button></form>
<form action="/check" method="post" class="checked"><fieldset><input name="code" up-validate><em>{{ said }}</em></fieldset></form>
<div id="saved"></div></body></html>"""


def site(folder: Path) -> Flask:
    """Return an app that sends whole pages, from which Unpoly takes its fragments."""
    app = make_app(folder)
    count = {"n": 0}

    def page(title: str, **values: object) -> str:
        count["n"] += 1
        return render_template_string(PAGE, title=title, n=count["n"], **values)

    @app.get("/")
    @app.get("/one")
    def one() -> str:
        return page("One")

    @app.get("/two")
    def two() -> str:
        return page("Two")

    @app.get("/more")
    def more() -> str:
        return page("More")

    @app.get("/retarget")
    def retarget() -> Response:
        return Response(page("Retargeted"), headers={"X-Up-Target": ".side"})

    @app.get("/titled")
    def titled() -> str:
        return page("Titled")

    @app.get("/nothing")
    def nothing() -> tuple[str, int]:
        return "", 204

    @app.post("/check")
    def check() -> str:
        return page("One", said="unknown: " + request.form["code"])

    @app.post("/save")
    def save() -> tuple[str, int] | BaseResponse:
        if not request.form["title"]:
            return page("One", error="needed"), 422
        return redirect("/saved", 303)

    @app.get("/saved")
    def saved() -> str:
        return render_template_string("<div id='saved'><b>saved</b> &amp; done</div>")

    return app


def test_targets_rebuild_the_visitors_page(
    tmp_path: Path, serve: Callable[[Flask], str], tab: Page, browser: Browser
) -> None:
    """After each of some thirty interactions, the player's page equals the visitor's, node by node."""
    app = site(tmp_path)
    visit = Visit(app, serve(app), tab, UNPOLY)
    visit.open("/")
    tab.evaluate(
        "() => { up.fragment.config.autoRevalidate = false; up.network.config.autoCache = false; "
        "up.motion.config.enabled = false; }"
    )
    kinds = (
        "panel-one",
        "panel-two",
        "both",
        "maybe",
        "append",
        "prepend",
        "content",
        "retarget",
        "titled",
        "nothing",
    )
    for name in (*kinds, "none", "main", "nested", "go-two", "go-one"):
        visit.do(name, f".{name}")
    visit.do("save", ".save")
    tab.fill("[name=title]", "AB")
    visit.do("save it", ".save", 2)
    visit.do(
        "check",
        lambda page: page.evaluate("() => up.validate(document.querySelector('[name=code]'))"),
    )
    for name in (*kinds, "go-two", "panel-two", "go-one", "append", "whole", "panel-one"):
        visit.do(name, f".{name}")
    assert len(visit.seen) > 30
    visit.compare(browser.new_page())
