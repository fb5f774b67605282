"""Secrets that are named in a text of any kind: a note, a page, a log, a text within a text."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice, product
from typing import Any

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from ..markup.entities import unescape
from . import vocabulary
from .announced_secrets import announced_secrets
from .codes_in_sentences import PHRASES_OF_CODES
from .commands_and_links import PHRASE, passwords_near
from .credentials import parts_of
from .distinct_values import is_distinct, is_national_id, is_random
from .embedded_documents import document_of
from .generated_passwords import generated_passwords, is_generated
from .ids_in_texts import PHRASES_OF_IDS
from .logins_in_texts import COMMANDS
from .names import CERTAIN, is_certain
from .pieces_of_texts import LOWER, MOST, joined, pieces, readings, texts_within
from .recovery_codes import listed_codes
from .sanitizer import REDACTED, Sanitizer
from .secret_links import PHRASES_OF_LINKS, ends_of_phrases
from .short_codes import short_codes
from .tables import csv_rows, has_head, html_rows, markdown_rows
from .text import clean

_LONG_NAME = 4
"""Letters. A longer word occurs in few other words. A shorter one is searched for with the
punctuation that may follow a name.
"""

_BEHIND_SHORT = (
    ":",
    "=",
    " =",
    " !=",
    " :",
    "\\",
    "':",
    " is ",
    " ist ",
    "->",
    "%3d",
    "%3e",
    "%5d",
    "</",
    "(",
)

_CUTS = (",", ";", "\\n", "\\t")
"""What separates the names in the head of a table, as JSON writes it."""

_ACCENTED = (
    "contraseña", "código", "clé", "şifre", "hasło", "lösenord", "пароль", "токен", "код",
    "секрет", "密", "令", "验", "パス", "暗", "비밀", "암호", "토큰", "bestätigungscode",
    "prüfnummer",
    "prüfziffer", "schlüssel", "jelsz", "инн", "гасл", "numéro", "sécurité", "vérification",
    "číslo", "klíč", "kód", "nøkkel", "nøgle", "nyckel", "åtkomst", "bekräftelse", "engångs",
    "säkerhetskod", "återställning", "fødselsnummer", "henkilötunnus", "doğrulama", "güvenlik",
    "anahtar", "kimlik", "номер", "снилс", "ключ", "身份", "認証", "確認", "マイナ", "인증", "주민",
    "security number", "mật khẩu", "xác nhận", "parolă", "κωδικ", "лозинк", "सवर्ड", "парол",
    "hesł", "hasła", "salasõna", "slaptažod", "lykilorð", "fjalëkal", "gronidł", "şifrə",
    "συνθηματικ", "գաղտնա", "купуя", "нууц", "рамз", "сырсөз", "құпия", "серсүз", "d'accès",
    "d’accès", "dostępu", "kodları", "de récup", "uwierzytelni", "de sesión", "da sessão",
    "de sessão", "de session", "autenticación", "autenticação", "authentificat", "autentifik",
    "parol:", "parol</", "-code:", "-code</",
)  # fmt: skip
"""Names as texts write them, where the vocabulary has them without accents or within other
words.
"""

_CACHED = 512
"""Parts of texts whose secrets are remembered, of up to 200 characters each."""

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
    "keypad", "cvv ", "cvc ", "cvc)", "cvv)", "cvv2", "cvc2", "cv2=", "cv2>", "cv2: ", "cvnum",
    "cvdcode", "cvvn", "cvcn", "cvvd", "?session=",
    "login(", "connect(", "mysqli(", "pdo(", "__construct(", "bind(", "bind_s(", "getconnection(",
    "pwd ", "-migration://", "serv identify ", "authenticate ", "code for ", "code to ",
    "code of ", "use pin ",
    "enter pin ", "type pin ", "with pin ",
    "args=(", "args: [", "args=[", "key=", "key =", "key: ", "key': ", *PHRASES_OF_IDS,
    *PHRASES_OF_LINKS,
    *(
        f"{begins}{word} "
        for begins in ('"', "\0", "\\n", "\n", ":", "/", "'", "(") for word in COMMANDS
    ),
)  # fmt: skip
"""Words that precede a secret in a command, a header or a message."""

_GROUPS = re.compile(r"(?!\d{1,3}(?:\.\d{1,3}){3}(?![\w.-]))\d+(?:[ .-]\d+)+(?!\w)")
_LETTERED_GROUPS = re.compile(
    r"(?=\D{0,80}\d)(?:[A-Za-z\d]{4} ){3,15}[A-Za-z\d]{4}"
    r"|(?=(?:\D{0,4}\d){6})[A-Z\d]{1,18}(?: [A-Z\d]{1,18}){1,8}"
)
"""Numbers, keys and ids in groups."""

_KEY = re.compile(rb'[\w .-]{0,48}":')
_ESCAPE = ord("\\")
"""The key of an object, and what precedes its quotes in JSON within a text."""

_LOGIN = re.compile(rb"(?:://[^/\s\"<>@]{1,2048}|\w:[^/\s\"<>@]{6,256})@")
_SHORTEST = 8
"""Letters of a coded name. Fewer occur too often by chance."""

_CODED_NAMES = ("api key", "access token", "client secret", "secret key", "auth token", "db pass")

_ACCOUNT = re.compile(
    r"(?<![^\W_])(?:user|usr|uid|login|e?mail|account)(?:[_-]?(?:name|id))?\\{0,3}[\"']?\s{0,2}[:=]",
    re.IGNORECASE,
)
"""The name of a person's account before its value. A ``pass`` beside it is a password."""

