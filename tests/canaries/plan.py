"""The plan of secrets: under which name, through which input and in which encoding each one is
sent. Each secret occurs once.
"""

from __future__ import annotations

import base64
import html
import itertools
import json
import random
import string
import urllib.parse
from collections.abc import Callable
from typing import NamedTuple

from markupsafe import escape
from stdnum import luhn

from .names import NAMES

_SIGNED = string.ascii_letters + string.digits + "!$%-_.@#*?"
_WORDS = "violet tractor drumming seven harbour candle orbit walnut thunder marble pepper lantern copper meadow".split()


class Canary(NamedTuple):
    """A secret with its path through the app.

    :ivar source: what it comes from: a form, a header, the app's own objects.
    :ivar place: where the app shows it.
    :ivar writing: how the app writes it there.
    """

    number: int
    name: str
    value: str
    source: str
    place: str
    writing: str = "plain"

    @property
    def written(self) -> str:
        """Return what the app shows."""
        return WRITINGS[self.writing](self.value)


def _grouped(text: str, sign: str) -> str:
    return sign.join(text[start : start + 4] for start in range(0, len(text), 4))


WRITINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "HTML": lambda text: str(escape(text)),
    "html.escape": html.escape,
    "decimal references": lambda text: "".join(
        f"&#{ord(letter)};" if letter in "<>&\"'" else letter for letter in text
    ),
    "JSON": json.dumps,
    "JSON in JSON": lambda text: json.dumps(json.dumps({"x": text})),
    "script": lambda text: (
        json.dumps(text).replace("<", "\\u003c").replace(">", "\\u003e").replace("'", "\\u0027")
    ),
    "Python": repr,
    "URL": lambda text: urllib.parse.quote(text, safe=""),
    "URL twice": lambda text: urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
    "form": urllib.parse.quote_plus,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "Basic": lambda text: base64.b64encode(f"ann:{text}".encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "upper case": str.upper,
    "lower case": str.lower,
    "dashes": lambda text: _grouped(text, "-"),
    "spaces": lambda text: _grouped(text, " "),
    "sentence": "You sent {}, did you not?".format,
    "quoted": 'cannot use "{}" here'.format,
    "link": lambda text: f"https://example.org/a?b=1&q={urllib.parse.quote(text)}#top",
    "assignment": "x={};".format,
}


GROUPED = {"dashes", "spaces"}
"""Numbers and keys without punctuation, which may be written in groups."""

FORGERY = ("csrf", "xsrf", "requestverification")
"""Names of tokens for a single form, which pages show unchanged or not at all."""


UNKNOWN = {("read", "program"), ("read", "failing program"), ("read", "job"), ("cookie", "later")}
"""Reads of a template are known when the request is over, and a program within it ends before. A
cookie is known during the requests that carry it.
"""

OF_NAMES = {
    "template text",
    "uploaded file",
    "redirect's query",
    "redirect's path",
    "redirect's fragment",
    "download",
}
"""Places with the app's own text, or with a URL in which formats of secrets are not searched for.
"""

HARMLESS = (
    "note",
    "memo",
    "comment",
    "title",
    "ref",
    "q",
    "description",
    "reply",
    "line",
    "subject",
)
LEAST = 620


def _value(chance: random.Random, kind: int) -> str:
    def some(letters: str, count: int) -> str:
        return "".join(chance.choices(letters, k=count))

    match kind % 8:
        case 0:
            return some(string.ascii_letters + string.digits, 10) + some(_SIGNED, 6) + "q7"
        case 1:
            return some("0123456789abcdef", 32)
        case 2:
            return some(string.ascii_letters + string.digits + "-_", 40) + "Zz9"
        case 3:
            return f"h{some(string.ascii_lowercase, 5)}<u&n\"t'{some(string.digits, 5)}+é/{some(string.ascii_lowercase, 3)}"
        case 4:
            return " ".join(chance.sample(_WORDS, 4)) + some(string.digits, 3)
        case 5:
            return some("123456789", 12)
        case 6:
            return (
                f"пар{some('абвгдежзиклмн', 6)}-密{some('月光花鸟山水', 3)}{some(string.digits, 5)}"
            )
        case _:
            return f"{some(string.ascii_letters, 4)}-{some(string.digits, 4)}-{some(string.ascii_letters, 4)}"


