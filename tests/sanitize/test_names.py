"""Sensitive names, and similar harmless ones."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from flask_replay.sanitize import REDACTED, Sanitizer
from flask_replay.sanitize.forms_of_values import _FORMS
from flask_replay.sanitize.html import mask
from flask_replay.sanitize.names import Names, measures, sensitive

from .harmless_names import HARMLESS_OF_CARDS, HARMLESS_OF_TRADES
from .secret_names import (
    HARMLESS_IN_MORE_LANGUAGES,
    HARMLESS_OF_SYSTEMS,
    SECRET_IN_MORE_LANGUAGES,
    SECRET_OF_PAYMENTS,
    SECRET_OF_SERVICES,
    SECRET_OF_SYSTEMS,
)
from .table import (
    HARMLESS,
    HARMLESS_ELSEWHERE,
    HARMLESS_IN_OTHER_ORDER,
    SECRET,
    SECRET_ELSEWHERE,
)


def test_secrets_are_recognized() -> None:
    """In any style and case, with other words around them, in the languages of sites."""
    names = (
        *SECRET,
        *SECRET_ELSEWHERE,
        *SECRET_OF_SERVICES,
        *SECRET_OF_PAYMENTS,
        *SECRET_OF_SYSTEMS,
        *SECRET_IN_MORE_LANGUAGES,
    )
    assert [name for name in names if not sensitive(name)] == []


def test_similar_harmless_names_are_kept() -> None:
    """A word within a word, another meaning, or a property of a secret."""
    names = (
        *HARMLESS,
        *HARMLESS_ELSEWHERE,
        *HARMLESS_IN_OTHER_ORDER,
        *HARMLESS_OF_TRADES,
        *HARMLESS_OF_CARDS,
        *HARMLESS_IN_MORE_LANGUAGES,
        *HARMLESS_OF_SYSTEMS,
    )
    assert [name for name in names if sensitive(name)] == []


def test_the_tables_of_names_are_large() -> None:
    """A rule that fits only a few names is not a rule."""
    assert len(set(HARMLESS)) >= 300
    assert len(set(SECRET)) >= 300


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("token_count", 3, True), ("PASSWORD_MIN_LENGTH", 8, True), ("max_tokens", 4096, True), ("otp_digits", 6, True),
        ("tokens", 4096, True), ("session_id", 12, True), ("session_id", "2121", True),
        ("tan", "#d2b48c", True), ("tan", "481516", False), ("sms_tan", "4F7K-2Q9X", False),
        ("pass", 41, True), ("pass", "41", False),
        ("nie", "Niemand", True), ("nie", "X1234567L", False), ("license_key", "apache-2.0", True),
        ("license_key", "K7QP-9XWM-4T2R", False), ("tokens", "cat", True), ("tokens", "k7Qz-Wm3xRt", False),
        ("password_changed", datetime(2026, 1, 2), True), ("REMEMBER_COOKIE_DURATION", timedelta(days=1), True),
        ("password_expires", "2026-01-02", True), ("password", datetime(2026, 1, 2), True),
        ("has_password", True, True), ("token", None, True), ("secret", "", True), ("password", False, True),
        ("pin", 1234, False), ("pin", 1, False), ("otp_code", 123456, False), ("card_number", 4111, False),
        ("userPassword", 1234, False), ("cvv", Decimal(123), False), ("api_key", UUID(int=1), False),
        ("token", b"raw", False), ("secret", "0", False), ("cvv2", 481, False), ("pin_confirm", 481516, False),
        ("passwords", 48151623, False), ("token_id", 4711, False), ("session_id", "k7Qz-Wm3x", False),
        ("account_sid", "AC" + "0a1b2c3d" * 4, True), ("Sid", "Allow-owner-access", True), ("sid", "kQx7abZZ9qWm3xRt", False),
        ("secretArn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-x1Y2z3", True), ("bank_account_id", 12, True),
        ("api_key_id", "3f1c2b9e-8d7a-4e1b-9c55-0a1b2c3d4e5f", True), ("access_key_id", "4f2b9c", False),
        ("card_number", "************2357", True), ("card_number", "411111******1111", True), ("card_number", "4111 11", False),
        ("hmac", "sha256", True), ("wine_signature", "Bordeaux_Superieur", True), ("svix-signature", "v1,g0hM9SsE+OTPJTGt", False),
        ("口座番号", "半角数字", True), ("口座番号", "0123456", False), ("card_number", "Number on the front", True), ("account_number", "481503", False),
        ("cv2", "481", False), ("cv2", "4.8.0", True), ("card_verification", "passed", True), ("secCode", "WEB", True),
        ("transactionKey", "4Ktq966gC55GAX7S", False), ("profile_key", "default", True), ("kiosk_pin", 13, True), ("kiosk_pin", 4815, False),
        ("kiosk_pin", "GPIO17", True), ("dealer_pin", "/img/pin.svg", True), ("staff_pin", "Not set", True), ("staff_pin", "48a15", False),
        ("secret_payment_key", "hunter2x", False), ("vendor_key", "acme2go4u", True), ("check_key", "disk_sda1_io2_p99", True),
        ("validation_code", 200, True), ("validation_code", "481516", False), ("secCode", "72030", True), ("cvd_deaths", 170, True),
        ("prepares", "breakfast", True), ("pin_number", "hunter", False), ("비밀번호", "hunter", False), ("token_number", "XQJZKWPT", False),
        ("ics_url", "https://a.org/events/4f2a9c7d.ics", True),
        ("cryptogram", "XQJ ZKW", True), ("cryptogram", "EHuWW9PiBkWvqE5juRwDzAUFBAk=", False),
        ("ical_url", "https://a.org/fairs.ics", True), ("ical_url", "https://a.org/private-4f2a9c7d/a.ics", False),
        ("password_symbols", "on", True), ("smtp_authentication", "plain", True), ("iban_last4", "7089", True), ("ssn_last4", "7089", False),
    ],
)  # fmt: skip
def test_numbers_about_secrets_and_dates_are_kept(name: str, value: object, kept: bool) -> None:
    """A page counts, compares and formats them. A number that is itself a secret is redacted."""
    assert Sanitizer().read("User", name, value) == (value if kept else REDACTED)


def test_a_name_of_punctuation_is_not_sensitive() -> None:
    """Nor is an empty one."""
    assert not sensitive("")
    assert not sensitive("__")
    assert measures("tokens")


@pytest.mark.parametrize(
    ("params", "kept"),
    [
        ({"password": {"old": "a", "new": ["b", 7]}}, {"password": {"old": REDACTED, "new": [REDACTED, REDACTED]}}),
        ({"api_keys": [{"name": "a", "at": None}]}, {"api_keys": [{"name": REDACTED, "at": None}]}),
        ({"pin": {"lat": 48.1, "digit": 4, "at": "2026-11-29"}}, {"pin": {"lat": 48.1, "digit": REDACTED, "at": "2026-11-29"}}),
        ({"cvc": {"ann": 123}, "pin": {"door": 481, "x": 120}}, {"cvc": {"ann": REDACTED}, "pin": {"door": REDACTED, "x": 120}}),
        ({"token": {"id": 3, "status": "active", "scopes": ["read"]}}, {"token": {"id": 3, "status": "active", "scopes": ["read"]}}),
        ({"city": "Pune", "state": "MH", "pin_code": "411001"}, {"city": "Pune", "state": "MH", "pin_code": "411001"}),
        ({"user": "ann", "pin_code": "411001"}, {"user": "ann", "pin_code": REDACTED}),
        ({"password": "a long password"}, {"password": REDACTED}),
        ({"password": {"salt": "ab", "signature": ["Ann"]}}, {"password": {"salt": REDACTED, "signature": [REDACTED]}}),
        ({"auth": {"signature": "Ann"}, "salt": "ab"}, {"auth": {"signature": "Ann"}, "salt": "ab"}),
        ({"card": {"number": "4", "name": "A"}}, {"card": {"number": REDACTED, "name": "A"}}),
        ({"credit_card": {"billing": {"city": "Munich", "zip": "80331"}, "digits": "4"}}, {"credit_card": {"billing": {"city": "Munich", "zip": "80331"}, "digits": REDACTED}}),
        ({"cardno": "4111 1111 1111 1111", "cid": "481"}, {"cardno": REDACTED, "cid": REDACTED}), ({"cid": "481"}, {"cid": "481"}),
        ({"company": "Acme", "cid": "481", "code": 404}, {"company": "Acme", "cid": "481", "code": 404}),
        ({"api": {"key": "a", "version": 2}}, {"api": {"key": REDACTED, "version": 2}}),
        ([{"name": "password", "value": "a"}], [{"name": "password", "value": REDACTED}]),
        ([{"name": "city", "value": "a"}], [{"name": "city", "value": "a"}]),
        ([["X-Api-Key", "a"], ["Accept", "b"]], [["X-Api-Key", REDACTED], ["Accept", "b"]]),
        ({"payload": '{"pin": 1, "n": 2}'}, {"payload": '{"pin": "[redacted]", "n": 2}'}),
        ({"payload": '{"n": 2}', "note": "{no document"}, {"payload": '{"n": 2}', "note": "{no document"}),
        ({"password_policy": {"min": 8}, "tokens_used": {"in": 1}}, {"password_policy": {"min": 8}, "tokens_used": {"in": 1}}),
    ],
)  # fmt: skip
def test_everything_below_a_sensitive_name_is_secret(params: Any, kept: Any) -> None:
    """Including values whose names are data themselves."""
    assert Sanitizer().params({"all": params}) == {"all": kept}


def test_an_app_adds_words_and_exempts_names() -> None:
    """Its developers know what it calls a secret."""
    names = Names(secret=["house number"], harmless=["pin"])
    assert names.sensitive("HouseNumber")
    assert names.sensitive("user_house_number")
    assert not names.sensitive("pin")
    assert names.sensitive("pin_code")


def test_nested_parameters_are_sanitized() -> None:
    """At any depth, also in lists. Empty values reveal nothing and stay."""
    params = {
        "user": {"password": "x1", "tags": [{"apiKey": "x2", "name": "n"}]},
        "token": ["a", ""],
        "n": 1,
    }
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
        (
            '<textarea name="secret">x<b></textarea>y',
            '<textarea name="secret">[redacted]</textarea>y',
        ),
        ('<input name="title" value="x">', '<input name="title" value="x">'),
        ('<input name="password" value="">', '<input name="password" value="">'),
    ],
)
def test_fields_in_html_are_masked_once(html: str, masked: str) -> None:
    """Masking again changes nothing."""
    assert mask(html) == masked == mask(masked)


def test_masking_takes_linear_time() -> None:
    """Whatever a page contains."""
    for piece in (
        "<input ",
        "<input name='",
        '<input name="password" ',
        "<textarea name=secret>",
        "<meta x=y ",
    ):
        started = time.process_time()
        mask(piece * 20_000)
        assert time.process_time() - started < 5


def test_each_name_with_a_form_is_that_of_a_secret() -> None:
    """Otherwise nobody would ask what its value looks like."""
    assert [name for name in _FORMS if not sensitive("_".join(name))] == []
