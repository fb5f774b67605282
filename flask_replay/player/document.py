"""The recorded page as the player's iframe gets it: inert, whatever is in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import urljoin

from ..engine.replaying import Rendered
from ..markup import own_base
from ..markup.tags import ATTRIBUTE, REST, unquoted
from ..web.responses import PlayerResponse
from .files import Files
from .scripted import as_with_scripts, as_without_scripts, without_noscript


class Document(PlayerResponse):
    """HTML that nobody vouches for.

    No script runs, nothing is sent, nothing frames it but the player. Its looks are the page's own:
    styles, images and fonts from the app, and from other hosts as far as these may know who is
    looked at.
    """

    referrer = "no-referrer"

    @property
    def policy(self) -> str:
        """Return the policy that the page is shown under."""
        if self.scripts:
            return _RUNNING.format(place=self.scripts)
        loads = " ".join(("'self' data:", *self.sources))
        runs = f"sandbox allow-scripts; script-src {self.asks}" if self.asks else "sandbox"
        return (
            f"{runs}; default-src 'none'; style-src 'unsafe-inline' {loads}; img-src {loads}; "
            f"font-src {loads}; "
            f"media-src {loads}; object-src {self.objects}; frame-src {self.objects}; "
            "form-action 'none'; frame-ancestors 'self'"
        )

    sources: Sequence[str] = ()
    """Hosts that it may load from, beside the app's own."""

    asks: str = ""
    """The player's own script in it, as a policy names it; no other runs."""

    scripts: str = ""
    """Where the files are that scripts may be loaded from, if the page's own run."""

    objects = "'none'"
    """Where documents may be that are put into it, such as drawings; nowhere by default."""

    def loading_from(self, sources: Sequence[str], objects: str) -> Document:
        """Let it load images, styles, fonts and media from hosts, and objects from an address, and
        return it.
        """
        self.sources, self.objects = sources, objects
        return self


_RUNNING = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' {place}; "
    "style-src 'unsafe-inline' {place} data:; img-src {place} data: blob:; font-src {place} data:; "
    "media-src {place} data: blob:; connect-src 'none'; frame-src 'none'; worker-src 'none'; "
    "form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types default; frame-ancestors 'self'"
)
"""The policy of a page whose scripts run: it loads kept files, asks nobody for anything, and leads
nowhere.
"""

_BODY = re.compile(r"(?<=</head>)|<body[\s>]", re.IGNORECASE)
_BETWEEN = r"(?:\s++|<!--(?:-?>|.*?--!?>))*+"
_START = re.compile(
    rf"\ufeff?+(?P<doctype>{_BETWEEN}<!doctype[^>]*+>)?+{_BETWEEN}"
    rf"(?:<html(?=[\s/>]){REST}{_BETWEEN})?+(?P<head><head(?=[\s/>]){REST})?+",
    re.IGNORECASE | re.DOTALL,
)
"""What a page begins with (HTML, section 13.2.6.4). A head that comes later is none: somebody may
have written that in a comment, or behind a script.
"""

_WHOLE = re.compile(r"<(?:!doctype|html|head|body)[\s>]", re.IGNORECASE)

_OTHER_SITE = re.compile(r"\A[\s/\\]{2,}")
"""Begins a path that browsers take for another site's address: whoever visited may have sent it as
theirs.
"""

_TAG = re.compile(r"<(link|meta|a|area|iframe|frame)(?=[\s/>])", re.IGNORECASE)
_BLANKS = re.compile(r"[\t\n\f\r /]*+")
_MAX_TAG = 2048
"""Characters of a tag in which it is looked for what it leads to; one that does not say it there
leads nowhere.
"""
_PATIENCE = 2
"""So many times a page's characters are looked at for that; any other tag leads nowhere."""

_AHEAD = frozenset(
    {"prefetch", "prerender", "preload", "modulepreload", "dns-prefetch", "preconnect"}
)
"""What a link loads ahead as: no policy tells that from an image, and nobody goes there."""

_EXPLANATION = """<!doctype html><meta charset="utf-8"><title>No page</title>
<style>html{{font:16px/1.5 system-ui,sans-serif;color-scheme:light dark}}
body{{display:grid;place-content:center;min-height:90vh;margin:0;padding:0 2rem;text-align:center}}
p{{max-width:34rem;margin:.3rem auto;opacity:.75;overflow-wrap:anywhere}}
strong{{font-size:1.1rem}}</style>
<strong>{title}</strong><p>{reason}</p>"""


Inner = Callable[[str], str | None]
"""Returns the page that a frame within a page shows, by its address as it is written; ``None`` for
nothing.
"""


class Frames(NamedTuple):
    """What the frames within a page show.

    :ivar at: by the address as it is written.
    :ivar holding: for a page that the frame holds itself.
    """

    at: Inner
    holding: Callable[[str], str]


_NESTED = 3
"""Pages within pages, each held by its frame."""


def page_response(
    rendered: Rendered,
    url: str,
    head: str = "",
    files: Files | None = None,
    inner: Inner = lambda _: None,
    prelude: str = "",
    *,
    opening: str = "",
    scripted: bool = True,
) -> Document:
    """Serve a rendered page.

    :param url: its URL when it was recorded; what is relative in it resolves against that, or what
        the page itself says that it is relative to. Links would open in a window of their own,
        which the sandbox forbids: they do nothing.
    :param head: put before a piece of a page, which has none.
    :param files: those that are kept with the recording; the app's own of today where it is left
        out.
    :param inner: of the frames within the page.
    :param prelude: runs before the page's own scripts, if these run.
    :param opening: of the player's own, put before anything that the page holds.
    :param scripted: scripts ran in the visitor's browser.
    """
    if not rendered.html.strip():
        return nothing("This page cannot be shown", rendered.problem or "The response had no text.")
    room = '<body style="padding: 1.5rem">' if head else ""
    html = head + room + rendered.html
    return _document(inert(html, url, files, inner, prelude, opening=opening, scripted=scripted))


