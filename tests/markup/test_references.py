"""Addresses in pages: which are loaded, and which are not."""

from __future__ import annotations

import time

import pytest

from flask_replay.markup import (
    CANDIDATE,
    EFFECT,
    FRAME,
    IMAGE,
    OBJECT,
    OTHER,
    SCRIPT,
    SPRITE,
    STYLE,
    rewrite,
)
from flask_replay.markup.references import referred


def found(page: str) -> list[tuple[str, str]]:
    """Return the references of a page with their roles."""
    seen: list[tuple[str, str]] = []
    rewrite(page, lambda role, address: seen.append((role, address)))
    return seen


KINDS = [
    ('<link rel="stylesheet" href="/a.css">', [(STYLE, "/a.css")]),
    ("<LINK REL=StyleSheet HREF=/a.css crossorigin>", [(STYLE, "/a.css")]),
    ('<link rel="alternate stylesheet" href=a.css>', [(STYLE, "a.css")]),
    ('<link rel="shortcut icon" href=i.ico>', [(IMAGE, "i.ico")]),
    ("<link rel=preload as=font href=f.woff2>", [(OTHER, "f.woff2")]),
    ("<link rel=preload as=style href=a.css onload='this.rel=\"stylesheet\"'>", [(STYLE, "a.css")]),
    ("<link rel=modulepreload href=m.js>", [(SCRIPT, "m.js")]),
    ("<link rel=canonical href=/page>", []),
    ("<link rel=next href=/2>", []),
    ("<script src=a.js></script>", [(SCRIPT, "a.js")]),
    ("<script type=module src='/b.mjs'></script>", [(SCRIPT, "/b.mjs")]),
    ("<script>'<img src=no.png>'</script>", []),
    ("<script type=module>import a from './a.js'; import 'bare'</script>", [(SCRIPT, "./a.js")]),
    ('<script TYPE="module">import("/b.js")</script><script>import("/c.js")</script>', [(SCRIPT, "/b.js"), (SCRIPT, "/c.js")]),
    ('<script type="importmap">{"imports": {"a": "/a.js", "b/": "/b/", "c": "https://cdn/c.js"}}</script>',
     [(SCRIPT, "/a.js"), (SCRIPT, "/b/")]),
    ('<script type=importmap>{"imports": {}, "scopes": {"/x/": {"a": "./a2.js"}}}</script>', [(SCRIPT, "./a2.js")]),
    ("<script type=importmap>{no json}</script><script type=importmap>[1]</script>", []),
    ("<img src=a.png srcset='b.png 1x, c.png 2x'>", [(IMAGE, "a.png"), (CANDIDATE, "b.png"), (CANDIDATE, "c.png")]),
    ("<img srcset='a,b.png 100w,c.png'>", [(CANDIDATE, "a,b.png"), (CANDIDATE, "c.png")]),
    ("<picture><source srcset=a.webp type=image/webp><img src=a.png></picture>", [(CANDIDATE, "a.webp"), (IMAGE, "a.png")]),
    ("<video src=v.mp4 poster=p.jpg><source src=w.webm><track src=t.vtt></video>",
     [(OTHER, "v.mp4"), (IMAGE, "p.jpg"), (OTHER, "w.webm"), (OTHER, "t.vtt")]),
    ("<audio src=a.ogg></audio>", [(OTHER, "a.ogg")]),
    ("<object data=o.svg></object><embed src=e.svg>", [(OBJECT, "o.svg"), (OBJECT, "e.svg")]),
    ("<input type=image src=b.png>", [(IMAGE, "b.png")]),
    ("<iframe src=/inner></iframe>", [(FRAME, "/inner")]),
    ("<svg><use href=s.svg#a /><use xlink:href='s.svg#b'/><image href=i.png /></svg>",
     [(SPRITE, "s.svg#a"), (SPRITE, "s.svg#b"), (IMAGE, "i.png")]),
    ("<body background=b.gif><td background='c.gif'>", [(IMAGE, "b.gif"), (IMAGE, "c.gif")]),
    ("<p style='background:url(\"a.png\")'>", [(OTHER, "a.png")]),
    ("<p style='background:url(&#x27;a.png&#x27;)'>", [(OTHER, "a.png")]),
    ("<style>p{background:URL( a.png )}</style>", [(OTHER, "a.png")]),
    ("<p style='background:url(&quot;a.png&quot;)'>", [(OTHER, "a.png")]),
    ("<style>p{background:url(a.png)}</style>", [(OTHER, "a.png")]),
    ("<style>@import 'a.css' layer(x); p{background:image-set(\"b.png\" 1x)}</style>", [(OTHER, "a.css"), (OTHER, "b.png")]),
    (r"<style>p{background:url(a\(1\).png)}</style>", [(OTHER, "a(1).png")]),
    ("<p style='background:image-set(\"a.png\" 1x)'>", [(OTHER, "a.png")]),
    ("<p style='filter: blur(1px) url(d.svg#a); mask: url(d.svg#b)'>", [(EFFECT, "d.svg#a"), (OTHER, "d.svg#b")]),
    ("<svg><rect fill='url(d.svg#a)' filter=url(#own) /></svg>", [(EFFECT, "d.svg#a"), (OTHER, "#own")]),
    ("<a href=/page><area href=/b><form action=/c>", []),
    ("<!-- <img src=no.png> -->", []),
    ("<textarea><img src=no.png></textarea>", []),
    ("<img alt='<img src=no.png>' src=a.png>", [(IMAGE, "a.png")]),
    ("<img data-src=no.png>", []),
]  # fmt: skip


