"""The request and response bodies of the HTTP API."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ..insight import Story
from ..recording.remarks import LONGEST_NOTE, LONGEST_TAG, MOST_TAGS, Remarks
from ..recording.summary import Summary
from ..storage.finding.totals import ErrorKind, Totals
from ..storage.lifecycle.forgetting import MAX_VISITOR_NAME

END = 1 << 40
"""Greater than the number of any action."""

Name = Annotated[str, msgspec.Meta(max_length=MAX_VISITOR_NAME)]
Sequence = Annotated[
    int,
    msgspec.Meta(
        ge=1, lt=END, description="The number of the action in the recording, counted from 1."
    ),
]
OffsetMs = Annotated[
    int,
    msgspec.Meta(
        ge=0, description="When it started, in ms since the recording started; now by default."
    ),
]
Moment = Annotated[
    int, msgspec.Meta(ge=0, lt=END, description="In ms since the recording started.")
]
Base64 = Annotated[str, msgspec.Meta(description="PNG, JPEG or WebP, in base64.")]


class NewRecording(msgspec.Struct, forbid_unknown_fields=True):
    """A recording to start. By default, its name consists of the agent's name and the time."""

    name: Name | None = None
    agent: Name | None = None
    metadata: dict[str, Any] = {}


class Begun(msgspec.Struct):
    """The new recording. A program that drives the app sends the headers with its requests, so that
    its pages belong to the recording.
    """

    id: str
    name: str
    link: str
    headers: dict[str, str]


class NewAction(msgspec.Struct, forbid_unknown_fields=True):
    """An action: navigate, click, type, scroll, select, … or any other word."""

    sequence: Sequence
    type: str
    selector: str | None = None
    value: Any = None
    screenshot: Base64 | None = None
    dom_snapshot: str | None = None
    metadata: dict[str, Any] = {}
    timestamp_ms: OffsetMs | None = None


class Recorded(msgspec.Struct):
    """The action is stored."""

    id: str
    sequence: int


class Completion(msgspec.Struct, forbid_unknown_fields=True):
    """The body may be empty."""


class RunFailure(msgspec.Struct, forbid_unknown_fields=True):
    """Why the run failed."""

    message: str = ""


class Ended(msgspec.Struct):
    """How the recording ended. Only the first request to end it counts."""

    id: str
    status: str
    duration_ms: int


class RecordingSteps(msgspec.Struct):
    """What happened: in sentences (only with the first steps), and step by step.

    `next` is the step to continue from (`?from=`), null at the end.
    """

    summary: Summary
    story: Story | None
    events: list[dict[str, Any]]
    remarks: Remarks
    next: int | None = None


class PageHTML(msgspec.Struct):
    """The HTML of a step's response, and which parts of it are unknown."""

    html: str
    missing: tuple[str, ...] = ()
    problem: str = ""


class Listing(msgspec.Struct):
    """A page of recordings, with totals over all that match the filters.

    `next` is the cursor of the next page (`?before=`), null on the last one.
    """

    recordings: list[Summary]
    next: str | None
    totals: Totals


class Errors(msgspec.Struct):
    """The kinds of errors, the most recently seen first."""

    errors: list[ErrorKind]


class NewNote(msgspec.Struct, forbid_unknown_fields=True):
    """A note for a moment. Its author is the name of the token."""

    text: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTE)]
    at_ms: Moment = 0


class NewTag(msgspec.Struct, forbid_unknown_fields=True):
    """A tag, or several, separated by commas. One that the recording already has, in upper or lower
    case, stays as it is.
    """

    tag: Annotated[str, msgspec.Meta(max_length=MOST_TAGS * (LONGEST_TAG + 1))]


class Problem(msgspec.Struct):
    """The reason for an error."""

    error: str


LIST_PAGE = 50
LARGEST = 500
"""The number of recordings on a page: by default, and at most."""
