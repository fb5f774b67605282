"""Secrets that are named in a text of any kind: a note, a page, a log, a text within a text."""

from __future__ import annotations

import quopri
import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice, product
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from ahocorasick_rs import BytesAhoCorasick, MatchKind

from ..markup.entities import unescape
from . import vocabulary
from .codes_in_sentences import PHRASES_OF_CODES
from .commands_and_links import PHRASE, is_token, passwords_near
from .common_values import Reach, reach
from .credentials import base64_text, parts_of
from .embedded_documents import document_of
from .ids_in_texts import PHRASES_OF_IDS
from .logins_in_texts import COMMANDS
from .names import CERTAIN, is_certain, measures, sensitive, words_of
from .recovery_codes import listed_codes
from .sanitizer import REDACTED, Sanitizer
from .secret_links import PHRASES_OF_LINKS, ends_of_phrases
from .tables import csv_rows, has_head, html_rows, markdown_rows
from .text import clean

_LOWER = bytes(range(256)).lower()
_MOST = 64
"""The most names that are examined in all texts of the data together. A page may contain "password"
in every line.
"""

_BEFORE, _BEHIND = 48, 120
"""Characters before and after a name that are examined."""

_LONG_NAME = 4
"""Letters. A longer word occurs in few other words. A shorter one is searched for with the
punctuation that may follow a name.
"""

_BEHIND_SHORT = (":", "=", " =", " :", "\\", "':", " is ", " ist ", "->", "%3d", "</", "(")

_CUTS = (",", ";", "\\n", "\\t")
"""What separates the names in the head of a table, as JSON writes it."""

_ACCENTED = (
    "contraseña", "código", "clé", "şifre", "hasło", "lösenord", "пароль", "токен", "код",
    "секрет", "密", "令", "验", "パス", "暗", "비밀", "암호", "토큰", "bestätigungscode",
    "prüfnummer",
    "prüfziffer", "schlüssel", "jelsz", "инн", "гасл",
    "numéro", "sécurité", "vérification", "číslo", "klíč", "kód",
    "nøkkel", "nøgle", "nyckel", "åtkomst", "bekräftelse", "engångs", "säkerhetskod",
    "återställning", "fødselsnummer", "henkilötunnus",
    "doğrulama", "güvenlik", "anahtar", "kimlik", "номер", "снилс", "ключ", "身份", "認証", "確認",
    "マイナ", "인증", "주민", "security number", "mật khẩu", "xác nhận", "parolă", "κωδικ",
    "лозинк", "सवर्ड",
)  # fmt: skip
"""Names as texts write them, where the vocabulary has them without accents or within other
words.
"""

