"""Secrets that are recognized by their format, whatever their name: card and account numbers, keys,
password hashes.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from string import ascii_letters, digits
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation, MatchKind
from stdnum import iban, luhn

from .formats import is_within_data
from .keys_of_services import FREQUENT_FORMS, FREQUENT_STARTS, HEXADECIMAL_FORMS, KEY_FORMS

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_GROUPING = b" -\xa0\xc2"
_RUN = b"0" * 10
"""Every card or account number has at least this many digits in a row, without the separators that
group them.
"""

_LETTERS = bytes.maketrans(f"{ascii_letters}{digits}_+/-".encode(), b"a" * 66)
_LONG = b"a" * 20
_HEXADECIMAL = bytes.maketrans(b"123456789abcdef", b"0" * 15)
_SHAPES = [*map(str.encode, HEXADECIMAL_FORMS)]
"""What keys have that no fixed text marks: many letters and digits in a row, with the signs of
base64, or groups of hexadecimal digits.
"""

_SIGNED = b"a.aaaaaa." + 27 * b"a"
_TIME_AND_SIGNATURE = re.compile(
    r"(?!\.[a-z]{6}\.[A-Za-z_]+(?![\w-]))\.[Y-f][\w-]{5}\.[\w-]{27}(?:[\w-]{16}|[\w-]{59})?(?![\w-])",
    re.ASCII,
)
_PAYLOAD = f"{ascii_letters}{digits}_-"
"""What itsdangerous has signed with the time, as Flask does with a session, and apps with the links
in their mails. The times are those until 2038. A small word and letters are names of a class.
"""

_FIXED = re.compile(r"(?:[A-Za-z0-9_/:~ -]|\\[.$])+")
"""The text with which an expression begins."""

_CARD = 13
"""Digits of the shortest card number."""

_GROUP = re.compile(r"[^ -]+")
_SMALLEST = 4
"""Digits of the smallest group, except for the last group."""

_COUNTRIES = frozenset(
    b"""
    ad ae al at az ba be bg bh br by ch cr cy cz de dk ee es fi fo fr gb ge gi gl gr gt hr hu
    ie il is it jo kw kz lb li lt lu lv mc md me mk mr mt mu nl no pk pl ps pt qa ro rs sa se
    si sk sm tn tr ua va xk
