"""Formats of commands and messages that contain a secret without a name before it.

In each expression the second group is the secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .common_values import Reach, reach
from .formats import Format
from .vocabulary import WORDS

_HERE = r"[^\n|;]{0,120}?"
"""More of the same command."""

_GAP = r"(?: |['\"], ?['\"])"
"""What separates the arguments of a command in a shell, and in a list."""


def _spaced(expression: str) -> str:
    """Return the expression of a command, whose arguments may be in a list."""
    return expression.replace(" ", _GAP)


_OPTIONS = _spaced(
    r"(?<![^\s'\">`$])(-p(?=\D)|(?:sshpass|7z) -p ?'?|(?:un)?zip -P ?'?"
    r"|redis-cli(?: -[hp] \S{1,80}){0,2} -a |-pass(?:in|out)? pass:"
    rf"|(?:docker|podman|nerdctl|oc|az|cf|registry) login\b{_HERE} -p |user(?:add|mod)\b{_HERE} -p "
    rf"|ldap\w{{1,12}} {_HERE}-w |htpasswd -\w{{0,4}}b\w{{0,4}} \S{{1,80}} \S{{1,80}} "
    rf"|vault login |mongo\w{{0,8}} {_HERE}-p |sqlcmd {_HERE}-P |snmp\w{{1,12}} {_HERE}-c "
    rf"|psexec(?:64)?(?:\.exe)? {_HERE}-p "
    rf"|openssl passwd |openssl \w{{1,12}} {_HERE}-k |[a-z]?freerdp\d? {_HERE}/p:|/user:\S{{1,64}} "
    r"|net user \S{1,64} |aws configure set aws_(?:secret_access_key|session_token) "
    rf"|(?:https?|xh) {_HERE}-a [^\s:]{{1,64}}:|-U [^\s%]{{1,64}}%)"
    r"([^\s'\"<>]{6,})"
)
_PASSED = Format(
    _OPTIONS, "-p", *(f"-{option}{sign}" for option in "awku" for sign in " '\""),
    "net user", "net', 'user", "/p:", "/user:", "htpasswd", "vault login", "passwd", "snmp",
    "aws configure",
)  # fmt: skip
"""Options and arguments in which ``mysql`` and similar commands take a password."""

USER = Format(
    _spaced(r"((?<![^\s'\"])(?:-u|--user)(?: |=)['\"]?[^\s:'\"]{1,256}:)([^\s'\"]+)"),
    "-u",
    "--user",
)
"""A name and a password, as ``curl`` takes them."""

_ORACLE = r"((?:sqlplus (?:-\w )?|jdbc:oracle:thin:)[^\s/@]{1,64}/)([^\s'\"<>@]{6,256})@"
_PIPED = (
    r"(echo (?:-n )?['\"]?(?:[\w.-]{1,32}:)?)([^\s'\"|:]{6,256})"
    r"(?=['\"]? ?\| ?(?:sudo -S|(?:sudo )?(?:ch)?passwd|su\b|docker login))"
)
_LINE_OF_PASSWORDS = r"(?m)^((?:[\w.*-]{1,80}:){2}[\w*-]{1,64}:[\w*.-]{1,64}:)(\S{6,256})$"
"""A line of ``.pgpass``."""

_STATEMENT = (
    r"(?i)(\b(?:IDENTIFIED(?: WITH '?\w{1,64}'?)? (?:BY|AS)|login \S{1,256}\s{1,8}password"
    r"|SET PASSWORD\b[^\n;=]{0,80}=) ['\"]?)"
    r"([^\s'\"]{6,256})"
)
"""SQL that sets a password, and passwords in ``.netrc``."""

_GRANT = r"([?&#]code=)([^\s&#'\"<>]{8,1024})(?=&(?:[\w-]{1,32}=[^\s&#]{0,512}&){0,4}state=)"
"""The parameter with which an OAuth provider sends the visitor back: RFC 6749, section 4.1.2."""

_IN_APP = (
    r"((?<![\w/.])(?!https?:|ftp:|wss?:|file:)[a-z][a-z\d+.-]{2,30}://[^\s?#'\"<>]{0,200}"
    r"[?#](?:[\w-]{1,32}=[^\s&#]{0,200}&){0,4}(?:code|session|ticket)=)([^\s&#'\"<>]{8,1024})"
)
"""A link to an app, with what lets somebody in."""

_GO = r"((?<![\w/])[\w-]{1,64}:)([^\s:@/'\"]{6,256})(?=@(?:tcp|unix)\()"
"""The address of a database, as Go's drivers write it."""

