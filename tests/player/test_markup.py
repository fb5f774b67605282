"""The page in the player is what a browser with scripts made of it: its own base applies, and
<noscript> is ignored.
"""

from __future__ import annotations

import re
import time
from html import escape
from pathlib import Path
from urllib.parse import urljoin

import pytest
from flask import Flask
from turbohtml import parse

from flask_replay.engine.replaying import Rendered
from flask_replay.markup import own_base, rewrite_imports
from flask_replay.player.framed_page import page_response
from flask_replay.player.refused import as_received
from flask_replay.player.script_effects import as_without_scripts, without_noscript
from flask_replay.recording.batch import Batch
from flask_replay.storage import FileStorage

from .handmade import keep, step


def _base_of(page: str, url: str = "/shop/1?q=2") -> str:
    text = page_response(Rendered(page), url).get_data(as_text=True)
    found = re.search(r'<base href="([^"]*)"', text)
    assert found is not None
    return urljoin("http://site.example/", found[1])


def test_a_script_knows_its_address() -> None:
    """It uses this to find its files, also in a template literal. Text that only looks similar
    stays unchanged.
    """
    script = "a = new URL('b.png', import.meta.url); '`import.meta.url`'; `<img src=${import.meta.url}/b>import.meta.url`"
    own = 'new URL("/js/a.js",document.baseURI).href'
    assert rewrite_imports(script, lambda address: None, "/js/a.js") == (
        f"a = new URL('b.png', {own}); '`import.meta.url`'; `<img src=${{{own}}}/b>import.meta.url`"
    )


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "no-such", "koi8-r"])
def test_a_page_in_an_address_may_name_any_encoding(charset: str) -> None:
    """Python knows some that decode no bytes."""
    frame = f'<iframe src="data:text/html;charset={charset},<b>%D0%AF">'
    text = page_response(Rendered(frame), "/").get_data(as_text=True)
    assert "srcdoc=" in text
    assert "&lt;b&gt;" in text


def test_a_page_may_declare_a_policy_in_each_tag() -> None:
    """No policy is read again for each of the following tags."""
    request = step(0).request
    assert request is not None
    policies = "".join(
        f"<meta http-equiv=content-security-policy content='style-src a{number}.example'>"
        for number in range(2_000)
    )
    began = time.process_time()
    text = as_received(f"{policies}{'<b style=color:red>' * 2_000}", request)
    assert time.process_time() - began < 1
    assert "color:red" not in text


