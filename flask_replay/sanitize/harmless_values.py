"""Which values are harmless although their names are those of secrets."""

from __future__ import annotations

import re

from . import vocabulary
from .common_values import SCALARS, Reach, is_common, reach, words_within
from .forms_of_values import UUID, is_unlike_secret
from .names import measures, sensitive, words_of
from .terms import GERMAN, NUMBERED, TERMS, words_in

_SIGNATURES = frozenset({("signature",), ("hmac",), ("hmacsha",)})
_SIGNATURE = re.compile(r"(?=\S*\d)[\w+/=.:,-]{16,}")
_AMOUNT = re.compile(r"\d{1,3}(?:[.,\u202f\xa0]\d{3})+|\d{1,6}[.,]\d{1,2} ?[kKM]?|\d{1,4} ?[kKM]")
"""An amount. A number in groups with plain blanks may be a code."""

_MANY = 1_000
"""More keys than anybody has."""

_SALT = re.compile(r"\S{6,}")
_CODE = re.compile(r"\d{6,8}")
_RELEASE = re.compile(
    r"[~^<>=v]{0,2}(?:\d{1,2}\.\d{1,2}\.\d{1,2}|\d\.\d{1,2}\.\d{3})(?:-[a-z]{2,5}\.?\d{0,2})?"
)
"""A version, which is shorter than an id in groups."""

_OF_NUMBERS = words_in("number num no nr nbr nummer numero numer")
_ACCOUNTS = (NUMBERED - {"verification", "security"}) | GERMAN
_ENDS_OF_NUMBERS = ("口座番号", "カード番号", "卡号", "卡號", "银行账号", "계좌번호", "카드번호")
"""Ends of names of numbers. A value without digits is a label or an example."""

_LABELLED = frozenset({("product", "key"), ("phone", "code")})
_LABEL = re.compile(r"[A-Z][A-Z\d]{0,9}|\+?\d{1,3}")
_SHORT_LICENSE = re.compile(r"(?!.*\d.*\d.*\d)[\w.-]{1,12}")
_ADDRESS = re.compile(r"(?:[a-zA-Z][\w+.-]{0,20}:)?//[^\s@]{3,}")
_ADDRESSES = frozenset({"url", "uri", "link", "href", "hook", "webhook", "dsn", "callback"})

_REFERENCE = re.compile(
    r"https://[\w-]{1,64}\.(?:vault|managedhsm)\.azure\.net(?:/[\w/-]{0,128})?|alias/[\w/-]{1,128}"
    r"|arn:aws[\w-]{0,12}:[\w-]{1,40}:[\w-]{0,20}:\d{0,12}:\S{1,200}"
    r"|projects/[\w-]{1,40}/(?:secrets|locations|serviceAccounts|global)/\S{1,200}"
    r"|[•●*]{3,32}|(?:\d{6}[•●*]{2,12}|(?:[•●*Xx]{2,4}[ -]?){2,4})\d{2,4}"
)
"""The name of a resource in a cloud, and a number of which only the ends are shown."""

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,253}")
_MAILS = frozenset({"mail", "email", "sender", "recipient"})
"""A mail address, and last words of names of what it is for: ``two_factor_rescue_mail``."""

_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}|S-1-\d{1,3}(?:-\d{1,10}){1,8}|[A-Z]{2,8}\d{0,2}")
"""An id of Twilio's, a security identifier of Windows, and the name of a database."""

_WORDS = re.compile(r"[^\W\d_]{1,24}(?:[ _-][^\W\d_]{1,24}){0,5}")
_SHOWN = words_in("last four mask tail ending suffix digits")
_LAST_DIGITS = re.compile(r"\d{3,4}")
_NUMBERED = words_in("account iban card token pan credit debit bank")
_ROWS = words_in("account key credential credentials")
_SHORTEST_ID = 6
"""Characters of the shortest number of a person. Times of prayer have five: ``{iqama: 05:50}``."""

_ANSWERS = SCALARS | words_in("enable enabled disable disabled")
_STATES = _ANSWERS | words_in("""
    allow allowed deny denied required optional enforced always never default inherit on_create
""")
"""What an option about a secret is set to: ``"change_password": "on"``."""

