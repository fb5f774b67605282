"""The files that scripts name."""

from __future__ import annotations

import pytest

from flask_replay.markup.scripts import bundled_files, files_beside, named_files, within_frame


def test_files_of_a_bundle_are_searched_for_in_the_folders_above_it() -> None:
    """Up to the root of the app, where bundlers expect them unless a site says otherwise."""
    assert [*bundled_files('["img/a.css"]', "/static/dist/a.js")] == [
        "/static/dist/img/a.css",
        "/static/img/a.css",
        "/img/a.css",
    ]


def test_a_long_path_has_a_limited_number_of_folders() -> None:
    """A visitor can make the path of a script as long as a request line allows."""
    assert len([*bundled_files('["img/a.css"]', "/a/b" * 4_000)]) == 8


def test_files_are_named_in_strings_and_in_the_markup_that_a_script_writes() -> None:
    """There, addresses may have no quotes. The rest of a comparison or a quotient is no file."""
    script = "a = '/b.png'; write(`<img src=/c.svg alt><link href=/d.css>`); e =/f.g; h = i /j.png"
    assert [*named_files(script)] == ["/b.png", "/c.svg", "/d.css"]


def test_a_script_may_compose_the_name_of_a_file() -> None:
    """The file is one of those in a folder that have its beginning and its end."""
    script = """a = `/img/icon-${name}.svg`; b = '/data/' + language + ".json"; c = `${d}/e.png`;
        f = `/g/${h}`; i = '/j' + k; L.tileLayer('/map/{z}/{x}/{y}.png?v=1');
        n = `/${o}/${p}.json`; q = '/{{lng}}/{{ns}}.json'"""
    assert [*named_files(script)] == [
        "/img/icon-*.svg",
        "/data/*.json",
        "/map/*/*/*.png",
        "/*/*.json",
        "/*/*.json",
    ]


def test_addresses_in_a_page_may_be_relative_to_it() -> None:
    """In a file, they are searched for like those of a bundle: the page's own folder is unknown."""
    script = "a = 'static/b.json'; c = `../d/${e}.svg`; f = '{z}/{x}.png'; g = '/h.png'; i = 'j.k'"
    assert [*files_beside(script)] == ["static/b.json", "../d/*.svg"]
    assert [*bundled_files(script, "/static/l.js")] == [
        "/static/static/b.json",
        "/static/b.json",
        "/static/d/*.svg",
        "/d/*.svg",
    ]


def test_a_script_may_add_the_name_of_a_file_to_a_folder() -> None:
    """Which the script names, or which holds the script itself."""
    script = (
        """const folder = '/files/'; a = folder + "b.png"; c = `${folder}d/e.svg`; f = 'g.png'"""
    )
    assert [*named_files(script)] == ["/files/b.png", "/files/d/e.svg"]
    script = "const own = document.currentScript.src.replace('a.js', ''); b = `${own}c.png`"
    assert [*bundled_files(script, "/static/a.js")] == ["/static/c.png", "/c.png"]


@pytest.mark.parametrize(
    "names",
    [
        'r.u=e=>"js/"+({4:"home"}[e]||e)+"."+{4:"ab12",5:"cd34"}[e]+".chunk.js"',
        'r.u = (id) => ("js/" + id + ".chunk.js");',
        "i.u=function(e){return'js/'+e+'.chunk.js'}",
    ],
)
def test_the_parts_of_a_bundle_are_found_by_what_all_names_have(names: str) -> None:
    """webpack puts the rest of each name together when a script runs."""
    script = f"(()=>{{var r={{}};{names};r.miniCssF=e=>e+'.css'}})()"
    assert [*bundled_files(script, "/dist/main.js")] == [
        "/dist/js/*.chunk.js",
        "/js/*.chunk.js",
        "/dist/*.css",
        "/*.css",
    ]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("if (a.href == location.href) b()", "if (a.href == replay$value(location).href) b()"),
        (
            "const {pathname} = window.location;",
            "const {pathname} = replay$owner(window).location;",
        ),
        ("if (self !== top) {}", "if (self !== replay$value(top)) {}"),
        ("if(window.top==window.self) {}", "if(replay$owner(window).top==window.self) {}"),
        ("window.top.location?.reload()", "replay$owner(window.top).location?.reload()"),
        ("new URL('.', location)", "new URL('.', replay$value(location))"),
        (
            "const {hash} = location; go(a,location)",
            "const {hash} = replay$value(location); go(a,replay$value(location))",
        ),
        (
            "let {history, location: a} = window;",
            "let {history, location: a} = replay$owner(window);",
        ),
        ("(a, location) => `${location}`", "(a, location) => `${replay$value(location)}`"),
        (
            "function go(location) /**/ {}; [location] = a",
            "function go(location) /**/ {}; [location] = a",
        ),
        (
            "function go(location) { String(location) }",
            "function go(location) { String(replay$value(location)) }",
        ),
        ("location.href = '/next'", "replay$value(location).href = '/next'"),
        (
            "window.location = route.location.pathname",
            "replay$owner(window).location = route.location.pathname",
        ),
        (
            "[self.top, b] = pair; self.top++",
            "[replay$owner(self).top, b] = pair; replay$owner(self).top++",
        ),
        (
            "self.location(); new self.top.Thing()",
            "replay$owner(self).location(); new self.top.Thing()",
        ),
        ("this.#location.href", "this.#location.href"),
        ("box.style.top = location.hash", "box.style.top = location.hash"),
        ("'location.href'", "'location.href'"),
    ],
)
def test_a_script_in_a_frame_asks_what_is_around_it(script: str, expected: str) -> None:
    """If it reads the address of its page, or compares itself with the page around it."""
    assert within_frame(script) == expected
