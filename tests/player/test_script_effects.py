"""A page whose scripts do not run looks as it did with scripts: stylesheets, cloaks, lazy images,
players.
"""

from __future__ import annotations

import time

import pytest
from turbohtml import parse

from flask_replay.player.script_effects import as_with_scripts

SCRIPT = "<script src='/site.js'></script>"


def attribute(page: str, element: str, name: str) -> str | None:
    """Return an attribute of the page's only element of a kind, as a browser reads it."""
    (found,) = parse(as_with_scripts(page)).select(element)
    return found.attr(name)


LATE = "this.onload=null;this.rel='stylesheet'"


@pytest.mark.parametrize(
    ("tag", "rel", "media"),
    [
        (f'<link rel="preload" as="style" href="a.css" onload="{LATE}">', "stylesheet", None),
        ("<link rel=preload as=style href=a.css onload='this.rel = \"stylesheet\"'>", "stylesheet", None),
        ("<LINK REL=preload AS=style ONLOAD=rel='stylesheet' href=a.css>", "stylesheet", None),
        ("<link rel=\"alternate stylesheet\" title=x href=a.css onload=\"this.rel='stylesheet'\">", "stylesheet", None),
        ("<link rel=preload as=style onload=\"this.setAttribute('rel', 'stylesheet')\" href=a>", "stylesheet", None),
        ("<link rel=stylesheet media=print href=a.css onload=\"this.media='all'\"/>", "stylesheet", "all"),
        ("<link rel=stylesheet media=print href=a onload=\"if(media!='all')media='all'\">", "stylesheet", "all"),
        ("<link rel=stylesheet media=print href=a onload=\"this.media='(min-width: 9em)'\">", "stylesheet", "(min-width: 9em)"),
        ("<link rel=stylesheet media=print href=a onload=\"this.removeAttribute('media')\">", "stylesheet", None),
        ("<link rel=stylesheet media=x onload='this.media=&quot;all&quot;' href=a>", "stylesheet", "all"),
        ("<link rel=stylesheet media=print href=a onload=\"this.title='media'; seen('media')\">", "stylesheet", "print"),
        ("<link rel=stylesheet media=print href=a onload='apply(this)'>", "stylesheet", "all"),
        ("<link rel=preload as=style href=a onload='window.site.ready(this, 1)'>", "stylesheet", None),
        ("<link rel=stylesheet media=print href=a onload='if (this.sheet) seen()'>", "stylesheet", "print"),
        ("<link rel=stylesheet media=print href=a.css>", "stylesheet", "print"),
        ("<link rel=preload as=style href=a.css>", "preload", None),
        ("<link rel=preload as=style href=a onload=\"other.rel='stylesheet'\">", "preload", None),
    ],
)  # fmt: skip
def test_a_stylesheet_is_enabled_as_its_onload_would(tag: str, rel: str, media: str | None) -> None:
    """Stylesheets without such a handler stay unchanged."""
    (found,) = parse(as_with_scripts(f"<!doctype html><head>{tag}</head>")).select("link")
    written = found.attrs["rel"]
    assert (" ".join(written) if isinstance(written, list) else written) == rel
    assert found.attr("media") == media
    assert found.attr("href") in {"a", "a.css"}


@pytest.mark.parametrize(
    ("onerror", "name", "value"),
    [
        ("this.src='/b.png'", "src", "/b.png"),
        ("this.onerror = null; this.src = &quot;/b.png&quot;", "src", "/b.png"),
        ("this.setAttribute('src', '/b.png')", "src", "/b.png"),
        ("this.remove()", "style", "; display: none !important"),
        ("this.parentNode.removeChild(this)", "style", "; display: none !important"),
        ("this.style.display='none'", "style", "; display: none !important"),
        ("this.style.visibility='hidden'", "style", "; visibility: hidden !important"),
        ("this.classList.add('broken')", "class", ["photo", "broken"]),
        ("this.className = 'broken'", "class", ["broken"]),
        ("report(this)", "src", "/a.png"),
    ],
)
def test_an_image_that_failed_to_load_is_replaced_as_its_onerror_would(
    onerror: str, name: str, value: str
) -> None:
    """Loaded images stay unchanged."""
    page = f'<img src="/a.png" class="photo" onerror="{onerror}">'
    (image,) = parse(as_with_scripts(page, lambda source: source == "/a.png")).select("img")
    assert image.attrs[name] == value
    assert as_with_scripts(page) == page


def test_a_disabled_stylesheet_is_enabled() -> None:
    """The attribute is removed, because any value of it disables."""
    page = '<link rel="stylesheet" disabled href="a.css" onload="this.disabled = false">'
    assert attribute(page, "link", "disabled") is None
    assert attribute("<link rel=stylesheet disabled href=a.css>", "link", "disabled") == ""


@pytest.mark.parametrize(
    "cloak", ["x-cloak", "v-cloak", "ng-cloak", "data-ng-cloak", "ng:cloak", "X-CLOAK=''"]
)
def test_an_element_of_a_library_loses_its_cloak(cloak: str) -> None:
    """Its other attributes stay."""
    page = as_with_scripts(f"<div id=a {cloak} class='menu'>Menu</div>")
    assert "cloak" not in page.lower()
    assert parse(page).select("#a.menu")


