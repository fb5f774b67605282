"""Values under the name of a secret that only describe it: messages, and schemas.

They are kept, because a page of errors or the description of an API is useless without them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .commands_and_links import is_token
from .common_values import is_common, is_time
from .harmless_values import is_end_of_number
from .names import addresses_owner, plain, sensitive, words_of
from .records_of_people import may_be_chosen
from .terms import words_in
from .texts_for_people import mentions_secret
from .vocabulary import HARMLESS, LEANING, QUALIFIERS, SMALL, STRONG, WEAK, WORDS

_MESSAGES = words_in("errors error messages violations hints labels placeholders descriptions")
"""Last words of names that hold messages by the names of fields."""

_DESCRIBING = words_in("message hint label placeholder description title help summary")
"""Last words of names that describe a secret if they occur below its name."""

_CONNECTING = SMALL | words_in("""
    are be been been does has have should can cannot could may must might will this that these those
    which who what please too very more less than between both either least most only same all any
    each other there here then when how
""")
"""Words that connect the parts of a sentence."""

_REJECTING = words_in("""
    required invalid missing short long shorter longer characters character letters letter digits
    digit empty blank null match matches incorrect wrong expired unknown allowed field exceed valid
    mandatory provided common numeric entirely similar contain contains uppercase lowercase enter
    choose type paste confirm already used ensure string numbers special weak simple guessable
""")
"""Words of messages that reject the visitor's input."""

_FOREIGN_REJECTING = words_in("""
    feld felder benotigt erforderlich pflichtfeld ungultig ungultige ungultiges zeichen falsch
    abgelaufen angeben ausfullen eingeben ziffern buchstaben stimmt ubereinstimmen champ
    obligatoire requis invalide
    caracteres caractere saisir incorrect expire campo obligatorio obligatoria requerido requerida
    invalido invalida caracteres incorrecta introduce introduzca preencha preenchido obbligatorio
    richiesto richiesta caratteri inserire scaduto veld verplicht vereist ongeldig tekens invullen
    verlopen pole wymagane wymagany znakow nieprawidlowe nieprawidlowy wypelnij povinne neplatne
    znaku vyplnte faltet obligatoriskt ogiltigt tecken feltet pakrevd obligatorisk ugyldig ugyldigt
    tegn pakraevet kentta pakollinen virheellinen merkkia alan zorunlu zorunludur gecersiz karakter
    поле обязательно обязательное неверныи символов введите заполните mindestens hochstens kurz
    gultig lang court courte longue valable valide corta corto larga valido valida muy curta muito
    scaduta breve kort geldig krotkie wygaslo kratke dlouhe lyhyt kisa короткии истек недеиствителен
    schwach leer fehlt faible vide debil vacia vazia fraca vuota zwak leeg slabe puste prazdne svagt
    tomt svag tom heikko tyhja zayif bos слабыи пустои короткии довгии слабкии fel feil forkert galt
    onjuist zly zle bledne spatne vaara yanlis hatali неправильныи неверен gewijzigd verkeerd
    abgelehnt andert geandert change modifiee cambiada alterada cambiata zmienione zmeneno andrat
    aendret endret vaihdettu degistirildi изменен змінено
""")
"""Such words in other languages, without accents."""

_FOREIGN_CONNECTING = words_in("""
    der die das den dem ein eine ihr ihre dein deine sie du und oder ist sind war wurde muss mussen
    darf nicht kein zu sehr haben hat sein lang bitte geben wahlen aus diese dieser dieses beide
    beiden stimmen
    le la les un une votre vos ton est doit trop pas ne etre avoir au moins plus et ou veuillez
    el los su tu es debe no muy ser tener al menos mas y o por favor una
    a os seu sua deve e muito ter pelo nao um uma
    il lo gli tuo tua questo questa puo deve essere troppo non almeno piu con
    de het een je uw is moet mag niet te zijn bevatten minimaal minstens ten minste en of
    musi jest byc zbyt nie co najmniej twoje i lub to zostalo
    vase musi byt prilis neni alespon nejmene a nebo je bylo
    ditt din ert maste vara ar for inte minst och eller har
    skal vaere er ma ikke mindst minst og blevet
    on liian taytyy olla ei vahintaan ja tai pitaa sinun
    en az cok olmalidir olmali degil ve veya bir lutfen
    schlussel code karte nummer cle numero clave codigo chave chiave codice sleutel klucz kod klic
    nyckel kode nogle avain koodi anahtar ключ код номер
    должен должна быть слишком не менее ваш этот это для заполнения и или минимум содержать
    повинен бути надто
""")
"""Words that connect the parts of a message in those languages."""

_FOREIGN = _FOREIGN_REJECTING | _FOREIGN_CONNECTING