@pytest.mark.parametrize(("page", "expected"), KINDS)
def test_references_are_what_a_browser_loads(page: str, expected: list[tuple[str, str]]) -> None:
    """By the attributes of HTML and SVG that contain addresses, and by styles."""
    assert found(page) == expected


@pytest.mark.parametrize(("page", "expected"), KINDS)
def test_the_fast_search_misses_nothing(page: str, expected: list[tuple[str, str]]) -> None:
    """It may find more, in comments."""
    assert {address for _, address in expected} <= referred(page.encode())


def test_the_fast_search_finds_references_in_frames() -> None:
    """A page in ``srcdoc``, and in one within it."""
    page = "<iframe srcdoc=\"<img src='a.png'><iframe srcdoc='&lt;img src=b.png&gt;'>\"></iframe>"
    assert referred(page.encode()) == {"a.png", "b.png"}


def test_the_fast_search_finds_files_named_by_scripts() -> None:
    """As paths, and as bundlers write them."""
    page = (
        "<script>image.src = '/a.png?v=2'; e.p+\"media/b.svg\"; title = 'c.png'</script>"
        "<script type=module>new URL('../d.webp', import.meta.url)</script>"
        "<script type=application/json>['/no.png']</script>"
    )
    assert referred(page.encode()) == {"/a.png", "/media/b.svg", "../d.webp"}


def test_a_tag_is_changed_whatever_the_order_of_its_attributes() -> None:
    """The digest of the original file may precede the address that is replaced."""
    page = '<link integrity="sha384-x" crossorigin="use-credentials" href="/a.css" rel=stylesheet>'
    assert rewrite(page, lambda role, address: "/b.css") == (
        '<link integrity="" crossorigin="" href="/b.css" rel=stylesheet>'
    )


def test_the_fast_search_finds_images_loaded_by_scripts() -> None:
    """Lazy images, in special attributes. A browser without scripts does not load these."""
    page = "<img src=a.png data-src='b.png' DATA-SRCSET='c.png 1x, d.png 2x'><source data-srcset=e.png><p data-src=f.png>"
    assert referred(page.encode()) == {"a.png", "b.png", "c.png", "d.png", "e.png"}


def test_replaced_files_can_be_loaded_without_an_origin() -> None:
    """Their digests and credentials settings are removed."""
    page = '<link rel=stylesheet href="/a.css" integrity="sha384-x" crossorigin="use-credentials"><img src=b.png>'
    assert rewrite(page, lambda role, address: "/k?a=1&b" if role == STYLE else None) == (
        '<link rel=stylesheet href="/k?a=1&amp;b" integrity="" crossorigin=""><img src=b.png>'
    )


def test_an_import_map_stays_in_its_script_whatever_it_contains() -> None:
    """Digests of the app's own files are removed."""
    page = '<script type="importmap">{"imports": {"a": "/a.js", "</script": "x"}, "integrity": {"/a.js": "sha384-x"}}'
    page = page.replace("</script", "<\\/script") + "</script>"
    assert rewrite(page, lambda role, address: "/k<") == (
        '<script type="importmap">{"imports": {"a": "/k\\u003c", "\\u003c/script": "x"}}</script>'
    )


def test_a_page_without_replacements_stays_unchanged() -> None:
    """Character by character."""
    page = "<link rel=stylesheet href=a.css integrity=x><p style='b:url(c)'><style>d{e:url(f)}</style><img srcset='g 1x'>"
    assert rewrite(page, lambda role, address: None) == page


@pytest.mark.parametrize(
    "page",
    [
        "<img src=" * 20_000,
        "<style>" * 20_000,
        "<p style='url(" * 20_000,
        "<img srcset='" + ", " * 50_000,
        "<script type=module>" * 20_000,
        "<script " * 20_000,
        "<script type=importmap>" + "[" * 100_000 + "</script>",
        "<iframe srcdoc=" + "<iframe/srcdoc=" * 3_000 + ">",
    ],
)
def test_hostile_pages_take_no_time(page: str) -> None:
    """Nothing is scanned twice: quadratic time would be minutes for pages of this size."""
    begun = time.process_time()
    rewrite(page, lambda role, address: address)
    referred(page.encode())
    assert time.process_time() - begun < 10
