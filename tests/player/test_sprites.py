"""Drawings of which a page shows parts are inserted into it, whatever they contain."""

from __future__ import annotations

import time

import pytest

from flask_replay.markup import rewrite
from flask_replay.player.media import as_seen
from flask_replay.player.sprites import Sprites
from flask_replay.recording.device import Device

_REPEATED = 100_000


def drawn(text: str) -> str:
    """Return what is inserted into a page from a drawing."""
    sprites = Sprites()
    assert sprites.name("0123456789", "a", lambda: text) == "#s01234567-a"
    return sprites.put_into('<svg><use href="#s01234567-a"/></svg>')


@pytest.mark.parametrize(
    "part",
    [
        "<style ",
        "<style>a",
        " class=",
        " class='a' ",
        "<?",
        "<!DOCTYPE ",
        "<!DOCTYPE[",
        "<script ",
        "<script></script ",
        " id='",
        "href=",
        "url( ",
    ],
)
def test_drawings_are_read_in_linear_time(part: str) -> None:
    """An uploaded drawing in which much begins and nothing ends could otherwise take minutes."""
    began = time.process_time()
    drawn(part * _REPEATED)
    assert time.process_time() - began < 10


def test_classes_of_a_drawing_are_renamed() -> None:
    """Drawing programs use the same class names in every file. File names and numbers stay."""
    style = ".st0, g > .a-b{fill:url(a.png)} @media (min-width: .5em) { .st0:hover { stroke-width: .5 } }"
    made = drawn(
        f'<svg><style>{style}</style><symbol id="a"><path class="st0 a-b"/></symbol></svg>'
    )
    own = "s01234567-"
    assert f".{own}st0, g > .{own}a-b{{fill:url(a.png)}}" in made
    assert f"(min-width: .5em) {{ .{own}st0:hover {{ stroke-width: .5 }} }}" in made
    assert f'<path class="{own}st0 {own}a-b"/>' in made


def test_styles_of_a_drawing_apply_to_its_own_elements() -> None:
    """The page may have the same elements. Rules of other kinds stay."""
    style = "path, :is(a, b) > g { fill: red } #a path { fill: #abc } @keyframes k { from, 50% { r: 1 } to { r: 2 } }"
    made = drawn(f'<svg><style>{style}</style><symbol id="a"><path d="M0"/></symbol></svg>')
    own = "s01234567-"
    assert f"path:where([{own}]), :is(a, b) > g:where([{own}]) {{ fill: red }}" in made
    assert f"#{own}a path {{ fill: #abc }}" in made
    assert "@keyframes k { from, 50% { r: 1 } to { r: 2 } }" in made
    assert f'<path {own}="" d="M0"/>' in made


@pytest.mark.parametrize(
    ("styles", "kept"),
    [
        ("/* a, b */ @font-face { src: url(a.woff) }", "@font-face { src"),
        ("<![CDATA[ @media print { g { r: 1 } } ]]>", "@media print { g:where([s01234567-]) {"),
        ("@import url(a.css); g { r: 1 }", "@import url(a.css); g:where([s01234567-]) {"),
        ("g { r: 1; transition: r 1s, x 1s; path { r: 2 } }", "transition: r 1s, x 1s; path:where"),
        ("g /* in, or */ { r: 1 }", "g:where([s01234567-])  {"),
        ("text::selection, text { fill: red }", "text:where([s01234567-])::selection, text:where"),
        ("g[d='/*'] { r: 1 } path { r: 2 }", "g[d='/*']:where([s01234567-]) { r: 1 } path:where"),
    ],
)
def test_styles_of_a_drawing_stay_valid(styles: str, kept: str) -> None:
    """Beside comments, rules that contain others, and pseudo-elements, which end a selector."""
    made = drawn(f'<svg><style>{styles}</style><symbol id="a"><path/></symbol></svg>')
    assert kept in made


def test_stylesheets_and_candidates_are_read_in_linear_time() -> None:
    """With brackets that are never closed."""
    began = time.process_time()
    rewrite(f'<img srcset="{"( " * _REPEATED}">', lambda role, address: None)
    as_seen(f"(hover){'url(' * _REPEATED}", Device())
    as_seen("[src=" * _REPEATED, Device())
    drawn(f"<style>a{' ' * _REPEATED}{{")
    drawn(f"<style>a{'::a(' * _REPEATED}{{")
    assert time.process_time() - began < 10


def test_declarations_of_drawings_are_left_out() -> None:
    """With their entities. What is drawn stays."""
    text = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg><symbol id="a"><path/></symbol></svg>'
    assert '<defs><symbol id="s01234567-a"><path/></symbol></defs><use' in drawn(text)


def test_a_whole_drawing_is_referenced_by_its_root() -> None:
    """It gets an id if it has none."""
    sprites = Sprites()
    assert sprites.name("0123456789", "", lambda: "<svg viewBox='0 0 1 1'><path/></svg>")
    page = sprites.put_into('<svg><use href="#s01234567-root"/></svg>')
    assert page.startswith("<svg><defs><svg viewBox='0 0 1 1' id=\"s01234567-root\"><path/></svg>")


def test_each_tree_gets_a_drawing_once() -> None:
    """The page's own tree and its declared shadow roots. Elements of the page get no new siblings."""
    use = '<svg><use href="#s01234567-a"/></svg>'
    sprites = Sprites()
    sprites.name("0123456789", "a", lambda: "<svg><symbol id='a'/></svg>")
    drawing = "<defs><symbol id='s01234567-a'/></defs>"
    placed = use.replace("<use", f"{drawing}<use")
    assert (
        sprites.put_into(f"{use}<i><template shadowrootmode=open>{use}{use}</template></i>{use}")
        == f"{placed}<i><template shadowrootmode=open>{placed}{use}</template></i>{use}"
    )


def test_a_large_drawing_is_inserted_into_a_limited_number_of_trees() -> None:
    """As many as a page may contain."""
    tree = '<template shadowrootmode=open><svg><use href="#s01234567-a"/></svg></template>'
    sprites = Sprites()
    sprites.name("0123456789", "a", lambda: f"<svg><symbol id='a'/>{'<g/>' * 300_000}</svg>")
    page = sprites.put_into(tree * 1_000)
    assert 2 <= page.count("<symbol") < 10
    assert page.count("<use") == 1_000


def test_nested_trees_take_linear_time() -> None:
    """Even if there are many."""
    sprites = Sprites()
    sprites.name("0123456789", "a", lambda: "<svg><symbol id='a'/></svg>")
    began = time.process_time()
    sprites.put_into("<template>" * _REPEATED + "</template>" * _REPEATED)
    assert time.process_time() - began < 5
