"""The outcome of verifying is a member of an enumeration, and the same text as before for everybody
who reads it.
"""

from __future__ import annotations

import json

import msgspec
import pytest

from flask_replay.engine.replaying import Outcome, Verdict
from flask_replay.player.verdicts import STATES, PageOutcome

WORDS = [
    (Outcome.IDENTICAL, "identical"),
    (Outcome.IDENTICAL_BUT_REDACTED, "identical but for redacted values"),
    (Outcome.IDENTICAL_BUT_IGNORED, "identical but for ignored parts"),
    (Outcome.DIFFERENT, "different"),
    (Outcome.UNFINISHED, "unfinished"),
    (Outcome.NOT_RECORDED, "not recorded"),
]


@pytest.mark.parametrize(("outcome", "word"), WORDS)
def test_a_verdict_writes_its_outcome_in_the_same_words(outcome: Outcome, word: str) -> None:
    """As JSON, as MessagePack, as Python's own types, and printed."""
    verdict = Verdict(frame=0, template="page.html", verdict=outcome)
    assert verdict.verdict == word
    assert f"{verdict.verdict}" == word
    assert msgspec.json.decode(msgspec.json.encode(verdict))["verdict"] == word
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(verdict))["verdict"] == word
    plain = msgspec.to_builtins(verdict)["verdict"]
    assert (type(plain), plain) == (str, word)
    assert json.loads(json.dumps({outcome: outcome})) == {word: word}


def test_the_table_contains_all_outcomes() -> None:
    """A new one must be added to it, and to the player's."""
    assert [outcome for outcome, _ in WORDS] == list(Outcome)
    assert set(STATES) == {*Outcome, *PageOutcome}