@pytest.mark.parametrize(
    ("base", "style"),
    [
        ('<base href="/assets/v2/">', "http://site.example/assets/v2/site.css"),
        ('<base href="assets/">', "http://site.example/shop/assets/site.css"),
        ('<base href="../">', "http://site.example/site.css"),
        ('<base href="https://cdn.example/a/">', "https://cdn.example/a/site.css"),
        ("<BASE target=_top HREF = /a/ >", "http://site.example/a/site.css"),
        ('<base href="/a/?x=1&amp;y=2">', "http://site.example/a/site.css"),
        ('<base target="_top">', "http://site.example/shop/site.css"),
        (
            '<base target="_top"><base href="/a/"><base href="/b/">',
            "http://site.example/a/site.css",
        ),
        ('<base href="">', "http://site.example/shop/site.css"),
        ('<base href="data:text/html,x">', "http://site.example/shop/site.css"),
        ('<base href="JavaScript:x">', "http://site.example/shop/site.css"),
        ('<base href="http://[x/">', "http://site.example/shop/site.css"),
        ('<!-- <base href="/no/"> -->', "http://site.example/shop/site.css"),
        ("<script>var a = '<base href=/no/>'</script>", "http://site.example/shop/site.css"),
        ("<title><base href=/no/></title>", "http://site.example/shop/site.css"),
        ("<noscript><base href=/no/></noscript>", "http://site.example/shop/site.css"),
        ('<meta content="<base href=/no/>"><base href="/a/">', "http://site.example/a/site.css"),
        ("<meta content=it's><base href='/a/'>", "http://site.example/a/site.css"),
        ('<basefont href="/no/">', "http://site.example/shop/site.css"),
        ("", "http://site.example/shop/site.css"),
    ],
)
@pytest.mark.parametrize(
    "page", ["<!doctype html><html><head>{}<link>", "<!doctype html>{}<p>", "{}<i>", "<body>{}"]
)
def test_addresses_are_relative_to_the_base_of_the_page(page: str, base: str, style: str) -> None:
    """As they were for the visitor."""
    assert urljoin(_base_of(page.format(base)), "site.css") == style


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<p>a<noscript>no</noscript>b", "<p>a{}</noscript>b"),
        ("<noscript class=x><style>p{display:none}</style></NOSCRIPT >b", "{}</NOSCRIPT >b"),
        ("<noscript>no<noscript>no</noscript>b", "{}</noscript>b"),
        ("a<noscript>the rest is never closed<p>", "a{}"),
        (
            "<script>'<noscript>'</script>a<noscript>no</noscript>b",
            "<script>'<noscript>'</script>a{}</noscript>b",
        ),
        ("<!-- <noscript> -->a<noscript>no</noscript>b", "<!-- <noscript> -->a{}</noscript>b"),
        ("<p title='<noscript>'>a</p>", "<p title='<noscript>'>a</p>"),
        ("<textarea><noscript></textarea>a", "<textarea><noscript></textarea>a"),
        ("<noscripts>a</noscripts>", "<noscripts>a</noscripts>"),
        ("a", "a"),
    ],
)
def test_content_for_browsers_without_scripts_is_removed(page: str, shown: str) -> None:
    """With its texts, styles and images. Similar-looking text stays."""
    assert without_noscript(page) == shown.format('<noscript style="display: none !important">')


def test_the_player_shows_neither_noscript_nor_scripts(
    app: Flask, storage: FileStorage, folder: Path
) -> None:
    """In a page as it was recorded."""
    page = '<!doctype html><html><head><base href="/v2/"></head><body>Hi<noscript><img src="/no.png">No</noscript></body>'
    recording = keep(storage, [step(0, "/shop/1", page)])
    text = app.test_client().get(f"/replay/{recording}/page/0").get_data(as_text=True)
    assert text.index('<base href="/v2/" target="_blank">') < text.index('<base href="/v2/">')
    assert "Hi" in text and "no.png" not in text and "No<" not in text


_HIDDEN = '<p>Hi<p x-cloak>cloaked<noscript><img src="/seen.gif"></noscript>'
_REFRESHED = '<noscript><meta http-equiv="refresh" content="0; URL=\'plain?x=1\'"></noscript><p>Hi<p x-cloak>cloaked'


@pytest.mark.parametrize(
    ("page", "later", "scripted"),
    [
        (_HIDDEN, [step(1, "/seen.gif", aside=True)], False),
        (_REFRESHED, [step(1, "/shop/plain?x=1", "<p>plain")], False),
        (
            _HIDDEN.replace("/seen", "https://shop.example/seen"),
            [step(1, "/seen.gif", aside=True)],
            False,
        ),
        (_HIDDEN, [step(1, "/next", "<p>next"), step(2, "/seen.gif", aside=True)], True),
        (
            _HIDDEN.replace("/seen", "https://other.example/seen"),
            [step(1, "/seen.gif", aside=True)],
            True,
        ),
        (f'{_HIDDEN}<img src="/seen.gif">', [step(1, "/seen.gif", aside=True)], True),
        (
            _HIDDEN,
            [
                step(1, "/seen.gif", aside=True),
                step(2, "/x", request_headers={"Sec-Fetch-Dest": "empty"}),
            ],
            True,
        ),
        (
            _HIDDEN,
            [
                step(1, "/seen.gif", aside=True),
                step(2, "/x", request_headers={"HX-Request": "true"}),
            ],
            True,
        ),
        (_HIDDEN, [step(1, "/seen.gif?other", aside=True)], True),
        (_HIDDEN.replace("/seen.gif", "//[x"), [step(1, "/seen.gif", aside=True)], True),
        (_HIDDEN, [], True),
    ],
)
def test_noscript_is_shown_for_visitors_without_scripts(
    app: Flask, storage: FileStorage, page: str, later: list[Batch], scripted: bool
) -> None:
    """Visitors who requested something that occurs only in it had no scripts, unless they sent
    requests that only scripts send.
    """
    recording = keep(storage, [step(0, "/shop/1", f"<!doctype html>{page}"), *later])
    text = app.test_client().get(f"/replay/{recording}/page/0").get_data(as_text=True)
    assert ("display: none" in text, "x-cloak" in text) == (scripted, not scripted)
    assert ("<noscript" in text) is scripted