CHECKED = (
    _PASSED,
    Format(_ORACLE, "sqlplus", ":thin:"),
    Format(_PIPED, "echo "),
    Format(_STATEMENT, "identified", "login ", "set password"),
    Format(_LINE_OF_PASSWORDS, ":"),
    Format(_GRANT, "code="),
    Format(_IN_APP, "code=", "session=", "ticket="),
    Format(_GO, "@tcp(", "@unix("),
)  # fmt: skip
"""Formats that ordinary words may have, too."""

_NEAR = 8
"""Words between a name and a password in a sentence, and those of the name."""

_EXAMPLES = frozenset({"e.g", "eg", "example", "like", "as", "z.b", "wie", "ex", "comme", "como"})
"""Words before an example."""

_RANDOM = 10
"""Letters of the shortest random token."""

_RANDOM_WORD = re.compile(r"[\w-]+")
_SHORTEST_MIXED = 16
_CASES = re.compile(r"(?<=[a-z])[A-Z]|(?<=[A-Z])[a-z]")
_TURNS = re.compile(r"(?<=[A-Za-z])\d|(?<=\d)[A-Za-z]")

_CODE = r"(?<![\w.,-])((?:[A-Z]-)?\d{4,8}|\d{3}[- ]\d{3})"
_CALLED = (
    r"(?:\botp\b|\bpass(?:word|wort|code)|\bpin\b|kennwort"
    r"|(?:verification|confirmation|security|login|sign-?in|access|activation|auth\w{0,12}"
    r"|one[- ]time|reset) code"
    r"|\b(?:your|dein|ihr|votre|tu|seu|il tuo|je|twój|din|ваш)"
    r"(?! (?:zip|post|area|product|order|promo|store|discount|country|error)) "
    r"(?:(?-i:[A-Z])\w{1,15} ){0,2}(?:code|kode?|c[oó]digo|codice|код)"
    r"(?=[.!,;:\n]|\Z)"
    r"|(?:best[aä]tigungs|verifi[zk]ierungs|sicherheits|einmal|zugangs|verificatie|beveiligings)-?code"
    r"|(?:code|c[oó]digo|codice) (?:de |di )?"
    r"(?:v[eé]rifica\w{0,6}|confirma\w{0,6}|conferma|s[eé][cg]ur\w{0,8}|sicurezza)"
    r"|kod\w? weryfikacyjny\w{0,2}|ov[eě][rř]ovac[ií]\w{0,2} k[oó]d"
    r"|(?:verifierings|bekr\w{2,10}s)kode?n?|do[gğ]rulama kodu)"
)
_FIRST = rf"(?i)(){_CODE}(?= (?:is|ist|est|es|è|é|är|er|to|je|on|—|–) [^.!?\n]{{0,32}}?{_CALLED})"
_ENTERED = (
    r"(?i)(\b(?:code|kod|kód|c[oó]digo|codice|pin|otp)[: ]{1,2})"
    rf"{_CODE}(?=[^\w.,-][^.!?\n]{{0,40}}?"
    rf"(?:\bsign in|\blog ?in|\bverify|\bconfirm|anmelde|connect|{_CALLED}))"
)
_USED = (
    r"(?i)"
    rf"(\b(?:use|enter|type) (?:(?:the |this )?code )?){_CODE}(?= (?:as|for|to) [^.!?\n]{{0,40}}?"
    rf"(?:{_CALLED}|\b(?:verify|confirm) your |\b(?:sign|log)(?:ing)? ?in\b))"
)
_YOURS = (
    r"(?i)(\b(?:your|ihr|dein|votre|ton|tu|su|seu|il tuo|je|uw|twój|din|váš|vaš|ваш) "
    r"(?:code|kode?|kód|c[oó]digo|codice|код)"
    r"(?:[\s\xa0]?[:：—–][\s:]{0,8}| (?:—|–|is|lautet|ist|est|es|é|è|är|er|to|je):? ))"
    r"(\d{5,8}|\d{3}[- ]\d{3})(?![\w.,-]*\d)"
)
_OPENING = (
    r"(?i)"
    r"(\bcode (?:for|to|of) (?:the |our |your |my )?(?:[a-z]{1,12} ){0,2}(?:door|gate|alarm|lock"
    r"|lockbox|garage|safe|room|locker|entrance|keypad|apartment|house)(?: is|:| ?=)? )"
    r"(\d{4,8})(?![\w.,-]*\d)"
)
_USED_PIN = r"(\b(?i:use|enter|type|with) (?:the |this |your |my )?PIN )(\d{4,8})(?![\w.,-]*\d)"
_SIGNED_REQUEST = (
    r"(?i)(\b[\w-]{1,40}-signature(?:-\w{1,10})?\s?:\s?)"
    r"((?=\S{0,512}\d)[\w+/=.:,-]{16,1024})(?![^\s'\"<>])"
)
"""Codes that open something, and headers with the signature of a webhook."""

