"""The events of a recording: requests, frames, errors, messages of connections, actions of
programs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from ..trace.model import Trace
from .numbers import Count


class Event(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", kw_only=True):
    """The base class of all events.

    :param offset_ms: milliseconds since the recording started.
    """

    offset_ms: int


class Request(Event, frozen=True, tag="request"):
    """A request and its response, sanitized.

    :param url: path and query as the visitor requested them, without host.
    :param host: scheme and host, ``https://shop.example``.
    :param ip: the network of the visitor's address, ``203.0.113.0/24``; ``""`` unless a setting
        asks for it.
    :param form: the posted fields, each with all its values.
    :param files: the posted files' names, by field.
    :param json: the posted JSON document, or ``None``.
    :param status: the status code of the response; 0 if there was no response.
    :param redirect: the target of a redirect, or ``""``.
    :param mimetype: the response's type, without parameters.
    :param size: bytes of the response's body, ``-1`` if unknown (a broken stream).
    :param parts: the pieces of the response's text, in order: the number of a frame of this batch
        (0 is its first), or literal text. Empty if the response is not a page.
    :param request_headers: the headers of the request that tell how the page uses the response
        (``fragments/headers.py``); empty in older recordings, and stored as ``asked``.
    :param response_headers: those of the response, stored as ``told``.
    :param data: the JSON document that a script of the page got, sanitized, or ``None``.
    :param aside: the response was not shown as a page: an image, a frame within a page, a prefetch.
    :param literal: characters of the page that no template made, kept or not.
    :param asset: content hash of the response, if a page loads it as an image, a stylesheet or a
        script.
    :param assets: content hashes of static files that the page refers to, by their paths; ``""`` if
        there was no file. Those that an earlier request of the recording lists are left out.
    :param flags: the parts that are incomplete: ``"parts"`` (not all of the page is kept),
        ``"unseen"`` (the page could not be read, and the renders are shown in its place), ``"cut"``
        (the request was larger than ``REPLAY_MAX_REQUEST_SIZE``), ``"failed:…"`` (a hook of the app
        raised, and the part that it should have cleaned was dropped).
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
    request_headers: dict[str, str] = msgspec.field(name="asked", default_factory=dict)
    response_headers: dict[str, str] = msgspec.field(name="told", default_factory=dict)
    data: Any = None
    aside: bool = False
    literal: Count = 0
    asset: str = ""
    assets: dict[str, str] = {}
    flags: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Return the path of the URL, without its query."""
        return self.url.partition("?")[0]

    @property
    def query(self) -> str:
        """Return the query of the URL, undecoded."""
        return self.url.partition("?")[2]


UNRECORDED = "unrecorded:"
"""The prefix of the flag of a frame that was rendered by code of the app; the reason follows."""


class Frame(Event, frozen=True, tag="frame"):
    """One render: its template, what it read, and a digest of its output.

    :param template: the template's name, or ``""`` for a template made from a string.
    :param entry: the content hash of the template with which the render began.
    :param templates: the content hashes of all other templates that were used, by requested name.
    :param setup: the settings of the app's Jinja environment that shape a render.
    :param trace: what the render read.
    :param digest: eight bytes of SHA-256 over the output; empty if the render never finished.
    :param masked: the digest of the output with redacted values masked; empty if the sanitizer
        redacted nothing.
    :param redacted: how many values were redacted, not counting CSRF tokens.
    :param tokens: how many CSRF tokens were redacted.
    :param ignored: parts of the page that the recording does not contain; the digests count each as
        a box.
    :param stopped: the render raised, or its reader went away, so there is no complete output to
        compare with.
    :param parent: number, in this batch, of the frame within which this one was rendered; -1 for
        none.
    :param block: the block that was rendered alone, or the called macro's name followed by ``()``;
        empty for the whole template.
    :param flags: ``"truncated"``: the trace reached its limit; ``"untraced"``: code of the app
        rendered a template within this one; ``"unrecorded:…"``: code of the app rendered all of it,
        with the reason; ``"failed:…"``: as for a request.
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
        """Return why the render was not recorded, or ``""`` if it was."""
        return next(
            (flag.removeprefix(UNRECORDED) for flag in self.flags if flag.startswith(UNRECORDED)),
            "",
        )