_EXAMINED = 8
"""Words of a message that are examined after the name of a secret."""

_USUAL = _CONNECTING | _REJECTING | (WORDS - HARMLESS)

_LANGUAGES = _USUAL, _FOREIGN
"""The words of messages in English and in other languages."""

_PHRASES = words_in("mnemonic passphrase phrase seed words answer answers")
"""Words of names whose secrets read like prose."""

_SIZES = words_in("length minimum maximum min max limit quota decimals items characters")
"""Last words of names below a sensitive one that measure the secret: ``minLength``."""

_TIMES = words_in("expires expiry expiration exp ttl age lifetime timeout iat nbf")
"""Words of names below a sensitive one that say how long the secret is valid: ``expires_in``."""

_TYPES = words_in("""
    string number integer boolean object array null date date-time time duration email hostname
    ipv4 ipv6 uri uri-reference uuid regex password byte binary int32 int64 float double
    json-pointer text hidden http https apikey oauth2 openidconnect bearer basic digest header query
    cookie jwt
""")
"""Types and formats in JSON Schema and OpenAPI, of fields of forms, and of authentication."""

_LISTS = frozenset({"type", "enum", "required", "methods", "scope", "scopes", "permissions"})
_TERM = re.compile(r"[a-zA-Z]{1,20}(?:[_-][a-zA-Z]{1,20}){0,4}")
_STATE = re.compile(r"[a-zA-Z]{3,20}(?:[ _-][a-zA-Z]{3,20}){0,3}")
_POINTER = re.compile(r"(?:https?://[^\s@?#]{1,200})?#/[A-Za-z$_]{1,40}(?:/[\w$.~-]{1,60}){0,9}")
"""A JSON pointer to a schema, in the document or in another one."""

_LARGEST = 1_024
"""The largest size that is kept, except for usual limits."""

_LIMITS = frozenset({*(2**power for power in range(32)), *(2**power - 1 for power in range(64))})

_MEASURED = QUALIFIERS | words_in("id version x y z lat latitude lng lon long longitude")
"""Words of names that say what a number measures. Any other number may be a PIN."""

_COUNTS = words_in("count counts days hours minutes months years attempts")
"""Words of names of small numbers that no PIN and no CVC has."""

_MONEY = words_in("balance amount price wages fee")
"""Last words of names of amounts. No PIN is called so."""

_OF_LOGINS = frozenset({"auth", "authentication", "credential", "credentials", "login", "logins"})
_NAMING = words_in("""
    user username login email mail phone realm provider region host hostname port client tenant
    database db issuer
""")
_KNOWN = re.compile(
    r"\+?[\d ()/-]{6,24}|[\w.+-]{1,64}(?:@[\w.-]{1,190})?|[^\W\d_]{1,32}(?: [^\W\d_]{1,32}){1,3}"
)
_PART = re.compile(r"\w{8,}")
_LONGEST_KNOWN = 24
"""Last words of names of logins, and of names below them that say whose they are and where they
apply; what such a name or an address looks like, parts of it that may be random, and its longest
form without an ``@``: a key may be sent as the name of a user.
"""

_KINDS = words_in("type subtype kind status country currency brand scheme network method mode")
_NAMED = words_in("bank holder institution branch display friendly legal")
_TITLE = re.compile(r"[^\W\d_]{2,24}(?:[ _-][^\W\d_]{1,24}){0,5}")
"""Last words of names that say of which kind something is, words before ``name`` that say whose it
is, and the words that are their values: ``{"bank_account": {"bank_name": "First Bank"}}``.
"""

_PUBLIC = re.compile(
    r"https?://(?:[a-z-]{1,40}\.){0,4}[a-z-]{2,40}(?::\d{2,5})?(?:/(?:[a-zA-Z_-]{1,24}\d?|\d{1,9})){0,9}/?"
)
_ADDRESSES = frozenset({("url",), ("uri",), ("href",), ("link",), ("endpoint",), ("issuer",)})
"""An address without anything random, and the last words of names of addresses."""

_LONGEST_TIME = 366 * 86_400
_EARLIEST = 1_000_000_000
"""Seconds of a duration, and of a time since 1970."""

_DURATION = re.compile(
    r"\d{1,4} ?(?:ms|s|sec|m|min|h|d|w|y|seconds?|minutes?|hours?|days?|weeks?|months?|years?)"
)

_LONGEST = 40
"""Words of the longest message."""

_SHARE = 0.75
"""The least share of a message's words that must be common in messages."""

_MOST = 0.6
"""The least share of a remark's words that occur in messages, unless it names the secret."""

_PERSONAL = re.compile(r"\bI\b|\b[Mm]y\b")
"""Words of passphrases that no message of an app has."""

