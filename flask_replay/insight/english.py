"""The English text of the story: all words in it that do not come from the recording."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from ..recording.events import RunStatus
from ..safe_text import whole


class Verb(NamedTuple):
    """A verb for what the visitor did, in the past tense and as an infinitive for failed
    attempts.
    """

    done: str
    to_do: str


def _regular(*verbs: str) -> dict[str, Verb]:
    return {verb: Verb(verb + ("d" if verb.endswith("e") else "ed"), verb) for verb in verbs}


VERBS: dict[str, Verb] = {
    **_regular(
        "accept", "add", "approve", "archive", "assign", "cancel", "change", "check", "close",
        "confirm", "create", "delete", "disable", "enable", "export", "filter", "follow", "import",
        "invite", "join", "like", "mark", "move", "open", "order", "publish", "rate", "register",
        "reject", "remove", "rename", "renew", "report", "request", "reserve", "review", "save",
        "share", "start", "subscribe", "unfollow", "unlike", "unsubscribe", "update", "upload",
        "vote",
    ),
    "apply": Verb("applied", "apply"),
    "book": Verb("booked", "book"),
    "buy": Verb("bought", "buy"),
    "checkout": Verb("checked out", "check out"),
    "comment": Verb("commented on", "comment on"),
    "copy": Verb("copied", "copy"),
    "destroy": Verb("deleted", "delete"),
    "edit": Verb("changed", "change"),
    "new": Verb("created", "create"),
    "pay": Verb("paid", "pay"),
    "reply": Verb("replied to", "reply to"),
    "reset": Verb("reset", "reset"),
    "send": Verb("sent", "send"),
    "signup": Verb("registered", "register"),
    "stop": Verb("stopped", "stop"),
    "submit": Verb("sent", "send"),
}  # fmt: skip
"""Verbs by the words of endpoints and paths."""

ALONE = frozenset({"register", "signup", "checkout", "subscribe", "unsubscribe", "join"})
"""Verbs that need no object."""

NOUNS = frozenset(
    {
        "book", "change", "check", "comment", "copy", "export", "import", "like", "mark", "order",
        "rate", "report", "request", "review", "share", "start", "vote",
    }
)  # fmt: skip
"""Verbs that may also be nouns. In the endpoint of a page that visitors only look at, they are
nouns.
"""

ONE = frozenset({"add", "create", "new"})
"""Verbs whose object is one thing, even in a place for many."""

OF_METHODS = {
    "DELETE": Verb("deleted", "delete"),
    "PATCH": Verb("changed", "change"),
    "PUT": Verb("changed", "change"),
}
"""Verbs of requests that no other word names."""

LOGIN = frozenset({"login", "signin", "logon", "authenticate"})
LOGOUT = frozenset({"logout", "signout", "logoff"})
BEFORE_LOGIN = frozenset(
    {
        "account", "activate", "confirm", "forgot", "password", "recover", "register", "reset",
        "signup", "verify",
    }
)  # fmt: skip
"""Words of places that lead to a login when all went well."""

SEARCH = frozenset({"q", "query", "search", "s", "term", "keyword", "keywords", "find"})
COUPONS = frozenset(
    {
        "coupon",
        "voucher",
        "promo",
        "discount",
        "promocode",
        "coupon_code",
        "promo_code",
        "gift_code",
    }
)
HOLDERS = frozenset(
    {
        "cart",
        "basket",
        "bag",
        "wishlist",
        "favorites",
        "favourites",
        "collection",
        "playlist",
        "bookmarks",
    }
)
"""Containers into which a visitor puts items."""

BAD = frozenset(
    {
        "error",
        "danger",
        "warning",
        "alert",
        "fail",
        "failure",
        "failed",
        "bad",
        "critical",
        "invalid",
    }
)
"""Categories of flashed messages that report a failure."""

ACTIONS: dict[str, str] = {
    "click": "clicked {selector}",
    "double_click": "double-clicked {selector}",
    "fill": "typed {value} into {selector}",
    "goto": "went to {address}",
    "hover": "pointed at {selector}",
    "input": "typed {value} into {selector}",
    "navigate": "went to {address}",
    "press": "pressed {value}",
    "screenshot": "took a picture",
    "scroll": "scrolled",
    "select": "chose {value} in {selector}",
    "submit": "sent the form by {selector}",
    "type": "typed {value} into {selector}",
    "wait": "waited",
}
"""Sentences for the actions of programs, by the type of the action."""

ENDED: dict[str, str] = {RunStatus.COMPLETED: "was done", RunStatus.FAILED: "failed"}
"""How a program's run ended, in words."""

