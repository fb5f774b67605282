"""The extent of elements in a text, even if it is written to keep a process busy."""

from __future__ import annotations

import pytest

from flask_replay.markup.entities import unescape
from flask_replay.markup.tags import elements, every_tag


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("a<script>b</script>c", ["<script>b</script"]),
        (
            "<SCRIPT a='1>2'>b</Script><style>c</style>",
            ["<SCRIPT a='1>2'>b</Script", "<style>c</style"],
        ),
        ("<style>a</script>b</style>", ["<style>a</script>b</style"]),
        ("<script><style>a</style></script>", ["<script><style>a</style></script"]),
        ("<style>a<script>b</script>", ["<script>b</script"]),
        ("<scripted>a</scripted></style><script>", []),
    ],
)
def test_an_element_extends_to_its_next_end_tag(text: str, inside: list[str]) -> None:
    """Without an end tag, it is not an element."""
    assert [text[start:end] for start, end in elements(text, "script", "style")] == inside


@pytest.mark.parametrize("opening", ["<script ", "<style>", "<script><style>", "<script></style>"])
def test_elements_without_an_end_are_searched_for_once(opening: str) -> None:
    """Each of a million takes no more work than a single one."""
    assert list(elements(opening * 100_000, "script", "style")) == []
    assert len(list(elements(opening * 100_000 + "</script>", "script", "style"))) == 1 - (
        opening == "<style>"
    )


def test_character_references_are_read_however_long_they_are() -> None:
    """Python raises for numbers with too many digits."""
    assert unescape("&lt;&#65;&#x42;&#0065;") == "<ABA"
    assert unescape(f"a&#{'9' * 5_000};b &#{'9' * 8}c &amp") == "a\ufffdb \ufffdc &"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("/map?of=a&region=eu&copy=2", "/map?of=a&region=eu&copy=2"),
        ("/map?of=a&amp;region=eu&lt;&copy", "/map?of=a&region=eu<\xa9"),
        ("&copyright; &unknown; &eacute;&#38;amp;", "&copyright; &unknown; \xe9&amp;"),
    ],
)
def test_parameters_of_an_address_are_no_character_references(written: str, read: str) -> None:
    """In a text, ``&region`` would begin with a sign. In an attribute, it is a parameter."""
    (tag,) = every_tag(f'<img src="{written}">')
    assert tag.get("src") == read