_ACCESS = frozenset({"read", "write", "admin", "none"})
_LISTED = vocabulary.COUNTED | {"keys", "passwords"}
"""What a role may do with secrets, and names of the right to do so: ``"secrets": "read"``."""

_DOING = words_in("""
    save change reset remember reuse override generate encrypt enforce expire send rotate update
    force return store keep share copy create delete remove revoke rename manage prompt
""")
"""Words of names of options that are also set with a number: ``save_password=1``."""

_TYPED = vocabulary.TYPED | {"answer", "word"}
_BESIDES = vocabulary.VALUES - _TYPED
"""Words for what a visitor may have typed, and those that may follow: ``password_confirm``."""

_WAYS = words_in("auth authentication authorization mfa twofa factor tfa")
_METHODS = vocabulary.METHODS | words_in("""
    sms email mail call phone totp otp app push webauthn fido fido2 u2f passkey tacacs radius
    certificate cert psk wpa wpa2-psk wpa2 wpa3 peap cac-piv pam ntlmv2 scram trust md5
""")
"""Last words of names of ways to log in, and what those are called."""

_FILE = re.compile(
    r"(?:[A-Za-z]:\\|~?/|\.{1,2}/)?(?:[\w.@$+ -]{1,64}[/\\]){1,12}[\w.@+-]{1,64}"
    r"\.(?:pem|key|crt|cer|csr|pub|p12|pfx|p8|jks|keytab|gpg|asc|kbx|json|ya?ml|toml|ini|conf|env|txt)"
    r"|/(?:run|var/run|etc|mnt)/secrets/[\w./-]{1,128}|~/\.[\w.-]{1,32}/[\w./-]{1,64}"
)
"""The path of a file that holds a key."""

_MARK = (
    r"(?i:filtered|redacted|masked|hidden|removed|scrubbed|omitted|protected|concealed|censored"
    r"|sanitized|stripped|deleted|secret|sensitive|encrypted|private|password|token)"
)
_BLANK = re.compile(
    r"\$\{[A-Za-z_][\w.:-]{0,64}\}|\$[A-Z]{2,}_[A-Z_]{2,40}|\{\{ ?[A-Za-z_][\w. -]{0,64} ?\}\}"
    r"|<[A-Za-z][A-Za-z _-]{2,40}>"
    rf"|\*{{3}}{_MARK}\*{{3}}|\[{_MARK}\]"
)
"""What stands for a value: a variable, ``<your key>``, or the mark of another filter."""


def is_harmless(name: str, value: object) -> bool:
    """Whether a value is harmless although its name marks a secret.

    Examples are the number of a table row, such as the ``session_id`` of a conference's session,
    the ``signature`` below a forum's posts, the ``salt`` of a recipe, the ``accesskey`` of a
    button, the number of somebody's ``api_keys``, and ``"auth": "oauth2"``.
    """
    words = words_of(name)
    if isinstance(value, str) and value in _ACCESS and not _LISTED.isdisjoint(words[-1:]):
        return True
    if words[-1:] == ("keys",):
        return (type(value) is int and abs(value) < _MANY) or is_unlike_secret(words, value)
    if measures(name):
        if words[-1] == "tokens" and isinstance(value, str) and not value.isdigit():
            return reach(value) is not Reach.ANYWHERE or _AMOUNT.fullmatch(value) is not None
        return isinstance(value, str) and _AMOUNT.fullmatch(value) is not None
    if words[-1:] in _SIGNATURES or words[-2:] == ("hmac", "sha") or words[1:][-1:] == ("sig",):
        return isinstance(value, str) and _SIGNATURE.fullmatch(value) is None
    if words[-1:] == ("salt",):
        return _SALT.fullmatch(str(value)) is None
    if words[-1:] == ("accesskey",):  # an attribute of HTML
        return len(str(value)) < 2
    if words[-1:] == ("tan",) and " ".join(words[-2:]) not in TERMS:  # or a colour, or a tangent
        return _CODE.fullmatch(str(value)) is None
    if words == ("pass",) and type(value) is int:  # tests that passed
        return abs(value) < _MANY
    if words[-1:] and words[-1] in vocabulary.NATIONAL_IDS:
        text = str(value)
        return len(text) < _SHORTEST_ID or not any(map(str.isdigit, text))
    if isinstance(value, str) and _numbers_account(name, words):
        return not any(map(str.isdigit, value)) or _REFERENCE.fullmatch(value) is not None
    if words[-2:] in _LABELLED:  # the key of a product in a catalogue, or a calling code
        return _LABEL.fullmatch(str(value)) is not None
    if words[-2:] in {("license", "key"), ("licence", "key")}:  # of a licence such as MIT
        return _SHORT_LICENSE.fullmatch(str(value)) is not None
    if is_unlike_secret(words, value):
        return True
    return (
        _is_setting(words, value)
        or _is_row(words, str(value))
        or (
            isinstance(value, str)
            and (
                is_version(name, value)
                or _refers(value)
                or is_end_of_number(name, value)
                or (not _MAILS.isdisjoint(words[-1:]) and _MAIL.fullmatch(value) is not None)
            )
        )
    )