""".split()
)
"""The beginnings of account numbers in lower case."""

_ZEROS = re.compile(rb"0+")
_FRACTION = b"0." + b"0" * _CARD

_ISSUERS = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|6(?:0|2|4|5)\d{14,17}|35\d{14}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3]|6362|6363|5067|9792)\d{12}"
)
"""Numbers of Visa, Mastercard, American Express, Diners, Discover, UnionPay, JCB, Maestro, Elo and
Troy: ISO/IEC 7812.
"""


class Pattern(NamedTuple):
    """A format of secrets.

    :ivar marks: every match contains one of these texts; empty if only the expression can find it.
    :ivar holds: returns whether a match is a secret.
    :ivar grouped: the secret is written in groups, so a match may include neighbouring groups.
    """

    expression: re.Pattern[str]
    marks: tuple[str, ...] = ()
    holds: Callable[[str], bool] = lambda text: True
    grouped: bool = False


def _is_card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return _ISSUERS.fullmatch(digits) is not None and luhn.is_valid(digits)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


DEFAULT_PATTERNS: dict[str, Pattern] = {
    "card": Pattern(
        re.compile(r"(?<!\d)(?<!\d\.)\d(?:[ -]?\d){12,18}(?!\d)"), holds=_is_card, grouped=True
    ),
    "iban": Pattern(
        re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b",
            re.IGNORECASE,
        ),
        holds=iban.is_valid, grouped=True,
    ),
    "jwt": Pattern(  # a run without dots is matched as well: otherwise it would be read many times
        re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]{6,}(?:\.[\w-]*)?)?"),
        ("eyJ",),
        holds=lambda text: "." in text,
    ),
    "pem": Pattern(
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----"
            r"(?:(?!-----END)[A-Za-z0-9+/=\s:,\\-]){0,16384}"
            r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----)?"
        ),
        ("PRIVATE KEY",),
    ),
    "hash": Pattern(
        re.compile(
            r"\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$[\w=,$+/.-]{20,512}"
            r"|\$[156]\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,86}"
            r"|(?:pbkdf2[:_]sha\d{1,3}|scrypt)[:$][\d:]{1,32}\$[^\s'\"<>&]{16,512}"
            r"|\$[PH]\$[./A-Za-z0-9]{31}|\$(?:y|gy|7)\$[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}"
            r"|\$apr1\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|\$[89]\$[./A-Za-z0-9]{14}\$[./A-Za-z0-9]{43}"
            r"|\{(?:S?SHA|SMD5|SSHA(?:256|512)|PBKDF2[\w-]{0,12}|CRYPT)\}[A-Za-z0-9+/=.$]{20,256}"
        ),
        ("$2a$", "$2b$", "$2x$", "$2y$", "$2$", "$argon2", "$1$", "$5$", "$6$", "pbkdf2", "scrypt",
         "$P$", "$H$", "$y$", "$gy$", "$7$", "$apr1$", "$8$", "$9$", "SHA}", "SMD5}", "{SSHA",
         "{PBKDF2", "{CRYPT}"),
    ),
}  # fmt: skip
"""Patterns that are masked in every app."""

NAMED: dict[str, Pattern] = {
    "email": Pattern(
        re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), ("@",)
    ),
    "phone": Pattern(re.compile(r"(?<![\w+])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){6,14}(?!\d)")),
    "ip": Pattern(
        re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]{2,39})(?![\w:]|\.\d)"),
        (),
        holds=_is_address,
    ),
}
"""Patterns that an app may turn on by name. They match personal data that an app shows to people
who may see it.
"""


@lru_cache(maxsize=8)
def _machine(marks: tuple[str, ...]) -> BytesAhoCorasick:
    """Return an automaton that finds marks: of the match kind that skips ahead, in the fastest
    form, which is small for so few marks.
    """
    return BytesAhoCorasick(
        map(str.encode, marks),
        matchkind=MatchKind.LeftmostFirst,
        implementation=Implementation.DFA,
    )


class Patterns:
    """Finds secrets by their format.

    :param expressions: names of :data:`NAMED`, and regular expressions of the app.
    """

    def __init__(self, expressions: Iterable[str] = ()) -> None:
        added = {
            name: NAMED[name] if name in NAMED else Pattern(re.compile(name))
            for name in expressions
        }
        self.patterns = {**DEFAULT_PATTERNS, **added}
        self._always = any(not pattern.marks for pattern in added.values())
        marks = {mark for pattern in self.patterns.values() for mark in pattern.marks}
        self._machine = _machine(tuple(sorted(marks | KEY_FORMS.keys())))

    def may_hold(self, data: bytes) -> bool:
        """Whether data may contain a secret of such a format."""
        if self._always or self._machine.find_matches_as_indexes(data):
            return True
        return _has_long_number(data) or _has_unmarked_key(data) or _has_signed_text(data)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Find secrets by their format. If the check of a match raises, the match counts as a
        secret.
        """
        data = text.encode("utf-8", "replace")
        marked = bool(self._machine.find_matches_as_indexes(data))
        number = _has_long_number(data)
        for pattern in self.patterns.values() if marked or number or self._always else ():
            if pattern.marks and not any(mark in text for mark in pattern.marks):
                continue
            if pattern.grouped and not number:
                continue
            for match in pattern.expression.finditer(text):
                if match.end() > match.start() and _holds(pattern, match[0]):
                    yield match.span()
                elif pattern.grouped:
                    yield from _within(pattern, text, *match.span())
        if marked or _has_unmarked_key(data):
            yield from _keys(text)
        if _has_signed_text(data):
            yield from _signed_texts(text)


def _keys(text: str) -> Iterator[tuple[int, int]]:
    """Find the keys of services. A form that begins with its mark is tried only where that is."""
    data = text.encode("utf-8", "replace")
    unmarked = _has_unmarked_key(data)
    forms = _forms()
    ends: dict[str, int] = {}
    within = dict.fromkeys(HEXADECIMAL_FORMS.values() if unmarked else ())
    written = text if text.isascii() else data.decode()  # without surrogates, at the same places
    for number, start, _ in _key_machine().find_matches_as_indexes(written, overlapping=True):
        form, begins, frequent = forms[number]
        if frequent and not unmarked:
            continue
        if not begins:
            within[form] = None
        elif start >= ends.get(form, 0):
            match = _expression(form).match(text, start)
            if match is not None:
                ends[form] = match.end()
                if not is_within_data(match):
                    yield match.span()
    for form in within:
        found = _expression(form).finditer(text)
        yield from (match.span() for match in found if not is_within_data(match))


