"""What the HTTP API asks of a request, whoever answers it: a token, and a body of JSON; and how it
answers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

import msgspec
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from ..errors import RecordingFinished, RecordingForgotten, StorageError
from .payloads import Problem
from .responses import json

SCOPES = {"record": "", "read": "read:", "note": "note:"}
"""What stands before the hash of a token that may do something else than record."""

_OPENING = {"record": ("record",), "read": ("read", "note"), "note": ("note",)}
"""Scopes that let do something: whoever remarks on a recording has read it."""

T = TypeVar("T")


class Refused(Exception):
    """Refuse a request.

    :param status: of the answer.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def token_hash(token: str) -> str:
    """Return what the settings hold of a token. It is long and random: a slow hash would protect it
    no better.
    """
    return f"sha256:{hashlib.sha256(token.encode('utf-8', 'replace')).hexdigest()}"


def named_token(tokens: Mapping[str, str], scope: str) -> tuple[str, str]:
    """Return the name and the hash of the token that a request brings.

    :param tokens: hashes by name, each behind what :data:`SCOPES` has for what it may do.
    :param scope: what the request is to do.
    :raises Refused: it brings none, or one that may not.
    """
    if not tokens:
        raise Refused(404, "there is no API: REPLAY_API_TOKENS names no token")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = token_hash(token.strip())
    known = [  # all are compared, so that time tells nothing
        (name, kept)
        for name, kept in tokens.items()
        if hmac.compare_digest(given, _hash(kept)) and scheme.lower() == "bearer"
    ]
    if not known:
        raise Refused(401, "a token is needed: Authorization: Bearer …")
    for name, kept in known:
        if any(kept == f"{SCOPES[wide]}{given}" for wide in _OPENING[scope]):
            return name, given
    raise Refused(403, f"this token may not {scope}: flask replay token make has scopes")


def _hash(kept: str) -> str:
    return kept[kept.find("sha256:") :]


def answering(view: Callable[..., tuple[Any, int]]) -> Callable[..., BaseResponse]:
    """Answer with JSON, also when the request is refused or the store fails."""

    @wraps(view)
    def answer(api: Any, **arguments: Any) -> BaseResponse:
        try:
            return json(*view(api, **arguments))
        except Refused as refused:
            status, message = refused.status, str(refused)
        except HTTPException as error:  # of the app's own limit
            status, message = error.code or 400, str(error.description)
        except (RecordingFinished, RecordingForgotten) as error:
            status, message = (409 if isinstance(error, RecordingFinished) else 410), str(error)
        except StorageError:
            status, message = 503, "the store does not answer; send it again later"
        response = json(Problem(message), status)
        if status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="replay"'
        return response

    return answer


def body(kind: type[T], most: int) -> T:
    """Read the body of a request, no more of it than is allowed."""
    length = request.content_length
    if length is None:
        raise Refused(411, "say how long the body is: Content-Length")
    if length > most:
        raise Refused(413, f"{length:,} bytes; {most:,} are the most")
    try:
        return msgspec.json.decode(request.get_data(cache=False) or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise Refused(422, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"no JSON: {error}") from None