_PHRASES_BEFORE = (
    "bearer ", "basic ", "identified ", "wifi:", "sshpass", "redis-cli", "zip -p", "-pass", " -p",
    "'-p", '"-p', '\\"-p', " -u ", "'-u'", '\\"-u\\"', "'-a'", '\\"-a\\"',
    "net user ", "pin lautet ", "pin es ", "pin est ", "pin to ", "--user", "[parameters",
    "failing row", "sqlplus", ":thin:", "http -a", "https -a", "ldap", "htpasswd", "chpasswd",
    "sudo -s", "vault login", "openssl",
    "freerdp", "/user:", "/p:", " -a ", "duplicate entry", "auth plain", "auth login",
    "enter code", "enter the code", "use code", "your code", "ihr code", "dein code", "votre code",
    "u código", "o codice", ":5432:", "5432:",
    "login: ", "login : ", "log-in: ", "sign-in: ",
    "access: ", "account: ", "anmeldung: ", "zugang: ", "identifiant", "connexion : ", "accès : ",
    "accesso: ", "acceso: ", "acesso: ", "logowanie: ", "přihlášení: ", "inloggning: ", "giriş: ",
    "логин: ", "вход: ", "вхід: ", "登录", "登入", "ログイン", "로그인", "tan: ",
    "tan lautet", "tan ist", "snmp", "otp ", " code is ", "this code", "following code",
    "api 키", "api キー", "one-time code", "one-time pass", "one-time pin", "set password",
    "your otp", " is your ", " to sign in", " to log in", "signing in", "not share", "never share",
    "икому", "compart", "n kod", "аш код", "codes de ", "codici di ", "kody ", "резервн",
    "备用码", "バックアップコード", "복구 코드", "백업 코드", "@tcp(", "@unix(",
    "?code=", "&code=", "setup key", "set-up key", "authenticator key", "manual key",
    "manual entry", "this key",
    "the key", "temporary pin", "new pin ", "initial pin", "current pin ", "old pin ",
    "login(", "pwd ", "-migration://", "serv identify ", "authenticate ", "code for ", "code to ",
    "code of ", "use pin ",
    "enter pin ", "type pin ", "with pin ",
    "args=(", "args: [", "args=[", "_key=", "_key =", "_key: ", *PHRASES_OF_IDS, *PHRASES_OF_LINKS,
    *(f"{begins}{word} " for begins in ('"', "\0", "\\n", "\n", ":", "/") for word in COMMANDS),
)  # fmt: skip
"""Words that precede a secret in a command, a header or a message."""

_GROUPS = re.compile(r"\d+(?:[ -]\d+)+(?!\w)")
_LETTERED_GROUPS = re.compile(
    r"(?=\D{0,80}\d)(?:[A-Za-z\d]{4} ){3,15}[A-Za-z\d]{4}"
    r"|(?=(?:\D{0,4}\d){6})[A-Z\d]{1,18}(?: [A-Z\d]{1,18}){1,8}"
)
"""Numbers, keys and ids in groups."""

_KEY = re.compile(rb'[\w .-]{0,48}":')
_LOGIN = re.compile(rb"(?:://[^/\s\"<>@]{1,2048}|\w:[^/\s\"<>@]{6,256})@")
_FOREIGN_DIGIT = (
    rb"\xd9[\xa0-\xa9]|\xdb[\xb0-\xb9]|\xe0(?:[\xa5\xa7][\xa6-\xaf]|\xb9[\x90-\x99])"
    rb"|\xef\xbc[\x90-\x99]"
)
"""Digits of Arabic, Persian, Devanagari, Bengali, Thai and full width, in UTF-8."""

_FOLLOWED = re.compile(rb"[^\0]{0,80}?(?:[\d!#$%^&*+?~@]|" + _FOREIGN_DIGIT + rb")")
"""After a name: characters that include a digit or punctuation."""

_DIGIT = re.compile(rb"\d|" + _FOREIGN_DIGIT)
_BREAK = b"\0"
_SPACE = re.compile(rb"[\s\0]|\Z")
_SERIALIZED = re.compile(r'"([\w.-]{1,120})";s:\d+:"')
"""A name, and the beginning of its value, as PHP serializes them."""

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*":?')
"""A string in JSON, and the colon after a key."""

_SHORTEST = 8
"""Letters of a coded name. Fewer occur too often by chance."""

_DIGITS = 7
"""Digits of the shortest national id."""

_LEAST = 24
_CODED = re.compile(rf"[A-Za-z0-9+/_-]{{{_LEAST},65536}}={{0,2}}")
_HEXADECIMAL = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2}){11,32768})")
_CODED_NAMES = ("api key", "access token", "client secret", "secret key", "auth token", "db pass")

_FIELD = re.compile(r"<(?:input|meta|param|property|add)\b[^<>]{0,2048}>", re.IGNORECASE)
"""A tag whose value may come before its name."""

_UNICODE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_BREAKS = re.compile(r"\\+[nrt](?=\\|[A-Z]|\Z)")
"""Line breaks as JSON writes them, where they cannot be the beginning of a word."""

