"""The recorded page as shown in the player's iframe: inert, whatever it contains."""

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
    """Untrusted HTML.

    No script runs, nothing is sent, and only the player may frame it. It looks like the original
    page: styles, images and fonts come from the app, and from other hosts only if a setting allows
    them.
    """

    referrer = "no-referrer"

    @property
    def policy(self) -> str:
        """Return the Content Security Policy of the page."""
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
    """Hosts besides the app's own from which it may load files."""

    asks: str = ""
    """The only script that may run, the player's own, as a policy names it."""

    scripts: str = ""
    """Where scripts may be loaded from, if the page's own scripts run."""

    objects = "'none'"
    """Where embedded objects, such as drawings, may be loaded from; by default they may not."""

    def loading_from(self, sources: Sequence[str], objects: str) -> Document:
        """Allow images, styles, fonts and media from hosts, and objects from an address, and return
        the document.
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
"""The policy of a page whose scripts run: it may load only files of the recording, send nothing,
and navigate nowhere.
"""

_BODY = re.compile(r"(?<=</head>)|<body[\s>]", re.IGNORECASE)
_BETWEEN = r"(?:\s++|<!--(?:-?>|.*?--!?>))*+"
_START = re.compile(
    rf"\ufeff?+(?P<doctype>{_BETWEEN}<!doctype[^>]*+>)?+{_BETWEEN}"
    rf"(?:<html(?=[\s/>]){REST}{_BETWEEN})?+(?P<head><head(?=[\s/>]){REST})?+",
    re.IGNORECASE | re.DOTALL,
)
"""The beginning of a page (HTML, section 13.2.6.4). A later head does not count: it may be text in
a comment or a script.
"""

_WHOLE = re.compile(r"<(?:!doctype|html|head|body)[\s>]", re.IGNORECASE)

_OTHER_SITE = re.compile(r"\A[\s/\\]{2,}")
"""Begins a path that browsers take for the address of another site. A visitor may have requested
such a path.
"""

_ANIMATIONS = ("set", "animate", "animatecolor", "animatemotion", "animatetransform")
"""Elements of SVG that change attributes of others (SVG Animations 2, section 2.2)."""

_TAG = re.compile(
    rf"<(svg|link|meta|a|area|iframe|frame|{'|'.join(_ANIMATIONS)})(?=[\s/>])",
    re.IGNORECASE | re.ASCII,  # else the long s would stand for an s
)
_LABEL = "|".join(rf"<{name}(?=[\s/>]){REST}[^<]*+</{name}\s*+>" for name in ("title", "desc"))
_DRAWING = re.compile(
    rf"<svg(?=[\s/>]){REST}(?:[^<]++|{_LABEL}"
    rf"|</?+(?!(?:svg|title|desc|foreignobject)[\s/>])[a-z][^\s/>]*+{REST})*+</svg\s*+>",
    re.IGNORECASE | re.ASCII,
)
"""A drawing whose end is certain: no comment, and no drawing or HTML within it, may hide it."""

_BLANKS = re.compile(r"[\t\n\f\r /]*+")
_MAX_TAG = 2048
"""Characters of a tag in which its target is searched for. A longer tag loses its target."""
_PATIENCE = 2
"""How many times the characters of a page are scanned for that. All further tags lose their
targets.
"""

_NEW_WINDOW = "target=_blank"
"""The sandbox forbids new windows, so a link with this target leads nowhere."""

_SEEN_LINKS = frozenset(
    {
        "alternate",
        "apple-touch-icon",
        "apple-touch-icon-precomposed",
        "icon",
        "mask-icon",
        "shortcut",
        "stylesheet",
    }
)
"""Link types of what can be seen. Others may load ahead: the policy cannot tell such a request from
an image, and nobody follows these links.
"""

_KEPT_PRAGMAS = frozenset(
    {"content-type", "content-language", "content-security-policy", "default-style"}
)
"""The ``http-equiv`` of a ``<meta>`` that decides how a page looks. Others redirect, or allow the
browser to connect ahead.
"""

_LEADING = frozenset(
    {"action", "data", "formaction", "href", "ping", "rel", "show", "src", "srcdoc", "target"}
)
"""Attributes that decide what a page loads, and where a click leads."""

_EXPLANATION = """<!doctype html><meta charset="utf-8"><title>No page</title>
<style>html{{font:16px/1.5 system-ui,sans-serif;color-scheme:light dark}}
body{{display:grid;place-content:center;min-height:90vh;margin:0;padding:0 2rem;text-align:center}}
p{{max-width:34rem;margin:.3rem auto;opacity:.75;overflow-wrap:anywhere}}
strong{{font-size:1.1rem}}</style>
<strong>{title}</strong><p>{reason}</p>"""


Inner = Callable[[str], str | None]
"""Returns the page that an inner frame shows, by the frame's address as written; ``None`` for
nothing.
"""


class Frames(NamedTuple):
    """The content of frames within a page.

    :ivar at: returns the page at an address, as written.
    :ivar holding: returns the inert form of a page in ``srcdoc``.
    """

    at: Inner
    holding: Callable[[str], str]


_NESTED = 3
"""Levels of pages within ``srcdoc``."""


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
    """Return the response for a rendered page.

    :param url: its recorded URL. Relative addresses resolve against it, or against the page's
        ``<base>``. Links would open a new window, which the sandbox forbids, so they do nothing.
    :param head: text that is put before a part of a page, which has no head.
    :param files: the files of the recording; without it, the app's present files are used.
    :param inner: returns the pages of inner frames.
    :param prelude: a script that runs before the page's own scripts, if these run.
    :param opening: the player's own text, put before the page's content.
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
    """Return a page without outgoing links, which loads only files of the recording; see
    :func:`page_response`.

    :param nested: levels of ``srcdoc`` pages that are kept; none if scripts run.
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
    base = f'<base href="{escape(address)}" target="_blank">'  # the first of two counts
    start = _START.match(text)
    position = max(0, start.end("doctype"), start.end("head")) if start is not None else 0
    before = f"{base}<script>{prelude}</script>" if prelude else f"{base}{opening}"
    return f"{text[:position]}{before}{text[position:]}"


def base_of(text: str, url: str) -> str:
    """Return the base address of a page (HTML, section 4.2.3)."""
    visited = _OTHER_SITE.sub("/", url)
    try:
        base = urljoin(visited, (own_base(text) or "").strip())
        urljoin(
            "http://own/", base
        )  # some addresses only become invalid in two steps, such as ////[
    except ValueError:
        return visited
    return visited if base.lower().startswith(("data:", "javascript:")) else base


def _lead_nowhere(text: str, frames: Frames) -> str:
    """Remove everything that browsers request or connect to before they apply the policy. Takes
    time linear in the text.

    That is prefetching links, frames, and the targets of links, also those that an animation would
    set. Text that looks like a tag may contain another tag, so each is examined on its own.
    """
    pieces: list[str] = []
    start = 0
    left = _PATIENCE * len(text)
    drawn = 0  # the place up to which a link may be in a drawing
    for tag in _TAG.finditer(text):
        name = tag[1].lower()
        if name == "svg":
            if tag.start() >= drawn:
                drawing = _DRAWING.match(text, tag.start())
                drawn = len(text) if drawing is None else drawing.end()
            continue
        end = min(len(text), tag.end() + (left if name == "iframe" else min(left, _MAX_TAG)))
        instead = _drawn_target if name == "a" and tag.start() < drawn else _INSTEAD[name]
        said, seen = instead(text, tag.end(), end, frames)
        left -= seen - tag.end()
        if said:
            ends = " " if text.startswith("/", tag.end()) else ""  # a slash would join the value
            # of two attributes with the same name, the first counts
            pieces += (text[start : tag.end()], f" {said}{ends}")
            start = tag.end()
    return "".join((*pieces, text[start:]))


def _relations(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the new ``rel`` of a link, ``""`` to keep it."""
    written, seen = _attribute("rel", text, position, end)
    kinds = [] if written is None else written.split()
    kept = [kind for kind in kinds if kind.lower() in _SEEN_LINKS]
    if written is not None and len(kept) == len(kinds):
        return "", seen
    return f"rel={'&#32;'.join(map(escape, kept)) or 'none'}", seen