SOMEBODY = "A visitor"
PROGRAM_WORDS = "A program"
THEY = "They"
MANY = 4
"""Acts that one sentence lists."""

_ENDS = tuple(f"{mark}{quote}" for mark in ".!?…" for quote in ("", "”"))
_INNER = {ord("“"): "‘", ord("”"): "’"}
_MARKDOWN = re.compile(r"([\\`\[\]<>_#|!])")
_MAX = 80
_MAX_FIELDS = 4
_MAX_NOTE = 900


def quoted(text: object) -> str:
    """Return a text that somebody wrote, shortened and in quotes."""
    return f"“{short(text).translate(_INNER)}”"


def titled(text: str) -> str:
    """Return the title of a page."""
    return f"*{short(text).replace('*', ' ').strip()}*"


def short(text: object, most: int = _MAX) -> str:
    """Return a text on one line, shortened."""
    words = whole(" ".join(str(text).split()))
    return words if len(words) <= most else f"{words[:most].rstrip()}…"


def noted(text: str, author: str) -> str:
    """Return the phrase for a note, with its author."""
    quote = f"“{short(text, _MAX_NOTE).translate(_INNER)}”"
    return f"note of {short(author)}: {quote}" if author else f"note: {quote}"


def tagged(tags: Sequence[str]) -> str:
    """Return the phrase for the tags of a recording."""
    return f"tags: {', '.join(map(short, tags))}"


def fields(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the fields that the visitor filled in: ``(stars: 4, text: “Crunchy”)``."""
    if not pairs:
        return ""
    shown = [f"{name.replace('_', ' ')}: {_value(value)}" for name, value in pairs[:_MAX_FIELDS]]
    return f" ({', '.join([*shown, *(['…'] if len(pairs) > _MAX_FIELDS else [])])})"


def _value(value: str) -> str:
    return "empty" if not value else quoted(value) if " " in value else short(value)


def refused(act: str, reasons: Iterable[tuple[str, str]]) -> str:
    """Return the phrase for a refused attempt, with the reasons.

    :param reasons: pairs of the field that it concerns, ``""`` for all, and the reason.
    """
    why = "; ".join(
        f"{field.replace('_', ' ')}: {quoted(reason)}" if field else quoted(reason)
        for field, reason in reasons
    )
    return f"tried to {act}: refused{f', {why}' if why else ''}"


def answered(act: str, messages: Iterable[str]) -> str:
    """Return an act with the app's messages about it."""
    quotes = "; ".join(quoted(message) for message in messages)
    return f"{act}: {quotes}" if quotes else act


def exception(type: str, message: str) -> str:
    """Return the phrase for an exception, with its message unless that repeats its type."""
    name = type.rpartition(".")[2]
    if {"class", name, type}.issuperset(re.findall(r"[\w.]+", message)):
        return name
    return f"{name}, {quoted(message)}"


def failed(act: str, error: str, status: int) -> str:
    """Return an act during which the app failed."""
    code = f" ({status})" if status else ""
    return f"{act}: it failed{f' with {error}' if error else ''}{code}"


def span(milliseconds: int) -> str:
    """Return a duration in words: ``45 seconds``, ``2 minutes``."""
    seconds = round(milliseconds / 1000)
    if seconds < 90:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 90 else f"{round(minutes / 60)} hours"


def elapsed(milliseconds: int) -> str:
    """Return a moment of a recording in minutes and seconds: ``1:03``."""
    minutes, seconds = divmod(max(0, milliseconds) // 1000, 60)
    return f"{minutes}:{seconds:02}"


def moment(seconds: float) -> str:
    """Return a date and time in UTC, because readers of a story may be in any time zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %B %Y, %H:%M UTC")


def count(number: int, word: str) -> str:
    """Return a number with its noun: ``no errors``, ``1 page``, ``3 pages``."""
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def sentence(subject: str, acts: Sequence[str]) -> str:
    """Return several acts as one sentence."""
    if len(acts) > 1:
        joint = "; " if any(": " in act or ", " in act for act in acts[:-1]) else ", "
        clause = (
            f"{joint.join(acts[:-1])}{joint.rstrip()} and {acts[-1]}"
            if len(acts) > 2
            else f"{acts[0]} and {acts[1]}"
        )
    else:
        clause = acts[0]
    return f"{subject} {clause}{'' if clause.endswith(('.', '!', '?', '…')) else '.'}"


def later(milliseconds: int, subject: str) -> str:
    """Return the subject of a sentence after a pause: ``45 seconds later they``."""
    return f"{span(milliseconds)} later {subject}"


def markdown(text: str) -> str:
    """Return a line of the story with all Markdown escaped except for the emphasis of titles."""
    return _MARKDOWN.sub(r"\\\1", text)
