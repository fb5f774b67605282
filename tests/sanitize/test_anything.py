"""The sanitizer accepts any text. The long form is ``./dev fuzz texts``."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..fuzzing.texts import Texts


def test_any_text_is_sanitized() -> None:
    """Texts are combined from difficult parts: none raises, known secrets are removed, and
    sanitizing again changes nothing.
    """
    texts, chance = Texts(), random.Random(7)
    assert [
        line for _ in range(25) for line in texts.check(texts.text(chance)) if " took " not in line
    ] == []
    assert texts.boundary.seen == set()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(), max_size=200))
def test_any_letters_are_sanitized(text: str) -> None:
    """Of every script, with lone surrogates among them."""
    texts = Texts()
    assert [line for line in texts.check(text) if " took " not in line] == []
    assert texts.boundary.seen == set()
