"""What is done in a shorter way where no hook of the app's decides teaches the same."""

from __future__ import annotations

from typing import Any

import pytest

from flask_replay.boundary import Boundary
from flask_replay.sanitize import Sanitizer
from flask_replay.sanitize.guarded import GuardedSanitizer


class Keeping(Sanitizer):
    """Keeps what begins with a letter."""

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
def test_cookies_teach_what_parameters_of_that_name_do(inner: Sanitizer) -> None:
    """Whatever they look like."""
    short, long = (GuardedSanitizer(inner, Boundary()) for _ in range(2))
    short.cookies(VALUES)
    long.passing({"cookie": [*VALUES]})
    for learnt in ("secrets", "pieces", "whole", "tokens"):
        assert getattr(short.memory, learnt) == getattr(long.memory, learnt)
    assert short.memory.secrets or short.memory.whole


def test_an_app_is_asked_of_no_parameters_too() -> None:
    """Its hook may add to them."""
    assert GuardedSanitizer(Keeping(), Boundary()).params({}) == {"asked": True}
    assert GuardedSanitizer(Sanitizer(), Boundary()).params({}) == {}
