"""What a process remembers of secrets is bounded, however long they are and however many there come."""

from __future__ import annotations

from flask_replay.sanitize import memory
from flask_replay.sanitize.memory import Lasting


def test_long_secrets_are_remembered_up_to_a_size() -> None:
    """An app that gives each visitor new session cookies makes no process grow for ever; the newest are known."""
    lasting = Lasting()
    cookies = [f"{number:05d}{'c' * 3_000}" for number in range(70)]
    lasting.add(dict.fromkeys(cookies, "[redacted]"), {}, "visit")
    assert sum(map(len, lasting.known)) <= memory._LETTERS
    assert [*lasting.known] == cookies[-len(lasting.known) :]
    assert 10 < len(lasting.known) < len(cookies)


def test_one_secret_that_is_larger_than_that_is_known() -> None:
    lasting = Lasting()
    lasting.add({"k" * 2 * memory._LETTERS: "[redacted]"}, {}, "visit")
    assert len(lasting.known) == 1