_ENTITY = re.compile(r"&#?\w{1,32};")
_TAGS = re.compile(r"[\s:]*(?:</?[a-zA-Z][^<>]{0,200}>\s*){1,6}")
_CELLS = re.compile(
    r"</(?:dt|th|td|label|b|strong|span)>|<(?:code|kbd|samp|pre|em)>", re.IGNORECASE
)
_CODE = re.compile(
    r"[\s()\[\]{}<>]|\A(?!.*[A-Za-z]{4}\d{3,}\Z)[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z|\A\d{1,3}[-–]?[A-Za-z]{0,12}\Z|\A[A-Z]{1,5}-?\d{1,5}\Z|://[^@]*\Z|\A[~^<>=v]{0,2}\d+(?:\.\d+)+\Z|\A(?!\d{3}-\d{3}\Z)\d{1,3}[-–~]\d{1,3}\Z"
    r"|\A#/|\A\$[A-Z_]\w*\Z|\A(?i:your|x{3,})[\W_]|\A(?:JWT/)?(?:[HREP]S(?:256|384|512)|SHA-?\d|AES-?\d|bcrypt/)"
    r"|\A(?i:argon2(?:id|i|d)?|(?:x|ed)\d{4,5}|pbkdf2[\w-]*|utf-?8|base\d\d|md5)\Z"
)
"""Operators and syntax of code, section numbers, placeholders, and algorithms."""

_DOTTED = re.compile(r"(?=(?:\D{0,32}\d){6})[\w-]{16,}\.\w{1,5}")
"""A token, and the end of a file's name."""

_NAME = re.compile(r"[\w$][\w.:/\[\]-]{0,79}?(?<!\d)\d?[\])]?")
"""A name, which ends with one digit at most, unlike ``Password123`` and ``Secret7!``."""

_MIXED = re.compile(r"\d|\A(?=[^A-Za-z]*[A-Za-z])[^!#$%^&*+?~]*[!#$%^&*+?~]")


def may_name_secrets(data: bytes) -> bool:
    """Whether texts of data may name a secret. Values under JSON keys are handled by the key's
    name.

    :param data: JSON.
    """
    found = _name_finder().find_matches_as_indexes(data.translate(_LOWER))
    if any(_KEY.match(data, end) is None for end in ends_of_phrases(data, found)):
        return True
    return b"@" in data and _LOGIN.search(data) is not None


def may_name(data: bytes) -> bool:
    """Whether data may contain the name of a secret, or an address with a password."""
    return bool(_name_finder().find_matches_as_indexes(data.translate(_LOWER))) or b"@" in data


def named_secrets(data: bytes) -> Iterator[tuple[str, str]]:
    """Return names and values of secrets in the texts of plain data. A pair may occur several
    times.

    A value must contain a digit or punctuation, so that ordinary words and code do not count as
    secrets.

    :param data: JSON.
    """
    found: list[tuple[str, str]] = []

    def note(name: str, value: str) -> None:
        found.append((name, value))

    texts = _texts(data)
    texts = [*dict.fromkeys(chain(texts, *map(_decoded, texts)))]
    tags: dict[str, None] = {}
    for text in texts:
        document = document_of(text)
        if document is not None:
            kept = Sanitizer().params({"": document})[""]
            found += (("password", secret) for secret in _masked(document, kept))
        if "\n" in text or "\r" in text:
            rows = (*csv_rows(text), *markdown_rows(text))
            found.extend(pair for row in rows for pair in row)
        if "<t" in text and has_head(text):
            found.extend(pair for row in html_rows(unescape(text)) for pair in row)
        if "<" in text:
            tags |= dict.fromkeys(tag[0] for tag in islice(_FIELD.finditer(text), _MOST))
    for tag in tags:
        clean(tag, prose=True, learn=note)
    coded = (text.encode("utf-8", "replace") for text in texts)
    for piece in dict.fromkeys(_pieces(_BREAK + _BREAK.join(coded))):
        for written in dict.fromkeys(_readings(piece)):
            clean(written, prose=True, learn=note)
            found.extend(passwords_near(written, is_certain))
    found += [(name, part) for name, value in found if ";" in value for part in parts_of(value)]
    for name, value in dict.fromkeys(found):
        certain = is_certain(name) or name.startswith("--")
        groups = _GROUPS.match(value.strip())
        if certain and groups is not None and sum(map(str.isdigit, groups[0])) > 8:
            yield name, groups[0]
        if certain and _LETTERED_GROUPS.fullmatch(value):
            yield name, value
        for word in _words(value):
            if _is_distinct(name, word) and (certain or _is_random(word) or _is_id(name, word)):
                yield name, word
    for text in texts:
        for phrase in PHRASE.findall(text) if "phrase" in text or "nemonic" in text else ():
            yield "mnemonic", phrase
        for code in listed_codes(text):
            if _is_distinct("recovery_code", code):
                yield "recovery_code", code