@cache
def _forms() -> list[tuple[str, bool, bool]]:
    """Return the forms of all marks, whether they begin with the mark, and whether the mark is
    frequent in words.
    """
    return [
        (form, _begins_with(form, mark), mark in FREQUENT_FORMS)
        for mark, form in (*KEY_FORMS.items(), *FREQUENT_FORMS.items())
    ]


def _begins_with(form: str, mark: str) -> bool:
    """Whether a form begins with its mark, not only contains it."""
    fixed = _FIXED.match(form)
    text = "" if fixed is None else fixed[0].replace("\\", "")
    return bool(text) and (mark.startswith(text) or text.startswith(mark))


@cache
def _key_machine() -> AhoCorasick:
    return AhoCorasick([*KEY_FORMS, *FREQUENT_FORMS], matchkind=MatchKind.Standard)


@cache
def _expression(form: str) -> re.Pattern[str]:
    return re.compile(form if form.startswith("(?<!") else rf"\b(?:{form})")


def _has_unmarked_key(data: bytes) -> bool:
    """Whether data may contain one of the keys that no fixed text marks."""
    if _LONG not in data.translate(_LETTERS):
        return False
    frequent = _machine(tuple(FREQUENT_FORMS))
    starts = [*FREQUENT_STARTS.values()]
    for mark, position, _ in frequent.find_matches_as_indexes(data):
        if starts[mark].match(data, position):
            return True
    hexadecimal = data.translate(_HEXADECIMAL)
    return any(map(hexadecimal.__contains__, _SHAPES))


def _has_signed_text(data: bytes) -> bool:
    """Whether data may contain a text that itsdangerous has signed."""
    return _SIGNED in data.translate(_LETTERS)


def _signed_texts(text: str) -> Iterator[tuple[int, int]]:
    """Find the texts that itsdangerous has signed. One that it has compressed begins with a dot."""
    end = 0
    for match in _TIME_AND_SIGNATURE.finditer(text):
        before = text[end : match.start()]  # all of the text would take quadratic time
        payload = len(before) - len(before.rstrip(_PAYLOAD))
        end = match.end()
        if payload:
            start = match.start() - payload
            yield start - before.endswith(".", 0, len(before) - payload), end


def _has_long_number(data: bytes) -> bool:
    """Whether data may contain a card or account number. Times in seconds since 1970 and the digits
    of fractions do not count.
    """
    digits, fractions = data.translate(_DIGITS, _GROUPING), 0
    start = digits.find(_RUN)
    while start >= 0:
        before, end = digits[max(0, start - 2) : start], _ZEROS.match(digits, start).end()  # type: ignore[union-attr]
        if (
            before[-1:].isupper()
            or before in _COUNTRIES
            or (
                digits[max(0, start - 6) : start - 4] == b"00"
                and digits[max(0, start - 8) : start - 6] in _COUNTRIES
            )
            or (end - start >= _CARD and before != b"0.")
        ):
            return True
        fractions += end - start >= _CARD
        start = digits.find(_RUN, end)
    # otherwise it is a price, followed by a card number
    return fractions > 0 and fractions > data.translate(_DIGITS).count(_FRACTION)


def _within(pattern: Pattern, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Find the secrets in a run of groups that is not one secret as a whole."""
    groups = [match.span() for match in _GROUP.finditer(text, start, end)]
    done = 0
    for first, (begin, _) in enumerate(groups):
        for last in range(len(groups) - 1, first - 1, -1):
            stop = groups[last][1]
            usual = all(right - left >= _SMALLEST for left, right in groups[first:last])
            if begin >= done and usual and pattern.expression.fullmatch(text, begin, stop):
                if _holds(pattern, text[begin:stop]):
                    yield begin, stop
                    done = stop


def _holds(pattern: Pattern, text: str) -> bool:
    try:
        return pattern.holds(text)
    except Exception:  # noqa: BLE001 - if the check fails, the match must be masked
        return True