def _refreshed(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the new ``http-equiv`` of a ``<meta>`` that does more than describe the page, ``""``
    to keep it.
    """
    written, seen = _attribute("http-equiv", text, position, end)
    leads = seen >= end if written is None else written.strip().lower() not in _KEPT_PRAGMAS
    return "http-equiv=none" if leads else "", seen


def _target(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the new target of a link, ``""`` to keep it. A link without a target has that of
    ``<base>``; a style may tell it from others.
    """
    written, seen = _attribute("target", text, position, end)
    known = seen < end if written is None else written.lower() == "_blank"
    return "" if known else _NEW_WINDOW, seen


def _drawn_target(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the new target of a link in a drawing, to which the target of ``<base>`` does not
    apply.
    """
    written, seen = _attribute("target", text, position, end)
    return "" if (written or "").lower() == "_blank" else _NEW_WINDOW, seen


def _animated(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the new ``attributeName`` of an animation that would change where a link leads or what
    is loaded, ``""`` to keep it.
    """
    written, seen = _attribute("attributename", text, position, end)
    if written is None:
        return ("attributeName=none" if seen >= end else ""), seen
    name = written.strip().lower().rpartition(":")[2]
    return "attributeName=none" if name in _LEADING or name.startswith("on") else "", seen


def _frame(text: str, position: int, end: int, frames: Frames) -> tuple[str, int]:
    """Return the ``srcdoc`` of a frame that replaces its content."""
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
    **dict.fromkeys(_ANIMATIONS, _animated),
}
"""By tag name, a function that returns the attribute to insert, and the position up to which it
read.
"""


def _attribute(name: str, text: str, position: int, end: int) -> tuple[str | None, int]:
    """Return the value of a tag's attribute, ``None`` if it is missing, and the position up to
    which it read.

    :param position: the end of the tag's name.
    :param end: the position at which the search stops.
    """
    while (blanks := _BLANKS.match(text, position, end)) and (
        found := ATTRIBUTE.match(text, blanks.end(), end)
    ):
        position = found.end()
        if found[1].lower() == name:
            return unquoted(found[2] or ""), position
    return None, position


def head_of(page: str) -> str:
    """Return the text of a page before its body. Its styles also apply to fragments."""
    end = _BODY.search(page)
    return page[: end.start()] if end is not None else ""


def is_whole(text: str) -> bool:
    """Whether a text is a whole page, rather than a part that a script inserted into one."""
    return _WHOLE.search(text) is not None


def nothing(title: str, reason: str) -> Document:
    """Return a page that says why there is nothing to show."""
    return _document(_EXPLANATION.format(title=escape(title), reason=escape(reason)))


def _document(text: str) -> Document:
    return Document(text.encode("utf-8", "replace"), mimetype="text/html")
