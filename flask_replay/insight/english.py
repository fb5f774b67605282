"""The English of the story: every word of it that no recording holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from ..safe_text import whole


class Verb(NamedTuple):
    """What somebody did, and what they tried to do."""

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
"""By words of endpoints and paths."""

ALONE = frozenset({"register", "signup", "checkout", "subscribe", "unsubscribe", "join"})
"""Verbs that need no object."""

NOUNS = frozenset(
    {
        "book", "change", "check", "comment", "copy", "export", "import", "like", "mark", "order",
        "rate", "report", "request", "review", "share", "start", "vote",
    }
)  # fmt: skip
"""Verbs that are as often nouns: of an endpoint that shows a page, too, they are."""

LOGIN = frozenset({"login", "signin", "sign_in", "log_in", "logon", "authenticate"})
LOGOUT = frozenset({"logout", "signout", "sign_out", "log_out", "logoff"})
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
"""Into what things are put."""

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
"""Categories of flashed messages that say no."""

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
"""What programs do, by the words that they have for it."""

ENDED = {"completed": "was done", "failed": "failed"}
"""How a program's run ended."""

SOMEBODY = "A visitor"
PROGRAM_WORDS = "A program"
THEY = "They"
MANY = 4
"""Things that one sentence tells."""

_ENDS = tuple(f"{mark}{quote}" for mark in ".!?…" for quote in ("", "”"))
_INNER = {ord("“"): "‘", ord("”"): "’"}
_MARKDOWN = re.compile(r"([\\`\[\]<>_#|!])")
_MAX = 80
_MAX_FIELDS = 4
_MAX_NOTE = 900


def quoted(text: object) -> str:
    """Return what somebody said or typed, in quotes."""
    return f"“{short(text).translate(_INNER)}”"


def titled(text: str) -> str:
    """Return the title of a page."""
    return f"*{short(text).replace('*', ' ').strip()}*"


def short(text: object, most: int = _MAX) -> str:
    """Return a text in one line, not too long."""
    words = whole(" ".join(str(text).split()))
    return words if len(words) <= most else f"{words[:most].rstrip()}…"


def noted(text: str, author: str) -> str:
    """Return what somebody wrote of a moment."""
    said = f"“{short(text, _MAX_NOTE).translate(_INNER)}”"
    return f"note of {short(author)}: {said}" if author else f"note: {said}"


def tagged(tags: Sequence[str]) -> str:
    """Return which tags people gave."""
    return f"tags: {', '.join(map(short, tags))}"


def fields(pairs: Sequence[tuple[str, str]]) -> str:
    """Return what was filled in: ``(stars: 4, text: “Crunchy”)``."""
    if not pairs:
        return ""
    said = [f"{name.replace('_', ' ')}: {_value(value)}" for name, value in pairs[:_MAX_FIELDS]]
    return f" ({', '.join([*said, *(['…'] if len(pairs) > _MAX_FIELDS else [])])})"


def _value(value: str) -> str:
    return "empty" if not value else quoted(value) if " " in value else short(value)


def refused(act: str, reasons: Iterable[str]) -> str:
    """Return that something was not taken, and why."""
    why = "; ".join(quoted(reason) for reason in reasons)
    return f"tried to {act}: refused{f', {why}' if why else ''}"


def answered(act: str, messages: Iterable[str]) -> str:
    """Return what was done, and what the app said to it."""
    said = "; ".join(quoted(message) for message in messages)
    return f"{act}: {said}" if said else act


def failed(act: str, error: str, status: int) -> str:
    """Return that the app failed."""
    code = f" ({status})" if status else ""
    return f"{act}: it failed{f' with {error}' if error else ''}{code}"


def span(milliseconds: int) -> str:
    """Return a length of time in words: ``45 seconds``, ``2 minutes``."""
    seconds = round(milliseconds / 1000)
    if seconds < 90:
        return f"{seconds} second{'' if seconds == 1 else 's'}"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 90 else f"{round(minutes / 60)} hours"


def clock(milliseconds: int) -> str:
    """Return a moment of a recording: ``1:03``."""
    minutes, seconds = divmod(max(0, milliseconds) // 1000, 60)
    return f"{minutes}:{seconds:02}"


def moment(seconds: float) -> str:
    """Return a moment, in UTC: a story goes to readers anywhere."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %B %Y, %H:%M UTC")


def count(number: int, word: str) -> str:
    """Return how many there are: ``no errors``, ``1 page``, ``3 pages``."""
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def sentence(subject: str, acts: Sequence[str]) -> str:
    """Return several acts as one sentence."""
    if len(acts) > 1:
        joint = "; " if any(": " in act or ", " in act for act in acts[:-1]) else ", "
        said = (
            f"{joint.join(acts[:-1])}{joint.rstrip()} and {acts[-1]}"
            if len(acts) > 2
            else f"{acts[0]} and {acts[1]}"
        )
    else:
        said = acts[0]
    return f"{subject} {said}{'' if said.endswith(('.', '!', '?', '…')) else '.'}"


def later(milliseconds: int, subject: str) -> str:
    """Return who did something after a pause: ``45 seconds later they``."""
    return f"{span(milliseconds)} later {subject}"


def markdown(text: str) -> str:
    """Return a line of the story so that nothing in it is markup but the emphasis of titles."""
    return _MARKDOWN.sub(r"\\\1", text)
