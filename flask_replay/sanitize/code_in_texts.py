"""Values in texts that quote code or configuration: references to a secret, which reveal nothing,
and literals, which may be the secret.
"""

from __future__ import annotations

import re

from .commands_and_links import is_token
from .common_values import is_trivial
from .names import sensitive
from .sanitizer import REDACTED
from .terms import words_in
from .written_values import KEY_END, QUOTED, QUOTES, group_end

_END = r"(?=[.!?:;,)}\]'\"]{0,3}(?:[\s;,&)}\]'\"<>]|\Z))"
"""What may follow a whole value."""

_SCALAR = re.compile(
    r"(?:none|null|nil|true|false|undefined|yes|no|n/a)(?=[.!?:]*+(?:[\s,;&)}\]'\"<>]|\Z))",
    re.IGNORECASE,
)
"""A whole value that is no secret. A secret may begin with the same letters: ``no-one-knows``."""

_PART = (
    r"(?:[a-z_]{1,40}|[A-Z_]{1,40}|_?(?:[A-Z]{2,4}(?=[A-Z][a-z]{2}))?[A-Z]?[a-z]{2,20}"
    r"(?:[A-Z][a-z]{2,20}|ID|URL|API|JWT|DB|SSH){0,5})\d?(?!\w)"
)
"""A name as people write it: ``api_key``, ``API_KEY``, ``apiKey``, ``password1``."""

_DOT = r"(?:\??\.|->|::)"
_PLACEHOLDER = "|".join(
    (
        r"(?:%(?:\(\w{1,40}\))?s",
        r"\$?\{\{ ?[\w.]{1,40} ?\}\}",
        rf"\$\{{(?:{_PART}\.)?{_PART}\}}",
        r"\$[A-Z_]{3,40}(?:_\d{1,2})?|\$\d{1,2}|:[a-z_]{2,40}|\?",
        rf"\{{{_PART}(?:\.{_PART}){{0,4}}(?:![rsa])?\}}",
        rf"<{_PART}(?:[ -]{_PART}){{0,5}}>",
        r"[*•]{3,64}|\[(?:[A-Z_]{3,40}|hidden|filtered|masked|removed)\])",
    )
)
_SCHEME = r"(?i:bearer|basic|token|apikey) "
_VARIABLE = re.compile(r"\$(?:[a-z][A-Za-z_]*|[A-Z]?[a-z_]+)")
"""``$newPassword``, unlike ``$Password1``, which may be one."""

_WHOLE_PLACEHOLDER = re.compile(rf"(?:{_SCHEME})?{_PLACEHOLDER}|{_SCHEME}")
_PLACED = re.compile(rf"(?:{_SCHEME})?{_PLACEHOLDER}{_END}")
_REFERRED = re.compile(rf"(?:[A-Za-z][\w-]{{0,30}}(?:\s{{1,4}}|=))?{_PLACEHOLDER}")
"""A value that stands for a secret: ``%s``, ``${TOKEN}``, ``{token}``, ``<your-token>``, ``••••``,
alone, before the end of a value, or after a scheme such as ``Bearer``.
"""

_ATTRIBUTE = re.compile(rf"\$?{_PART}(?:{_DOT}{_PART}){{1,8}}+{_END}")
_STEP = re.compile(_DOT)
_OBJECTS = words_in("""
    self this cls os env environ process request req response res form config settings args opts
    options params props state
""")
"""Names of which an attribute is no secret value, whatever it is called."""

_WORD = r"[A-Za-z_]\w{0,63}"
_TYPE = (
    r"(?:str|int|bytes|uuid|String|Str|Text|Unicode|Integer|BigInteger|SmallInteger|Uuid|UUID"
    r"|LargeBinary|EncryptedType|SecretStr)\b"
)
_CALL = re.compile(
    rf"\$?{_WORD}(?:(?:{_DOT}{_WORD}){{1,8}}+[(\[]|\[(?=[\"':]|{_TYPE})"
    rf"|\((?=[\"')]|{_WORD}[.(=]|{_TYPE}|{re.escape(REDACTED)}))"
    r"|(?i:n?(?:var)?char|varchar2|string)\((?=\d{1,5}\))"
)
_NEXT_CALL = re.compile(rf"(?:{_DOT}{_WORD}){{0,4}}+[(\[]")
"""The beginning of a call of a dotted name, of a call of a name without plain arguments or with a
type, as columns are declared, and of an item of a name, and what may follow it.
"""

_MOST = 8
"""Calls that follow one another."""

