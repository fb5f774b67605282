"""Apply a message of a connection to a page, as the extensions of htmx or the streams of Turbo
do.
"""

from __future__ import annotations

from turbohtml import Element

from ..recording.events import Message
from . import dom, turbo
from .answer import leads_to
from .dom import NoPlace, Tree
from .htmx import Work
from .htmx_attributes import Htmx

_COLON = "\\:"
_LEGACY = "connect:"
"""Begins the address in ``hx-ws``, the attribute of htmx 1."""


def apply(tree: Tree, message: Message, text: str, *, event: bool) -> str:
    """Change a page as its scripts did for a message.

    :param text: the text of the message.
    :param event: the message is a server-sent event.
    :returns: what is uncertain about the result, or ``""``.
    :raises NoPlace: the page was not changed.
    """
    streams = dom.find(dom.fragment(text), "turbo-stream")
    if streams:
        return turbo.act(tree, streams)
    if _four(tree, message, text, event=event):
        return ""
    placed = _events(tree, message, text) if event else _out_of_band(tree, message, text)
    if not placed:
        raise NoPlace("no element of the page accepts it, according to its attributes")
    return ""


def _out_of_band(tree: Tree, message: Message, text: str) -> int:
    """Swap a message on a WebSocket out of band, as the extension of htmx 2 does. Returns in how
    many places.
    """
    if not _connected(tree, message, "ws-connect", "hx-ws"):
        return 0
    work = Work(Htmx(tree, four=False), tree.body)
    placed = 0
    for element in dom.elements(work.piece(text).root):
        value = work.htmx.own(element, "hx-swap-oob") or "true"
        placed += work.out_of_band(element, value)
    if not placed:
        raise NoPlace("nothing of the message has a place on the page")
    return placed


def _events(tree: Tree, message: Message, text: str) -> int:
    """Swap a server-sent event as the extension of htmx 2 does. Returns in how many places."""
    htmx = Htmx(tree, four=False)
    name, sources = message.event or "message", _connected(tree, message, "sse-connect")
    takers: list[Element] = []
    for element in dom.find(tree.document, "[sse-swap], [data-sse-swap]"):
        names = (htmx.own(element, "sse-swap") or "").split(",")
        source = next(
            (one for one in dom.lineage(element) if htmx.own(one, "sse-connect") is not None), None
        )
        if source in sources and name in [word.strip() for word in names]:
            takers.append(element)
    tree.spread(len(text), len(takers))
    placed = 0
    for element in takers:
        if not tree.holds(element):
            continue
        work = Work(htmx, element)
        work.swap(htmx.target(element), text, work.parse(htmx.value(element, "hx-swap") or ""))
        placed += 1
    return placed


def _four(tree: Tree, message: Message, text: str, *, event: bool) -> bool:
    """Swap a message into the elements that opened the connection with htmx 4, or into their
    targets. Returns whether there are such elements.
    """
    name = "hx-sse:connect" if event else "hx-ws:connect"
    found = _connected(tree, message, name)
    # htmx passes named events to scripts of the page and does not swap them
    if not found or message.event:
        return False
    tree.spread(len(text), len(found))
    htmx = Htmx(tree, four=True)
    for element in found:
        work = Work(htmx, element)
        select, select_oob = (
            htmx.value(element, one) or "" for one in ("hx-select", "hx-select-oob")
        )
        swap = work.parse(htmx.value(element, "hx-swap") or "")
        work.swap(htmx.target(element), text, swap, select, select_oob, empty=False)
    return True


def _connected(tree: Tree, message: Message, *names: str) -> list[Element]:
    """Return the elements that opened a message's connection: an attribute contains its address."""
    found: list[Element] = []
    for name in (f"{prefix}{name}" for name in names for prefix in ("", "data-")):
        for element in dom.find(tree.document, f"[{name.replace(':', _COLON)}]"):
            address = (element.attr(name) or "").removeprefix(_LEGACY)
            if leads_to(address, tree.url, message.url):
                found.append(element)
    return found
