"""Short codes in texts: ``CVC: …``, ``Your PIN is …``. They occur too often by chance to be
searched for, so each is masked only beside its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from . import vocabulary
from .names import is_certain, sensitive, words_of
from .sanitizer import REDACTED
from .terms import words_in

_VERBS = "is|ist|lautet|est|es|è|é|är|er|jest|je|to"
_SIGN = (
    r"(?:[)\]'\"\\]{0,4}\s{0,2}(?:[:=：]|->|=>|%3[AaDd])\s{0,2}"
    rf"|(?<=\w)(?:>|&gt;|%3[Ee])| (?:{_VERBS})(?: now)?:? "
    r"|(?<=[cC][vV][vVcCnN])2? )"
)
_UNITS = (
    r"%(?![0-9a-fA-F]{2})|of|to|or|and|bis|oder|characters?|chars?|digits?|letters?|bits?|bytes?|lines?|times?|days?"
    r"|attempts?|users?|tokens?|words?|pages?|minutes?|seconds?|ms|zeichen|stellen|ziffern"
    r"|caract|chiffres?|cifre|cijfers|znak"
)
_CODE = re.compile(
    rf"{_SIGN}\\{{0,3}}[\"'(\[]?(?P<code>\d{{3,6}})(?![\w.,:/-]*\w)(?! ?(?i:{_UNITS}))"
)
"""A sign between a name and its value, and a short number that measures nothing."""

_BEFORE = 64
_NAME = re.compile(
    r"(?:[^\W\d_][\w'’]{0,24}[ _.\[\]-]{1,2}(?:\()?){0,3}[^\W\d_]\w{0,24}\Z", re.UNICODE
)
"""Characters before the sign that are examined, and the words of a name in them."""

_ESCAPED = re.compile(r"%[0-9a-fA-F]{2}")
_LAST_WORD = re.compile(r"\w*\W*\Z")
_CARD_CODES = words_in("cvv cvc cvn csc cvd ccv cvx")
_CODES_OF_CARDS = frozenset({
    ("security", "code"), ("card", "code"), ("card", "verification"), ("card", "validation"),
    ("verification", "value"), ("cv", "num"), ("cv", "number"), ("cv", "code"),
})  # fmt: skip
_DIGITS_OF_CARD = (3, 4)
_DIGITS = (4, 5)
_OF_DOOR = (3, 6)
"""The least and the most digits of codes. Longer ones are searched for."""

_TYPED = vocabulary.TYPED - words_in("pass tan codes")
_ENDS = (*vocabulary.CODE_ENDS, "zahl", "nummer", "ziffer")
_NUMBERS = words_in("number num no nr code value val data")
_REJECTED = words_in("invalid wrong incorrect bad old new")
_BESIDE = vocabulary.OWNERS | vocabulary.SMALL | vocabulary.CODE_NAMES | _REJECTED
_PADS = vocabulary.LOCKED | words_in("keypad code")
_PRESSED = "#*"
"""What is pressed after a code, on the keypad of a door."""


def short_codes(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names with the short codes in a text, as it writes them, and what is kept of them.

    Takes time in proportion to the text.
    """
    unescaped = _ESCAPED.sub("   ", text)
    for match in _CODE.finditer(text):
        before = unescaped[max(0, match.start() - _BEFORE) : match.start()]
        name = _NAME.search(before.rstrip())
        if name is None:
            continue
        code = match["code"]
        pressed = text[match.end("code") : match.end("code") + 1] in {*_PRESSED}
        if _names_code(words_of(name[0]), len(code), pressed=pressed):
            start = match.start() - len(before) + name.start()
            before = text[start : match.start("code")]
            if not before.isascii():  # its other words may be written in another case
                before = before[_LAST_WORD.search(before).start() :]  # type: ignore[union-attr]
            yield f"{before}{code}", f"{before}{REDACTED}"


def _names_code(words: tuple[str, ...], digits: int, *, pressed: bool) -> bool:
    """Whether words before a number name a code with so many digits.

    :param pressed: the number ends with a sign that is pressed.
    """
    if not words:
        return False
    last = words[-1]
    if _is_between(digits, _DIGITS_OF_CARD) and _is_of_card(words):
        return True
    if pressed and last in _PADS:
        return _is_between(digits, _OF_DOOR)
    if not _is_between(digits, _DIGITS):
        return False
    if not last.isascii() and sensitive(last):
        return True
    if last not in _TYPED and not last.endswith(_ENDS):
        return False
    beside = len(words) < 2 or words[-2] in _BESIDE
    return (sensitive(last) and (beside or is_certain(last))) or any(
        sensitive("_".join(words[-count:])) for count in (2, 3)[: len(words) - 1]
    )


def _is_of_card(words: tuple[str, ...]) -> bool:
    """Whether words name the code on a card."""
    last = words[-2:] if words[-1] in _NUMBERS else words[-1:]
    return last[0] in _CARD_CODES or any(pair in _CODES_OF_CARDS for pair in pairwise(words[-3:]))


def _is_between(digits: int, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= digits <= bounds[1]
