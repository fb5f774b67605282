"""The forms of values: sizes, durations, rates, patterns, folders. Settings, commands and calls
share them.

A text is converted to the value that it spells, because environment variables hold only texts:
``"true"``, ``"0.5"``, ``"1000"``.
"""

from __future__ import annotations

import os
import re
import reprlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from inspect import isroutine
from math import isfinite
from numbers import Real
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from .errors import ConfigError

T = TypeVar("T")

_FLAGS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_WORDS = {
    "sec": "s",
    "second": "s",
    "min": "m",
    "minute": "m",
    "hour": "h",
    "day": "d",
    "week": "w",
}
_SIZES = {"": 1, "B": 1} | {
    f"{letter}{suffix}": base**power
    for power, letter in enumerate("KMGT", 1)
    for suffix, base in (("B", 1000), ("IB", 1024))
}
_AMOUNT = r"(\d+(?:\.\d+)?)\s*([a-z]*)\s*"
_LONGEST = 100 * 365.25 * 86_400
"""Seconds of the longest duration. The system's clocks and locks accept some 290 years."""

_YEAR_10000 = 253_402_300_800
"""Seconds since 1970 at which Python's calendar ends."""

_COLOR = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.ASCII)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_PLAIN = frozenset({"builtins", "collections", "datetime", "decimal", "pathlib"})


class Mistake(ValueError):
    """Raised to say more about what is wrong with a value than the rule does."""


class Form(NamedTuple, Generic[T]):
    """The values that a setting, an option or an argument accepts.

    :ivar rule: a description of valid values that follows "must be".
    :ivar convert: returns a value as the program uses it. It raises ``ValueError`` or ``TypeError``
        for a malformed value, and :class:`Mistake` if there is more to say than the rule.
    :ivar secret: whether the value must never be shown.
    """

    rule: str
    convert: Callable[[Any], T]
    secret: bool = False

    def read(self, name: str, value: Any) -> T:
        """Return a value as the program uses it.

        :param name: the name of the setting, option or argument.
        :raises ConfigError: the value is malformed; the message has name, rule and value.
        """
        try:
            return self.convert(value)
        except (TypeError, ValueError, LookupError, ArithmeticError, RuntimeError) as error:
            got = f", got {'something else' if self.secret else shown(value)}"
            more = f": {error}" if isinstance(error, Mistake) else ""
            raise ConfigError(f"{name} must be {self.rule}{got}{more}") from None


def shown(value: object) -> str:
    """Return a value for a message: short, without credentials, and safe whatever its own ``repr``
    does.
    """
    if isinstance(value, type):
        return f"the class {value.__qualname__}"
    if isroutine(value):
        return f"the function {value.__name__}"
    if type(value).__module__ not in _PLAIN and not isinstance(value, Real):
        return kind(value)
    writer = reprlib.Repr()
    writer.maxstring = writer.maxother = 80
    return _CREDENTIALS.sub("***@", writer.repr(value))


def kind(value: object) -> str:
    """Return a description for a message of a value that may be a visitor's."""
    return "None" if value is None else f"an object of {type(value).__qualname__}"


