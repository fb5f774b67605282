"""A page whose scripts run finds the kept modules, also at addresses that only a script knows."""

from __future__ import annotations

import json
import time

import pytest

from flask_replay.player.import_maps import with_modules

FILES = {"/js/a.js": "/kept/1", "/js/parts/b.mjs?v=2": "/kept/2", "/js/a.css": "/kept/3"}


def place(address: str) -> str | None:
    """Return the path of an address in a page, as far as these tests have any."""
    return address if address.startswith("/") else None


def test_a_page_that_imports_gets_a_map_of_the_kept_modules() -> None:
    """Under the addresses that they have in the app."""
    text, found = with_modules("<script>import(name)</script>", FILES, place)
    assert text == "<script>import(name)</script>"
    made = json.loads(found.removeprefix('<script type="importmap">').removesuffix("</script>"))
    assert made == {"imports": {"/js/a.js": "/kept/1", "/js/parts/b.mjs?v=2": "/kept/2"}}


def test_a_prefix_leads_to_each_module_behind_it() -> None:
    """The page's own entries stay."""
    own = '<script type=importmap>{"imports": {"js/": "/js/", "x/": "https://cdn/", "a": "/js/a.js"}}</script>'
    text, found = with_modules(own, FILES, place)
    made = json.loads(text.removeprefix("<script type=importmap>").removesuffix("</script>"))
    assert found == ""
    assert made["imports"]["js/a.js"] == "/kept/1"
    assert {"js/": "/js/", "x/": "https://cdn/", "a": "/js/a.js"}.items() <= made["imports"].items()
    assert "x/a.js" not in made["imports"]


def test_a_scope_holds_for_each_module_in_it() -> None:
    """The longest counts. The module has another address in the player."""
    scopes = {
        "/js/": {"a": "/1", "b": "/2"},
        "/js/parts/": {"a": "/3"},
        "/js/a.js": {"c": "/4"},
        "/x/": [],
    }
    own = f"<script type=importmap>{json.dumps({'scopes': scopes})}</script>"
    text, _ = with_modules(own, FILES, place)
    made = json.loads(text.removeprefix("<script type=importmap>").removesuffix("</script>"))
    assert made["scopes"] == {
        **scopes,
        "/kept/1": {"a": "/1", "b": "/2", "c": "/4"},
        "/kept/2": {"a": "/3", "b": "/2"},
    }


@pytest.mark.parametrize(
    "map",
    [
        {"scopes": {"/js/": {str(number): "/js/a.js" for number in range(1_000)}}},
        {"scopes": {"/js/": {"a": "/js/a.js" * 10_000}}},
        {"imports": {f"{'a' * 50_000}/": "/js/"}},
    ],
)
def test_import_maps_stay_small(map: dict[str, object]) -> None:
    """However many modules are in a scope, or behind a prefix, that has many or long names."""
    own = f"<script type=importmap>{json.dumps(map)}</script>"
    files = {f"/js/{number}.js": f"/kept/{number}" for number in range(500)}
    text, _ = with_modules(own, files, place)
    assert len(text) < len(own) + 1_000_000


@pytest.mark.parametrize(
    "page",
    [
        "<p>text</p>",
        "<script type=importmap>{no json}</script>",
        '<script type=importmap>{"imports": []}</script>',
        "<script type=importmap>[1]</script>",
    ],
)
def test_other_pages_stay_as_they_are(page: str) -> None:
    """If they import nothing, or browsers ignore their map."""
    assert with_modules(page, FILES, place) == (page, "")


def test_a_map_stays_small_and_is_read_quickly() -> None:
    """However many prefixes it has, and modules are behind each."""
    prefixes = {f"{number}/": "/js/" for number in range(5_000)}
    own = f"<script type=importmap>{json.dumps({'imports': prefixes})}</script>"
    files = {f"/js/{number}.js": f"/kept/{number}" for number in range(500)}
    started = time.perf_counter()
    text, _ = with_modules(own, files, place)
    assert len(text) < len(own) + 200_000
    assert time.perf_counter() - started < 1


def test_a_map_of_any_depth_can_be_read() -> None:
    """One that is too deep to be written again stays as it is."""
    for depth in range(900, 1_000):
        own = f'{{"imports": {{}}, "x": {"[" * depth}{"]" * depth}}}'
        text, _ = with_modules(f"<script type=importmap>{own}</script>", FILES, place)
        assert own in text or "/kept/1" in text
