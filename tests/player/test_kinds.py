"""Kinds of steps, responses and explanations are members of enumerations, and texts for the
player's script.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
import pytest

from flask_replay.fragments.pages_and_tabs import ResponseKind
from flask_replay.player.navigation import WayKind
from flask_replay.player.steps import StepKind

WORDS: dict[type[StrEnum], tuple[str, ...]] = {
    StepKind: ("page", "fragment", "data", "snapshot", ""),
    ResponseKind: ("document", "htmx", "turbo", "unpoly", "fetch", "socket", "event", ""),
    WayKind: (
        "link",
        "form",
        "field",
        "typed address",
        "loaded again",
        "redirect",
        "script",
        "new tab",
        "another site",
        "message",
        "action",
    ),
}


@pytest.mark.parametrize("kind", WORDS)
def test_the_script_gets_the_same_texts(kind: type[StrEnum]) -> None:
    """As JSON. The text for "nothing" is falsy."""
    assert msgspec.json.encode(list(kind)) == msgspec.json.encode(WORDS[kind])
    assert [member for member in kind if not member] == [
        member for member in kind if member.value == ""
    ]
