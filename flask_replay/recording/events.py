"""The events of a recording: requests, frames, errors, messages of connections, actions of
programs.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..trace.model import Trace
from .numbers import Count


class Event(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", kw_only=True):
    """One thing that happened.

    :param offset_ms: milliseconds since the recording started.
    """

    offset_ms: int


class Request(Event, frozen=True, tag="request"):
    """A request and what was answered, sanitized.

    :param url: path and query as the visitor asked for them, without host.
    :param host: scheme and host, ``https://shop.example``.
    :param ip: the network that the visitor's address is of, ``203.0.113.0/24``; ``""`` unless it is
        asked for.
    :param form: the posted fields, each with all its values.
    :param files: the posted files' names, by field.
    :param json: the posted JSON document, or ``None``.
    :param status: the status code of the response; 0 when none was made.
    :param redirect: where the response sent the visitor, or ``""``.
    :param mimetype: the response's type, without parameters.
    :param size: bytes of the response's body, ``-1`` when nobody knows (a broken stream).
    :param parts: what the response's text is made of, in order: the number of a frame of this
        batch (0 is its first), or literal text. Empty when the response was no page.
    :param request_headers: those of the request that tell what the page does with the answer
        (``fragments/headers.py``); empty in older recordings, and stored as ``asked``.
    :param response_headers: those of the response, stored as ``told``.
    :param data: the JSON document that a script of the page got, sanitized, or ``None``.
    :param aside: nobody looked at it as at a page: an image, a frame within a page, what was
        fetched ahead.
    :param literal: characters of the page that no template made, kept or not.
    :param asset: content hash of the response, where a page loads it as an image, a stylesheet, a
        script.
    :param assets: content hashes of static files that the page refers to, by their paths; those
        alone that no earlier request of the recording named so.
    :param flags: what is not complete here: ``"parts"`` (not all of the page is kept), ``"unseen"``
        (nobody could read the page, and what was rendered stands for it), ``"cut"`` (the request
        was larger than ``REPLAY_MAX_REQUEST_SIZE``), ``"failed:…"`` (a hook of the app's raised and
        the part it should have cleaned was dropped).
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
    :param ignored: parts of the page that stand in the digests as boxes: the recording knows
        nothing of them.
    :param stopped: the render raised, or its reader went away: there is no end to compare with.
    :param parent: number, in this batch, of the frame this one was rendered within; -1 for none.
    :param block: the block that was rendered alone, or the macro that was called, with ``()``
        behind its name; empty for the whole template.
    :param flags: ``"truncated"``, the trace met its limit; ``"untraced"``, the app's own code
        rendered a template within this one; ``"unrecorded:…"``, it rendered the whole, and why;
        ``"failed:…"`` as for a request.
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
        return next(
            (flag.removeprefix(UNRECORDED) for flag in self.flags if flag.startswith(UNRECORDED)),
            "",
        )


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
        """Return what there is to see: the screenshot first."""
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
    :param state: ``"opened"``, after the request that asked for it; ``"rendered"``, before frames
        that no message carried; or ``"closed"``.
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
    :param text: what it says, when that is neither JSON nor made by a template; ``""`` for a binary
        one.
    :param json: the JSON document that it is, or ``None``.
    :param event: the type of a server-sent event.
    :param size: bytes.
    :param parts: what its HTML is made of, as in a :class:`Request`; empty when it is none.
    :param flags: ``"cut"``, not all of it was kept; ``"unread"``, the app never asked for it;
        ``"failed:…"`` as for a request.
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
