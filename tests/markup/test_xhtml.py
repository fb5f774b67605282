"""XHTML is shown as HTML."""

from __future__ import annotations

import time

import pytest

from flask_replay.markup.xhtml import as_html, sheets_of, with_other_sheets


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
        ("<pre a='b'>\nc</pre><pre>d</pre>", "<pre a='b'>\n\nc</pre><pre>d</pre>"),
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
        "<pre a ",
        "<pre>\n",
        "<!doctype x",
    ],
)
def test_hostile_pages_are_read_in_linear_time(piece: str) -> None:
    """Even if nothing in them ends."""
    began = time.process_time()
    as_html(piece * 50_000)
    as_html(piece + "x" * 200_000)
    assert time.process_time() - began < 5


def test_stylesheets_before_the_root_of_a_drawing_are_replaced() -> None:
    """The document stays well-formed, although an address in a style may have an ampersand."""
    drawing = (
        '<?xml version="1.0"?><?xml-stylesheet type="text/css" href="a.css?b&amp;c" ?><svg>'
        "<!-- <?xml-stylesheet href='b.css'?> & --><style>a { b: url(c?d&e) } &lt;<![CDATA[ & ]]></style></svg>"
    )
    assert sheets_of(drawing) == ["a.css?b&c"]
    assert with_other_sheets(drawing, lambda address: "/k?a&b") == drawing.replace(
        "a.css?b&amp;c", "/k?a&amp;b"
    ).replace("d&e", "d&amp;e")


@pytest.mark.parametrize("part", ["<?xml-stylesheet ", "<?xml-stylesheet href='", "&", "<![CDATA["])
def test_hostile_drawings_take_linear_time(part: str) -> None:
    """Whatever is never closed."""
    began = time.process_time()
    sheets_of(part * 100_000)
    assert time.process_time() - began < 5
