"""Names that mark secrets: ``api_key``, ``accessToken``, ``X-CSRF-Token``; not ``monkey``, not
``boarding_pass``.

A name is a compound. Its last word says what it is: a ``password_hint`` is a hint. So a name is
sensitive if it contains a word or term of the vocabulary, with two exceptions: its last words name
a property of a secret, or its first word asks whether there is one. Ambiguous words (pass, pin)
count only if no other word gives them another meaning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

from . import vocabulary
from .common_values import is_common
from .other_meanings import OTHERS_AFTER, OTHERS_BEFORE
from .terms import KEYS_OF_PAYMENTS, KEYS_OF_SYSTEMS, TERMS, WITH_PIN

MARKS = "\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
"""Vowels and accents of Devanagari and Thai, which ``\\w`` does not match."""

_PARTS = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_VERSION = re.compile(r"(?<![a-zA-Z])[vV]?\d+(?![a-zA-Z])|\d+")
_LATIN = str.maketrans(
    {"ß": "ss", "ı": "i", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "œ": "oe", "đ": "d",
     "ð": "d", "Ð": "D", "þ": "th", "ə": "e", "Ə": "E", "\u200c": None, "\u200d": None}
)  # fmt: skip
_TWO_FACTOR = re.compile(r"2(?=fa|factor)", re.IGNORECASE)
_CARD_CODE = re.compile(r"(?<![a-z])cv2(?![a-z])", re.IGNORECASE)
"""An abbreviation whose digit is not that of a second field."""

_LAST_PARTS = ("token", "pwd", "secret")
"""Ends of longer words that nothing else ends with: ``Zugriffstoken``, ``rpwd``."""

_LONGEST = 4
"""Words of the longest term."""

_TOGETHER = 8
"""Letters. A longer term of several words is recognized without its spaces, too."""

_PLURALS = ("s", "es")
_ENDINGS = (*_PLURALS, "n", "en", "et", "si", "nuz", "niz")
_INFLECTED = 9
"""Letters of the shortest term that is recognized with other endings than those of plurals."""

_LONGEST_WORD = 40
_SHORT_PIECES = frozenset({"pw", "cc", "id", "no", "nr", "db", "my", "wp"})
"""Words of two letters that occur in compounds: ``dbpass``, ``ccno``."""

_MAX_NAME = 120
"""Characters. A longer text is not a name."""

_INNERMOST = re.compile(r"[\w\]]\[([^\[\]]*[^\W\d_][^\[\]]*)\](?:\[\d*\])*\Z|-\d{1,4}-(\w+)\Z")
"""The last part of the name of a form's field in a container: ``a[pin]``, ``a-0-pin``."""

_OF_OWNERS = (
    "credit card", "debit card", "bank card", "payment card", "creditcard", "kreditkarte",
    "bank account", "bankaccount", "bank account detail", "account identification",
    "payment token",
)  # fmt: skip
"""Ends of names of cards and accounts, whose owners have names and addresses."""

_OWNERS = {
    "pass": vocabulary.OWNERS | vocabulary.OF_LOGINS,
    "pin": vocabulary.OWNERS | WITH_PIN,
}
"""Words before a weak word that leave its meaning as it is, if they are not the same for all."""

_SIGNATURES = frozenset({"signature", "sig"})
"""Last words of names of signatures, which tells their form: ``svix-signature``."""

VALUE_NAMES = frozenset({"data", "raw_data", "object_data", "value", "_value", "default"})
"""Attributes that hold the value of a form field, unlike ``errors`` and ``label``."""


def plain(text: str) -> str:
    """Return a text without accents, and with letters of full width in their usual form."""
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text.translate(_LATIN))
    return unicodedata.normalize(
        "NFC", "".join(letter for letter in letters if not unicodedata.combining(letter))
    )


