"""What a recording is: its summary, and the events that happened, request by request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ..trace.model import Trace
from .facets import Facets
from .numbers import Count, MomentNumber


class Event(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", kw_only=True):
    """One thing that happened.

    :param offset_ms: milliseconds since the recording started.
    """

    offset_ms: int


class Request(Event, frozen=True, tag="request"):
    """A request and what was answered, sanitized.

    :param url: path and query as the visitor asked for them, without host.
    :param host: scheme and host, ``https://shop.example``.
    :param ip: the network that the visitor's address is of, ``203.0.113.0/24``; ``""`` unless it is asked for.
    :param form: the posted fields, each with all its values.
    :param files: the posted files' names, by field.
    :param json: the posted JSON document, or ``None``.
    :param status: the status code of the response; 0 when none was made.
    :param redirect: where the response sent the visitor, or ``""``.
    :param mimetype: the response's type, without parameters.
    :param size: bytes of the response's body, ``-1`` when nobody knows (a broken stream).
    :param parts: what the response's text is made of, in order: the number of a frame of this
        batch (0 is its first), or literal text. Empty when the response was no page.
    :param asked: the request's headers that tell what the page does with the answer
        (``fragments/headers.py``); empty in older recordings.
    :param told: those of the response.
    :param data: the JSON document that a script of the page got, sanitized, or ``None``.
    :param aside: nobody looked at it as at a page: an image, a frame within a page, what was fetched ahead.
    :param literal: characters of the page that no template made, kept or not.
    :param asset: content hash of the response, where a page loads it as an image, a stylesheet, a script.
    :param assets: content hashes of static files that the page refers to, by their paths; those alone that no
        earlier request of the recording named so.
    :param flags: what is not complete here: ``"parts"`` (not all of the page is kept), ``"unseen"`` (nobody could
        read the page, and what was rendered stands for it), ``"cut"`` (the request was larger than
        ``REPLAY_MAX_REQUEST_SIZE``), ``"failed:…"`` (a hook of the app's raised and the part it should have
        cleaned was dropped).
    """

    method: str
    url: str
    host: str = ""
    ip: str = ""
    endpoint: str | None = None
    view_args: dict[str, Any] = {}
    form: dict[str, list[Any]] = {}
    json: Any = None
    files: dict[str, list[str]] = {}
    status: int = 0
    duration_ms: int = 0
    redirect: str = ""
    mimetype: str = ""
    size: int = -1
    parts: tuple[int | str, ...] = ()
    asked: dict[str, str] = {}
    told: dict[str, str] = {}
    data: Any = None
    aside: bool = False
    literal: Count = 0
    asset: str = ""
    assets: dict[str, str] = {}
    flags: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Give the path of the URL, without its query."""
        return self.url.partition("?")[0]

    @property
    def query(self) -> str:
        """Give the query of the URL, undecoded."""
        return self.url.partition("?")[2]


UNRECORDED = "unrecorded:"
"""Begins the flag of a frame that the app's own code rendered; the reason follows."""


class Frame(Event, frozen=True, tag="frame"):
    """One render: which template, what it read, and a digest of what it gave.

    :param template: the template's name, or ``""`` for one made from a string.
    :param entry: the content hash of the template the render began with.
    :param templates: requested name to content hash, of every other template used.
    :param setup: the settings of the app's Jinja environment that shape a render.
    :param trace: what the render read.
    :param digest: eight bytes of SHA-256 over the output; empty when it never finished.
    :param masked: the digest of the output with redacted values masked; empty when the
        sanitizer took nothing out.
    :param redacted: how many values were taken out, but for tokens against forgery.
    :param tokens: how many of these were.
    :param ignored: parts of the page that stand in the digests as boxes: the recording knows nothing of them.
    :param stopped: the render raised, or its reader went away: there is no end to compare with.
    :param parent: number, in this batch, of the frame this one was rendered within; -1 for none.
    :param block: the block that was rendered alone, or the macro that was called, with ``()`` behind its name; empty
        for the whole template.
    :param flags: ``"truncated"``, the trace met its limit; ``"untraced"``, the app's own code rendered a template
        within this one; ``"unrecorded:…"``, it rendered the whole, and why; ``"failed:…"`` as for a request.
    """

    template: str = ""
    entry: str = ""
    templates: dict[str, str] = {}
    setup: str = ""
    trace: Trace = Trace()
    digest: bytes = b""
    masked: bytes = b""
    redacted: Count = 0
    tokens: Count = 0
    ignored: Count = 0
    stopped: bool = False
    parent: int = -1
    block: str = ""
    flags: tuple[str, ...] = ()

    @property
    def unrecorded(self) -> str:
        """Return why nothing is known of the render but that it was; empty when it was recorded."""
        return next((flag.removeprefix(UNRECORDED) for flag in self.flags if flag.startswith(UNRECORDED)), "")


