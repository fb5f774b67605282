"""The outcome of what a visitor sent: whether the app refused it, and with what words."""

from __future__ import annotations

from collections.abc import Container

from ..recording.events import Request
from . import english as words
from .page_words import FlashedMessage, ShownPage
from .reasons import Reason
from .request_words import summarize_request

STATUS_WORDS = {
    401: "only users who are logged in may",
    403: "they may not",
    404: "there is no such page",
    405: "that is not possible there",
    409: "it was changed meanwhile",
    410: "the page is gone",
    413: "it is too large",
    419: "the form was too old",
    422: "it is invalid",
    429: "that was too often",
}


_BEFORE_LOGIN = words.LOGIN | words.LOGOUT | words.BEFORE_LOGIN


def refusals(seen: ShownPage, request: Request, known: Container[str] = ()) -> list[Reason]:
    """Return the messages with which an app refused a request, if it did.

    :param known: errors that the visitor saw before. Beside no form, they say nothing new.
    """
    flashed = [Reason(message.text, read=True) for message in filter(_is_bad, seen.messages)]
    other = {message.text for message in seen.messages}
    found = [
        reason
        for reason in seen.reasons.of(request)
        if reason.text not in other and (reason.form is not None or reason.text not in known)
    ]
    return (
        [*flashed, *(reason for reason in found if reason.read)]
        or [reason for reason in found if reason.marked]
        or found
    )


def is_refused(
    seen: ShownPage, request: Request, final: Request, known: Container[str] = ()
) -> bool:
    """Whether an app refused a request: with the status, a message, or by showing its form again
    with an error. A login that shows its form again has failed, whatever it says, also if the app
    redirects to it.

    :param seen: the page to which the request led.
    :param final: the request to which the redirects led.
    :param known: errors that the visitor saw before.
    """
    if 400 <= final.status < 500 or any(_is_bad(message) for message in seen.messages):
        return True
    again = final.path == request.path and bool(seen.reasons.own_forms(request))
    if again and words.LOGIN.intersection(summarize_request(request).words):
        return True
    reasons = refusals(seen, request, known) if final is request else []
    return any(reason.read or (again and reason.marked) for reason in reasons)


def sent_to_login(request: Request, final: Request) -> bool:
    """Whether a visitor must log in first: a request was redirected to a login. After a logout or a
    registration, that is not a refusal.

    :param final: the request to which the redirects led.
    """
    if not request.redirect or _BEFORE_LOGIN.intersection(summarize_request(request).words):
        return False
    target = Request(offset_ms=0, method="GET", url=request.redirect)
    places = (*summarize_request(final).words, *summarize_request(target).words)
    return bool(words.LOGIN.intersection(places))


def with_fields(reasons: list[Reason], request: Request) -> list[tuple[str, str]]:
    """Return reasons with the fields that they concern, if the visitor sent several."""
    sent = {name for name, _ in summarize_request(request, blanks=True).fields}
    return list(
        dict.fromkeys(
            (reason.field if reason.field in sent and len(sent) > 1 else "", reason.text)
            for reason in reasons
        )
    )


def _is_bad(message: FlashedMessage) -> bool:
    return message.category.lower() in words.BAD