def test_a_cloak_may_be_a_class() -> None:
    """It is removed, and other classes stay."""
    assert parse(as_with_scripts("<p class='ng-cloak a b'>")).select("p[class='a b']")


@pytest.mark.parametrize("shows", ["x-show=open", "v-if='user'", "x-show", "ng-hide=no"])
def test_an_element_with_a_condition_keeps_its_cloak(shows: str) -> None:
    """A menu that was never opened should not be shown open."""
    page = f"<div x-cloak v-cloak ng-cloak {shows}>Menu</div>"
    assert as_with_scripts(page) == page


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("body { display: none !important }", "body {}"),
        ("html{visibility:hidden;color:red}", "html{color:red;}"),
        ("html, body { opacity: 0 } p { opacity: 0 }", "html, body {} p { opacity: 0 }"),
        ("body:not(.loaded) { opacity: 0; margin: 0 }", "body:not(.loaded) {margin: 0;}"),
        ("html.wait body { visibility: hidden }", "html.wait body {}"),
        (":root[data-wait] { display: none }", ":root[data-wait] {}"),
        ("/* } */ body { opacity: 0 }", "/* } */ body {}"),
    ],
)
def test_a_page_that_waits_for_its_script_is_shown(style: str, shown: str) -> None:
    """Nobody looked at a page that stayed hidden: fade-ins, and protections against framing."""
    text = "".join(as_with_scripts(f"<style>{style}</style>{SCRIPT}").split())
    assert text == "".join(f"<style>{shown}</style>{SCRIPT}".split())


@pytest.mark.parametrize(
    "style",
    [
        "@media print { body { display: none } }",
        "body p { display: none }",
        ".body { display: none }",
        "body-x { display: none }",
        "body > * { opacity: 0 }",
        "body { opacity: 0.5 }",
        "body::before { visibility: visible }",
        "body::after { content: ''; display: none }",
        "html { overflow: hidden }",
        "p{{{{{{",
        f"body {{ opacity: 0 }} {'p{' * 5000}",
    ],
)
def test_other_styles_stay(style: str) -> None:
    """A hidden part, or a style for print, is no sign of a waiting script."""
    page = f"<style>{style}</style>{SCRIPT}"
    assert as_with_scripts(page) == page


def test_a_page_that_waits_for_its_onload_is_shown() -> None:
    """If the handler is in its body, without any other script."""
    style = "<style>body { visibility: hidden }</style>"
    assert "hidden" not in as_with_scripts(f"{style}<body onload='document.body.className=1'>Hi")
    assert "hidden" in as_with_scripts(f"{style}<body>Hi")


def test_a_page_without_scripts_stays_hidden() -> None:
    """Data is not a script."""
    page = (
        "<body hidden><style>body { opacity: 0 }</style><script type='application/json'>{}</script>"
    )
    assert as_with_scripts(page) == page


def test_attributes_that_hide_a_page_are_removed() -> None:
    """And a class of the root that says there are no scripts is changed."""
    page = f"<html class='no-js wide' hidden><body hidden style='display: none; color: red'><p hidden>{SCRIPT}"
    text = as_with_scripts(page)
    tree = parse(text)
    assert tree.select("html.js.wide:not([hidden]):not(.no-js) > body:not([hidden]) > p[hidden]")
    (body,) = tree.select("body")
    assert "".join((body.attr("style") or "").split()) == "color:red;"


@pytest.mark.parametrize(
    ("image", "source"),
    [
        ("<img data-src=/a.png>", "/a.png"),
        ("<img src='data:image/gif;base64,R0' data-src=/a.png>", "/a.png"),
        ("<img src=/small.png class='wide lazyload' data-src=/a.png>", "/a.png"),
        ("<img src=/thumb.png data-src=/a.png loading=lazy>", "/thumb.png"),
        ("<img src=/a.png class=lazy>", "/a.png"),
        ("<img data-original=/a.png class=lazy src=''>", "/a.png"),
    ],
)
def test_an_image_gets_the_address_that_a_script_would_set(image: str, source: str) -> None:
    """If it has no address yet, or a class says that it waits."""
    assert attribute(f"{image}{SCRIPT}", "img", "src") == source


def test_text_that_looks_like_a_tag_stays() -> None:
    """In comments, scripts, text areas and attributes."""
    page = "<!-- <p x-cloak> --><script>'<p x-cloak>'</script><textarea><p x-cloak></textarea><p title='<p x-cloak>'>"
    assert as_with_scripts(page) == page


@pytest.mark.parametrize(
    "piece",
    [
        "<link onload=\"media='",
        "<link onload=\"this.setAttribute('rel','",
        "<p x-cloak x-cloak",
        "<style>body{opacity:0}",
        "<style>body body{",
        "<style>body{opacity:0}{",
        "<img data-src=",
        "<body style='opacity:0;",
        "aria-hidden <body ",
        "<script><style>",
    ],
)
def test_hostile_markup_takes_linear_time(piece: str) -> None:
    """Ten times as much takes at most thirty times as long, whatever else the machine does."""

    def taken(count: int) -> float:
        text = SCRIPT + piece * count
        begun = time.process_time()
        as_with_scripts(text)
        return time.process_time() - begun

    assert min(taken(20_000) for _ in range(2)) < 30 * max(
        min(taken(2_000) for _ in range(2)), 0.003
    )
