"""Short codes beside their names, and secrets that a sentence announces."""

from __future__ import annotations

import time

import pytest

from flask_replay.sanitize.announced_secrets import announced_secrets
from flask_replay.sanitize.memory import Memory
from flask_replay.sanitize.names import is_certain
from flask_replay.sanitize.short_codes import short_codes


def heard(text: str) -> str:
    """Return what is kept of a text."""
    memory = Memory()
    memory.learn_from_texts([text])
    return memory.text(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("cvv=739&card.expiryYear=2028", "cvv=[redacted]&card.expiryYear=2028"),
        ("Card ends 4242, exp 12/28, cvc 739", "Card ends 4242, exp 12/28, cvc [redacted]"),
        ("<hps:CVV2>739</hps:CVV2>", "<hps:CVV2>[redacted]</hps:CVV2>"),
        ('sent {\\"cvc\\":\\"739\\"}', 'sent {\\"cvc\\":\\"[redacted]\\"}'),
        ("Security code (CVC): 739", "Security code (CVC): [redacted]"),
        ("card%5Bcsc%5D=739&a=1", "card%5Bcsc%5D=[redacted]&a=1"),
        ("%3Ccvd%3E739%3C/cvd%3E", "%3Ccvd%3E[redacted]%3C/cvd%3E"),
        (
            "<cardSecurityCode>739</cardSecurityCode>",
            "<cardSecurityCode>[redacted]</cardSecurityCode>",
        ),
        ("&lt;CVNum&gt;739&lt;/CVNum&gt;", "&lt;CVNum&gt;[redacted]&lt;/CVNum&gt;"),
        ("Your PIN is 4816.", "Your PIN is [redacted]."),
        ("My pin=4816, ok", "My pin=[redacted], ok"),
        ("the voicemail PIN: 4816", "the voicemail PIN: [redacted]"),
        ("password: 48162", "password: [redacted]"),
        ("Gate code: 4816, then left", "Gate code: [redacted], then left"),
        ("Keypad: 481#", "Keypad: [redacted]#"),
        ("ПИН-код: 4816", "ПИН-код: [redacted]"),
        ("暗証番号：4816", "暗証番号：[redacted]"),
        ("Geheimzahl: 4816", "Geheimzahl: [redacted]"),
    ],
)
def test_a_short_code_is_masked_beside_its_name(text: str, kept: str) -> None:
    """In a note, a form, or what is sent to a service."""
    assert heard(text) == kept


def test_a_short_code_is_kept_elsewhere() -> None:
    """A year or a count of the same page is not the code."""
    memory = Memory()
    memory.learn_from_texts(["Your PIN is 2026"])
    assert memory.text("In 2026, your PIN is 2026") == "In 2026, your PIN is [redacted]"
    assert memory.text("2026") == "2026"


def test_the_name_of_a_short_code_stays_as_a_page_writes_it() -> None:
    """In its case, and escaped."""
    memory = Memory()
    memory.learn_from_texts(["{'pin': '4816'}"])
    assert memory.text("{&#39;PIN&#39;: &#39;4816&#39;}") == "{&#39;PIN&#39;: &#39;[redacted]&#39;}"


@pytest.mark.parametrize(
    "text",
    [
        "pins: 1024", "GPIO pin: 4816", "PIN code 4816 to 4820", "Password: 1024 characters at most", "tokens: 4096",
        "password length=1024", "CVC is the number on the back", "CV: 120 pages", "zip code: 80331", "Product code: 48162",
        "pass: 4816, fail: 3", "passwords: 4816", "area code: 4816", "code is 4816 lines long", "access code expires in 2026",
        "Safe: 4816 kg", "Keypad: 4816 keys", "OTP: 4816 ms", "pin=4816.5", "PIN: 4816-22", "token 4816/8192",
    ],
)  # fmt: skip
def test_other_numbers_are_kept(text: str) -> None:
    """Those of devices, products and places, and what measures something."""
    assert heard(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Your recovery key is shown once:\n\n{}\n\nStore it safely.",
        "Save this API key now, you will not see it again:\n  {}",
        "<p>Copy your access token now:</p> <code>{}</code>",
        "Your temporary password is as follows: {}",
    ],
)
def test_a_sentence_may_announce_a_secret(text: str) -> None:
    """The secret stands alone after it, in an element or a line of its own."""
    assert heard(text.format("q9ZkW2mR7pLw0XyT")) == text.format("[redacted]")


@pytest.mark.parametrize(
    "text",
    [
        "The token was used by this build:\n{}\n", "See the docs about tokens below:\n{} is the example",
        "Password reset, request id:\nq9ZkW2mR7pLw0XyT", "Passwords are explained here:\nhttps://docs.example.org/q9ZkW2mR7pLw",
        "Choose a password now:\nAt-least-eight-letters", "Rotate the API key, then deploy commit:\n9fceb02d0ae598e95dc970b74767f19372d61af8",
    ],
)  # fmt: skip
def test_what_follows_another_name_is_kept(text: str) -> None:
    """An id, an address, and words."""
    assert heard(text) == text


def test_the_ids_of_parts_of_a_page_are_kept() -> None:
    """Those that ASP.NET makes read like passwords."""
    page = '<label for="ctl00_main_Box1">Password</label><input name="ctl00$main$txtBox1">'
    assert heard(page) == page


def test_a_link_after_a_name_has_a_name_of_its_own() -> None:
    """The address stays readable, and so does that of an app."""
    link = "https://app.example.org/password/edit?reset_password_token={}"
    assert heard(f"Reset your password: {link.format('q9ZkW2mR7pLw0XyT')}").endswith(
        link.format("[redacted]")
    )
    assert heard("Open myapp://login?code=q9ZkW2mR7pLw0XyT") == "Open myapp://login?code=[redacted]"


@pytest.mark.parametrize("piece", ["pin: 4816 ", "=739", ":", "a-", "key once:\nq9ZkW2mR7pLw\n"])
def test_searching_takes_linear_time(piece: str) -> None:
    """Whatever a visitor sends."""
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    list(short_codes(text))
    list(announced_secrets(text, is_certain))
    assert time.process_time() - started < 3