def number(value: Any) -> float:
    """Return a finite number, from a number or from a string that spells one. ``bool`` is refused,
    although it is an ``int`` in Python.

    :raises ValueError: it is not a number.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, Real | Decimal | str)
        or not isfinite(float(value))
    ):
        raise ValueError
    return float(value)


def is_flag(text: str) -> bool:
    """Whether a string means yes or no."""
    return text.strip().lower() in _FLAGS


def flag() -> Form[bool]:
    """Return the form of a flag."""

    def convert(value: Any) -> bool:
        return _FLAGS[str(value).strip().lower()]

    return Form("True or False", convert)


def rate() -> Form[float]:
    """Return the form of a fraction."""

    def convert(value: Any) -> float:
        if not 0 <= number(value) <= 1:
            raise ValueError
        return number(value)

    return Form("a number from 0 to 1", convert)


def whole(least: int, most: int | None = None) -> Form[int]:
    """Return the form of a count."""

    def convert(value: Any) -> int:
        found = number(value)
        if found % 1 or found < least or (most is not None and found > most):
            raise ValueError
        return int(found)

    return Form(f"a whole number >= {least}" + ("" if most is None else f" and <= {most}"), convert)


def duration() -> Form[float]:
    """Return the form of a duration, which is converted to seconds."""

    def convert(value: Any) -> float:
        raw = value.total_seconds() if isinstance(value, timedelta) else value
        seconds = (
            _sum(raw)
            if isinstance(raw, str) and re.search("[a-z]", raw, re.IGNORECASE)
            else number(raw)
        )
        if not 0 < seconds <= _LONGEST:
            raise ValueError
        return seconds

    return Form(
        "a duration > 0 and <= 100 years: seconds, a timedelta, or a string such as '90s', '30m', "
        "'7d'",
        convert,
    )


def _sum(text: str) -> float:
    """Return the total in seconds of several amounts, each with its unit: ``1h30m``."""
    text = text.strip().lower()
    if not re.fullmatch(f"(?:{_AMOUNT})+", text, re.ASCII):
        raise ValueError
    pairs = re.findall(_AMOUNT, text, re.ASCII)
    return sum(
        float(amount) * _UNITS[_WORDS.get(unit.removesuffix("s"), unit)] for amount, unit in pairs
    )


def moment() -> Form[float]:
    """Return the form of a point in time, which is converted to seconds since 1970."""

    def convert(value: Any) -> float:
        if isinstance(value, str) and re.match(r"\d{4}-", value.strip()):
            value = datetime.fromisoformat(value.strip())
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, timedelta) or (isinstance(value, str) and not value.strip().isdigit()):
            return max(0.0, time.time() - duration().convert(value))
        seconds = number(value)
        if not 0 <= seconds < _YEAR_10000:
            raise ValueError
        return seconds

    return Form(
        "a moment: seconds since 1970, a datetime, '2026-11-28', or how long ago: a timedelta, "
        "'7d'",
        convert,
    )


def size(least: int = 1) -> Form[int]:
    """Return the form of a number of bytes.

    :param least: the smallest valid size.
    """

    def convert(value: Any) -> int:
        if isinstance(value, str):
            found = re.fullmatch(
                r"(\d+(?:\.\d+)?)\s*([a-z]*)", value.strip(), re.ASCII | re.IGNORECASE
            )
            if found is None:
                raise ValueError
            value = float(found[1]) * _SIZES[found[2].upper()]
        if number(value) < least:
            raise ValueError
        return int(number(value))

    return Form(f"a size >= {_bytes(least)}: bytes, or a string such as '500MB', '1.5GiB'", convert)


def _bytes(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count} byte{'s' * (count != 1)}"


def optional(form: Form[T], meaning: str) -> Form[T | None]:
    """Return the form of a value that may also be ``None``.

    :param meaning: the meaning of ``None``, in words that follow "None for".
    """

    def convert(value: Any) -> T | None:
        return None if value is None else form.convert(value)

    return Form(f"{form.rule}; or None for {meaning}", convert, form.secret)


def one_of(choices: Sequence[str]) -> Form[str]:
    """Return the form of a choice, in upper or lower case."""

    def convert(value: Any) -> str:
        if not isinstance(value, str) or value.strip().lower() not in choices:
            raise ValueError
        return value.strip().lower()

    return Form(f"one of {', '.join(map(repr, choices))}", convert)


def color() -> Form[str]:
    """Return the form of a color, which is converted to six hexadecimal digits."""

    def convert(value: Any) -> str:
        found = _COLOR.fullmatch(value.strip().lower()) if isinstance(value, str) else None
        if found is None:
            raise ValueError
        digits: str = found[1]
        return digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)

    return Form("a color, such as '#a0522d'", convert)


def text() -> Form[str]:
    """Return the form of a short text."""

    def convert(value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or not value.isprintable():
            raise ValueError
        return value.strip()

    return Form("a string", convert)


def address() -> Form[str]:
    """Return the form of a redirect target: a path, a URL, or the endpoint of a view."""
    fits = re.compile(
        r"/(?![/\\])[!-\[\]-~]*|https?://[^/\s\\?#@]+(?:[/?#][!-\[\]-~]*)?|\w+(?:\.\w+)*"
    ).fullmatch

    def convert(value: Any) -> str:
        if fits(value) is None:
            raise ValueError
        return str(value)

    return Form("a path such as '/login', an address, or an endpoint such as 'auth.login'", convert)


def cookie_name() -> Form[str]:
    """Return the form of a cookie's name (RFC 6265, section 4.1.1)."""

    def convert(value: Any) -> str:
        if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", value, re.ASCII):
            raise ValueError
        return str(value)

    return Form("the name of a cookie: letters, digits, and none of '()<>@,;:\"/[]?={}'", convert)


def cookie_domain() -> Form[str]:
    """Return the form of a cookie's ``Domain`` (RFC 6265, section 5.2.3). Browsers refuse a cookie
    with another one.
    """

    def convert(value: Any) -> str:
        if not re.fullmatch(r"\.?[\w-]+(?:\.[\w-]+)*", value):
            raise ValueError
        return str(value)

    return Form("a host name such as 'shop.example', without scheme, port and path", convert)


def cookie_path() -> Form[str]:
    """Return the form of a cookie's ``Path`` (RFC 6265, section 5.2.4). Browsers ignore another
    one.
    """

    def convert(value: Any) -> str:
        if not re.fullmatch(r"/[^;\x00-\x1f\x7f]*", value):
            raise ValueError
        return str(value)

    return Form("a path that begins with '/'", convert)


def folder() -> Form[str]:
    """Return the form of a folder's path. A leading ``~`` is expanded."""

    def convert(value: Any) -> str:
        path = os.fspath(value)
        if not isinstance(path, str) or not path.strip() or "\0" in path:
            raise ValueError
        if "://" in path:
            raise Mistake(
                "that is a URL; to use a database, pass Replay(app, storage=SQLAlchemyStorage(db))"
            )
        return str(Path(path).expanduser())

    return Form("the path of a folder", convert)
