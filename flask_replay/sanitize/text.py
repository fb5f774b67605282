"""Secrets in texts that people and libraries write: messages of exceptions, logs, commands, headers, URLs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .common import Reach, reach
from .names import sensitive
from .sanitizer import REDACTED

_NAME = re.compile(
    r"(?<![\w.-])([\w.-]{1,120})"  # one is looked for where a word begins, or a long word would take the square of it
    r"(?:(?P<sign>[)'\"\]\\]{0,3}\s{0,8}(?:=>|:=|[=:])(?![:=])\s{0,8}\(?)"
    r"|(?P<is>\s{1,3}(?:is|was)\s{1,3})|(?P<space> +))"
)
"""A name, and what stands between it and its value."""

_HEADER = re.compile(
    r"\b((?:proxy-)?authorization|(?:set-)?cookie)(\s*:\s*)(?!\[redacted\])[^\s'\"][^\n'\"]*", re.IGNORECASE
)
"""Headers whose whole line is secret: ``Authorization: Bearer …`` has it in the second word."""

_SCHEME = re.compile(r"\b(Bearer|Basic|Token|ApiKey|Negotiate|AWS4-HMAC-SHA256)(\s+)([\w.~+/=:-]{6,})", re.IGNORECASE)
_CREDENTIALS = re.compile(
    r"(?<![\w+.-])([A-Za-z][\w+.-]{0,30}://)(?:[^\s/@?#'\"<>]{1,2048}|[^\s/@?#:'\"<>]{0,256}:(?!\d+[/?#])[^\s@?'\"<>]{1,2048})@"
)
_PASSED = re.compile(r"(?<!\S)(-p)(\S{6,})")
"""How ``mysql`` and its like take a password."""

_USER = re.compile(r"((?<!\S)(?:-u|--user)[ =][^\s:]{1,256}:)[^\s'\"]+")
_ELEMENT = re.compile(r"(<([\w.:-]{1,120})>)([^<>]{1,4096})(</)")
_WORD = re.compile(r"([^\W_]+)[ ]\Z")

_ROWS = re.compile(r"(\[parameters: |\bFailing row contains |\bparameters?[:=] ?(?=[(\[{]))", re.IGNORECASE)
"""What databases say of a statement that failed: values without names."""

_ENTRY = re.compile(r"(Duplicate entry ')([^']*)(' for key '([^']*)')")
_SCALAR = re.compile(r"(?:None|null|nil|True|False|true|false|undefined)\b")
_QUOTED = re.compile(
    r"[bBrRuUfF]{0,2}(?:\"(?:[^\"\\\n]|\\.)*(?:\"|$|\n)|'(?:[^'\\\n]|\\.)*(?:'|$|\n)|\\\"(?:[^\"\\\n]|\\[^\"])*\\?\")"
)
_CALL = re.compile(r"[\w.]{0,80}[(\[{]")
_BARE = re.compile(r"[^\s,;&)}\]'\"<>]+")
_MORE = re.compile(r"[ \t]+(?!--?\w|[\w.-]+\s*[=:]|\w+://)[^\s,;&)}\]'\"<>]+")
"""A word that may belong to a value without quotes, as no name stands there."""

_QUOTES = re.compile(r"\A[bBrRuUfF]?(?:\\\?[\"'])+|(?:\\\?[\"'])+\Z")
"""What stands around a text where it is written as Python or JSON write it."""

Learn = Callable[[str, str], None]
"""Is told of a name and its value."""

_OPEN, _CLOSE = "([{", ")]}"
_MAX_GROUP = 4_096


def clean(text: str, *, code: bool = False, learn: Learn | None = None) -> str:
    """Take out what stands behind a sensitive name (``password='…'``), and passwords in URLs and headers.

    Cleaning twice gives the same as cleaning once. Takes time in proportion to the text.

    :param code: it is source code: of what it assigns, literal text alone is a value.
    :param learn: is told of each value that is taken out because of its name.
    """
    if not code:
        text = _HEADER.sub(rf"\1\2{REDACTED}", text)
        text = _SCHEME.sub(_credential, text)
        text = _ENTRY.sub(lambda match: _entry(match) if sensitive(match[4].rpartition(".")[2]) else match[0], text)
        text = _USER.sub(rf"\1{REDACTED}", text)
        text = _ELEMENT.sub(lambda match: match[1] + REDACTED + match[4] if sensitive(match[2]) else match[0], text)
        text = _PASSED.sub(lambda match: match[1] + (REDACTED if _is_secret(match[2]) else match[2]), text)
        text = "".join(_without_rows(text))
    return _CREDENTIALS.sub(rf"\1{REDACTED}@", "".join(_cleaned(text, code, learn)))


def _credential(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}{REDACTED}" if reach(match[3]) is not Reach.OWN else match[0]


def _entry(match: re.Match[str]) -> str:
    return f"{match[1]}{REDACTED}{match[3]}"


def _is_secret(word: str) -> bool:
    return not word[0].isdigit() and reach(word) is Reach.ANYWHERE


def _without_rows(text: str) -> Iterator[str]:
    position = 0
    for match in _ROWS.finditer(text):
        end = _group_end(text, match.end()) if match.start() >= position else 0
        if end > match.end():
            yield text[position : match.end()]
            yield REDACTED
            position = end
    yield text[position:]


def _cleaned(text: str, code: bool, learn: Learn | None) -> Iterator[str]:
    position = place = 0
    while (match := _NAME.search(text, place)) is not None:
        place = match.end(1)
        if not (
            sensitive(match[1]) or (match["sign"] and sensitive(f"{_word_before(text, match.start())}_{match[1]}"))
        ):
            continue
        start = match.end()
        end = _value_end(text, start, match, code)
        if end > start:
            yield text[position:start]
            yield REDACTED
            if learn is not None and (value := _QUOTES.sub("", text[start:end])):
                learn(match[1], value)
            position = place = end
    yield text[position:]


def _word_before(text: str, place: int) -> str:
    words: list[str] = _WORD.findall(text[max(0, place - 24) : place])
    return words[0] if words else ""


def _value_end(text: str, start: int, name: re.Match[str], code: bool) -> int:
    """Return where the value ends that stands behind a name; where it begins, if there is none to take out."""
    if text.startswith(REDACTED, start):
        return start
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        return quoted.end() if len(quoted[0].strip("\"'\\bBrRuUfF")) or not quoted[0].endswith(('""', "''")) else start
    if code or _SCALAR.match(text, start):
        return start
    if name["sign"] is None:
        return _word_end(text, start, name)
    if name["sign"].endswith("("):  # Key (token)=(…)
        end = text.find(")", start, start + _MAX_GROUP)
        return end if end > 0 else start
    group = _group_end(text, start)
    if group > start:
        return group
    bare = _BARE.match(text, start)
    if bare is None:
        return start
    end = bare.end()
    if name["sign"].endswith(": ") and reach(bare[0]) is Reach.OWN and _MORE.match(text, end) is not None:
        return start  # says what is wrong with it
    while (bare := _MORE.match(text, end)) is not None and reach(bare[0].strip().rstrip(".!?")) is not Reach.OWN:
        end = bare.end()  # a password may have spaces; words of a sentence are none of it
    return end


def _word_end(text: str, start: int, name: re.Match[str]) -> int:
    """Return where the word ends behind ``--password`` or ``the password is``, if that is no word of a sentence."""
    bare = _BARE.match(text, start)
    if bare is None:
        return start
    word = bare[0].rstrip(".!?")
    if name["space"] is not None and not name[1].startswith("-") and not re.search(r"\d", word):
        return start
    return start + len(word) if word and reach(word) is not Reach.OWN else start


def _group_end(text: str, start: int) -> int:
    """Return where a list, a dictionary or a call ends that begins here; where it begins, if there is none."""
    call = _CALL.match(text, start)
    if call is None:
        return start
    place, depth = call.end(), 1
    last = min(len(text), start + _MAX_GROUP)
    while place < last and depth:
        if text[place] in "\"'" and (quoted := _QUOTED.match(text, place)) is not None:
            place = quoted.end()
            continue
        depth += (text[place] in _OPEN) - (text[place] in _CLOSE)
        place += 1
    return place
