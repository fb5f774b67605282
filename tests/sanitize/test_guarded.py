"""The fast paths for apps without sanitizer hooks learn the same secrets."""

from __future__ import annotations

import time
from typing import Any

import pytest

from flask_replay.boundary import Boundary
from flask_replay.recorder.cleaning.addresses import Addresses
from flask_replay.sanitize import Sanitizer
from flask_replay.sanitize.guarded import GuardedSanitizer


class Keeping(Sanitizer):
    """Keeps what begins with a certain letter."""

    def params(self, params: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {
            name: [v if v[:1].isalpha() else "gone" for v in value]
            for name, value in params.items()
        }
        return kept or {"asked": True}


VALUES = (
    "",
    "abcdefgh12345678",
    "--option",
    "4711",
    "true",
    "de",
    "ab'\"<>&c",
    "ü" * 9,
    '{"a": ["b"]}',
    "eyJhIjogImIifQ",
    "a=1&token=xyzxyzxyz",
    "x" * 70_000,
)


@pytest.mark.parametrize("inner", [Sanitizer(), Keeping()], ids=["default", "an app's"])
def test_cookies_are_learnt_like_parameters_of_the_same_name(inner: Sanitizer) -> None:
    """Whatever they look like."""
    short, long = (GuardedSanitizer(inner, Boundary()) for _ in range(2))
    short.learn_cookies(VALUES)
    long.learn_unkept({"cookie": [*VALUES]})
    for learnt in ("secrets", "pieces", "whole_values", "tokens"):
        assert getattr(short.memory, learnt) == getattr(long.memory, learnt)
    assert short.memory.secrets or short.memory.whole_values


def test_the_hook_is_called_for_empty_parameters_too() -> None:
    """It may add to them."""
    assert GuardedSanitizer(Keeping(), Boundary()).params({}) == {"asked": True}
    assert GuardedSanitizer(Sanitizer(), Boundary()).params({}) == {}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("see https://ann:wombat7x@example.org/ ok", "see https://example.org/ ok"),
        ("https://ann:wombat 7x@example.org/", "https://example.org/"),
        ("Go to /reset?password=Violet Horse9&x=1", "Go to /reset?password=[redacted]&x=1"),
        ("mailto?token=Violet Horse9&x=1 now", "mailto?token=[redacted]&x=1 now"),
        ("https://example.org: write to ann@example.org", None),
    ],
)
def test_addresses_in_a_text_may_contain_spaces(text: str, kept: str | None) -> None:
    """In a password, and before a further parameter."""
    assert Addresses(GuardedSanitizer(Sanitizer(), Boundary())).within(text) == (kept or text)


def test_searching_for_addresses_takes_linear_time() -> None:
    """However long the words of a text are."""
    addresses = Addresses(GuardedSanitizer(Sanitizer(), Boundary()))
    for text in ("// " + "a" * 200_000, "//a:b " * 20_000, "?a=b c " * 20_000):
        started = time.process_time()
        addresses.within(text)
        assert time.process_time() - started < 3
