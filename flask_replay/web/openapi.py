"""The OpenAPI document of the HTTP API."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Any, NamedTuple

import msgspec

from ..insight import PageState
from ..recording.remarks import Remarks
from ..storage.finding.filters import FINDS, NAMES
from ..storage.finding.orders import ORDERS
from .payloads import (
    LARGEST,
    LIST_PAGE,
    Begun,
    Completion,
    Ended,
    Errors,
    Listing,
    NewAction,
    NewNote,
    NewRecording,
    NewTag,
    PageHTML,
    Problem,
    Recorded,
    RecordingSteps,
    RunFailure,
)

_TOKEN = {
    "401": "The token is missing or unknown.",
    "403": "The token has another scope.",
}
_BODY = {
    "400": "The body is not JSON.",
    "411": "The request has no Content-Length.",
    "413": "The body is too large.",
}
_STARTS = {
    **_TOKEN,
    **_BODY,
    "422": "The body does not match the schema, or a snapshot is not an image or too large.",
    "503": "The store does not answer, or recording is off. Try again later.",
}
_WRITES = {
    **_STARTS,
    "404": "The token has not started such a recording.",
    "409": "The recording has ended or is full.",
    "410": "The recording was deleted for good.",
}
_READS = {
    **_TOKEN,
    "400": "A parameter is unknown or malformed; the message names it.",
    "404": (
        "There is no such recording, or the app's rule hides it from the token, "
        "or it has no such part."
    ),
    "503": "The store does not answer, or the recording cannot be read.",
}
_LISTS = {**_READS, "404": "The app's rule does not let the token list recordings."}
_REMOVES = {
    **_READS,
    "403": "The token has another scope, or the app's rule does not let it write remarks.",
}
_REMARKS = {
    **_REMOVES,
    **_BODY,
    "422": "The body does not match the schema, or the recording has too many remarks.",
}


class Operation(NamedTuple):
    """An operation of the API.

    :ivar returns: the type of the response's body.
    :ivar problems: the meanings of the error statuses.
    :ivar body: the type of the request's body; ``None`` if there is none.
    """

    method: str
    path: str
    name: str
    summary: str
    returns: type
    problems: dict[str, str]
    body: type | None = None
    status: str = "200"


_ONE = "/recordings/{id}"
_OPERATIONS = (
    Operation("get", "/recordings", "list", "List recordings, newest first", Listing, _LISTS),
    Operation("get", "/errors", "errors", "List the kinds of errors in recordings", Errors, _LISTS),
    Operation("get", _ONE, "read", "Get what happened in a recording", RecordingSteps, _READS),
    Operation(
        "get",
        f"{_ONE}/frames/{{number}}",
        "state",
        "Get what the template of a frame read",
        PageState,
        _READS,
    ),
    Operation(
        "get",
        f"{_ONE}/pages/{{number}}",
        "page",
        "Get the HTML of a step's response",
        PageHTML,
        _READS,
    ),
    Operation(
        "post", f"{_ONE}/notes", "note", "Write a note at a moment", Remarks, _REMARKS, NewNote
    ),
    Operation("delete", f"{_ONE}/notes/{{note}}", "unnote", "Delete a note", Remarks, _REMOVES),
    Operation("post", f"{_ONE}/tags", "tag", "Add a tag", Remarks, _REMARKS, NewTag),
    Operation("delete", f"{_ONE}/tags/{{tag}}", "untag", "Remove a tag", Remarks, _REMOVES),
    Operation(
        "post",
        "/recordings",
        "begin",
        "Start a recording",
        Begun,
        _STARTS,
        NewRecording,
        status="201",
    ),
    Operation(
        "post",
        f"{_ONE}/actions",
        "act",
        "Record an action; it is stored once, even if sent again",
        Recorded,
        _WRITES,
        NewAction,
    ),
    Operation(
        "post",
        f"{_ONE}/complete",
        "complete",
        "Complete a recording; a repetition does nothing",
        Ended,
        _WRITES,
        Completion,
    ),
    Operation(
        "post",
        f"{_ONE}/fail",
        "fail",
        "End a recording as failed; a repetition does nothing",
        Ended,
        _WRITES,
        RunFailure,
    ),
)

_COUNTED = {"type": "integer", "minimum": 0}
_EVERYTHING = {
    "unconfirmed": {
        "type": "boolean",
        "description": "Include visitors who never sent our cookie back (mostly bots).",
    }
}
_PARAMETERS: dict[type, dict[str, dict[str, Any]]] = {
    Listing: {
        "before": {
            "type": "string",
            "description": "Only recordings after this cursor: `next` of the previous page.",
        },
        "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": LIST_PAGE},
        "sort": {
            "enum": list(ORDERS),
            "default": "start",
            "description": "With - the order is reversed.",
        },
        **_EVERYTHING,
    },
    Errors: _EVERYTHING,
    RecordingSteps: {"from": _COUNTED},
}
"""The query parameters of the reading operations, besides filters."""

_FILTERED = frozenset({Listing, Errors})

_DESCRIPTION = (
    "Programs in other processes and languages record what they do in a browser, and read what "
    "was recorded. A token, made by `flask replay token`, may start recordings and write to those "
    "that it started. The scope `read` allows reading what `authorize` permits; the scope "
    "`note` also allows writing remarks."
)


def document(server: str) -> dict[str, Any]:
    """Return the OpenAPI document.

    :param server: the base URL of the paths.
    """
    kinds = {one.returns for one in _OPERATIONS} | {Problem}
    kinds |= {one.body for one in _OPERATIONS if one.body is not None}
    template = "#/components/schemas/{name}"
    _, schemas = msgspec.json.schema_components(
        sorted(kinds, key=lambda kind: kind.__name__), ref_template=template
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Flask-Replay",
            "version": "1",
            "description": _DESCRIPTION,
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": {
            path: {one.method: _described(one) for one in _OPERATIONS if one.path == path}
            for path in sorted({one.path for one in _OPERATIONS})
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    """Return the description of an operation."""
    returns, parameters = operation.returns, _parameters(operation)
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": f"{operation.summary}.",
        "responses": {
            operation.status: {
                "description": " ".join(cleandoc(returns.__doc__ or "").split("\n\n")[0].split()),
                "content": _content(returns),
            },
            **{
                code: {"description": text, "content": _content(Problem)}
                for code, text in sorted(operation.problems.items())
            },
        },
    }
    if operation.body is not None:
        found["requestBody"] = {"required": True, "content": _content(operation.body)}
    if parameters:
        found["parameters"] = parameters
    return found


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    """Return the path and query parameters of an operation."""
    in_path = [
        {
            "name": part,
            "in": "path",
            "required": True,
            "schema": _COUNTED if part == "number" else {"type": "string"},
        }
        for part in re.findall(r"{(\w+)}", operation.path)
    ]
    filters = _filters() if operation.returns in _FILTERED else {}
    query = {**_PARAMETERS.get(operation.returns, {}), **filters}
    in_query = [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in query.items()
    ]
    return [*in_path, *in_query]


def _filters() -> dict[str, dict[str, Any]]:
    """Return the schemas of the fields of :class:`flask_replay.Filter`, by their names in URLs."""
    return {
        NAMES.get(field, field): {"type": "string", "description": f"Only recordings {finds}."}
        for field, finds in FINDS.items()
    }


def _content(kind: type) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
