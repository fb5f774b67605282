"""Addresses in stylesheets, compared with those that an independent parser of CSS finds."""

from __future__ import annotations

import time

import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st

from flask_replay.markup import rewrite_css


def found_by_us(css: str) -> list[str]:
    """Return the addresses of ``url()`` and ``@import`` as we find them."""
    found: list[str] = []
    rewrite_css(css, found.append)
    return found


def found_by_parser(css: str) -> list[str]:
    """Return the addresses as tinycss2 finds them."""
    found: list[str] = []

    def walk(nodes: list[object], images: bool = False) -> None:
        for node in nodes:
            kind = getattr(node, "type", "")
            if kind == "url":
                found.append(node.value)  # type: ignore[attr-defined]
            elif kind == "function":
                name = node.lower_name  # type: ignore[attr-defined]
                arguments = node.arguments  # type: ignore[attr-defined]
                if name == "url":
                    found.extend(
                        argument.value for argument in arguments if argument.type == "string"
                    )
                else:
                    walk(arguments, name in {"image-set", "-webkit-image-set"})
            elif kind == "string" and images:
                found.append(node.value)  # type: ignore[attr-defined]
            elif kind == "at-rule":
                tokens = node.prelude  # type: ignore[attr-defined]
                prelude = [token for token in tokens if token.type not in {"whitespace", "comment"}]
                if node.lower_at_keyword == "import" and prelude and prelude[0].type == "string":  # type: ignore[attr-defined]
                    found.append(prelude[0].value)
                    prelude = prelude[1:]
                walk(prelude)
                walk(node.content or [])  # type: ignore[attr-defined]
            elif hasattr(node, "content"):
                walk(getattr(node, "prelude", []))
                walk(node.content or [], images)

    walk(
        tinycss2.parse_component_value_list(css)
        if "@import" not in css
        else tinycss2.parse_stylesheet(css)
    )
    return found


SHEETS = [
    "body{background:url(a.png)}",
    "a{b:url( 'a b.png' )}c{d:url(\"x.png\")}",
    "a{b:URL(a\\ b.png)}",
    "a{b:url(a\\28 1\\29.png)}",
    "/* url(no.png) */ a{b:url(yes.png)}",
    "a{content:'url(no.png)'; b:url(yes.png)}",
    "a{b:image-set('a.png' 1x, url(b.png) 2x, 'c.png' type('image/png') 3x); content:'no'}",
    "a{b:-webkit-image-set(url(b.png) 2x) , 'no'}",
    "@import 'a.css';",
    '@import "a.css" layer(x) supports(display: grid) screen;',
    "@import url(a.css) print;",
    "@font-face{font-family:'F';src:url(f.woff2) format('woff2'),url('f.woff?#iefix')}",
    "a{mask:url(#m);filter:url(f.svg#x)}",
    "a{b:url(data:image/png;base64,AAAA)}",
    "@media (prefers-color-scheme:dark){a{b:url(d.png)}}",
    "a{b:calc(1px + (2px)) url(x.png)}",
    "a{--x:url(v.png);b:var(--x)}",
    r".a-\[url\(\'no\.png\'\)\]{b:url(yes.png)}",
    r".a\(b{b:image-set('a.png' 1x, 'b.png' 2x)}.c\)d\"e{f:url('g.png')}",
]


@pytest.mark.parametrize("css", SHEETS)
def test_addresses_equal_those_of_a_parser(css: str) -> None:
    """As a browser reads them: unescaped, without quotes."""
    assert found_by_us(css) == found_by_parser(css)


@given(
    st.lists(st.sampled_from([*SHEETS, " ", "a{", "}", "/*x*/", "'s'", "b:c;"]), max_size=6).map(
        "\n".join
    )
)
def test_addresses_are_found_wherever_they_are(css: str) -> None:
    """Even after an unclosed construct."""
    if "@import" not in css:
        assert found_by_us(css) == found_by_parser(css)


def test_only_addresses_change() -> None:
    """Each becomes a string that cannot be closed early."""
    css = "@import 'a.css' print; a { b: url( x.png ) no-repeat; c: 'x.png' } /* url(x.png) */"
    changed = rewrite_css(css, lambda address: f"/new/{address}?a=\"b'")
    assert changed == (
        '@import "/new/a.css?a=%22b%27" print; a { b: url( "/new/x.png?a=%22b%27" ) no-repeat; c: \'x.png\' }'
        " /* url(x.png) */"
    )
    assert rewrite_css(css, lambda _: None) is css


@pytest.mark.parametrize(
    "css",
    [
        "url(" * 40_000,
        "/*" * 40_000,
        "'" * 40_000,
        "@import " * 20_000,
        "image-set(" * 20_000,
        "\\" * 40_000,
    ],
)
def test_hostile_stylesheets_take_no_time(css: str) -> None:
    """Nothing is scanned twice: quadratic time would be minutes for stylesheets of this size."""
    begun = time.process_time()
    rewrite_css(css, lambda address: address)
    assert time.process_time() - begun < 10
