"""What passes through the API for programs elsewhere, and the OpenAPI document that describes
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from ..insight import PageState, Story
from ..recording.remarks import Remarks
from ..recording.summary import Summary
from ..storage.finding.filters import FINDS, NAMES
from ..storage.finding.orders import ORDERS
from ..storage.finding.totals import ErrorKind, Totals
from ..storage.lifecycle.forgetting import MAX_VISITOR_NAME

END = 1 << 40
"""More than any number of an action."""

Name = Annotated[str, msgspec.Meta(max_length=MAX_VISITOR_NAME)]
Sequence = Annotated[
    int, msgspec.Meta(ge=1, lt=END, description="Counts the recording's actions, from 1.")
]
OffsetMs = Annotated[
    int, msgspec.Meta(ge=0, description="When it began, in ms since the recording did; else now.")
]
Base64 = Annotated[str, msgspec.Meta(description="PNG, JPEG or WebP, in base64.")]


class NewRecording(msgspec.Struct, forbid_unknown_fields=True):
    """What is recorded. Without a name, one is made of the agent's, and the time."""

    name: Name | None = None
    agent: Name | None = None
    metadata: dict[str, Any] = {}


class Begun(msgspec.Struct):
    """The recording. A program that drives the app itself sends the headers along: its pages are in
    there, too.
    """

    id: str
    name: str
    link: str
    headers: dict[str, str]


class NewAction(msgspec.Struct, forbid_unknown_fields=True):
    """What was done: navigate, click, type, scroll, select, … or any other word."""

    sequence: Sequence
    type: str
    selector: str | None = None
    value: Any = None
    screenshot: Base64 | None = None
    dom_snapshot: str | None = None
    metadata: dict[str, Any] = {}
    timestamp_ms: OffsetMs | None = None


class Recorded(msgspec.Struct):
    """The action is kept."""

    id: str
    sequence: int