def inert(
    html: str,
    url: str,
    files: Files | None = None,
    inner: Inner = lambda _: None,
    prelude: str = "",
    nested: int = _NESTED,
    *,
    opening: str = "",
    scripted: bool = True,
) -> str:
    """Return a page that leads nowhere, and loads what is kept; see :func:`page_response`.

    :param nested: how many pages may be within one another in it, each held by its frame; none
        where scripts run.
    """
    seen = as_with_scripts if scripted else as_without_scripts
    text = without_noscript(html) if prelude else seen(html)
    address = base_of(text, url)
    if files is not None:
        text = files.page(text, address)
    deeper = nested and not prelude
    frames = Frames(
        inner,
        lambda held: (
            inert(held, address, files, inner, "", nested - 1, scripted=scripted) if deeper else ""
        ),
    )
    text = _lead_nowhere(text, frames)
    base = f'<base href="{escape(address)}" target="_blank">'  # of two, the first counts
    start = _START.match(text)
    position = max(0, start.end("doctype"), start.end("head")) if start is not None else 0
    before = f"{base}<script>{prelude}</script>" if prelude else f"{base}{opening}"
    return f"{text[:position]}{before}{text[position:]}"


def base_of(text: str, url: str) -> str:
    """Return what the addresses of a page are relative to (HTML, section 4.2.3)."""
    visited = _OTHER_SITE.sub("/", url)
    try:
        base = urljoin(visited, (own_base(text) or "").strip())
        urljoin("http://own/", base)  # several steps make an address of some, such as ////[
    except ValueError:
        return visited
    return visited if base.lower().startswith(("data:", "javascript:")) else base


def _lead_nowhere(text: str, frames: Frames) -> str:
    """Take away what browsers ask for, or connect to, before they look at the policy. Takes time
    linear in the text.

    That is what links load ahead, frames, and where a click would lead a frame. A tag may begin
    within what only looks like another one, so each is looked at for itself, whatever the one
    before said.
    """
    pieces: list[str] = []
    position = 0
    left = _PATIENCE * len(text)
    for tag in _TAG.finditer(text):
        name = tag[1].lower()
        end = min(len(text), tag.end() + (left if name == "iframe" else min(left, _MAX_TAG)))
        said, seen = _INSTEAD[name](text, tag.end(), end, frames)
        left -= seen - tag.end()
        if said:
            pieces += (
                text[position : tag.end()],
                f" {said}",
            )  # of two attributes, the first counts
            position = tag.end()
    return "".join((*pieces, text[position:]))


def _relations(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return what a link is to be in place of what it is, ``""`` if it may stay that."""
    written, seen = _attribute("rel", text, position, end)
    kinds = [] if written is None else written.split()
    kept = [kind for kind in kinds if kind.lower() not in _AHEAD]
    if written is not None and len(kept) == len(kinds):
        return "", seen
    return f"rel={'&#32;'.join(map(escape, kept)) or 'none'}", seen


def _refreshed(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return what a declaration is to be that leads elsewhere by itself."""
    written, seen = _attribute("http-equiv", text, position, end)
    leads = seen >= end if written is None else written.lower() == "refresh"
    return "http-equiv=none" if leads else "", seen


def _target(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return where a click is to lead, ``""`` if that is a window of its own already, which the
    sandbox forbids.
    """
    written, seen = _attribute("target", text, position, end)
    known = seen < end if written is None else written.lower() == "_blank"
    return "" if known else "target=_blank", seen


def _frame(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the page that a frame is to show in place of what it asks for."""
    held, held_seen = _attribute("srcdoc", text, position, end)
    if held is not None:
        return f'srcdoc="{escape(frames.holding(held))}"', held_seen
    source, seen = _attribute("src", text, position, end)
    page = None if source is None else frames.at(source)
    return (f'srcdoc="{escape(page)}"' if page else "srcdoc"), max(seen, held_seen)


_INSTEAD: dict[str, Callable[[str, int, int, Frames], tuple[str, int]]] = {
    "link": _relations,
    "meta": _refreshed,
    "a": _target,
    "area": _target,
    "iframe": _frame,
    "frame": lambda text, position, end, frames: ("src=about:blank", position),
}
"""For tags what is to be said in place of what they say, and where that was known."""


def _attribute(name: str, text: str, position: int, end: int) -> tuple[str | None, int]:
    """Return the value of a tag's attribute, ``None`` if it has none, and where that was known.

    :param position: behind the tag's name.
    :param end: where it is looked no further.
    """
    while (blanks := _BLANKS.match(text, position, end)) and (
        found := ATTRIBUTE.match(text, blanks.end(), end)
    ):
        position = found.end()
        if found[1].lower() == name:
            return unquoted(found[2] or ""), position
    return None, position


def head_of(page: str) -> str:
    """Return what a page begins with, up to its body: its styles dress the pieces that are put into
    it.
    """
    end = _BODY.search(page)
    return page[: end.start()] if end is not None else ""


def is_whole(text: str) -> bool:
    """Whether it is a whole page and not a piece of one, that a script put into a page."""
    return _WHOLE.search(text) is not None


def nothing(title: str, reason: str) -> Document:
    """Serve a page that says why there is none."""
    return _document(_EXPLANATION.format(title=escape(title), reason=escape(reason)))


def _document(text: str) -> Document:
    return Document(text.encode("utf-8", "replace"), mimetype="text/html")
