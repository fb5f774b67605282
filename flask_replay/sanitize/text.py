"""Secrets in texts that people and libraries write: messages of exceptions, logs, commands,
headers, URLs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from .commands_and_links import (
    CHECKED,
    CODES,
    NAME_AND_PASSWORD,
    PIN,
    SECRET_LINK,
    USER,
    is_login,
    is_pin,
    is_random,
    is_token,
)
from .common_values import Reach, reach
from .credentials import parts_of
from .descriptions import is_rejection
from .formats import Format, lowered
from .named_elsewhere import is_argument, secret_passed, sets_secret
from .named_forms import NAMED_FORMS
from .names import MARKS, is_certain, is_harmless, names_code, plain, sensitive
from .reported_rows import OF_ROWS, Learn, without_rows
from .sanitizer import REDACTED
from .terms import TERMS
from .written_values import KEY_END, MAX_GROUP, OPEN, QUOTED, QUOTES, group_end, quoted_in

_NAME = re.compile(
    # a match begins at the start of a word; otherwise a long word would take quadratic time
    rf"(?<![\w{MARKS}.-])([\w{MARKS}.-]{{1,120}})"
    r"(?:(?P<sign>(?: \([^\W\d_]{1,24}\))?[)'\"\]\\]{0,3}\s{0,8}"
    r"(?:: ?(?:str|String|string) ?=|=>|:=|->|[=:：])(?![:=])\s{0,8}\(?)"
    r"|(?P<item>['\"],\s{0,4})(?=['\"])"
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
_CREDENTIALS = re.compile(
    r"(?<![\w+.-])([A-Za-z][\w+.-]{0,30}://)("
    r"[^\s/@?#'\"<>]{1,2048}|[^\s/@?#:'\"<>]{0,256}:(?!\d+[/?#])[^\s@/'\"<>]{1,2048}"
    r"|[^\s/@?#:'\"<>]{0,256}:(?!\d+[/?#])[^\s@?'\"<>]{1,2048})@"
)
_WIFI = Format(re.compile(r"(\bWIFI:(?:[A-Z]:[^;\n]{0,64};){0,3}?P:)([^;\n]{1,64})(;)"), "wifi:")
_TAG = re.compile(r"<\w[^<>]{0,2048}>")
_ATTRIBUTE = re.compile(r"(?<![\w-])([\w-]{1,32})\s?=\s?\\?(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_NAMING = frozenset({"name", "id", "key", "type", "property", "itemprop"})
_HOLDING = frozenset({"value", "content"})
"""Attributes of a field of a form, or of a ``<meta>``, that name its value, and that hold it."""

_CALL = re.compile(r"(?<!\w)(\w{1,64})\((?:[^()\"']|\"[^\"\n]{0,256}\"|'[^'\n]{0,256}'){1,1024}\)")
_PASSED = re.compile(r"((?<!\w)(\w{1,32})\s?[:=]\s?)([\"'])([^\"']{1,256})\3")
_ONLY_ARGUMENT = re.compile(r"\w+\(([\"'])([^\"']{1,256})\1\)")
"""A call, an argument that is passed by its name, and a call with one argument."""

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
_SCALAR = re.compile(
    r"(?:none|null|nil|true|false|undefined|yes|no|n/a)(?=[.!?:]*+(?:[\s,;&)}\]'\"<>]|\Z))",
    re.IGNORECASE,
)
"""A whole value that is no secret. A secret may begin with the same letters: ``no-one-knows``."""

_PLACEHOLDER = re.compile(
    r"(?:%(?:\(\w{1,40}\))?s|\{\{ ?[\w.]{1,40} ?\}\}|\$\{[A-Z_]{3,40}\}|\$[A-Z_]{3,40}|[*•]{3,64}"
    r"|\[(?:hidden|filtered|masked|removed)\])"
    r"(?=[.!?:;,)}\]'\"]?(?:[\s;,&)}\]'\"<>]|\Z))"
)
"""A whole value that stands for a secret: ``%s``, ``${TOKEN}``, ``••••``."""

_INNER = re.compile(r"(\w{1,64})=[\w+/.-]{6}")
"""A name and a value within a value."""

_BARE = re.compile(r"(?:\[redacted\]|[^\s,;&)}\]'\"<>])+")
_LONG_WORD = re.compile(r"[\w-]{10,}(?![^\s.,;:!?)\]'\"<>])")
_MORE = re.compile(r"[ \t]+(?!--?\w|[\w.-]+\s*[=:]|\w+://)[^\s,;&)}\]'\"<>]+")
"""A further word of a value without quotes, if it is not a name."""

_NUMBER = re.compile(r"(?:\d{5,8}|\d{3}[- ]\d{3})(?![\w.,-]*\w)")
"""A one-time code, or its beginning."""

_POSTAL_CODE = re.compile(r"[1-8]\d\d0\d\d(?!\w)")
"""Such a number after ``Pin code`` is mostly a postal code in India."""

_CODED = re.compile(r"(?!\(?\d{1,3}(?:[-–~]\d{1,3})?\Z)(?!\w+\()(?=.*\d)")
"""A word with a digit that is no number of characters, and no type of a column."""

_ELSEWHERE = frozenset({"ist", "est", "es", "é", "è", "era", "är", "er", "jest", "je", "on"})
"""Verbs after which letters are a word of a sentence: ``ist abgelaufen``."""

_DUTCH = ("wachtwoord", "sleutel", "toegangscode", "verificatiecode")
"""Names whose sentences have the verb of English ones: ``Je wachtwoord is gewijzigd``."""

_LONGEST_MESSAGE = 200
"""Characters."""

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
    mask((_SCHEME,), 3, lambda match: reach(match[3]) is not Reach.OWN)
    mask((_ENTRY,), 2, lambda match: sensitive(match[4].rpartition(".")[2]))
    mask((USER,), 2)
    if "(" in text:
        text = _CALL.sub(partial(_called, learn), text)
    mask(NAMED_FORMS, 3, lambda match: sensitive(match[2].rpartition(":")[2]))
    if "<" in text:
        text = _TAG.sub(partial(_field, learn), text)
    mask(CHECKED, 2, lambda match: _is_secret(match[2]))
    mask((SECRET_LINK,), 2, lambda match: is_token(match[2]))
    mask((NAME_AND_PASSWORD,), 2, is_login)
    mask((PIN,), 2, is_pin)
    mask((*CODES, _WIFI), 2)
    return "".join(without_rows(text, learn)) if any(map(low.__contains__, OF_ROWS)) else text


def _ignore(name: str, value: str) -> None:
    """Ignore a name and its value."""


def _header(learn: Learn, match: re.Match[str]) -> str:
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
    learn("password", password or user)
    return f"{match[1]}{REDACTED}@"


def _without(learn: Learn, found: int, is_secret: IsSecret | None, match: re.Match[str]) -> str:
    """Return a match with one of its groups masked, if that group is secret."""
    # An expression may end the value before a bracket, that is, within a placeholder.
    if REDACTED in match.string[match.start(found) : match.end(found) + 1]:
        return match[0]
    if is_secret is not None and not is_secret(match):
        return match[0]
    learn("password", match[found])
    start, end = (position - match.start() for position in match.span(found))
    return match[0][:start] + REDACTED + match[0][end:]


def _field(learn: Learn, tag: re.Match[str]) -> str:
    """Return a tag with its value masked, if another attribute names it."""
    found = [
        (match[1].lower(), match.span(match.lastindex or 0))
        for match in _ATTRIBUTE.finditer(tag[0])
    ]
    names = [tag[0][slice(*span)] for name, span in found if name in _NAMING]
    if not any(map(sensitive, names)):
        return tag[0]
    text = tag[0]
    for name, (start, end) in reversed(found):
        if name in _HOLDING and start < end and REDACTED not in text[start:end]:
            learn("password", text[start:end])
            text = text[:start] + REDACTED + text[end:]
    return text


def _called(learn: Learn, call: re.Match[str]) -> str:
    """Return a call with its arguments masked, if it passes secrets: ``setPin(value: "…")``."""
    if not secret_passed(call[1], sensitive):
        return call[0]

    def masked(argument: re.Match[str]) -> str:
        if not (is_argument(argument[2]) or sensitive(argument[2])) or REDACTED in argument[0]:
            return argument[0]
        learn("password", argument[4])
        return f"{argument[1]}{argument[3]}{REDACTED}{argument[3]}"

    only = _ONLY_ARGUMENT.fullmatch(call[0])
    if only is not None and sets_secret(call[1]) and _is_secret(only[2]):
        learn("password", only[2])
        return f"{call[1]}({only[1]}{REDACTED}{only[1]})"
    return _PASSED.sub(masked, call[0])


def _is_secret(word: str) -> bool:
    return reach(word) is Reach.ANYWHERE


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
        if name.startswith("Pin") and _POSTAL_CODE.match(text, start) is not None:
            continue
        end = _value_end(text, start, match, code)
        inner = _INNER.match(text, start, end) if end > start else None
        if inner is not None and sensitive(inner[1]):
            continue  # auth: token=…
        if end > start:
            yield text[position:start]
            yield REDACTED
            value = text[start:end]
            for one in (value[0] in OPEN and quoted_in(value)) or [value.strip("()[]{}")]:
                learn(name, QUOTES.sub("", one))
            position = search_from = end
    yield text[position:]


def _is_apart(text: str, match: re.Match[str]) -> bool:
    """Whether a word after a name and a space is its value: the name is an option, the word is
    quoted or looks random, or a preposition precedes the name.
    """
    end = match.end()
    return (
        match[1].startswith("-")
        or text[end : end + 1] in {"'", '"', "("}
        or ((word := _LONG_WORD.match(text, end)) is not None and is_random(word[0]))
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


def _value_end(text: str, start: int, name: re.Match[str], code: bool) -> int:
    """Return the end of the value after a name, or its start if there is nothing to mask."""
    if text.startswith(REDACTED, start):
        return start
    quoted = QUOTED.match(text, start)
    if quoted is not None and name["item"]:
        is_key = KEY_END.match(text, quoted.end()) is not None
        return start if is_key or not _is_secret(QUOTES.sub("", quoted[0])) else quoted.end()
    if quoted is not None:
        return (
            quoted.end()
            if len(quoted[0].strip("\"'\\bBrRuUfF")) or not quoted[0].endswith(('""', "''"))
            else start
        )
    if code or _SCALAR.match(text, start) or _PLACEHOLDER.match(text, start):
        return start
    if name["sign"] is None:
        return start if name["item"] else _word_end(text, start, name)
    if name["sign"].endswith("("):  # Key (token)=(…)
        end = text.find(")", start, start + MAX_GROUP)
        return end if end > 0 else start
    group = group_end(text, start)
    if group > start:
        return group
    bare = _BARE.match(text, start)
    if (
        bare is None
        or REDACTED in bare[0]
        or (not name["sign"].endswith("=") and is_harmless(name[1], bare[0]))
    ):
        return start
    end = bare.end()
    if name["sign"].endswith(": ") and (
        (reach(bare[0]) is Reach.OWN and _MORE.match(text, end) is not None)
        or _is_rejection(text, start)
    ):
        return start  # a message about the value
    while (bare := _MORE.match(text, end)) is not None and reach(
        bare[0].strip().rstrip(".!?")
    ) is not Reach.OWN:
        end = bare.end()  # a password may contain spaces, but no words of a sentence
    return end


def _is_rejection(text: str, start: int) -> bool:
    return is_rejection(text[start : start + _LONGEST_MESSAGE].partition("\n")[0])


def _word_end(text: str, start: int, name: re.Match[str]) -> int:
    """Return the end of the word after ``--password`` or ``the password is``, or its start if it is
    a word of a sentence.
    """
    bare = _BARE.match(text, start)
    if bare is None or REDACTED in bare[0]:
        return start
    word = bare[0].rstrip(".!?")
    if name["space"] is not None and not name[1].startswith("-") and not _CODED.match(word):
        return start
    verb = name["is"]
    elsewhere = verb and (verb.strip() in _ELSEWHERE or name[1].casefold().endswith(_DUTCH))
    if verb and ((word.isalpha() and elsewhere) or _is_rejection(text, start)):
        return start  # the verb is followed by a word of the sentence, not by a value
    return start + len(word) if word and reach(word) is not Reach.OWN else start