@pytest.mark.parametrize(
    "piece",
    [
        '<x y="',
        "<!--",
        "<noscript",
        "<noscript>",
        "<script>",
        "<base a='",
        "<a b=",
        "<",
        "</noscript",
        "<!",
        "${",
    ],
)
def test_hostile_markup_takes_linear_time(piece: str) -> None:
    """Ten times as much takes at most thirty times as long, whatever else the machine does."""

    def taken(count: int) -> float:
        text = piece * count
        begun = time.process_time()
        without_noscript(f"{text}<noscript>")
        as_without_scripts(f"{text}<noscript>")
        rewrite_imports(f"import {text}", str)
        rewrite_imports(f"import `{text}`", str)
        own_base(f"{text}<base x>")
        return time.process_time() - begun

    assert min(taken(60_000) for _ in range(3)) < 30 * max(
        min(taken(6_000) for _ in range(3)), 0.003
    )


def test_a_frame_shows_the_page_that_it_contains() -> None:
    """As inert as the page around it, otherwise unchanged, and only to a limited depth."""

    def shown(page: str, deep: int = 1) -> str:
        for _ in range(deep):
            (frame,) = parse(page).select("iframe")
            page = frame.attr("srcdoc") or ""
        return page

    def served(page: str) -> str:
        return page_response(Rendered(page), "/shop/").get_data(as_text=True)

    within = '<link rel=prefetch href=/x><noscript>No</noscript><a href=/y>it\'s "quoted"</a>'
    held = shown(served(f"<iframe srcdoc='{escape(within)}' src=/other></iframe>"))
    assert '<base href="/shop/" target="_blank">' in held
    assert parse(held).select("link[rel~=prefetch]") == []
    assert "No<" not in held and held.endswith('it\'s "quoted"</a>')
    long = f"<p>{'long ' * 1000}</p>"
    assert shown(served(f"<iframe srcdoc='{long}'></iframe>")).endswith(long)
    nested = "<p>deep</p>"
    for _ in range(3):
        nested = f'<iframe srcdoc="{escape(nested)}"></iframe>'
    assert "deep" in shown(served(nested), 3)
    assert shown(served(f'<iframe srcdoc="{escape(nested)}"></iframe>'), 4) == ""


def test_imports_in_scripts_are_rewritten() -> None:
    """In every form. Bare names, full URLs, comments, strings and templates stay unchanged."""
    imports = "import a, {{b as c}} from {};import{};export * from {};export{{x}}from{}; const y = await import( {} )"
    for quote in "'\"":
        for written in ("./a.js", "../b/c.mjs", "/static/d.js?v=1"):
            new = imports.format(*[f"{quote}new{quote}"] * 5)
            assert (
                rewrite_imports(imports.format(*[f"{quote}{written}{quote}"] * 5), lambda _: "new")
                == new
            )
    for text in (
        'import x from "vue"; import "https://cdn.example/y.js"; import("//cdn.example/z.js")',
        '// import "./a.js"\n/* import "./b.js" */ const s = \'import "./c.js"\'; const t = `import "./d.js"`',
        'from("./a.js"); x.import("./a.js"); $import("./a.js"); import.meta.url; import(`./${name}.js`)',
    ):
        assert rewrite_imports(text, lambda _: "new").count("new") == text.count("never")
    assert rewrite_imports("import './a.js'", lambda _: None) == "import './a.js'"