_SHARED = (
    r"(?i)(\b(?:code|kode?|c[oó]digo|codice|код)(?: ?: ?| ))(\d{4,8})"
    r"(?=[^\d\n]{1,40}?(?:not share|n't share|never share|compart|никому|nicht weiter|partage))"
)
_OTP = r"(\bOTP\b[^\d.!?;\n]{0,32}?[ :])(\d{6})(?![\w.,-]*\w)(?! ?(?:ms|sec|milli))"
_NUMBERED = (
    r"((?<![A-Z])(?:TAN(?:-?(?i:nummer|code))?|OTP)(?:: ?| (?:(?:lautet|ist|is):? )?))"
    r"(\d{6,8})(?![\w.,-]*\d)"
)
_PIN = (
    r"((?<![A-Za-z])PIN(?: ?[:=] ?| (?:is|lautet|ist|est|es|é|è|är|er|to|je|on):? ))"
    r"(\d{5,8})(?![\w.,-]*\d)(?!,? ?[(A-Z])"
)
_BEFORE_PIN = 48
_SENT = (
    r"(\b(?:[Yy]our "
    r"(?:(?!Zip|Post|Area|Product|Order|Promo|Store)(?:[A-Z][a-z]\w{0,19} ){1,2}code is:? "
    r"|(?:[a-z]{1,16} ){0,2}PIN (?:code )?is:? )"
    r"|(?:[Ee]nter|[Uu]se) (?:this|the|the following) (?:[a-z]{1,16} )?code\b"
    r"[^.!?:\n\d]{0,40}:[\s:]{0,8}))(\d{6,8})(?![\w.,-]*\d)"
)
"""One-time numbers, as banks and services send them."""

_ISSUED = (
    r"(?i)(\b(?:temporary|new|initial|one-time|current|old) pin )"
    r"(?!(?:19|20)\d\d(?!\d))(\d{4,8})(?![\w.,-]*\d)"
)
_SPENT = (
    r"(?i)(\b(?:recovery|backup|scratch|rescue|emergency) code )"
    r"((?=[\w-]{0,40}\d)[a-z0-9]{4,6}(?:-[a-z0-9]{4,6}){1,3})(?![\w-])"
)
"""Codes in reports of what was done."""

_ENROLLED = (
    r"(\b(?i:(?:set-?up|secret|authenticator|manual|enter (?:this|the)) key|manual entry)\b"
    r"[^\n.:<>]{0,24}[: ] ?)"
    r"((?=[A-Za-z ]{0,80}[2-7])(?:[A-Z2-7]{16,64}|(?:[A-Z2-7]{4} ){3,15}[A-Z2-7]{4}"
    r"|(?:[a-z2-7]{4} ){3,15}[a-z2-7]{4}))"
    r"(?![\w-])"
)
"""The key of an authenticator, in base32."""

_LOGIN = r"([:：] ?[\w.@+-]{1,64} ?/ ?)([^\s/]{8,64})(?!\S)"
_LOGIN_NAMES = re.compile(
    r"\b(?:log-?in|sign-?in|access|account|anmeldung|zugang|identifiants?|connexion|acc?[eè]so?"
    r"|acesso|inloggen|logowanie|přihlášení|inloggning|giriş|логин|вход|вхід|登录|登入"
    r"|ログイン|로그인|zugangsdaten|anmeldedaten|logindaten|credentials|inloggegevens) ?\Z",
    re.IGNORECASE,
)
"""A name and its password, and what precedes them: ``Login: anna / …``."""

_LOGIN_NAME = 16
"""Letters of the longest such word, and a space."""

_UNSPACED = (
    r"(?a)((?:密码|密碼|口令|验证码|驗證碼|校验码|动态码|パスワード|暗証番号|認証コード|確認コード"
    r"|비밀번호|암호|인증번호|인증코드)"
    r"\s?(?:是|为|為|は|은|는|이|가)?\s?[:：]?\s?[「『\[【]?)((?=[\w!#$%&*+?~@^.=-]{0,63}\d)[\w!#$%&*+?~@^.=-]{4,64})"
)

NAME_AND_PASSWORD = Format(_LOGIN, "/")
_CODE_WORDS = ("code", "kod", "kód", "codi", "códi", "otp", "pass", "pin", "kennwort", "код")

PIN = Format(_PIN, "pin")

CODES = (
    Format(_FIRST, *_CODE_WORDS),
    Format(_ENTERED, *_CODE_WORDS),
    Format(
        _USED, *_CODE_WORDS, "verify your", "confirm your", "signin", "sign in", "login", "log in"
    ),
    Format(_YOURS, *_CODE_WORDS),
    Format(_NUMBERED, "tan", "otp"),
    Format(_SENT, "code", "pin"),
    Format(_ISSUED, " pin "),
    Format(_SPENT, " code "),
    Format(_ENROLLED, "key", "manual entry"),
    Format(_OPENING, "code for ", "code to ", "code of "),
    Format(_USED_PIN, " pin "),
    Format(_SIGNED_REQUEST, "-signature"),
    Format(_SHARED, "share", "compart", "никому", "weiter", "partage"),
    Format(_OTP, "otp"),
    Format(
        _UNSPACED, "密", "口令", "验证码", "驗證碼", "校验码", "动态码", "パスワード", "暗証番号",
        "認証コード", "確認コード", "비밀번호", "암호", "인증",
    ),
)  # fmt: skip
"""Codes in messages that name them afterwards, as in ``123456 is your login code``, or that are
written without spaces.
"""

