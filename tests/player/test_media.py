"""Media queries have the result that they had in the visitor's browser, whatever the viewer's."""

from __future__ import annotations

import time

import pytest

from flask_replay.player.media import as_seen, page_as_seen
from flask_replay.recording.device import Device

DARK = Device(scheme="dark", still=True)
PHONE = Device(kind="phone")
LIGHT = Device()
YES, NO = "(min-width: 0)", "(max-width: 0)"


@pytest.mark.parametrize(
    ("query", "device", "answered"),
    [
        ("(prefers-color-scheme: dark)", DARK, YES),
        ("(prefers-color-scheme: dark)", LIGHT, NO),
        ("(prefers-color-scheme:light)", LIGHT, YES),
        ("(prefers-color-scheme)", LIGHT, YES),
        ("screen and (PREFERS-COLOR-SCHEME : Dark) and (min-width: 5em)", DARK, f"screen and {YES} and (min-width: 5em)"),
        ("not (prefers-color-scheme: dark), print", LIGHT, f"not {NO}, print"),
        ("(prefers-reduced-motion)", DARK, YES),
        ("(prefers-reduced-motion)", LIGHT, NO),
        ("(prefers-reduced-motion: no-preference)", LIGHT, YES),
        ("(prefers-reduced-motion: reduce)", LIGHT, NO),
        ("(hover: hover) and (pointer: fine)", LIGHT, f"{YES} and {YES}"),
        ("(hover: hover) and (pointer: fine)", PHONE, f"{NO} and {NO}"),
        ("(any-hover: none) or (any-pointer: coarse)", PHONE, f"{YES} or {YES}"),
        ("( hover )", PHONE, NO),
        ("(/* of a mouse */ hover\n: /**/ hover)", LIGHT, YES),
        ("(hover:none)", PHONE, YES),
        ("(scripting: none)", LIGHT, NO),
        ("(scripting)", LIGHT, YES),
        ("(forced-colors: active)", LIGHT, NO),
        ("(prefers-contrast: more)", LIGHT, NO),
        ("(hover: odd)", LIGHT, NO),
        ("(min-width: 40em)", PHONE, "(min-width: 40em)"),
        ("print", DARK, "print"),
        ("", DARK, ""),
    ],
)  # fmt: skip
def test_a_media_query_is_answered_for_the_visitor(
    query: str, device: Device, answered: str
) -> None:
    """Queries about the window itself are left to the browser."""
    assert as_seen(query, device) == answered


@pytest.mark.parametrize(
    ("sheet", "seen"),
    [
        ("@media (prefers-color-scheme: dark) { a { b: c } }", f"@media {YES} {{ a {{ b: c }} }}"),
        ("@import 'a.css' (prefers-color-scheme: dark);", f"@import 'a.css' {YES};"),
        ("@import url(a.css) screen and (prefers-color-scheme: dark);", f"@import url(a.css) screen and {YES};"),
        (".a { @media (hover: hover) { b: c } }", f".a {{ @media {YES} {{ b: c }} }}"),
        ("/* (hover: none) */ a { b: '(hover: none)' }", "/* (hover: none) */ a { b: '(hover: none)' }"),
        ('a[b="(hover: none)"] {}', 'a[b="(hover: none)"] {}'),
        ("a:not(hover), :is(pointer) {}", "a:not(hover), :is(pointer) {}"),
        (":root { color-scheme: light dark; b: c }", ":root { color-scheme: dark; b: c }"),
        (":root{color-scheme:light dark}", ":root{color-scheme:dark}"),
        ("a { color-scheme: dark light !important }", "a { color-scheme: dark !important }"),
        ("a { color-scheme: only light } b { color-scheme: normal }", "a { color-scheme: only light } b { color-scheme: normal }"),
        ("a { --my-color-scheme: light dark }", "a { --my-color-scheme: light dark }"),
        ("a { b: url(a(hover).png) }", "a { b: url(a(hover).png) }"),
    ],
)  # fmt: skip
def test_stylesheets_contain_queries_in_many_places(sheet: str, seen: str) -> None:
    """Comments, strings and selectors contain none."""
    assert as_seen(sheet, DARK) == seen


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        (
            "<style>@media (prefers-color-scheme: dark) { a { b: c } }</style>",
            f"<style>@media {YES} {{ a {{ b: c }} }}</style>",
        ),
        (
            "<link rel=stylesheet media='(prefers-color-scheme:dark)' href=a.css>",
            f'<link rel=stylesheet media="{YES}" href=a.css>',
        ),
        (
            '<source media="(prefers-color-scheme: light)" srcset=a.png>',
            f'<source media="{NO}" srcset=a.png>',
        ),
        ('<meta name="color-scheme" content="light dark">', '<meta name="color-scheme" content="dark">'),
        ('<meta content="dark light" name=Color-Scheme />', '<meta content="dark" name=Color-Scheme />'),
        ('<html style="color-scheme: light dark">', '<html style="color-scheme: dark">'),
        ('<meta name="description" content="light dark color-scheme">', '<meta name="description" content="light dark color-scheme">'),
        ("<p>(prefers-color-scheme: dark)</p>", "<p>(prefers-color-scheme: dark)</p>"),
        ("<script>matchMedia('(prefers-color-scheme: dark)')</script>", "<script>matchMedia('(prefers-color-scheme: dark)')</script>"),
        ("<!-- <style>(hover: none)</style> -->", "<!-- <style>(hover: none)</style> -->"),
        ("<p title='(hover: hover)'>", "<p title='(hover: hover)'>"),
    ],
)  # fmt: skip
def test_pages_contain_queries_in_styles_and_attributes(page: str, seen: str) -> None:
    """Elsewhere they are text."""
    assert page_as_seen(page, DARK) == seen


@pytest.mark.parametrize(
    "piece", ["(hover", "(hover:", "color-scheme:", "color-scheme: light ", "/*(hover)", "'(hover)", "url((hover)", ":a(", "<p style='(hover)"]
)  # fmt: skip
def test_hostile_styles_take_linear_time(piece: str) -> None:
    """Ten times as much takes at most thirty times as long, whatever else the machine does."""

    def taken(count: int) -> float:
        begun = time.process_time()
        as_seen(f"(hover){piece * count}", DARK)
        page_as_seen(f"<style>{piece * count}", DARK)
        return time.process_time() - begun

    assert min(taken(50_000) for _ in range(2)) < 30 * max(
        min(taken(5_000) for _ in range(2)), 0.003
    )