class Completion(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing needs to be said."""


class RunFailure(msgspec.Struct, forbid_unknown_fields=True):
    """Why the run failed."""

    message: str = ""


class Ended(msgspec.Struct):
    """How the recording ended, when it was first told to."""

    id: str
    status: str
    duration_ms: int


class Told(msgspec.Struct):
    """What happened: in sentences, with the first steps alone, and step by step.

    `next` is where to go on (`?from=`), null at the end.
    """

    summary: Summary
    story: Story | None
    events: list[dict[str, Any]]
    remarks: Remarks
    next: int | None = None


class PageHTML(msgspec.Struct):
    """The HTML that a step was answered with, and what of it is not known."""

    html: str
    missing: tuple[str, ...] = ()
    problem: str = ""


class Listing(msgspec.Struct):
    """A page of recordings, and what all that the filters find sum up to.

    `next` is where the next page goes on (`?before=`), null on the last one.
    """

    recordings: list[Summary]
    next: str | None
    totals: Totals


class Errors(msgspec.Struct):
    """The kinds of errors, the one that was seen last first."""

    errors: list[ErrorKind]


class Problem(msgspec.Struct):
    """Why not."""

    error: str


_PROBLEMS = {
    "400": "The body is no JSON.",
    "401": "The token is missing, or unknown.",
    "403": "The token has another scope.",
    "404": "The token has begun no such recording.",
    "409": "The recording is over, or full.",
    "410": "The recording was deleted for good.",
    "411": "The length of the body is not said.",
    "413": "The body is too large.",
    "422": "The body is not what is asked for, or a snapshot is no image, or too large.",
    "503": "The store does not answer, or recording is switched off. Send it again later.",
}
_OPERATIONS: tuple[tuple[str, str, type, type, str, str], ...] = (
    ("/recordings", "begin", NewRecording, Begun, "201", "Begin a recording"),
    (
        "/recordings/{id}/actions",
        "act",
        NewAction,
        Recorded,
        "200",
        "Record an action; sent again, it is there once",
    ),
    (
        "/recordings/{id}/complete",
        "complete",
        Completion,
        Ended,
        "200",
        "End a recording; again, nothing happens",
    ),
    (
        "/recordings/{id}/fail",
        "fail",
        RunFailure,
        Ended,
        "200",
        "End a recording, and say why; again, nothing happens",
    ),
)
_READS: tuple[tuple[str, str, type, str], ...] = (
    ("/recordings", "list", Listing, "List recordings, newest first"),
    ("/errors", "errors", Errors, "List the kinds of errors in recordings"),
    ("/recordings/{id}", "read", Told, "Tell what happened in a recording"),
    (
        "/recordings/{id}/frames/{number}",
        "state",
        PageState,
        "Tell what the template of a frame read",
    ),
    (
        "/recordings/{id}/pages/{number}",
        "page",
        PageHTML,
        "Give the HTML that a step was answered with",
    ),
)
LIST_PAGE = 50
LARGEST = 500
"""Recordings of a page: when nothing is said, and at most."""

_COUNTED = {"type": "integer", "minimum": 0}
_EVERYTHING = {
    "unconfirmed": {
        "type": "boolean",
        "description": "Include visitors who never sent our cookie back, mostly bots.",
    }
}
_ASKED: dict[type, dict[str, dict[str, Any]]] = {
    Listing: {
        "before": {
            "type": "string",
            "description": "Only those behind this place: `next` of the page before.",
        },
        "limit": {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": LIST_PAGE},
        "sort": {
            "enum": list(ORDERS),
            "default": "start",
            "description": "With - the other way round.",
        },
        **_EVERYTHING,
    },
    Errors: _EVERYTHING,
    Told: {"from": _COUNTED},
}
"""What each reading operation takes in the address, beside filters."""

_FILTERED = frozenset({Listing, Errors})
_UNREAD = {
    "401": _PROBLEMS["401"],
    "403": _PROBLEMS["403"],
    "404": (
        "There is no such recording, or the app's rule lets the token not see it, "
        "or it has no such part."
    ),
    "503": "The store does not answer, or the recording cannot be read.",
}


_UNKNOWN = "A parameter is unknown, or has a value that is none; the message names it."
_UNLISTED = {"404": "The app's rule lets the token list nothing."}

_DESCRIPTION = (
    "Programs in other processes and languages record what they do in a browser, and read what "
    "was recorded. A token, "
    "made by `flask replay token`, may begin recordings and write to those that it began. One "
    "with the scope `read` "
    "may read what the app's `authorize` opens to it."
)


def document(server: str) -> dict[str, Any]:
    """Return the OpenAPI document.

    :param server: the address under which the paths are.
    """
    kinds = {kind for _, _, asked, given, _, _ in _OPERATIONS for kind in (asked, given)} | {
        Problem
    }
    kinds |= {kind for _, _, kind, _ in _READS}
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
            path: {method: described for known, method, described in _operations() if known == path}
            for path in sorted({known for known, _, _ in _operations()})
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and description of each operation."""
    for read in _READS:
        yield read[0], "get", _read(*read)
    for operation in _OPERATIONS:
        yield operation[0], "post", _operation(*operation)


def _operation(
    path: str, name: str, asked: type, given: type, status: str, summary: str
) -> dict[str, Any]:
    problems = {
        code: text
        for code, text in _PROBLEMS.items()
        if "{id}" in path or code not in ("404", "409", "410")
    }
    found: dict[str, Any] = {
        "operationId": name,
        "summary": f"{summary}.",
        "requestBody": {"required": True, "content": _content(asked)},
        "responses": {
            status: {"description": (given.__doc__ or "").strip(), "content": _content(given)},
            **{
                code: {"description": text, "content": _content(Problem)}
                for code, text in problems.items()
            },
        },
    }
    if "{id}" in path:
        found["parameters"] = [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        ]
    return found


def _read(path: str, name: str, given: type, summary: str) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": part, "in": "path", "required": True, "schema": schema}
        for part, schema in (("id", {"type": "string"}), ("number", _COUNTED))
        if f"{{{part}}}" in path
    ]
    parameters += [
        {"name": asked, "in": "query", "required": False, "schema": schema}
        for asked, schema in {
            **_ASKED.get(given, {}),
            **(_filters() if given in _FILTERED else {}),
        }.items()
    ]
    problems = {"400": _UNKNOWN, **_UNREAD, **({} if "{id}" in path else _UNLISTED)}
    return {
        "operationId": name,
        "summary": f"{summary}.",
        "parameters": parameters,
        "responses": {
            "200": {
                "description": (given.__doc__ or "").split("\n")[0],
                "content": _content(given),
            },
            **{
                code: {"description": text, "content": _content(Problem)}
                for code, text in problems.items()
            },
        },
    }


def _filters() -> dict[str, dict[str, Any]]:
    """Return the schemas of what :class:`flask_replay.Filter` takes, by the names that addresses
    have for it.
    """
    return {
        NAMES.get(field, field): {"type": "string", "description": f"Only those {finds}."}
        for field, finds in FINDS.items()
    }


def _content(kind: type) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