class Names:
    """The rule that tells which names are sensitive.

    :param secret: sensitive terms besides those of the vocabulary: ``"house number"``.
    :param harmless: names that are never sensitive.
    :ivar sensitive: returns whether the value under a name is a secret.
    """

    def __init__(self, secret: Iterable[str] = (), harmless: Iterable[str] = ()) -> None:
        self.weak = vocabulary.WEAK
        self.added = frozenset(" ".join(words_of(term)) for term in secret) - {""}
        self.harmless = frozenset(" ".join(words_of(name)) for name in harmless)
        self.sensitive: Callable[[str], bool] = lru_cache(maxsize=8192)(self._sensitive)

    @cached_property
    def strong(self) -> frozenset[str]:
        """Return the terms that are sensitive in any context."""
        return frozenset(map(plain, vocabulary.STRONG | TERMS)) | self.added

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        terms = frozenset(word for term in self.added for word in term.split())
        unlisted = WITH_PIN | KEYS_OF_PAYMENTS | KEYS_OF_SYSTEMS | vocabulary.OF_LOGINS
        return frozenset(map(plain, vocabulary.WORDS)) | unlisted | terms

    @cached_property
    def _pieces(self) -> frozenset[str]:
        return frozenset(word for word in self._vocabulary if len(word) > 2) | _SHORT_PIECES

    @cached_property
    def _spaceless_terms(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset(map(plain, vocabulary.ANYWHERE)), frozenset(
            map(plain, vocabulary.ANYWHERE_HARMLESS)
        )

    def _sensitive(self, name: str) -> bool:
        """Whether the value under a name is a secret.

        Case, ``snake_case``, ``camelCase``, ``kebab-case``, digits, prefixes and suffixes make no
        difference.
        """
        if len(name) > _MAX_NAME:
            return False
        split = words_of(name)
        if " ".join(split) in self.harmless:
            return False
        inner = _INNERMOST.search(name)
        if inner is not None and self.sensitive(inner[1] or inner[2]):
            return True
        if not name.isascii() and self._contains_spaceless_term(plain(name).lower()):
            return True
        if any(self._contains_term(word) for word in split):
            return True
        words = [part for word in split for part in self._split_word(word)]
        return any(
            self._marks_secret(words, start, end, term) for start, end, term in self._terms(words)
        )

    def _contains_spaceless_term(self, name: str) -> bool:
        terms, about = self._spaceless_terms
        name = name.replace("_", "").replace(" ", "")
        found = [term for term in terms if term in name]
        if not found or name.endswith(tuple(about)):
            return False
        forgotten = name.startswith(tuple(vocabulary.FORGOTTEN))
        return not (forgotten and any(name.find(term) + len(term) == len(name) for term in found))

    def _contains_term(self, word: str) -> bool:
        """Whether a long word contains a term, and does not consist of known words."""
        if (
            word in vocabulary.HARMLESS
            or word.removesuffix("s") in self._vocabulary
            or self._split_word(word) != [word]
        ):
            return False
        if word.endswith(_LAST_PARTS):
            return True
        for term in vocabulary.GLUED:
            if term in word:
                rest = word[word.index(term) + len(term) :]
                return not rest.removeprefix("s") or not any(
                    rest.endswith(end) for end in vocabulary.QUALIFIERS if len(end) > 2
                )
        return False

    def _split_word(self, word: str) -> list[str]:
        """Return the known words of which a word without spaces consists, as few as possible."""
        if (
            word.removesuffix("s") in self._vocabulary
            or word in vocabulary.HARMLESS
            or len(word) > _LONGEST_WORD
        ):
            return [word]
        best: list[list[str] | None] = [[], *([None] * len(word))]
        for end in range(2, len(word) + 1):
            for start in range(end - 1):
                before = best[start]
                if before is not None and word[start:end] in self._pieces:
                    found = best[end]
                    if found is None or len(before) + 1 < len(found):
                        best[end] = [*before, word[start:end]]
        made = best[-1]
        return [word] if made is None else made

    def _terms(self, words: list[str]) -> Iterator[tuple[int, int, str]]:
        """Find the terms in a name, the longer ones first."""
        for length in range(min(_LONGEST, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                term = " ".join(words[start : start + length])
                together = term.replace(" ", "")  # beveiligings-code
                written = (term, *_uninflected(term))
                for one in (
                    (*written, together) if length > 1 and len(together) >= _TOGETHER else written
                ):
                    if one in self.strong or one in self.weak:
                        yield start, start + length, one
                        break

    def _marks_secret(self, words: list[str], start: int, end: int, term: str) -> bool:
        """Whether a term in a name makes it sensitive."""
        if term in self.added:
            return True
        before, after = words[:start], words[end:]
        if before and (
            (before[0] in vocabulary.FLAGS and not _is_given_instead(words))
            or before[-1] in OTHERS_BEFORE.get(term, ())
        ):
            return False
        if after and (_is_about(after) or addresses_owner(term, after)):
            return False
        if any(word in OTHERS_AFTER.get(term, ()) for word in after[:1]):
            return False
        if (
            term == "secret"
            and after
            and after[0] not in vocabulary.SECRET_THINGS
            and is_common(after[0])
        ):
            return False  # a secret garden
        if (
            after
            and words[start] in vocabulary.COUNTED
            and after[0].endswith("ed")
            and after[0] not in vocabulary.OWNERS
        ):
            return False  # tokens burned
        if term in self.strong or (words[-1] == term in _SIGNATURES):
            return True
        # plurals (pins, passes) are counts
        if words[start] != term and term != "cookie":
            return False
        owners = _OWNERS.get(term, vocabulary.OWNERS)
        return owners.issuperset(before) and all(word in vocabulary.VALUES for word in after)


def _uninflected(term: str) -> Iterator[str]:
    """Yield a term without the endings of plurals, of Nordic articles, and of possessives: `your
    code` is ``koden din``, ``koodisi`` or ``kodunuz``.
    """
    for ending in _ENDINGS if len(term) >= _INFLECTED else _PLURALS:
        if term.endswith(ending):
            yield term.removesuffix(ending)


def _is_given_instead(words: list[str]) -> bool:
    """Whether a name is that of what replaces a lost secret: ``forgotten_password_code``."""
    return words[0] in vocabulary.LOST and words[-1] in vocabulary.GIVEN_INSTEAD


def _is_about(after: list[str]) -> bool:
    """Whether the words after a term say that the name is about a property of a secret."""
    last = after[-2] if len(after) > 1 and after[-1] in vocabulary.LEANING else after[-1]
    return (
        not vocabulary.QUALIFIERS.isdisjoint((last, after[-1]))
        or last.endswith(vocabulary.MEASURES)
        or "too" in after  # password_too_short
    )


def addresses_owner(owned: str, words: Sequence[str]) -> bool:
    """Whether words after or below the name of a card or an account are about its owner or a
    payment.

    :param owned: the words of that name, with spaces.
    """
    if not words or not owned.removesuffix("s").endswith(_OF_OWNERS):
        return False
    *before, last = words
    if last in vocabulary.NUMBERS_OF_OWNERS:  # of a phone
        return bool(before) and before[-1] in vocabulary.NUMBERED_OF_OWNERS
    if last == "selected":
        return addresses_owner(owned, before)
    return last in vocabulary.ADDRESSING


@lru_cache(maxsize=8192)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case."""
    text = _CARD_CODE.sub("cvd", _TWO_FACTOR.sub("two", plain(name)))
    text = _CAMEL.sub("_", _VERSION.sub(" ", text))
    return tuple(word.lower() for word in _PARTS.findall(text))


DEFAULT_NAMES = Names()

CERTAIN = Names()
"""The rule for names that are sensitive even in sentences: ambiguous words do not count."""

CERTAIN.weak = frozenset({"sid", "sig", "puk"})


sensitive: Callable[[str], bool] = DEFAULT_NAMES.sensitive
"""Whether the value under a name is a secret, by the vocabulary."""


def is_certain(name: str) -> bool:
    """Whether a name marks a secret even in a sentence, where "pass" or "pin" alone mostly mean
    something else.
    """
    return CERTAIN.sensitive(name) or (len(words_of(name)) > 1 and sensitive(name))


@lru_cache(maxsize=4096)
def names_code(name: str) -> bool:
    """Whether a name marks a code that a person enters, such as a one-time password."""
    return is_certain(name) and any(
        word in vocabulary.CODE_NAMES or word.endswith(vocabulary.CODE_ENDS)
        for word in words_of(name)
    )


@lru_cache(maxsize=4096)
def measures(name: str) -> bool:
    """Whether a number under a sensitive name is a count and no secret: ``tokens``.

    Names like ``token_count`` are not sensitive in the first place.

    :param name: a name for which :func:`sensitive` holds.
    """
    words = words_of(name)
    return bool(words) and words[-1] in vocabulary.COUNTED


@lru_cache(maxsize=4096)
def protects_form(name: str) -> bool:
    """Whether the value under a name is a CSRF token or a nonce, which protects one form or page
    and is not data of the visitor.
    """
    return any(word in name.lower() for word in ("csrf", "xsrf", "nonce"))


def qualified_name(name: str, within: str) -> str:
    """Return a name with the name of its container before it, if it is vague by itself: a
    ``number`` in a ``card``.
    """
    return f"{within}_{name}" if within and is_vague(name) else name


@lru_cache(maxsize=4096)
def is_vague(name: str) -> bool:
    """Whether a name says little by itself: ``number``, ``id``, ``code1``."""
    words = words_of(name)
    return len(words) == 1 and words[0] in vocabulary.KEYS
