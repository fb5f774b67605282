"""The fast search of whole data may suspect a secret where there is none, but never the opposite."""

from __future__ import annotations

import json
from datetime import date

import pytest

from flask_replay.sanitize.memory import Memory

SECRETS = [
    "hunter2-k7Qz",
    "Пароль-Зима7",
    "a\\b\nc\td9Xq",
    'quo"te8Kp<&>',
    "7294-1180-5523",
    "über/Straße#9",
]


def remembering(*secrets: str) -> Memory:
    memory = Memory()
    for secret in secrets:
        memory.learn(secret, name="password")
    return memory


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "within", ["{}", "before {} after", "C:\\{}", "x\\\n{}", "\u00a0{}\u00a0", "«{}»"]
)
def test_a_secret_is_found_wherever_it_is(secret: str, within: str) -> None:
    """In a list, a key, or a document within a text, and after a backslash in JSON."""
    memory, text = remembering(secret), within.format(secret)
    for data in ([1, [text]], {text: 1}, json.dumps([text]), [text.upper()], [text.lower()]):
        assert memory.may_hold(data)
        assert secret not in str(memory.hide(data))


def test_numbers_are_found_too() -> None:
    """A key may be a number in one place and a text in another."""
    memory = remembering("729411805523")
    assert memory.hide({"n": [729411805523]}) == {"n": ["[redacted]"]}
    assert memory.may_hold([4111111111111111])


@pytest.mark.parametrize(
    "data",
    [
        ["a sentence", {"n": 3, "price": 0.30000000000000004, "at": 1700000000.123456}],
        list(range(128)),
        [0.1 * n for n in range(100)],
        "2026-11-28T11:24:05 18 of 20, page 3/7",
        ["Łódź", "日本語", "Ελλάδα"],
    ],
)
def test_ordinary_data_is_skipped(data: object) -> None:
    """The digits of a fraction are not a card number."""
    assert not remembering(*SECRETS).may_hold(data)


@pytest.mark.parametrize("data", ["\ud800", object(), {date: 1}, {"x": {1, object()}}])
def test_data_that_cannot_be_examined_may_contain_anything(data: object) -> None:
    """It is then examined piece by piece."""
    assert Memory().may_hold(data)


@pytest.mark.parametrize("number", [1, 20, 400])
def test_a_secret_is_found_among_few_and_many(number: int) -> None:
    """A few are searched for one by one, and many with an automaton."""
    secrets = [f"k3y-{n:04d}-{n * 7919 % 10007:05d}" for n in range(number)]
    memory = remembering(*secrets)
    assert all(memory.may_hold(f"<p>{secret}</p>") for secret in secrets)
    assert not memory.may_hold("<p>k3y-9999</p>")
