"""Numbers of papers and cards are recognized by what stands beside them, and the owner of an account
or a login is no secret.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from flask_replay.sanitize import REDACTED, Sanitizer


@pytest.mark.parametrize(
    "document",
    [
        {"type": "passport", "number": "C01X00T47"},
        {"documentType": "DRIVERS_LICENSE", "number": 20481516, "country": "US"},
        {"idType": "nationalIdNumber", "number": "1850429 4711"},
        {"type": "ssn", "value": "219-09-9999"},
        {"method": {"type": "scheme", "number": "4126491073027401", "expiryMonth": "10"}},
        {"type": ["giftcard"], "number": ["6036 2800 0000 0000 00"], "securityCode": ["7371"]},
    ],
    ids=str,
)
def test_a_number_is_secret_if_another_member_says_of_what_it_is(document: Any) -> None:
    """Of a paper, or of a card that no checksum confirms."""
    kept = json.dumps(Sanitizer().params(document))
    assert kept.count(REDACTED) >= 1
    assert not any(digits in kept for digits in ("00T47", "2048", "4711", "9999", "7401", "2800"))


@pytest.mark.parametrize(
    "document",
    [
        {"type": "phone", "number": "+49 151 2345678"},
        {"type": "invoice", "number": "2026-10023"},
        {"type": "id", "value": "10023"},
        {"type": "account", "id": "4711471147"},
        {"type": "card", "value": "10023"},
        {"type": "integer", "value": 100_000},
        {"type": "passport", "number": "none"},
        {"number": "481516", "expiry": "2027-01-31"},
        {"kind": "flight", "number": "LH 2026"},
    ],
    ids=str,
)
def test_other_numbers_stay(document: dict[str, Any]) -> None:
    """Orders, phones, rows."""
    assert Sanitizer().params(document) == document


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        (
            {"bankAccount": {"number": "0048151623", "ownerCity": "Ulm", "currencyCode": "EUR"}},
            {"ownerCity": "Ulm", "currencyCode": "EUR"},
        ),
        (
            {"credentials": {"password": "kQx7abZZ9q", "username": "ann", "region": "eu-west-1"}},
            {"username": "ann", "region": "eu-west-1"},
        ),
        (
            {"auth": {"pass": "kQx7abZZ9q", "user": "ann@example.org"}},
            {"user": "ann@example.org"},
        ),
    ],
    ids=str,
)
def test_whose_an_account_is_stays_beside_its_secret(
    document: dict[str, dict[str, str]], kept: dict[str, str]
) -> None:
    """Otherwise each other currency and each name of that user would be masked, too."""
    (name, inner), *_ = document.items()
    masked = dict.fromkeys(inner, REDACTED)
    assert Sanitizer().params(document) == {name: masked | kept}


@pytest.mark.parametrize(
    "document",
    [
        {"auth": {"username": "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "password": ""}},
        {"credentials": {"user": "kQx7abZZ9q", "login": "deadbeefdeadbeefdeadbeefdeadbeef"}},
        {"bank_account": {"holder": "kQx7abZZ9q", "city": "kQx7abZZ9q"}},
        {"credentials": {"user": "x!9$k", "email": "kQx7abZZ9q@example.org"}},
        {"security_answers": {"city": "Boston", "email": "ann"}},
    ],
    ids=str,
)
def test_what_may_be_a_key_is_masked_under_such_a_name(document: dict[str, Any]) -> None:
    """Some services take a key as the name of a user."""
    ((_, inner),) = Sanitizer().params(document).items()
    assert {value for value in inner.values() if value} == {REDACTED}
