"""XHTML is shown as HTML."""

from __future__ import annotations

import time

import pytest

from flask_replay.markup.xhtml import as_html


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<div/><p>a</p>", "<div></div><p>a</p>"),
        ('<script src="/a.js" /><br /><svg:rect x="/>"/>', '<script src="/a.js" ></script><br /><svg:rect x="/>"></svg:rect>'),
        ("<style><![CDATA[a > b {}]]></style>", "<style>a > b {}</style>"),
        ("<style>a &gt; b {}</style>&gt;", "<style>a > b {}</style>&gt;"),
        ("<p><![CDATA[<b> & co]]></p>", "<p>&lt;b&gt; &amp; co</p>"),
        ("<script>//<![CDATA[\nx = '</script><b>';\n//]]></script>", "<script>//\nx = '<\\/script><b>';\n//</script>"),
        ("<script>x = '&lt;/script&gt;' &amp;&amp; y</script>", "<script>x = '<\\/script>' && y</script>"),
        ("<!-- <div/> --><a href='x/y'>b</a>", "<!-- <div/> --><a href='x/y'>b</a>"),
        ("<?xml version='1.0'?>\n<!DOCTYPE html SYSTEM 'x'><html/>", "<html></html>"),
    ],
)  # fmt: skip
def test_empty_elements_end_where_they_begin(page: str, shown: str) -> None:
    """In standards mode, whatever the page declares."""
    assert as_html(page) == f"<!doctype html>{shown}"


@pytest.mark.parametrize(
    "piece",
    [
        "<a ",
        "<a '",
        "<!--",
        "<![CDATA[",
        "<a/",
        "<!doctype [",
        '<a b="" ',
        "<script ",
        "<!doctype x",
    ],
)
def test_hostile_pages_are_read_in_linear_time(piece: str) -> None:
    """Even if nothing in them ends."""
    began = time.process_time()
    as_html(piece * 50_000)
    as_html(piece + "x" * 200_000)
    assert time.process_time() - began < 5