def _words(value: str) -> Iterator[str]:
    """Yield the words of a value that may be the secret: the first one, and the one after a colon.
    More words of the text or of a command may follow.
    """
    value = value.strip()
    yield value.partition(" ")[0].strip("*_`").rstrip(".,:;*_`")
    if ": " in value:
        yield value.rpartition(": ")[2].rstrip(".,;")


def _is_random(word: str) -> bool:
    """Whether a word looks random, so that a name with other meanings, such as ``pass`` or ``sig``,
    must mean the secret.
    """
    if len(word) < 8 or not any(map(str.isdigit, word)) or not any(map(str.isalpha, word)):
        return False
    mixed = word != word.lower() and word != word.upper()
    return len(word) >= 16 or (mixed and not word.isalnum())


def _is_id(name: str, word: str) -> bool:
    """Whether a word after the name of a national id looks like one: it has many digits."""
    national = vocabulary.NATIONAL_IDS.isdisjoint(words_of(name)[-1:])
    return not national and sum(map(str.isdigit, word)) >= _DIGITS


def _masked(before: Any, after: Any) -> Iterator[str]:
    """Yield the texts that were masked in a document."""
    if isinstance(before, str):
        if after == REDACTED:
            yield before
    elif isinstance(before, dict) and isinstance(after, dict):
        for key, item in before.items():
            yield from _masked(item, after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        for item, kept in zip(before, after, strict=False):
            yield from _masked(item, kept)


def _readings(text: str) -> Iterator[str]:
    """Return a text as it is, and decoded as its recipients decode it."""
    text = unescape(text) if _ENTITY.search(text) else text
    text = _UNICODE.sub(lambda match: chr(int(match[1], 16)), text) if "\\u" in text else text
    yield text
    if "%" in text:
        yield unquote_plus(text)  # a literal plus sign is encoded, so a plus sign means a space
        yield unquote_plus(unquote_plus(text))
    if "=3D" in text:
        yield quopri.decodestring(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    if ";s:" in text:
        yield _SERIALIZED.sub(r'"\1": "', text)
    if "\\" in text:
        yield _BREAKS.sub("\n", text).replace("\\", "")
    if _CELLS.search(text):
        yield _TAGS.sub(": ", text)


def _pieces(data: bytes) -> list[str]:
    """Return the parts of texts in which a name may precede a value."""
    matches = _name_finder().find_matches_as_indexes(data.translate(_LOWER))
    ends = [
        *ends_of_phrases(data, matches),
        *(match.start() + len("://") for match in _LOGIN.finditer(data)),
    ]
    pieces: list[str] = []
    last = 0
    promising = (
        end
        for end in sorted(ends)
        if _FOLLOWED.match(data, end) or _DIGIT.search(data, max(0, end - _BEFORE), end)
    )
    for end in islice(promising, _MOST):
        if end >= last:
            last = _SPACE.search(data, end + _BEHIND).start()  # type: ignore[union-attr]
            after = data[end:last].partition(_BREAK)[0]
            last = end + len(after)  # the next text has names of its own
            before = data[max(0, end - _BEFORE) : end].rpartition(_BREAK)[2]
            pieces.append((before + after).decode("utf-8", "ignore"))
    return pieces


def _decoded(text: str) -> Iterator[str]:
    """Yield the texts that are written within a text in base64 or hexadecimal digits."""
    if len(text) < _LEAST:
        return
    for coded in islice(_CODED.finditer(text), _MOST):
        try:
            digits = _HEXADECIMAL.fullmatch(coded[0])
            yield bytes.fromhex(digits[1]).decode() if digits else base64_text(coded[0])
        except ValueError:
            continue


def _is_distinct(name: str, value: str) -> bool:
    """Whether a value is neither an ordinary word nor code, nor the name of a secret itself."""
    if not is_token(value) and _NAME.fullmatch(value) is not None and sensitive(value):
        return False
    if (
        REDACTED in value
        or (_CODE.search(value) and not _DOTTED.fullmatch(value))
        or reach(value) is not Reach.ANYWHERE
    ):
        return False
    counts = measures(name) and not any(map(str.isalpha, value))
    return _MIXED.search(value) is not None and not counts


def _texts(data: bytes) -> list[str]:
    """Return the texts in JSON, each once, without keys: the values of keys are handled by the
    key's name. Numbers and lists are not decoded.
    """
    written = dict.fromkeys(_STRING.findall(data))
    values = (one for one in written if not one.endswith(b":"))
    return msgspec.json.decode(b"[%b]" % b",".join(values), type=list[str])


@cache
def _name_finder() -> BytesAhoCorasick:
    words = {
        term.replace(" ", sign)
        for term in CERTAIN.strong
        if len(term) >= _LONG_NAME
        for sign in (" ", "_", "-", "")
    }
    short = {word for word in CERTAIN.strong if len(word) < _LONG_NAME} | vocabulary.WEAK
    words |= {word + sign for word in short for sign in _BEHIND_SHORT} | {*_PHRASES_BEFORE}
    words |= {f"{sign}{word}>" for word in short for sign in "<:"}
    words |= {f"{sign}{word}{end}" for word in short for sign, end in product(_CUTS, _CUTS)}
    words |= {f"_{word}{end}" for word in short for end in _CUTS}
    words |= {f"{sign}{word}_" for word in short for sign in _CUTS}
    words |= {
        case
        for word in (*_ACCENTED, *PHRASES_OF_CODES, *vocabulary.ANYWHERE)
        for case in (word, word.capitalize(), word.upper())
    }
    coded = {
        code
        for word in _coded_names()
        for written in (word, f'"{word}"', f"{word}=")
        for code in _codes(written.encode())
        if len(code) >= _SHORTEST
    }
    return BytesAhoCorasick(
        [*coded, *(word.encode() for word in words)], matchkind=MatchKind.LeftmostLongest
    )


def _coded_names() -> frozenset[str]:
    """Return the names that are recognized in base64, where letters of either case differ."""
    names = vocabulary.GLUED | {"token", "secret"}
    names |= {term.replace(" ", sign) for term in _CODED_NAMES for sign in ("_", "-", "")}
    camel = {term.title().replace(" ", "") for term in _CODED_NAMES}
    camel |= {name[0].lower() + name[1:] for name in camel}
    return names | camel | {case for name in names for case in (name.title(), name.upper())}


def _codes(word: bytes) -> Iterator[bytes]:
    """Yield a word in hexadecimal digits, and in base64 at each of three offsets, all in lower
    case.
    """
    yield word.hex().encode()
    for offset in range(3):
        code = b64encode(b"\0" * offset + word)
        filled = code.count(b"=")
        yield code[offset + (offset > 0) : -filled - 1 if filled else None].translate(_LOWER)