_SHORT = 4
"""Words of the longest label."""

_PIECE = re.compile(r"[(\"“‘']?\w+(?:['’-]\w+)*[)\"”’'.,;:!?…*]{0,3}")
"""A word of a message, with the punctuation around it."""

_QUOTES = ('"', "“", "‘", "'")
_LETTER = r"[^\W\d_\u3040-\u9fff\uac00-\ud7af]"
_MIXED = re.compile(rf"{_LETTER}-?\d|\d-?{_LETTER}")
"""Letters and digits in one word, which no message has in a script with spaces."""

_SENTENCE = re.compile(r"[^\W\d_]\S*(?: \S+){2,40}[.!?…]|[^\x00-\x7f]{3,80}[。！？]")

_SMALL_LETTER = re.compile(r"[a-z]")
_UNSPACED_REJECTING = re.compile(
    r"太|过|過|不|请|請|至少|错|錯|無效|无效|必|入力|ください|違|期限|短|長|잘못|필수|이상|짧|입력|하세요|않|만료|올바르"
)
"""Parts of messages that reject the visitor's input, in such scripts."""

_UNSPACED = re.compile(
    r"[^\x00-\x7f]{3,80}(?:ください|必要です|必須です|しません|不能为空|不能為空|错误|錯誤|无效|無效"
    r"|하세요|합니다|않습니다|입니다)[。！.!]?"
)
"""A message of a script without spaces."""

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CONTRACTED = re.compile(r"(?<=[a-z])['’][a-z]{1,2}\b")
"""The end of a contraction: ``can't``."""

_CODE = re.compile(r"\d{4}|\d[ -]\d")
"""Digits that may be a code."""


@lru_cache(maxsize=4096)
def has_messages(name: str) -> bool:
    """Whether a name holds messages about fields, by the names of the fields."""
    return "".join(words_of(name)[-1:]) in _MESSAGES


@lru_cache(maxsize=1024)
def is_message(name: str, text: str) -> bool:
    """Whether a text under the name of a secret is a message about it: ``Must be at least 8
    characters long``.

    A message is a sentence, or most of its words are common in messages. It never quotes the
    visitor's input. A secret may consist of words, too, but rarely of these.
    """
    pieces = text.split(" ", _LONGEST)
    if len(pieces) > _LONGEST or _CODE.search(text) or _MIXED.search(text):
        return False
    if not text.isascii() and (
        (_SENTENCE.fullmatch(text) and len(pieces) == 1)  # of a script without spaces
        or (
            _UNSPACED_REJECTING.search(text)
            and not _SMALL_LETTER.search(text)
            and mentions_secret(text)
        )
    ):
        return True
    if not all(map(_PIECE.fullmatch, pieces)):
        return False
    words = [*map(str.casefold, _WORD.findall(_CONTRACTED.sub("", plain(text))))]
    quoted = (piece for piece in pieces if piece.startswith(_QUOTES))
    if not words or any(not _is_usual(word) for piece in quoted for word in _words(piece)):
        return False
    usual = sum(map(_is_usual, words))
    if usual == len(words) and not _REJECTING.isdisjoint(words):
        return True
    if not _PHRASES.isdisjoint(words_of(name)):
        return False
    names_secret = sensitive(text) or any(word.removesuffix("s") in STRONG for word in words)
    if usual == len(words) <= _SHORT and (names_secret or not WEAK.isdisjoint(words)):
        return True
    if _SENTENCE.fullmatch(text):
        return True
    if _is_foreign(name, text, words):
        return True
    if len(words) < 2 or usual < _SHARE * len(words) or _CONNECTING.isdisjoint(words):
        return False
    return all(word.isdecimal() or is_common(word) for word in words)


def _is_foreign(name: str, text: str, words: list[str]) -> bool:
    """Whether a text in another language is a message about a secret: it names one or rejects the
    visitor's input, and most of its words are those of messages.
    """
    if _FOREIGN_REJECTING.isdisjoint(words) or len(words) < 2:
        return False
    known = sum(word.isdecimal() or word in _FOREIGN for word in words)
    return known == len(words) or (mentions_secret(text, name) and known + 1 >= _SHARE * len(words))


def is_remark(name: str, text: str) -> bool:
    """Whether a text that a page shows under the name of a secret is a message that rejects the
    visitor's input.
    """
    if " " not in text:
        return _UNSPACED.fullmatch(text) is not None
    words = [*map(str.casefold, _WORD.findall(plain(text)))]
    if not _REJECTING.isdisjoint(words):
        says = not (_CONNECTING | STRONG).isdisjoint(words) or mentions_secret(text)
    else:
        says = not _FOREIGN_REJECTING.isdisjoint(words) and (
            len(words) > 2 or mentions_secret(text)
        )
    known = (sum(word.isdecimal() or word in usual for word in words) for usual in _LANGUAGES)
    about = max(known) >= _MOST * len(words) or mentions_secret(text, name)
    return says and about and not _PERSONAL.search(text) and is_message(name, text)


