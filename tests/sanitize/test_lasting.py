"""A process remembers a bounded amount of secrets, whatever their length and number."""

from __future__ import annotations

from base64 import b64encode

import pytest
from flask import Flask
from flask_wtf import FlaskForm

from flask_replay.sanitize import lasting as remembering
from flask_replay.sanitize.lasting import LastingSecrets
from flask_replay.sanitize.memory import Memory
from flask_replay.sanitize.secret_search import SecretFinder


def test_long_secrets_are_remembered_up_to_a_total_size() -> None:
    """An app with new session cookies for each visitor does not make a process grow forever. The
    newest are kept.
    """
    lasting = LastingSecrets()
    cookies = [f"{number:05d}{'c' * 3_000}" for number in range(70)]
    lasting.add(dict.fromkeys(cookies, "[redacted]"), {}, "visit")
    assert sum(map(len, lasting.secrets)) <= remembering._CHARACTERS
    assert [*lasting.secrets] == cookies[-len(lasting.secrets) :]
    assert 10 < len(lasting.secrets) < len(cookies)


def test_a_single_secret_above_that_size_is_remembered() -> None:
    lasting = LastingSecrets()
    lasting.add({"k" * 2 * remembering._CHARACTERS: "[redacted]"}, {}, "visit")
    assert len(lasting.secrets) == 1


def test_each_secret_is_compiled_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Secrets arrive one by one, as from visitors. All are found, by a few automata."""
    compiled = []

    class Counted(SecretFinder):
        def __init__(self, secrets: dict[str, str]) -> None:
            compiled.append(len(secrets))
            super().__init__(secrets)

    monkeypatch.setattr(remembering, "SecretFinder", Counted)
    lasting = LastingSecrets()
    for number in range(1_000):
        lasting.add({f"key-{number:05d}-of-somebody": "[redacted]"}, {}, "visit")
    assert sum(compiled) < 20 * 1_000
    assert len(lasting.finders) < 8
    text = Memory(lasting).text(
        "key-00000-of-somebody, key-00777-of-somebody and key-01000-of-somebody"
    )
    assert text == "[redacted], [redacted] and key-01000-of-somebody"


def test_tokens_of_forms_are_masked_in_place_and_not_remembered() -> None:
    """Each page has a new one that is worthless elsewhere. They would displace real secrets."""
    app = Flask(__name__)
    app.secret_key = "k"
    with app.test_request_context():
        field = FlaskForm().csrf_token
        token = field.current_token
    lasting = LastingSecrets()
    memory = Memory(lasting)
    memory.learn_dicts([vars(field), {"name": "login", "password": "correct-horse-battery"}])
    assert memory.text(f"{token} correct-horse-battery") == "[redacted] [redacted]"
    assert memory.tokens == {token}
    assert [*lasting.secrets] == ["correct-horse-battery"]


def test_a_table_of_many_words_names_no_secrets() -> None:
    """A dictionary for search or translation has keys such as ``pin``. The record of a user has few
    keys.
    """
    learnt = Memory()
    table = {f"word{number}": f"https://example.org/{number}" for number in range(1_000)}
    learnt.learn_dicts(
        [
            {
                **table,
                "pin": "https://pin.example/?q=words",
                "user": {"api_key": "sk-live-0123456789"},
            }
        ]
    )
    assert learnt.text("see https://pin.example/?q=words") == "see https://pin.example/?q=words"
    assert learnt.text("it is sk-live-0123456789") == "it is [redacted]"


def test_overlapping_secrets_are_both_redacted() -> None:
    """One may begin like another, or with the end of another: in base64, this happens for the same
    user.
    """
    memory = Memory()
    for secret in (
        "violet meadow lantern 488",
        "YW5uOnZpb2xldCBsYW50ZXJuIDQ4OQ",
        "abcd-1234-efgh",
        "1234-efgh-5678-9xyz",
    ):
        memory.learn(secret, name="password")
    coded = b64encode(b"ann:violet meadow lantern 488").decode()
    kept = memory.hide([f"said {coded} so", "abcd-1234-efgh-5678-9xyz"])
    assert kept[0].startswith("said [redacted]")
    assert len(kept[0]) < len("said [redacted]----so")
    assert kept[1] == "[redacted]"


def heard(text: str, later: str, visit: str = "a visit") -> str:
    """Return what is kept of a text after an earlier request contained the secret."""
    lasting = LastingSecrets()
    Memory(lasting, "a visit").learn_from_texts([text])
    return str(Memory(lasting, visit).hide(later))


def test_secrets_from_a_text_are_masked_in_later_requests() -> None:
    """Random ones in all requests, passwords and codes in those of the same recording, and words as
    in examples in none.
    """
    assert heard("token=hJ7kQ2mXv9LpR4tZ", "x hJ7kQ2mXv9LpR4tZ y", "another") == "x [redacted] y"
    assert heard("Your code is 481516", "x 481516 y") == "x [redacted] y"
    assert heard("Your code is 481516", "x 481516 y", "another") == "x 481516 y"
    assert heard("Your new password is Wombat-7", "x Wombat-7 y") == "x [redacted] y"
    assert heard("Your new password is Wombat-7", "x Wombat-7 y", "another") == "x Wombat-7 y"
    assert heard("say password=wombat7 here", "x wombat7 y") == "x wombat7 y"


@pytest.mark.parametrize("word", ["C6H12O6", "1080p60fps", "iPhone15Pro", "Monday", "B2B2C-2024"])
def test_no_text_of_a_visitor_masks_words_in_other_recordings(word: str) -> None:
    """Only long random values are masked there, which no page contains by chance."""
    for said in ("your password is {}.", "password={}", "<b>Token:</b> {}", '{{"pin": "{}"}}'):
        assert heard(said.format(word), f"x {word} y", "another") == f"x {word} y"


def test_a_password_that_contains_a_sensitive_word_is_learnt() -> None:
    """Names of secrets contain no punctuation, and at most one digit."""
    for password in ("Password1!", "MySecret99", "user:pw12345"):
        assert heard(f"password={password}", f"x {password} y") == "x [redacted] y"
    assert heard("password=new_password2", "x new_password2 y") == "x new_password2 y"


def test_fields_for_passwords_are_remembered_longer_than_visits() -> None:
    """Each link for a new password may have an address of its own."""
    lasting = LastingSecrets()
    lasting.remember_fields(f"/reset/{number} new" for number in range(1_000))
    for number in range(2_000):
        lasting.add({}, {"4711": "[redacted]"}, f"visit {number}")
    assert "/reset/0 new" in lasting.fields
    assert not lasting.of_visit("visit 0")
    assert lasting.of_visit("visit 1999") == {"4711": "[redacted]"}