class Error(Event, frozen=True, tag="error"):
    """An exception that a request raised, sanitized.

    :param type: qualified name of the exception's class.
    :param frame: number, in this batch, of the frame whose render raised it; -1 for none.
    """

    type: str
    message: str = ""
    traceback: str = ""
    frame: int = -1


class Snapshot(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture or the HTML of a page, stored once per content, apart from the events.

    :param key: its content hash.
    :param size: its size in bytes.
    :param width: width of a screenshot, in pixels.
    """

    key: str
    mimetype: str = ""
    size: Count = 0
    width: Count = 0
    height: Count = 0


class Action(Event, frozen=True, tag="action"):
    """What a program did in a browser, sanitized.

    :param type: ``"click"``, ``"navigate"``, or any other word that the program chose.
    :param sequence: its number in the recording, from 1.
    :param selector: the selector of the element that it was done to.
    :param dom: the page's HTML at that time.
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
        """Return the snapshots of the action, the screenshot first."""
        return tuple(snapshot for snapshot in (self.screenshot, self.dom) if snapshot is not None)


class RunStatus(StrEnum):
    """The status of the run of a program that records itself."""

    RECORDING = "recording"
    COMPLETED = "completed"
    FAILED = "failed"


class Run(Event, frozen=True, tag="run"):
    """What a program that records itself reports of its run: first that it begins, last how it
    ended.

    :param status: ``"recording"``, ``"completed"`` or ``"failed"``.
    :param error: the reason for a failure.
    :param metadata: the program's own data, sanitized.
    """

    status: str
    error: str = ""
    metadata: dict[str, Any] = {}


class SocketState(StrEnum):
    """The state of a connection in a :class:`Socket` event."""

    OPENED = "opened"
    RENDERED = "rendered"
    CLOSED = "closed"


class SocketProtocol(StrEnum):
    """The protocol of a connection."""

    WEBSOCKET = "websocket"
    EVENTS = "events"


class Socket(Event, frozen=True, tag="socket"):
    """A connection that stays open: a WebSocket, or a stream of server-sent events.

    :param socket: the name of the connection within its recording.
    :param state: ``"opened"``, after the request that opened it; ``"rendered"``, before frames that
        no message carried; or ``"closed"``.
    :param protocol: ``"websocket"`` or ``"events"``.
    :param headers: headers of the handshake, without any that may hold a secret.
    :param code: the code with which a WebSocket was closed (RFC 6455, section 7.4); 1006 when it
        broke.
    :param by: who closed it: ``"visitor"``, ``"app"``, or ``""`` when it broke.
    :param lost: the number of messages that were dropped because memory was full.
    """

    socket: str
    state: str
    protocol: str = SocketProtocol.WEBSOCKET
    url: str = ""
    headers: dict[str, str] = {}
    code: int = 0
    reason: str = ""
    by: str = ""
    lost: int = 0


class Message(Event, frozen=True, tag="message"):
    """A message on a connection, sanitized. It was made of the frames that follow it.

    :param socket: the connection's name.
    :param sent: the app sent it to the visitor; otherwise the visitor sent it.
    :param url: the URL of the connection.
    :param text: its text, if it is neither JSON nor made by a template; ``""`` for binary data.
    :param json: the JSON document in it, or ``None``.
    :param event: the type of a server-sent event.
    :param size: its size in bytes.
    :param parts: the pieces of its HTML, as in a :class:`Request`; empty if it is not HTML.
    :param flags: ``"cut"``: not all of it was kept; ``"unread"``: the app never received it;
        ``"failed:…"``: as for a request.
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


AnyEvent = Request | Frame | Error | Socket | Message | Action | Run