_FIELD = re.compile(r"<(?:input|meta|param|property|add)\b[^<>]{0,2048}>", re.IGNORECASE)
"""A tag whose value may come before its name."""


def may_name_secrets(data: bytes) -> bool:
    """Whether texts of data may name a secret. Values under JSON keys are handled by the key's
    name.

    :param data: JSON.
    """
    found = _name_finder().find_matches_as_indexes(data.translate(LOWER))
    ends = ends_of_phrases(data, found)
    if any(_KEY.match(data, end) is None or data[end - 1] == _ESCAPE for end in ends):
        return True
    return b"@" in data and _LOGIN.search(data) is not None


def may_name(data: bytes) -> bool:
    """Whether data may contain the name of a secret, or an address with a password."""
    return bool(_name_finder().find_matches_as_indexes(data.translate(LOWER))) or b"@" in data


def named_secrets(data: bytes, short: dict[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """Return names and values of secrets in the texts of plain data. A pair may occur several
    times.

    A value must contain a digit or punctuation, so that ordinary words and code do not count as
    secrets.

    :param data: JSON.
    :param short: takes short codes with their names, and what is kept of them.
    """
    found: list[tuple[str, str]] = []

    def note(name: str, value: str) -> None:
        found.append((name, value))

    texts = texts_within(data)
    tags: dict[str, None] = {}
    for text in texts:
        document = document_of(text)
        if document is not None:
            kept = Sanitizer().params({"": document})[""]
            masked = [("password", secret) for secret in _masked(document, kept)]
            found += masked
            yield from (pair for pair in masked if is_generated(pair[1]))
        if "\n" in text or "\r" in text:
            rows = (*csv_rows(text), *markdown_rows(text))
            found.extend(pair for row in rows for pair in row)
        if "<t" in text and has_head(text):
            found.extend(pair for row in html_rows(unescape(text)) for pair in row)
        if "<" in text:
            tags |= dict.fromkeys(tag[0] for tag in islice(_FIELD.finditer(text), MOST))
    for tag in tags:
        clean(tag, prose=True, learn=note)
    for piece in dict.fromkeys(_pieces(texts)):
        named, whole, codes = _found_in(piece)
        found += named
        yield from whole
        if short is not None:
            short |= codes
    found += [(name, part) for name, value in found if ";" in value for part in parts_of(value)]
    for name, value in dict.fromkeys(found):
        certain = is_certain(name) or name.startswith("--")
        groups = _GROUPS.match(value.strip())
        if certain and groups is not None and sum(map(str.isdigit, groups[0])) > 8:
            yield name, groups[0]
        if certain and _LETTERED_GROUPS.fullmatch(value):
            yield name, value
        for word in _words(value):
            if is_distinct(name, word) and (
                certain or is_random(word) or is_national_id(name, word)
            ):
                yield name, word
    for text in texts:
        for phrase in PHRASE.findall(text) if "phrase" in text or "nemonic" in text else ():
            yield "mnemonic", phrase
        for code in listed_codes(text):
            if is_distinct("recovery_code", code):
                yield "recovery_code", code


@lru_cache(maxsize=_CACHED)
def _found_in(
    piece: str,
) -> tuple[list[tuple[str, str]], list[tuple[str, str]], dict[str, str]]:
    """Return the names and values in a part of a text, the generated passwords among them, which
    are secret as a whole, and the short codes. Most pages show the same texts to many visitors, and
    a frame and its page contain the same ones.
    """
    found: list[tuple[str, str]] = []
    whole: list[tuple[str, str]] = []

    account = _ACCOUNT.search(piece) is not None

    def note(name: str, value: str) -> None:
        beside = account and name.lower() == "pass"
        found.append((f"user_{name}" if beside else name, value))

    def is_name(name: str) -> bool:
        return is_certain(name) or (account and name.lower() == "pass")

    for written in dict.fromkeys(readings(piece)):
        clean(written, prose=True, learn=note)
        found.extend(passwords_near(written, is_certain))
        found.extend(announced_secrets(written, is_certain))
        whole.extend(generated_passwords(written, is_name))
    return [*dict.fromkeys(found)], whole, dict(short_codes(piece))


def _words(value: str) -> Iterator[str]:
    """Yield the words of a value that may be the secret: the first one, and the one after a colon.
    More words of the text or of a command may follow.
    """
    value = value.strip()
    yield value.partition(" ")[0].strip("*_`").rstrip(".,:;*_`")
    if ": " in value:
        yield value.rpartition(": ")[2].rstrip(".,;")


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


def _pieces(texts: Iterable[str]) -> list[str]:
    """Return the parts of texts in which a name may precede a value."""
    data = joined(texts)
    matches = _name_finder().find_matches_as_indexes(data.translate(LOWER))
    logins = [match.start() + len("://") for match in _LOGIN.finditer(data)] if b"@" in data else []
    return pieces(data, (*ends_of_phrases(data, matches), *logins))


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
        yield code[offset + (offset > 0) : -filled - 1 if filled else None].translate(LOWER)
