"""A secret is recognized by its kind, by the part of a page where it is typed, or by its paper."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flask_replay.sanitize import REDACTED, Sanitizer
from flask_replay.sanitize.form_fields import is_secret_of_field
from flask_replay.sanitize.secrets_in_data import secrets_in

TOKEN = "q9ZkW2mR7pLw0XyT5bNc"

SECRET: list[dict[str, Any]] = [
    {"kind": "password", "payload": "Wq8#kzTr"},
    {"type": "token", "data": TOKEN},
    {"credentialType": "api_key", "content": TOKEN},
    {"method": "otp", "value": "481516"},
    {"factor": "totp", "answer": 481516},
    {"option": "smtp_password", "val": "Wq8#kzTr"},
    {"selector": "#password", "action": "fill", "text": "Wq8#kzTr"},
    {"event": "input", "target": {"name": "card[cvc]"}, "value": "739"},
    {"answers": [{"field": {"ref": "password"}, "text": "Wq8#kzTr"}]},
    {"securityQuestions": [{"q": "First pet?", "a": "Rexington77"}]},
    {"id_type": "PASSPORT", "id_value": "C01X00T47"},
    {"documentType": "driving_licence", "documentId": "MORGA657054SM9IJ"},
    {"document_type": "national_id", "document_value": "85121203456"},
    {"scheme": "ssn", "value": "219-09-9999"},
    {"identifierType": "TAX_ID", "identifierValue": "12345678911"},
    {"port_out_pin": "4816"},
    {"statuspage_token": TOKEN},
    {"authentication": {"flow": "challenge", "cavv": "AAABAWFlmQAAAABjRWWZEEFgFz8="}},
    {"auth": {"key": TOKEN, "state": 3}},
]

HARMLESS: list[dict[str, Any]] = [
    {"type": "token", "value": "foo_1"},
    {"type": "password", "label": "New password", "text": "At least 8 characters"},
    {"kind": "token", "data": {"symbol": "ETH", "decimals": 18}},
    {"method": "otp", "value": "app"},
    {"method": "sms", "value": "481516"},
    {"purpose": "login", "content": TOKEN},
    {"selector": "#password-toggle", "text": "Show4you!"},
    {"selector": "#password", "text": "Passwort"},
    {"target": "token", "text": "Zugang"},
    {"scheme": "https", "value": "10023-4711"},
    {"system": "ISO-3166", "value": "4711-2026"},
    {"type": "tax", "documentId": "2026-10023"},
    {
        "authentication": {
            "eci": "05",
            "xid": "MDAwMDAwMDAwMDAwMDAwMzIyNzY=",
            "version": "2.2.0",
            "dsTransId": "c5b808e7-1de1-4069-a17b-f70d3b3b1645",
        }
    },
    {"authentication": {"challengePreference": "NO_PREFERENCE", "messageVersion": "2.1.0"}},
    {"cryptogram_puzzle": "XQJ", "pares_down": "to basics"},
]


@pytest.mark.parametrize("document", SECRET, ids=str)
def test_a_secret_is_recognized_by_what_stands_beside_it(document: dict[str, Any]) -> None:
    """In what visitors send, and in what pages read."""
    kept = json.dumps(Sanitizer().params(document))
    assert kept.count(REDACTED) == 1


@pytest.mark.parametrize("document", HARMLESS, ids=str)
def test_other_members_of_such_names_stay(document: dict[str, Any]) -> None:
    """Words of parsers, texts of buttons, other schemes, and what banks report about a payment."""
    assert Sanitizer().params(document) == document
    assert [*secrets_in("", document)] == []


def test_a_field_for_any_pass_may_hold_a_password() -> None:
    """If what was typed looks like one, and not like the name of a ticket."""
    assert is_secret_of_field("acme_pass", ["Wq8#kzTr"])
    assert not is_secret_of_field("ski_pass", ["Gold2026", "LH-4815-Ann", "3 days!"])


@pytest.mark.parametrize("name", ["session", "user_session", "__Host-session", "appSession"])
def test_a_session_may_be_a_token(name: str) -> None:
    """In documents and in forms; other sessions have titles, rooms and ids."""
    assert Sanitizer().params({name: TOKEN}) == {name: REDACTED}
    assert Sanitizer().params({name: [TOKEN]}) == {name: [REDACTED]}
    for harmless in (
        "Keynote 2026",
        "room-12b",
        "2026-W48",
    ):
        assert Sanitizer().params({name: harmless}) == {name: harmless}
    for row in ("3a1f9c2e-1111-4222-8333-444455556666", "vs_NWOV3nJBiY3XZahmfEbL86ED"):
        assert Sanitizer().params({"training_session": row}) == {"training_session": row}
