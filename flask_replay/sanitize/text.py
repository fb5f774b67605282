"""Secrets in texts that people and libraries write: messages of exceptions, logs, commands,
headers, URLs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from .calls_in_texts import is_secret_word, without_arguments
from .code_in_texts import literals_in_reference, refers, refers_after_scheme
from .codes_in_sentences import DIGITS_OF_CODES, NAMED_CODES
from .commands_and_links import (
    CHECKED,
    CODES,
    NAME_AND_PASSWORD,
    PIN,
    USER,
    is_chosen,
    is_login,
    is_pin,
    is_random,
    is_token,
)
from .common_values import Reach, reach
from .credentials import parts_of
from .ends_of_values import value_end
from .formats import Format, is_within_data, lowered
from .ids_in_texts import IDS, is_id
from .logins_in_texts import LOGINS, is_typed
from .named_formats import NAMED_FORMATS, without_values_of_fields
from .names import (
    MARKS,
    is_certain,
    names_code,
    plain,
    sensitive,
)
from .random_keys import RANDOM_KEY, is_random_key
from .reported_rows import OF_ROWS, Learn, without_rows
from .sanitizer import REDACTED
from .secret_links import SECRET_LINKS
from .terms import TERMS
from .written_values import OPEN, QUOTES, quoted_in

_NAME = re.compile(
    # a match begins at the start of a word; otherwise a long word would take quadratic time
    rf"(?<![\w{MARKS}.-])([\w{MARKS}.-]{{1,120}})"
    r"(?:(?P<sign>(?: \([^\W\d_]{1,24}\)|: invalid (?:[a-z]{1,16} value|choice))?"
    r"(?:[)'\"\]\\]{0,3}|\[\d{0,4}\])\s{0,8}"
    r"(?:(?:: ?(?:str|String|string) ?=|=>|:=|->|[=!]={1,2}(?=\s{0,4}[\"'])|[=:：])(?![:=])\s{0,8}"
    r"(?:\(|@(?=\"))?"
    r"|::(?= [\w+/]{8,1024}={0,2}(?:\s|\Z)) ))"
    r"|(?P<item>['\"],\s{0,4})(?=[bu]?['\"])"
    r"|(?P<is>\s{1,3}(?:is now|is|was|din er|ditt er|min er|mitt er"
    r"|ist|war|lautet|est|es|é|è|era|är|er|jest"
    r"|to|je|on|—|–|(?:re)?set to|changed to)\s{1,3}){1,2}(?:[:：]\s{1,3})?"
    r"|(?P<space> +))"
)
"""A name, and the punctuation between it and its value."""

_HEADER = Format(
    re.compile(
        r"\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*:\s*)(?!\[redacted\])"
        r"([^\s'\"<](?:[^\n'\"<]|(?<==)\"[^\"\n]*\")*)",
        re.IGNORECASE,
    ),
    "authorization",
    "cookie",
)
"""Headers of which the whole line is secret: in ``Authorization: Bearer …`` the second word is."""

_SCHEME = Format(
    re.compile(
        r"\b(Bearer|Basic|Token|ApiKey|Negotiate|AWS4-HMAC-SHA256|AUTH (?:PLAIN|LOGIN|XOAUTH2))"
        r"(\s+)([\w.~+/=:-]{6,})",
        re.IGNORECASE,
    ),
    *("bearer", "basic", "token", "apikey", "negotiate", "aws4-", "auth "),
)
_SHARE = re.compile(r"\d{1,9}/\d{1,9}")
_CREDENTIALS = re.compile(
    r"(?<![\w+.-])([A-Za-z][\w+.-]{0,30}://)("
    r"[^\s/@?#'\"<>]{1,2048}|[^\s/@?#:'\"<>]{0,256}:(?!\d+[/?#])[^\s@/'\"<>]{1,2048}"
    r"|[^\s/@?#:'\"<>]{0,256}:(?!\d+[/?#])[^\s@?'\"<>]{1,2048})@"
)
_WIFI = Format(re.compile(r"(\bWIFI:(?:[A-Z]:[^;\n]{0,64};){0,3}?P:)([^;\n]{1,64})(;)"), "wifi:")
_WORDS_BEFORE = re.compile(r"(?:(?<![\w'=])[\w'-]{1,24} ){1,3}(?:[dl]['’])?\Z")
_WITH = re.compile(r"\b(?:with|using|and|mit|avec|con|com|med|met|z|с) \Z")
"""Words before a name after which its value may follow at once: ``with password …``."""

_UNEXPECTED = re.compile(r"(?i:unexpected) \Z")
"""A word before the tokens of a parser."""

_GIVEN = frozenset({"provided", "given", "received", "supplied", "used", "entered", "below"})
"""Words between a name and a value in a sentence: ``Incorrect API key provided: …``."""

_REJECTED = frozenset({"invalid", "incorrect", "wrong", "bad", "unknown", "expired"})
"""Words before the name of a secret that was rejected: ``Invalid API key: …``."""

_LAST = frozenset(term.rpartition(" ")[2] for term in TERMS)
"""Words that end a name of several words: ``API key …``."""

_ENTRY = Format(re.compile(r"(Duplicate entry ')([^']*)(' for key '([^']*)')"), "duplicate entry '")
_KEY = re.compile(r"[\w.-]{1,64}\s?:(?=\s)")
_INDENT = 9
_INNER = re.compile(r"(\w{1,64})=[\w+/.-]{6}")
_ADDRESS = re.compile(r"https?://")
_IN_ADDRESS = re.compile(r"[?&#](\w{1,64})=[\w+/.-]{6}")
"""A name and a value within a value."""

_LONG_WORD = re.compile(r"[\w-]{10,}(?![^\s.,;:!?)\]'\"<>])")
_NUMBER = re.compile(r"(?:\d{5,8}|\d{3}[- ]\d{3})(?![\w.,-]*\w)")
"""A one-time code, or its beginning."""

_POSTAL_CODE = re.compile(r"[1-8]\d\d0\d\d(?!\w)")
_PIN_CODE = re.compile(r"Pin|(?i:pin_?code)")
"""Such a number after ``Pin code`` is mostly a postal code in India."""

_ABBREVIATED = frozenset({"pwd", "passwd", "psw", "pswd"})
_MIXED = re.compile(
    r"(?=[^\s\d]{0,63}\d)(?=[\d]{0,63}[^\W\d_])[\w!#$%&*+?@^~-]{6,64}(?![^\s.,;:!?)\]'\"<>])"
)
"""Names that no sentence has unless a password follows, and a word with letters and digits."""

IsSecret = Callable[[re.Match[str]], bool]
"""A function that returns whether a match contains a secret."""


def clean(text: str, *, code: bool = False, prose: bool = False, learn: Learn | None = None) -> str:
    """Mask the values after sensitive names (``password='…'``), and passwords in URLs, headers and
    commands.

    Cleaning twice gives the same result as cleaning once. Takes time in proportion to the text.

    :param code: the text is source code, so only literals that it assigns are values.
    :param prose: the text is prose, so a word after a name is a value only if a sign or a verb says
        so.
    :param learn: called with the name and value of each value that is masked.
    """
    on_secret = _ignore if learn is None else learn
    if not code:
        text = _without_formats(text, on_secret)
    text = "".join(_cleaned(text, on_secret, code=code, prose=prose))
    return _CREDENTIALS.sub(partial(_credentials, on_secret), text) if "@" in text else text


def _without_formats(text: str, learn: Learn) -> str:
    """Return a text with secrets masked that its formats show: headers, commands, links, tags."""
    low = lowered(text)

    def mask(formats: Iterable[Format], found: int, secret: IsSecret | None = None) -> None:
        nonlocal text
        for one in formats:
            if one.may_be_in(low):
                masked = partial(_without, learn, found, secret)
                text = one.expression.sub(masked, text)

    if _HEADER.may_be_in(low):
        text = _HEADER.expression.sub(partial(_header, learn), text)
    mask((_SCHEME,), 3, _follows_scheme)
    mask((_ENTRY,), 2, lambda match: sensitive(match[4].rpartition(".")[2]))
    mask((USER,), 2, lambda match: not refers(match[2]))
    if "(" in text:
        text = without_arguments(text, learn)
    mask(NAMED_FORMATS, 3, lambda match: sensitive(match[2].rpartition(":")[2]))
    if "<" in text:
        text = without_values_of_fields(text, learn)
    mask(CHECKED, 2, lambda match: is_secret_word(match[2]))
    mask(
        SECRET_LINKS,
        2,
        lambda match: is_token(match[2]) and not is_within_data(match),
    )
    mask((RANDOM_KEY,), 2, is_random_key)
    mask((NAME_AND_PASSWORD,), 2, is_login)
    mask(LOGINS, 2, is_typed)
    mask((PIN,), 2, is_pin)
    mask((IDS,), 2, is_id)
    mask((*CODES, _WIFI), 2)
    if DIGITS_OF_CODES.search(text) is not None:
        mask(NAMED_CODES, 2)
    return "".join(without_rows(text, learn)) if any(map(low.__contains__, OF_ROWS)) else text


def _follows_scheme(match: re.Match[str]) -> bool:
    """Whether a word after the name of a scheme is neither a word of a sentence nor a share."""
    word = match[3]
    return reach(word) is not Reach.OWN and not refers(word) and _SHARE.fullmatch(word) is None


def _ignore(name: str, value: str) -> None:
    """Ignore a name and its value."""


def _header(learn: Learn, match: re.Match[str]) -> str:
    if refers_after_scheme(match.string, *match.span(3)):
        return match[0]
    for part in re.split(r"[;,]\s*", match[3]):
        name, _, value = part.partition("=")
        if not match[1].lower().endswith("cookie"):
            for secret in (part.rpartition(" ")[2], *parts_of(part.strip())):
                learn("token", secret)
        elif sensitive(name):
            learn("token", value)
    return f"{match[1]}{match[2]}{REDACTED}"


def _credentials(learn: Learn, match: re.Match[str]) -> str:
    user, _, password = match[2].partition(":")
    if refers(password or user):
        return match[0]
    learn("password", password or user)
    return f"{match[1]}{REDACTED}@"


def _without(learn: Learn, found: int, is_secret: IsSecret | None, match: re.Match[str]) -> str:
    """Return a match with one of its groups masked, if that group is secret."""
    # an expression may end the value before a bracket, that is, within a placeholder
    if REDACTED in match.string[match.start(found) : match.end(found) + 1]:
        return match[0]
    if is_secret is not None and not is_secret(match):
        return match[0]
    learn("password", match[found])
    start, end = (position - match.start() for position in match.span(found))
    return match[0][:start] + REDACTED + match[0][end:]


def _cleaned(text: str, learn: Learn, *, code: bool, prose: bool) -> Iterator[str]:
    position = search_from = 0
    while (match := _NAME.search(text, search_from)) is not None:
        search_from = match.end(1)
        alone = prose and match["space"] and not _is_apart(text, match)
        if alone and _NUMBER.match(text, match.end()) is None:
            continue
        name = _named(text, match)
        if not name or (alone and not names_code(name)):
            continue
        if match["space"] and not prose and not _is_meant(text, match, name):
            continue
        start = match.end()
        if _PIN_CODE.match(name) and _POSTAL_CODE.match(text, start) is not None:
            continue
        parts = None if code else literals_in_reference(text, start)
        is_code = parts is not None  # an argument in code is mostly no secret
        if parts is None:
            end = value_end(text, start, match, name, code)
            if end == start or _names_another(text, start, end):
                continue
            parts = [(start, end)], end
        spans, search_from = parts
        for start, end in spans:
            yield text[position:start]
            yield REDACTED
            value, position = text[start:end], end
            for label, one in _secrets_in_group(value):
                word = QUOTES.sub("", one)
                if not is_code or text[start - 1] not in OPEN or is_chosen(word) or is_token(word):
                    learn(label or name, word)
    yield text[position:]


def _names_another(text: str, start: int, end: int) -> bool:
    """Whether a value has a name of its own in front of the secret: ``auth: token=…``, or is an
    address with one.
    """
    if "\n" in text[max(0, start - _INDENT) : start] and _KEY.match(text, start) is not None:
        return True  # in the next line
    inner = _INNER.match(text, start, end)
    if inner is None and _ADDRESS.match(text, start, end) is not None:
        inner = _IN_ADDRESS.search(text, start, end)
    return inner is not None and sensitive(inner[1])


def _secrets_in_group(value: str) -> list[tuple[str, str]]:
    """Return the secrets in a value, each with its name, which is ``""`` if the name before the
    value is that of the secret. Of two texts without brackets, the second is a password.
    """
    texts = quoted_in(value)
    if value[0] not in OPEN and len(texts) == 2:
        return [("password", texts[1])]
    return [("", one) for one in (value[0] in OPEN and texts) or [value.strip("()[]{}")]]


def _is_apart(text: str, match: re.Match[str]) -> bool:
    """Whether a word after a name and a space is its value: the name is an option, the word is
    quoted or looks random, or a preposition precedes the name.
    """
    end = match.end()
    return (
        match[1].startswith("-")
        or text[end : end + 1] in {"'", '"', "("}
        or ((word := _LONG_WORD.match(text, end)) is not None and is_random(word[0]))
        or (match[1].lower() in _ABBREVIATED and _MIXED.match(text, end) is not None)
        or _WITH.search(text, max(0, match.start() - 12), match.start()) is not None
    )


def _is_meant(text: str, match: re.Match[str], name: str) -> bool:
    """Whether a name before a word names a secret, unlike ``pin 12b`` or ``Unexpected token``."""
    if _UNEXPECTED.search(text, max(0, match.start() - 12), match.start()) is not None:
        return False
    return is_certain(name) or _is_apart(text, match)


def _named(text: str, match: re.Match[str]) -> str:
    """Return the sensitive name before a value, with the words before it, ``""`` if there is
    none.
    """
    name: str = match[1]
    if sensitive(name):
        return name
    if match["item"] or name[0].isdigit() or (match["space"] and plain(name) not in _LAST):
        return ""
    before = _WORDS_BEFORE.search(text, max(0, match.start() - 48), match.start())
    if before is None:
        return ""
    words = before[0].strip() if name in _GIVEN else f"{before[0].strip()} {name}"
    split = words.split()[-4:]
    about = match["space"] and before[0][-1] == " " and _NUMBER.match(text, match.end()) is None
    if about and sensitive(before[0].strip().replace(" ", "_")):
        return ""  # passwords with …
    names = ["_".join(split[-3:])]
    if match["sign"] and len(split) > 3:
        names.append("_".join(split))
    if split[-3:][0].lower() in _REJECTED:
        names.append("_".join(split[-2:]))
    return next(filter(sensitive, names), "")
