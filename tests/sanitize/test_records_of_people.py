"""Which dictionaries are the record of one person, and which common values in it may be secret."""

from __future__ import annotations

from typing import Any

import pytest

from flask_replay.sanitize.records_of_people import is_of_person, may_be_chosen


@pytest.mark.parametrize(
    "record",
    [
        {"id": 7, "password": "monkey"},
        {"user_id": 12, "pin": "4711"},
        {"email": "ann@example.org"},
        {"contact": "ann@example.org"},
        {"name": "Ann Smith", "token": "sunflower"},
        {"fullName": "José María Ñúñez"},
        {"username": "ann77"},
        {"phone": "+41 79 555 12 34"},
    ],
    ids=str,
)
def test_a_record_tells_who_somebody_is(record: dict[str, Any]) -> None:
    """By an id, an address, a full name, or a number of theirs."""
    assert is_of_person(record)


@pytest.mark.parametrize(
    "data",
    [
        {"username": "Username", "password": "Password", "submit": "Sign in"},
        {"name": "changed", "password": "changed"},
        {"email": "StringField", "password": "PasswordField"},
        {"name": "public", "password": "hidden"},
        {"email": ["Invalid address."], "password": ["Too short."]},
        {"users": 1200, "tokens": 3400},
        {"id": "integer", "password": "string"},
        {"user": "person", "password": "lock", "token": "key"},
        {},
    ],
    ids=str,
)
def test_labels_types_and_counts_are_no_record(data: dict[str, Any]) -> None:
    """Their words say something about passwords."""
    assert not is_of_person(data)


@pytest.mark.parametrize("value", ["monkey", "Correct Horse", "4711", "guest"])
def test_a_common_value_may_be_a_secret(value: str) -> None:
    """People choose such passwords."""
    assert may_be_chosen(value)


@pytest.mark.parametrize(
    "value", ["password", "Secret", "access token", "revoked", "Pending", "hardware", "expired"]
)
def test_a_word_about_secrets_is_no_secret(value: str) -> None:
    """It is a label, or says in which state the secret is."""
    assert not may_be_chosen(value)