class Error(Event, frozen=True, tag="error"):
    """An exception that a request raised, sanitized.

    :param type: qualified name of the exception's class.
    :param frame: number, in this batch, of the frame that was being rendered; -1 for none.
    """

    type: str
    message: str = ""
    traceback: str = ""
    frame: int = -1


class Snapshot(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a page looked like, kept once per content beside the events.

    :param key: its content hash.
    :param size: in bytes.
    :param width: of a screenshot, in pixels.
    """

    key: str
    mimetype: str = ""
    size: Count = 0
    width: Count = 0
    height: Count = 0


class Action(Event, frozen=True, tag="action"):
    """What a program did in a browser, sanitized.

    :param type: ``"click"``, ``"navigate"``; any word of the program's.
    :param sequence: its number in the recording, from 1.
    :param selector: of the element it was done to.
    :param dom: the page's HTML, as it was then.
    """

    type: str
    sequence: Count
    selector: str = ""
    value: Any = None
    screenshot: Snapshot | None = None
    dom: Snapshot | None = None
    metadata: dict[str, Any] = {}

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """Give what there is to see: the screenshot first."""
        return tuple(snapshot for snapshot in (self.screenshot, self.dom) if snapshot is not None)


class Run(Event, frozen=True, tag="run"):
    """What a program that records itself says of its run: first that it begins, last how it ended.

    :param status: ``"recording"``, ``"completed"`` or ``"failed"``.
    :param error: why it failed.
    :param metadata: sanitized.
    """

    status: str
    error: str = ""
    metadata: dict[str, Any] = {}


class Socket(Event, frozen=True, tag="socket"):
    """A connection that stays open: a WebSocket, or a stream of server-sent events.

    :param socket: names the connection within its recording.
    :param state: ``"opened"``, after the request that asked for it; ``"rendered"``, before frames that no message
        carried; or ``"closed"``.
    :param protocol: ``"websocket"`` or ``"events"``.
    :param headers: what was told of the connection's terms; none that may hold a secret.
    :param code: with which a WebSocket was closed: RFC 6455, section 7.4; 1006 when it broke.
    :param by: who closed it: ``"visitor"``, ``"app"``, or ``""`` when it broke.
    :param lost: messages that were not kept, for want of memory.
    """

    socket: str
    state: str
    protocol: str = "websocket"
    url: str = ""
    headers: dict[str, str] = {}
    code: int = 0
    reason: str = ""
    by: str = ""
    lost: int = 0


class Message(Event, frozen=True, tag="message"):
    """A message on a connection, sanitized; the frames after it are those it was made of.

    :param socket: the connection's name.
    :param sent: by the app, to the visitor; else the other way.
    :param url: of the connection.
    :param text: what it says, when that is neither JSON nor made by a template; ``""`` for a binary one.
    :param json: the JSON document that it is, or ``None``.
    :param event: the type of a server-sent event.
    :param size: bytes.
    :param parts: what its HTML is made of, as in a :class:`Request`; empty when it is none.
    :param flags: ``"cut"``, not all of it was kept; ``"unread"``, the app never asked for it; ``"failed:…"``
        as for a request.
    """

    socket: str
    sent: bool
    url: str = ""
    text: str = ""
    json: Any = None
    event: str = ""
    binary: bool = False
    size: int = 0
    parts: tuple[int | str, ...] = ()
    flags: tuple[str, ...] = ()


STATUSES = ("active", "finished", "interrupted", "failed")
"""How recordings are: in progress, or how they ended."""

AnyEvent = Request | Frame | Error | Socket | Message | Action | Run


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """What one request gave: the :class:`Request` first, then the rest in order.

    On a connection that stays open, each message is one: the :class:`Message` first, or the :class:`Socket`. One
    that begins with a frame or an error was made by ``replay.record``: a render, with those within it. A program that
    records itself makes one of each :class:`Action`, and of the beginning and end of its :class:`Run`.
    """

    events: tuple[AnyEvent, ...]

    @property
    def request(self) -> Request | None:
        """Give the request, or ``None`` for a batch that had none."""
        first = self.events[0] if self.events else None
        return first if isinstance(first, Request) else None

    @property
    def parts(self) -> tuple[int | str, ...]:
        """Give what there is to see: of a request its page, else what was rendered."""
        first = self.events[0] if self.events else None
        if isinstance(first, Request | Message):
            return first.parts
        return (0,) if self.frames and not isinstance(first, Socket) else ()

    @property
    def message(self) -> Message | None:
        """Give the message, or ``None`` for a batch that is none."""
        first = self.events[0] if self.events else None
        return first if isinstance(first, Message) else None

    @property
    def socket(self) -> Socket | None:
        """Give what became of a connection, or ``None``."""
        return next((event for event in self.events if isinstance(event, Socket)), None)

    @property
    def action(self) -> Action | None:
        """Give the action of a program, or ``None`` for a batch that has none."""
        return next((event for event in self.events if isinstance(event, Action)), None)

    @property
    def run(self) -> Run | None:
        """Give what a program says of its run, or ``None``."""
        return next((event for event in self.events if isinstance(event, Run)), None)

    @property
    def flags(self) -> tuple[str, ...]:
        """Give the flags that a recording with this batch has."""
        return ("failed",) if self.run is not None and self.run.status == "failed" else ()

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Give the frames; a number in ``parts``, ``parent`` or ``Error.frame`` counts these."""
        return tuple(event for event in self.events if isinstance(event, Frame))

    @property
    def errors(self) -> tuple[Error, ...]:
        """Give the errors."""
        return tuple(event for event in self.events if isinstance(event, Error))


UNCONFIRMED = "unconfirmed"
"""The flag of a recording whose visitor never sent our cookie back: a bot, a health check, a scanner, or one page."""

AFTER = "after:"
"""Begins the flag of a recording whose visitor had another one before, as somebody else; that one's id follows."""

PARTED = "parted"
"""The flag of a recording whose visitor went on as somebody else, in another one."""

CONTINUED = "continued"
"""The flag of what a visitor did after their recording was finished: it is kept, however little it is."""

CAPPED = "capped"
"""Flags a recording that has met its limit, of events or bytes, and takes no more."""

CAPTURED = "captured:"
"""Begins the flag of a recording that was made for a capture by hand; the capture's id follows."""


class Tally(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counts that add up: of one batch, or of a whole recording.

    :param jobs: batches that no request and no connection gave.
    :param messages: on WebSockets and streams of events.
    :param literal: characters of pages that no template made: no frame explains them.
    """

    events: Count = 0
    requests: Count = 0
    pages: Count = 0
    frames: Count = 0
    errors: Count = 0
    posts: Count = 0
    jobs: Count = 0
    messages: Count = 0
    literal: Count = 0

    def __add__(self, other: Tally) -> Tally:
        """Add up two tallies, field by field."""
        return Tally(*(getattr(self, field) + getattr(other, field) for field in self.__struct_fields__))

    @classmethod
    def of(cls, batch: Batch) -> Tally:
        """Count a batch."""
        request = batch.request
        noticed = request if request is not None and not request.aside else None
        kinds = [type(event) for event in batch.events]
        messages = kinds[:1].count(Message)
        return cls(
            events=len(kinds),
            requests=int(request is not None),
            pages=int(noticed is not None and bool(noticed.parts)),
            frames=kinds.count(Frame),
            errors=kinds.count(Error),
            jobs=int(request is None and not messages and Socket not in kinds and bool(kinds)),
            messages=messages,
            literal=request.literal if request is not None else 0,
            posts=int(noticed is not None and noticed.method not in {"GET", "HEAD", "OPTIONS"}),
        )

    @property
    def interaction(self) -> bool:
        """Tell whether the visitor did more than look at one page, or a program asked for the recording."""
        return self.pages > 1 or self.posts > 0 or self.errors > 0 or self.jobs > 0 or self.messages > 0


class Summary(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a list shows of a recording; reading one decodes no event.

    :param name: who it was, if the app said so (``identify``); the last one, if it said several.
    :param names: all of them, when they are several.
    :param status: ``"active"``, ``"finished"``; ``"interrupted"``: its workers were killed, and what they had not
        written yet is missing at the end; or ``"failed"``: the program that made it says so.
    :param pinned: cleanup spares it. A store keeps this beside the recording, and leaves it out here.
    :param started_at: seconds since 1970.
    :param duration_ms: from the start to the end of the last event.
    :param landing: URL of the first request that somebody looked at as at a page; empty if there was none.
    :param size: bytes the recording takes in its store.
    :param facets: what a list is filtered by; empty for what was finished before there was this.
    :param flags: ``"capped"``, the recording met ``REPLAY_MAX_EVENTS`` or ``REPLAY_MAX_RECORDING_SIZE``; ``"cut"``,
        a request in it was larger than ``REPLAY_MAX_REQUEST_SIZE``; ``"torn"``, a part was lost;
        ``"failed"``, the program that makes it says so; ``"recovered"``, it died;
        ``"captured:…"``, it was made for a capture by hand, whose id follows;
        ``"continued"``, the visitor went on after an earlier recording of theirs was finished;
        ``"unconfirmed"``, the visitor never sent our cookie back;
        ``"parted"``, they logged out, or in as somebody else, and went on in another one;
        ``"after:…"``, they had been somebody else, in the recording whose id follows.
    """

    id: str
    name: str = ""
    status: str = "active"
    started_at: MomentNumber = 0.0
    duration_ms: Count = 0
    tally: Tally = Tally()
    landing: str = ""
    size: Count = 0
    flags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    facets: Facets = Facets()
    pinned: bool = False

    @property
    def captured(self) -> bool:
        """Tell whether it was made for a capture by hand."""
        return any(flag.startswith(CAPTURED) for flag in self.flags)

    @property
    def previous(self) -> str:
        """Return the id of the recording that its visitor had as somebody else before, ``""`` for none."""
        return next((flag.removeprefix(AFTER) for flag in self.flags if flag.startswith(AFTER)), "")

    @property
    def kept(self) -> bool:
        """Whether it is kept when it is finished: something happened in it, or it is a part of what is kept."""
        if self.tally.interaction or PARTED in self.flags:
            return True
        part = self.captured or CONTINUED in self.flags or (self.name and self.previous)
        return bool(part and self.tally.events)


def data_of(summary: Summary) -> dict[str, Any]:
    """Return a summary as data for other programs."""
    data: dict[str, Any] = msgspec.to_builtins(summary)
    return {**data, "facets": summary.facets.named}


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One visitor's session: its summary and its batches in order of time.

    :param keys: of one in progress, the names of its batches: the worker that wrote it, and its number.
    """

    summary: Summary
    batches: Sequence[Batch]
    keys: Sequence[tuple[str, int]] = ()

    @property
    def events(self) -> Iterator[AnyEvent]:
        """Give every event, batch after batch."""
        return (event for batch in self.batches for event in batch.events)

    @property
    def frames(self) -> Iterator[Frame]:
        """Give every frame; ``render(id, frame)`` and ``verify`` number them in this order."""
        return (frame for batch in self.batches for frame in batch.frames)