def _is_setting(words: tuple[str, ...], value: object) -> bool:
    """Whether a value is what an option about a secret is set to."""
    if isinstance(value, float):
        return False
    text = str(value).lower()
    if not _WAYS.isdisjoint(words[-1:]) and text in _METHODS:
        return True
    does = not _DOING.isdisjoint((words[0], words[-1]))
    typed = next((word for word in reversed(words) if word not in _BESIDES), "") in _TYPED
    if not typed or does:
        named = len(words) > 1 or not _WAYS.isdisjoint(words)
        return (named and text in _STATES) or (does and text in {"0", "1"})
    return len(words) > 1 and text in _ANSWERS


def _refers(text: str) -> bool:
    """Whether a text only says where a secret is, or stands for it."""
    return any(form.fullmatch(text) for form in (_REFERENCE, _FILE, _BLANK))


def _numbers_account(name: str, words: tuple[str, ...]) -> bool:
    """Whether a name is that of a number, which has digits. The number of a password may have
    none.
    """
    if name.endswith(_ENDS_OF_NUMBERS):
        return True
    numbered = words[-1:] and words[-1] in _OF_NUMBERS and words[-2:-1] and words[-2] in _ACCOUNTS
    return bool(numbered) and sensitive(name)  # or the name is the app's own word


def _is_row(words: tuple[str, ...], value: str) -> bool:
    """Whether a value is the id of a row, or a label of a statement in a policy."""
    if words[-1:] == ("sid",):
        return _SID.fullmatch(value) is not None or _is_statement(value)
    if words[-1:] != ("id",):
        return False
    named = words[-2:-1]
    if not _ROWS.isdisjoint(named) and words[-3:-1] != ("access", "key"):
        return (len(value) < 7 and value.isdecimal()) or UUID.fullmatch(value) is not None
    return named in {("session",), ("secret",)} and len(value) < 7 and value.isdecimal()


def _is_statement(value: str) -> bool:
    """Whether an id consists of words, such as those in policies of clouds."""
    return _WORDS.fullmatch(value) is not None and all(map(is_common, words_within(value)))


def is_end_of_number(name: str, value: str) -> bool:
    """Whether a value has only the last digits of a number, which pages show: ``card_last4``."""
    words = words_of(name)
    return (
        not _SHOWN.isdisjoint(words[-1:])
        and not _NUMBERED.isdisjoint(words)
        and _LAST_DIGITS.fullmatch(value) is not None
    )


def is_version(name: str, value: str) -> bool:
    """Whether a value is the version of a library whose name reads like that of a secret:
    ``"jwt-decode": "4.0.0"``.
    """
    typed = not vocabulary.TYPED.isdisjoint(words_of(name)[-1:])
    return _RELEASE.fullmatch(value) is not None and not typed


def is_address(name: str, value: object) -> bool:
    """Whether a value is an address without credentials, and its name does not mark addresses as
    secret.

    In a table of search engines, ``pin`` and ``pass`` may be keys of harmless addresses. A
    ``magic_link`` is secret.
    """
    return (
        isinstance(value, str)
        and _ADDRESS.fullmatch(value) is not None
        and _ADDRESSES.isdisjoint(words_of(name))
    )
