"""The common parts of the HTTP API's views: checking the token, reading the JSON body, responding
with JSON.
"""

from __future__ import annotations

import hashlib
import hmac
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

import msgspec
from flask import current_app, got_request_exception, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from ..errors import RecordingFinished, RecordingForgotten, StorageError
from .payloads import Problem
from .responses import json

SCOPES = {"record": "", "read": "read:", "note": "note:"}
"""The prefix of a token's hash in the settings, by the token's scope."""

_OPENING = {"record": ("record",), "read": ("read", "note"), "note": ("note",)}
"""The scopes that allow an operation. The scope for remarks includes reading."""

T = TypeVar("T")


class Refused(Exception):
    """Raised when a request is refused.

    :param status: the status of the response.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def token_hash(token: str) -> str:
    """Return the hash of a token for the settings. Tokens are long and random, so a slow hash would
    not protect them better.
    """
    return f"sha256:{hashlib.sha256(token.encode('utf-8', 'replace')).hexdigest()}"


def named_token(tokens: Mapping[str, str], scope: str) -> tuple[str, str]:
    """Return the name and the hash of a request's token.

    :param tokens: hashes by name, each with the prefix of its scope in :data:`SCOPES`.
    :param scope: the scope that the operation needs.
    :raises Refused: the request has no token, or one without that scope.
    """
    if not tokens:
        raise Refused(404, "the API is off: REPLAY_API_TOKENS has no token")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = token_hash(token.strip())
    known = [  # all hashes are compared, so that the time reveals nothing
        (name, kept)
        for name, kept in tokens.items()
        if hmac.compare_digest(given, _hash(kept)) and scheme.lower() == "bearer"
    ]
    if not known:
        raise Refused(401, "a token is needed: Authorization: Bearer …")
    for name, kept in known:
        if any(kept == f"{SCOPES[wide]}{given}" for wide in _OPENING[scope]):
            return name, given
    raise Refused(
        403, f"this token may not {scope}: make one with that scope, by flask replay token make"
    )


def _hash(kept: str) -> str:
    return kept[kept.find("sha256:") :]


def answering(view: Callable[..., tuple[Any, int]]) -> Callable[..., BaseResponse]:
    """Return a view that responds with JSON, even if the request is refused, or the store or the
    view fails.
    """

    @wraps(view)
    def answer(api: Any, **arguments: Any) -> BaseResponse:
        try:
            return json(*view(api, **arguments))
        except Refused as refused:
            status, message = refused.status, str(refused)
        except HTTPException as error:  # the app's own size limit
            status, message = error.code or 400, str(error.description)
        except (RecordingFinished, RecordingForgotten) as error:
            status, message = (409 if isinstance(error, RecordingFinished) else 410), str(error)
        except StorageError:
            status, message = 503, "the store does not respond; send it again later"
        except Exception as error:  # noqa: BLE001 - whatever a store or a hook of the app raises
            _report(error)
            status, message = 500, "the request failed; the log of the app says why"
        response = json(Problem(message), status)
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="replay"'
        return response

    return answer


def _report(error: Exception) -> None:
    """Report an unexpected failure as Flask does: raise it again while testing or debugging, log it
    otherwise.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    got_request_exception.send(app, _async_wrapper=app.ensure_sync, exception=error)
    propagate = app.config["PROPAGATE_EXCEPTIONS"]
    if app.testing or app.debug if propagate is None else propagate:
        raise error
    app.log_exception(sys.exc_info())


def body(kind: type[T], most: int) -> T:
    """Return the parsed body of a request, if it is not too large."""
    length = request.content_length
    if length is None:
        raise Refused(411, "the request needs a Content-Length")
    if length > most:
        raise Refused(413, f"{length:,} bytes; the limit is {most:,}")
    try:
        return msgspec.json.decode(request.get_data(cache=False) or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise Refused(422, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"not JSON: {error}") from None