_AFTER_CALL = re.compile(r"[\s.,;:)\]}'\"<?|+]|\\n|->|\Z")
_OTHERWISE = re.compile(r"\s{0,4}(?:or|else|\|\||\?\?|\?:)\s{0,4}(?=[\"'])")
_ARGUMENT = re.compile(r"(\w{1,64})\s?[=:]\s?([^\s,()\[\]{}\"'=]{1,256})")
_BARE_WORD = re.compile(r"(?<![\w.])\w{4,}(?![\w.(\[])")
_PLAIN_WORD = re.compile(rf"{_PART}|[a-z]+\d{{0,3}}|\d{{1,6}}")
_LONG_WORD = re.compile(r"\w{8,}")
_LABEL = re.compile(r"\D{1,80}\d?")
_CONSTANT = re.compile(r"(?=.{1,60}\Z)[A-Z]+(?:_(?:[A-Z]+|\d{1,2}))*\d?")
_ENCODING = re.compile(
    r"(?:utf-?(?:8|16|32)|latin-?1|ascii|iso-?8859-\d{1,2}|cp\d{3,4}|sha-?\d{1,3}|md5|[her]s256)",
    re.IGNORECASE,
)

Spans = list[tuple[int, int]]


def refers(word: str) -> bool:
    """Whether a whole value only refers to a secret: ``$TOKEN``, ``{token}``, ``self.token``."""
    if _WHOLE_PLACEHOLDER.fullmatch(word) is not None:
        return True
    if _VARIABLE.fullmatch(word) is not None and sensitive(word[1:]):
        return True
    return _ATTRIBUTE.fullmatch(word) is not None and _is_attribute(word)


def refers_after_scheme(text: str, start: int, end: int) -> bool:
    """Whether a part of a text refers to credentials: ``Bearer $TOKEN``."""
    found = _REFERRED.match(text, start)
    return found is not None and found.end() >= start + len(text[start:end].rstrip())


def literals_in_reference(text: str, start: int) -> tuple[Spans, int] | None:
    """Return where the literals that may be secrets are in a reference or a call that begins here,
    and where it ends, ``None`` if the value is neither.

    The first literal may be the name of the secret: ``os.getenv("PASSWORD", "…")``.
    """
    found = _scalar_end(text, start)
    spans, end = _call(text, start) if not found else ([], found)
    if not end:
        return None
    otherwise = _OTHERWISE.match(text, end)
    literal = None if otherwise is None else QUOTED.match(text, otherwise.end())
    if literal is not None:
        spans, end = [*spans, literal.span()], literal.end()
    return spans, end


def _scalar_end(text: str, start: int) -> int:
    """Return the end of none, a truth value, a placeholder, which may be quoted, or an attribute, 0
    if there is none.
    """
    found = _SCALAR.match(text, start) or _PLACED.match(text, start)
    quoted = QUOTED.match(text, start)
    if quoted is not None:
        return quoted.end() if refers(QUOTES.sub("", quoted[0])) else 0
    if found is None:
        found = _ATTRIBUTE.match(text, start)
        if found is None or not _is_attribute(found[0]):
            return 0
    return found.end()


def _is_attribute(word: str) -> bool:
    first, *parts = _STEP.split(word.lstrip("$"))
    return first.lower() in _OBJECTS or any(map(sensitive, parts))


def _call(text: str, start: int) -> tuple[Spans, int]:
    """Return where the literals of a call are that may be secrets, and its end, 0 if there is no
    call whose arguments are plain.
    """
    call, end = _CALL.match(text, start), 0
    for _ in range(_MOST):
        if call is None:
            break
        end = group_end(text, call.end() - 1)
        if text[end - 1] not in ")]":
            return [], 0
        call = _NEXT_CALL.match(text, end)
    if not end or _AFTER_CALL.match(text, end) is None:
        return [], 0
    rest = QUOTED.sub('""', text[start:end])
    named = any(sensitive(name) and not refers(word) for name, word in _ARGUMENT.findall(rest))
    plain = all(map(_PLAIN_WORD.fullmatch, _BARE_WORD.findall(rest)))
    if named or not plain or any(map(is_token, _LONG_WORD.findall(rest))):
        return [], 0
    spans = []
    for number, literal in enumerate(QUOTED.finditer(text, start, end)):
        word = QUOTES.sub("", literal[0])
        is_key = KEY_END.match(text, literal.end()) is not None
        if not (is_key or is_trivial(word) or refers(word) or (number == 0 and _is_name(word))):
            spans.append(literal.span())
    return spans, end


def _is_name(word: str) -> bool:
    """Whether a literal is the name or the label of a secret, or that of an encoding."""
    named = _LABEL.fullmatch(word) is not None and sensitive(word)
    return named or any(one.fullmatch(word) for one in (_CONSTANT, _ENCODING))