def is_rejection(text: str) -> bool:
    """Whether a text after the name of a secret is a message about it, not its value:
    ``mindestens 8 Zeichen``.
    """
    words = [word.strip("().,:;!?…\"'") for word in plain(text).casefold().split()[:_EXAMINED]]
    return "".join(words[:1]).isalpha() and (
        words[0] in _REJECTING or not _FOREIGN_REJECTING.isdisjoint(words)
    )


def _words(piece: str) -> list[str]:
    return [*map(str.casefold, _WORD.findall(piece))]


def _is_usual(word: str) -> bool:
    """Whether a word occurs in many messages."""
    return word.isdecimal() or word in _USUAL


def is_description(name: str, under: str, value: object) -> bool:
    """Whether a value below a sensitive name only describes the secret, as a schema does.

    Examples are ``"minLength": 12``, ``"format": "password"`` and
    ``"$ref": "#/components/schemas/Token"``.

    :param name: the name of the value.
    :param under: the sensitive name above it.
    """
    words = words_of(name)
    last = "".join(words[-1:])
    if isinstance(value, bool) or _is_detail(name, under, value):
        return True
    if isinstance(value, int):
        timed = words[-2:-1] if last in LEANING else words[-1:]
        if not _TIMES.isdisjoint(timed):
            return abs(value) <= _LONGEST_TIME or value >= _EARLIEST
        return last in _SIZES and (abs(value) <= _LARGEST or value in _LIMITS)
    if isinstance(value, list):
        return last in _LISTS and all(isinstance(item, str) and _is_term(item) for item in value)
    if not isinstance(value, str):
        return False
    if last in {"pattern", "regex"}:
        return value.startswith("^") and value.endswith("$")
    if not _TIMES.isdisjoint(words):
        return _DURATION.fullmatch(value) is not None
    if last == "ref":
        return _POINTER.fullmatch(value) is not None
    if last in _DESCRIBING:
        return is_message(under, value)
    if last == "name":  # of the header that holds the secret
        return _TERM.fullmatch(value) is not None and sensitive(value)
    return last in {"type", "format", "in", "scheme"} and _is_type(value)


def _is_detail(name: str, under: str, value: object) -> bool:
    """Whether a number, a date or a word about secrets says something about a secret, by its name:
    the ``created_at`` or ``status`` of a token, the position of a pin on a map.
    """
    if isinstance(value, int) and name == "id":
        return abs(value) < _LARGEST  # of a row
    words = words_of(name)
    if isinstance(value, str) and is_end_of_number(f"{under}_{name}", value):
        return True
    if isinstance(value, str | int) and addresses_owner(" ".join(words_of(under)), words):
        parts = _PART.findall(str(value))
        return not sensitive(name) and not any(map(is_token, parts))
    if isinstance(value, str) and _names_login(under, words, value):
        return not sensitive(name)
    if words[-1:] in _ADDRESSES and _ADDRESSES.isdisjoint((word,) for word in words_of(under)):
        return isinstance(value, str) and _PUBLIC.fullmatch(value) is not None
    if isinstance(value, int) and not _COUNTS.isdisjoint(words):
        return abs(value) < _LARGEST
    if name == under or sensitive(f"{under}_{name}"):
        return False
    if isinstance(value, int | float):
        if not _MONEY.isdisjoint(words[-1:]):
            return True
        return abs(value) < _LARGEST and not _MEASURED.isdisjoint(words)
    if not isinstance(value, str):
        return False
    if _KINDS.isdisjoint(words[-1:]) and not (words[-1:] == ("name",) and _NAMED & {*words[:-1]}):
        return is_time(value) or (_STATE.fullmatch(value) is not None and not may_be_chosen(value))
    return _TITLE.fullmatch(value) is not None


def _names_login(under: str, words: tuple[str, ...], value: str) -> bool:
    """Whether a text below the name of logins says whose they are, or where they apply."""
    if _OF_LOGINS.isdisjoint(words_of(under)[-1:]) or _NAMING.isdisjoint(words[-1:]):
        return False
    return (
        _KNOWN.fullmatch(value) is not None
        and not is_token(value.partition("@")[0])
        and ("@" in value or len(value) <= _LONGEST_KNOWN)
    )


def _is_term(word: str) -> bool:
    """Whether an item in a list of a schema is a type, or a name without digits."""
    return _is_type(word) or _TERM.fullmatch(word) is not None


def _is_type(word: str) -> bool:
    return word.lower() in _TYPES
