"""Numbers whose kind is stated by other members: ``{"type": "passport", "number": …}``, or a number
beside the code and the expiry of a card.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .names import words_of
from .terms import words_in
from .vocabulary import NATIONAL_IDS

_KINDS = words_in("""
    type kind documenttype documentkind doctype idtype identificationtype identitytype idkind
""")
_NUMBERS = words_in("number no nr num documentnumber docnumber idnumber")
_VALUES = words_in("value id identifier")
_PAPERS = NATIONAL_IDS | words_in("""
    passport passeport reisepass pasaporte passaporto paspoort ssn sin itin licence license driver
    driving pesel bsn cpf curp aadhaar aadhar snils personnummer
""")
"""Words of kinds of which any value is a number: not ``account`` and ``card``."""

_BESIDE = words_in("""
    cvc cvv cvn cvd csc securitycode cardcode verificationvalue expmonth expirymonth expirationmonth
    expiremonth expdate expirydate expirationdate
""")
_CARD = re.compile(r"\d(?:[ -]?\d){11,18}")
_NUMBER = re.compile(r"(?=(?:\D{0,8}\d){4})[\w#. /-]{5,32}", re.ASCII)
_LONGEST = 40
"""Keys beside the number of a card, what that and other numbers look like, and characters of the
longest kind.
"""


def may_name_numbers(keys: frozenset[str]) -> bool:
    """Whether a document with these keys may contain such a number.

    :param keys: in lower case, and without separators.
    """
    if keys.isdisjoint(_NUMBERS):
        return not keys.isdisjoint(_VALUES) and not keys.isdisjoint(_KINDS)
    return not keys.isdisjoint(_KINDS) or not keys.isdisjoint(_BESIDE)


def names_of_numbers(
    document: Mapping[str, Any], keys: Mapping[str, str], sensitive: Callable[[str], bool]
) -> dict[str, str]:
    """Return the names of such numbers in a document.

    :param keys: the keys in that form.
    :param sensitive: returns whether a name is sensitive.
    """
    numbers = [key for key, plain in keys.items() if plain in _NUMBERS]
    values = [key for key, plain in keys.items() if plain in _VALUES]
    found: dict[str, str] = {}
    for key, kind in document.items():
        if keys[key] in _KINDS and isinstance(kind, str) and len(kind) <= _LONGEST:
            name = f"{kind}_number"
            if words_of(kind) != ("id",) and sensitive(name):
                of_paper = not _PAPERS.isdisjoint(words_of(kind))
                named = (*numbers, *(values if of_paper else ()))
                found |= {one: name for one in named if _is_like(_NUMBER, document[one])}
    if not _BESIDE.isdisjoint(keys.values()):
        found |= {one: "card_number" for one in numbers if _is_like(_CARD, document[one])}
    return found


def _is_like(form: re.Pattern[str], value: object) -> bool:
    """Whether a text or a number has a form, also as the only one in a list."""
    one = value[0] if isinstance(value, list) and len(value) == 1 else value
    return type(one) in {str, int} and form.fullmatch(str(one)[: 2 * _LONGEST]) is not None