PHRASE = re.compile(
    r"(?:phrase|[mM]nemonic|[sS]eed)\b[^\n:]{0,24}:?\s{1,4}[\"'“]?"
    r"((?:[a-z]{3,8} ){11,23}[a-z]{3,8})\b"
)
"""The words of a wallet's key, as BIP 39 writes them."""


def is_token(word: str) -> bool:
    """Whether a word in a link looks random: its letters and digits, or large and small letters and
    digits, alternate several times.
    """
    turns = len(_TURNS.findall(word))
    if turns > 2 or not turns or len(word) < _SHORTEST_MIXED:
        return turns > 2
    return 3 * len(_CASES.findall(word)) >= len(word)


def is_pin(match: re.Match[str]) -> bool:
    """Whether a number after ``PIN`` is one. India's postal codes are called so, too; they follow a
    place: ``Hassan, PIN: 573201``.
    """
    if match[1].rstrip()[-1:] not in {":", "="}:
        return True
    before = match.string[max(0, match.start() - _BEFORE_PIN) : match.start()].rstrip(" ")
    word = re.search(r"\w*\Z", before)
    if word is None or not word[0]:
        return before[-1:] not in {",", "-", "–", "—"}
    return word[0].islower() or word[0].casefold() in WORDS


def is_login(match: re.Match[str]) -> bool:
    """Whether a match contains a password, and follows the word for a login."""
    before = max(0, match.start() - _LOGIN_NAME)
    return (
        is_chosen(match[2])
        and any(map(str.isdigit, match[2]))
        and _LOGIN_NAMES.search(match.string, before, match.start()) is not None
    )


def is_random(word: str) -> bool:
    """Whether a word can only be a random token, so that a name before it is enough to know that
    it is secret: ``Created API key …``.
    """
    return (
        len(word) >= _RANDOM
        and _RANDOM_WORD.fullmatch(word) is not None
        and is_token(word)
        and word != word.lower()
        and word != word.upper()
    )


def is_chosen(word: str) -> bool:
    """Whether a word looks like a password or a code: it has only digits, or at least three of
    lower-case letters, capital letters, digits and punctuation.
    """
    kinds = (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
    return word.isdigit() or sum(any(map(kind, word)) for kind in kinds) > 2


def without_passwords(arguments: list[str], placeholder: str) -> list[str]:
    """Return the arguments of a command with a placeholder for each password in them, which are
    recognized by the options before them.
    """

    def masked_argument(match: re.Match[str]) -> str:
        secret = reach(match[2]) is Reach.ANYWHERE
        return f"{match[1]}{placeholder}" if secret else match[0]

    text = _SEPARATOR.join(arguments)
    for one in (_PASSED, USER):
        text = one.expression.sub(masked_argument, text)
    masked = text.split(_SEPARATOR)
    return masked if len(masked) == len(arguments) else arguments


_SEPARATOR = "', '"
_AROUND = "\"'`“”„«»()[]*_|.,:;!?—–"
_PASSWORD = re.compile(
    r"(?=\S{8,64}\Z)(?=.*\d)(?=.*[a-z])(?=.*[A-Z])(?!\w+[#@][\d.-]+\Z)(?!.*@.*\.)(?!.*\..*#)"
    r"[\w.!~-]+[#$^&*!?~@][\w#$^&*!?~@+.-]*"
)
"""Lower-case and upper-case letters, digits and a punctuation mark: only passwords look like that.
"""

_SIGNED = re.compile(r"\w[#$^&*!?~@]\w")


def passwords_near(text: str, is_name: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Yield names and passwords in a sentence that has other words between them: ``the password
    of the router is …``.

    :param is_name: returns whether words are the name of a secret.
    """
    if _SIGNED.search(text) is None:
        return
    words = [word.strip(_AROUND) for word in text.split()]
    found = [index for index, word in enumerate(words) if _PASSWORD.fullmatch(word)]
    for index in found:
        before = words[max(0, index - _NEAR) : index]
        if _EXAMPLES.isdisjoint(map(str.lower, before)):
            names = (
                "_".join(before[start : start + length])
                for start in range(len(before))
                for length in (1, 2, 3)
            )
            name = next(filter(is_name, names), "")
            if name:
                yield name, words[index]
