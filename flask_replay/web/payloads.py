"""What passes through the API for programs elsewhere."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ..insight import Story
from ..recording.remarks import LONGEST_NOTE, LONGEST_TAG, Remarks
from ..recording.summary import Summary
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
Moment = Annotated[int, msgspec.Meta(ge=0, lt=END, description="In ms since the recording began.")]
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


class NewNote(msgspec.Struct, forbid_unknown_fields=True):
    """What is said of a moment; the token's name is the author's."""

    text: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTE)]
    at_ms: Moment = 0


class NewTag(msgspec.Struct, forbid_unknown_fields=True):
    """A tag; one that the recording has, in whichever letters, stays as it is."""

    tag: Annotated[str, msgspec.Meta(max_length=LONGEST_TAG)]


class Problem(msgspec.Struct):
    """Why not."""

    error: str


LIST_PAGE = 50
LARGEST = 500
"""Recordings of a page: when nothing is said, and at most."""