def formed(seed: int = 1) -> list[str]:
    """Return secrets that are recognized by their format, under any name."""
    chance = random.Random(seed)
    letters, digits = string.ascii_letters + string.digits, string.digits

    def some(count: int, signs: str = letters) -> str:
        return "".join(chance.choices(signs, k=count))

    made: list[str] = []
    for _ in range(2):
        bare = [
            start + some(size - len(start) - 1, digits)
            for start, size in (("4", 16), ("51", 16), ("37", 15), ("6011", 16))
        ]
        cards = [digits_ + luhn.calc_check_digit(digits_) for digits_ in bare]
        account = some(18, digits)
        made += [*cards, _grouped(cards[0], " "), _grouped(cards[1], "-")]
        made += [f"DE{98 - int(account + '131400') % 97:02}{account}"]
        made += [
            f"eyJ{some(20)}.eyJ{some(40)}.{some(43)}",
            f"AKIA{some(16, string.ascii_uppercase + '234567')}",
        ]
        made += [
            f"ghp_{some(36)}",
            f"github_pat_{some(22)}_{some(59)}",
            f"glpat-{some(20)}",
            f"xoxb-{some(12, digits)}-{some(24)}",
        ]
        made += [
            f"sk_live_{some(24)}",
            f"rk_live_{some(24)}",
            f"AIza{some(35)}",
            f"SG.{some(22)}.{some(43)}",
            f"npm_{some(36)}",
        ]
        made += [
            f"sk-proj-{some(48)}",
            f"https://hooks.slack.com/services/T{some(8)}/B{some(8)}/{some(24)}",
        ]
        made += [
            f"$2b$12${some(53)}",
            f"$argon2id$v=19$m=65536,t=3,p=4${some(22)}${some(43)}",
            f"scrypt:32768:8:1${some(16)}${some(64)}",
        ]
        made += [
            f"-----BEGIN RSA PRIVATE KEY-----\n{some(64)}\n{some(40)}\n-----END RSA PRIVATE KEY-----"
        ]
    return made


def plan(
    sources: list[str],
    places: list[str],
    own: list[str],
    *,
    seed: int = 1,
    rounds: int = 1,
    few: bool = False,
) -> list[Canary]:
    """Return secrets for each input with each output, for each encoding with each output, and for
    each name.

    :param sources: by which a visitor sends one.
    :param places: at which the app shows what was sent.
    :param own: places at which the app shows what it has itself.
    :param rounds: how often, with other names and values.
    :param few: three of four ways in and out alone.
    """
    chance = random.Random(seed)
    ways: list[tuple[str, str, str]] = []
    writings = itertools.cycle(WRITINGS)
    for _ in range(rounds):
        ways += [
            (source, place, next(writings))
            for (first, source), (second, place) in itertools.product(
                enumerate(sources), enumerate(places)
            )
            if (source, place) not in UNKNOWN and not (few and (first + second) % 4 == 0)
        ]
        ways += [("app", place, "plain") for place in own]
        ways += [(chance.choice(sources), chance.choice(places), writing) for writing in WRITINGS]
    ways += [("form", "page", "plain")] * (LEAST - len(ways))
    names = itertools.cycle(chance.sample(NAMES, len(NAMES)))
    canaries, used = [], set[str]()
    places = [place for place in places if place not in OF_NAMES]
    for number, way in enumerate(ways):
        source, place, writing = way
        name = next(names)
        if any(word in name.lower() for word in FORGERY):
            source, place, writing = "form", "page", "plain"
        value = _value(chance, 1 if writing in GROUPED else number + number // 8)
        assert value not in used
        used.add(value)
        canaries.append(Canary(number, name, value, source, place, writing))
    shown = itertools.cycle(places)
    for value in formed(seed):
        canaries.append(Canary(len(canaries), chance.choice(HARMLESS), value, "form", next(shown)))
    return canaries
