"""What browsers refuse because of its digest."""

from __future__ import annotations

import time

import pytest

from flask_replay.markup.integrity import is_intact, without_altered

EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
"""The SHA-256 of an empty file."""


@pytest.mark.parametrize(
    ("integrity", "intact"),
    [
        (f"sha256-{EMPTY}", True),
        (f"sha256-{EMPTY}?ct=text/css", True),
        ("sha256-AAAA", False),
        (f"sha256-AAAA sha256-{EMPTY}", True),
        (f"sha256-{EMPTY} sha384-AAAA", False),
        ("md5-AAAA", True),
        ("", True),
    ],
)
def test_one_of_the_strongest_digests_must_match(integrity: str, intact: bool) -> None:
    """Unknown algorithms restrict nothing."""
    assert is_intact(b"", integrity) is intact


def test_refused_files_are_not_loaded() -> None:
    """Files whose content is unknown stay."""
    page = '<LINK REL=stylesheet HREF="/{}.css" integrity="sha256-AAAA"><script src=/{}.js integrity=sha256-AAAA>'
    files = {"/a.css": b"a", "/a.js": b"a"}
    assert 'data-HREF="/a.css"' in without_altered(page.format("a", "a"), files.get)
    assert "data-src=/a.js" in without_altered(page.format("a", "a"), files.get)
    unknown = page.format("b", "b")
    assert without_altered(unknown, files.get) == unknown


def test_a_page_of_many_tags_takes_linear_time() -> None:
    """In the size of the page."""
    began = time.process_time()
    without_altered("<link integrity=sha256-A href=/a>" * 20_000, lambda address: None)
    assert time.process_time() - began < 2
