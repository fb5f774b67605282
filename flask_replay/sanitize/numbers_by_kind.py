"""Numbers of papers and cards whose kind is stated by other members: ``{"type": "passport",
"number": …}``, a number beside the code and the expiry of a card, or a code beside its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .names import words_of
from .naming_rules import Keys, NamingRule
from .terms import words_in
from .vocabulary import NATIONAL_IDS

_KINDS = words_in("""
    type kind scheme system documenttype documentkind doctype idtype identificationtype identitytype
    idkind identifiertype identifierkind idscheme identitydocumenttype papertype
""")
_NUMBERS = words_in("number no nr num") | {
    f"{paper}{number}"
    for paper in ("document", "doc", "id", "identification", "identifier", "identity", "paper")
    for number in ("number", "no", "nr", "num")
}
_VALUES = words_in("""
    value id identifier documentvalue documentid documentcode docid idvalue idcode identifiervalue
    identificationvalue identificationcode identityvalue
""")
_NUMBER = re.compile(r"(?=(?:\D{0,8}\d){4})[\w#. /-]{5,32}", re.ASCII)
"""Keys of kinds, of numbers, and of what is a number for some kinds only; what a number of a paper
looks like.
"""

_PAPERS = NATIONAL_IDS | words_in("""
    passport passeport reisepass pasaporte passaporto paspoort ssn sin itin licence license driver
    driving pesel bsn cpf curp aadhaar aadhar snils personnummer
""")
"""Words of kinds of which any value is a number: not ``account`` and ``card``."""

_ROW = ("id",)
"""The words of a kind that says nothing: each row of a table has an id."""

_CARD_NUMBERS = frozenset(
    f"{kind}{number}"
    for kind in ("card", "creditcard", "debitcard", "bankcard", "paymentcard", "cc")
    for number in ("n", "no", "nr", "num", "number")
) | {"pan", "primaryaccountnumber"}
_CARD_NUMBER = re.compile(r"\d(?:[ -]?\d){11,18}")
_CARD_CODES = words_in(
    "cid cv cvx cnv code verif verification security securitynumber check crypto"
)
_CARD_CODE = re.compile(r"\d{3,4}")
"""Keys of a card's number, and of the code on it, which have other meanings elsewhere; and what
both look like.
"""

_ON_CARDS = words_in("""
    cvc cvv cvn cvd csc securitycode cardcode verificationvalue expmonth expirymonth expirationmonth
    expiremonth expdate expirydate expirationdate
""")
"""Keys of what only cards have. A number beside these is that of a card."""

_OF_BANKS = words_in("""
    eci cavv dstransid dstransactionid threedsservertransid threedsservertransactionid acstransid
    acstransactionid transstatus challengepreference challengeindicator threedsversion
""")
_BY_BANKS = frozenset({"auth", "authentication"})
"""Keys of how a bank has authenticated a payment, and last words of the names of such documents."""

_LARGEST, _LONGEST = 10**19, 40
"""Numbers, and texts of numbers and kinds, from here on are not those of a paper or a card."""


def is_of_bank(name: str, keys: Iterable[object]) -> bool:
    """Whether a document states how a bank has authenticated a payment (3-D Secure), so that only
    the names in it tell what is secret.

    :param name: the sensitive name of the document.
    """
    if _BY_BANKS.isdisjoint(words_of(name)[-1:]):
        return False
    plain = (key.replace("_", "").replace("-", "").lower() for key in keys if type(key) is str)
    return not _OF_BANKS.isdisjoint(plain)


def _may_apply(keys: frozenset[str]) -> bool:
    """Whether a document with these keys may contain such a number."""
    if not keys.isdisjoint(_CARD_CODES) and not keys.isdisjoint(_CARD_NUMBERS):
        return True
    if keys.isdisjoint(_NUMBERS):
        return not keys.isdisjoint(_VALUES) and not keys.isdisjoint(_KINDS)
    return not keys.isdisjoint(_KINDS) or not keys.isdisjoint(_ON_CARDS)


def _names(
    document: Mapping[str, Any], keys: Keys, sensitive: Callable[[str], bool]
) -> dict[str, str]:
    """Return the names of such numbers in a document."""

    def alike(named: frozenset[str], form: re.Pattern[str]) -> list[str]:
        return [
            key
            for key, plain in keys.items()
            if plain in named and form.fullmatch(_written(document[key]))
        ]

    found: dict[str, str] = {}
    for key, kind in document.items():
        if keys[key] in _KINDS and isinstance(kind, str) and len(kind) < _LONGEST:
            words, name = words_of(kind), f"{kind}_number"
            if words != _ROW and sensitive(name):
                named = _NUMBERS if _PAPERS.isdisjoint(words) else _NUMBERS | _VALUES
                if words[-1:] == _ROW and sensitive(kind):  # a national id
                    named |= _VALUES - {"id"}
                found |= dict.fromkeys(alike(named, _NUMBER), name)
    if not _ON_CARDS.isdisjoint(keys.values()):
        found |= dict.fromkeys(alike(_NUMBERS, _CARD_NUMBER), "card_number")
    if alike(_CARD_NUMBERS, _CARD_NUMBER):
        found |= dict.fromkeys(alike(_CARD_CODES, _CARD_CODE), "card_code")
    return found


def _written(value: object) -> str:
    """Return a text or a number, also as the only one in a list; ``""`` for other values."""
    one = value[0] if isinstance(value, list) and len(value) == 1 else value
    if isinstance(one, int) and 0 <= one < _LARGEST:
        return str(one)
    return one[:_LONGEST] if isinstance(one, str) else ""


NUMBERS_BY_KIND = NamingRule(_may_apply, _names)
