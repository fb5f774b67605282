"""Numbers of papers and cards are recognized by what stands beside them, and the owner of an account
or a login is no secret.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from flask_replay.sanitize import REDACTED, Sanitizer
from flask_replay.sanitize.named_in_text import may_name_secrets

from .test_named_in_text import heard


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


OF_TEXTS = {"SIN", "checking account"}
"""Names that numbers of other things have, too, where no text is around them."""


@pytest.mark.parametrize(
    "text",
    [
        "SIN: 046 454 286", "Personalausweis: L01X00T47", "Führerschein B072RRE2I55", "Carte d'identité : 880692310285",
        "permis de conduire : 14AA00002", "patente di guida: U1HD34567J", "AHV-Nummer: 756.9217.0769.85",
        "dowód osobisty: ABS123456", "samordningsnummer 701063-2391", "My NIN is 12345678901.", "ЕГН: 8001010008",
        "PAN card: ABCPE1234F", "תעודת זהות: 000000018", "driver's license: H12234567", "kimlik no: 10000000146",
        "checking account: 945456787654", "Voter ID: ABC1234567", "NPWP: 09.254.294.3-407.000",
    ],
)  # fmt: skip
def test_a_number_after_the_name_of_a_paper_is_secret(text: str) -> None:
    """In a text, and under that name."""
    name, number = re.fullmatch(r"(?:My )?(.+?)(?: ?:| is)? (\S*\d.*?)\.?", text).groups()  # type: ignore[union-attr]
    assert number[-6:] not in heard(text)
    assert (
        Sanitizer().params({"said": {name: number}}) != {"said": {name: number}} or name in OF_TEXTS
    )


@pytest.mark.parametrize(
    "text",
    [
        "Call NHS 0300 311 22 33", "PAN: 48 px", "Savings account: 3.5 % interest", "AVS: Y",
        "Personalausweis mitbringen: 2 Kopien", "Reisepass: gültig bis 12/2030", "patente: B96",
        "api key server: 192.168.100.200", "KTP event 12/2026", "carte d'identité : 2 copies",
    ],
)  # fmt: skip
def test_words_after_the_name_of_a_paper_stay(text: str) -> None:
    """Advice, prices, dates and places."""
    assert heard(text) == text


@pytest.mark.parametrize(
    "document",
    [
        {"savings_account": True}, {"checking_account": {"name": "Household", "bank": "Example Bank"}},
        {"personalausweis": "vorhanden"}, {"nin": "Nine Inch Nails"}, {"rrn": "412612345678"},
        {"pan_card": "required"}, {"savings_accounts": [{"label": "Holiday 2026"}]},
    ],
    ids=str,
)  # fmt: skip
def test_other_values_under_the_name_of_a_paper_stay(document: dict[str, Any]) -> None:
    """A number has digits."""
    assert Sanitizer().params(document) == document


def test_markup_is_no_name_of_a_paper() -> None:
    """An ordinary page is not searched for numbers: that would take half the time of recording."""
    page = "<span class='c1'>combine 12</span> <a href='/schedule/2026'>leaves 2026</a> https://x/1"
    assert not may_name_secrets(json.dumps({"said": page}).encode())
