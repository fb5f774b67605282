"""The recorded page as shown in the player's iframe: inert, whatever it contains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Any
from urllib.parse import urljoin

from werkzeug.datastructures import Headers

from ..engine.replaying import Rendered
from ..markup import browser_address, own_base
from ..markup.policies import NO_POLICIES, Policies
from ..markup.references import WRITTEN
from ..markup.scripts import SCRIPT_TYPES, within_frame
from ..markup.tags import ATTRIBUTE, REST, every_tag, tags
from ..recording.events import Request
from ..web.responses import PlayerResponse
from .files import Files
from .import_maps import with_modules
from .outgoing import Frames, Inner, lead_nowhere
from .script_effects import (
    as_with_scripts,
    as_without_scripts,
    browser_style,
    focus_style,
    without_noscript,
    written,
)


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
            evals = "'unsafe-eval' blob:" if self.policies.allow_eval else ""
            data = "data:" if self.policies.allow_data_scripts else ""
            return _RUNNING.format(place=self.scripts, evals=evals, data=data)
        loads = " ".join(("'self' data:", *self.sources))
        runs = (
            f"sandbox allow-scripts; script-src {self.own_script}" if self.own_script else "sandbox"
        )
        framed = "" if self.inner else "; frame-ancestors 'self'"
        return (
            f"{runs}; default-src 'none'; style-src 'unsafe-inline' {loads}; img-src {loads}; "
            f"font-src {loads}; "
            f"media-src {loads}; object-src {self.objects}; frame-src {self.objects}; "
            f"form-action 'none'{framed}"
        )

    def get_wsgi_headers(self, environ: Any) -> Headers:
        """Return the headers of the response."""
        headers = super().get_wsgi_headers(environ)
        if self.inner:
            headers.pop("X-Frame-Options", None)
        return headers

    inner = False
    """It is the page of a frame within a page, which has no origin that a policy could name."""

    sources: Sequence[str] = ()
    """Hosts besides the app's own from which it may load files."""

    own_script: str = ""
    """The only script that may run, the player's own, as a policy names it."""

    scripts: str = ""
    """Where scripts may be loaded from, if the page's own scripts run."""

    policies: Policies = NO_POLICIES
    """The page's own."""

    objects = "'none'"
    """Where embedded objects, such as drawings, may be loaded from; by default they may not."""

    def loading_from(self, sources: Sequence[str], objects: str) -> Document:
        """Allow images, styles, fonts and media from hosts, and objects from an address, and return
        the document.
        """
        self.sources, self.objects = sources, objects
        return self


_RUNNING = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' {evals} {data} {place}; "
    "style-src 'unsafe-inline' {place} data: blob:; img-src {place} data: blob:; "
    "font-src {place} data: blob:; "
    "media-src {place} data: blob:; connect-src {place} data:; "
    "frame-src {place}; object-src {place}; worker-src 'none'; form-action 'none'; "
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

_HANDLER = re.compile(r"on\w|x-", re.IGNORECASE)
_ALPINE = re.compile(rf"{_HANDLER.pattern}|[@:]", re.IGNORECASE)
"""Names of attributes whose code sees the names of the page. Code of Vue, which uses the signs of
Alpine, sees only its component's.
"""

_READABLE = {"img": ("src", "srcset"), "link": ("href",)}
"""The attributes with the addresses of files that scripts read."""

_WHOLE = re.compile(r"<(?:!doctype|html|head|body)[\s>]", re.IGNORECASE)

_NAVIGATED = frozenset({"document", "iframe", "frame", "object", "embed"})
"""The destinations of requests for pages (Fetch, section 2.2.5)."""

_OTHER_SITE = re.compile(r"\A[\s/\\]{2,}")
"""Begins a path that browsers take for the address of another site. A visitor may have requested
such a path.
"""

_HOST = re.compile(r"(?:https?:)?//([^/?#]*+)(?=\Z|[?#]|/(?!/))", re.IGNORECASE)
"""A host, and what may follow the app's own. Two slashes alone would name another host."""

_EXPLANATION = """<!doctype html><meta charset="utf-8"><title>No page</title>
<style>html{{font:16px/1.5 system-ui,sans-serif;color-scheme:light dark}}
body{{display:grid;place-content:center;min-height:90vh;margin:0;padding:0 2rem;text-align:center}}
p{{max-width:34rem;margin:.3rem auto;opacity:.75;overflow-wrap:anywhere}}
strong{{font-size:1.1rem}}</style>
<strong>{title}</strong><p>{reason}</p>"""


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

    :param nested: levels of ``srcdoc`` pages that are kept; none if scripts run, because the page's
        scripts could then let those of such a page run.
    """
    root = base_of(html, url)

    def fails(source: str) -> bool:
        return files is not None and files.fails(source, root)

    if prelude:
        text = without_noscript(html)
    else:
        text = as_with_scripts(html, fails) if scripted else as_without_scripts(html)
    address = base_of(text, url)
    if files is not None:
        text = files.page(text, address, url)
    if prelude:
        text, more = _with_readable_files(_with_framed_scripts(text)), ""
        if files is not None:
            place = partial(files.url, root=urljoin(f"{files.origin}/", address))
            text, more = with_modules(text, files.addresses_by_url(), place)
        opening = f"{more}<script>{prelude}</script>"
    deeper = nested and not prelude
    frames = Frames(
        inner,
        lambda page: (
            inert(page, address, files, inner, "", nested - 1, scripted=scripted) if deeper else ""
        ),
    )
    text = lead_nowhere(text, frames)
    if files is not None:
        address = _below(address, files.host) if files.is_own(address) else base_of("", url)
    base = f'<base href="{escape(address)}" target="_blank">'  # the first of two counts
    position = start_of(text)
    style = focus_style(text) if prelude else browser_style(text, scripted=scripted)
    return f"{text[:position]}{base}{style}{opening}{text[position:]}"


def _with_framed_scripts(text: str) -> str:
    """Return a page whose own scripts, and code in attributes, run as if it were in no frame."""
    code = _ALPINE if "x-data" in text else _HANDLER

    def framed(attribute: re.Match[str]) -> str:
        if attribute[2] is None or not code.match(attribute[1]):
            return attribute[0]
        start = attribute.start(2) - attribute.start() + (attribute[2][:1] in {'"', "'"})
        return attribute[0][:start] + within_frame(attribute[0][start:])

    pieces: list[str] = []
    position = 0
    for tag in every_tag(text):
        script = text[tag.close : tag.end]
        runs = tag.name == "script" and (tag.get("type") or "").strip().lower() in SCRIPT_TYPES
        named = text[tag.attributes_start : tag.close]
        pieces += (
            text[position : tag.attributes_start],
            ATTRIBUTE.sub(framed, named) if "location" in named or "top" in named else named,
            within_frame(script) if runs else script,
        )
        position = tag.end
    return "".join((*pieces, text[position:]))


def _with_readable_files(text: str) -> str:
    """Return a page whose kept images a script may read from a canvas, and whose stylesheets it may
    read: they come from elsewhere, because the page has no origin.
    """
    pieces: list[str] = []
    position = 0
    for tag in tags(text, *_READABLE):
        kept = any(tag.get(f"{WRITTEN}{name}") is not None for name in _READABLE[tag.name])
        if kept and tag.get("crossorigin") is None:
            pieces += (text[position : tag.start], written(tag, {"crossorigin": ""}))
            position = tag.end
    return "".join((*pieces, text[position:]))


def start_of(text: str) -> int:
    """Return the position in a page at which the player puts its own elements: the beginning of its
    head.
    """
    start = _START.match(text)
    return max(0, start.end("doctype"), start.end("head")) if start is not None else 0


def _below(base: str, host: str) -> str:
    """Return a base address without the app's own origin, which may be another one for the viewer.

    :param host: scheme and host of the app.
    """
    address = browser_address(base)
    found = _HOST.match(address)
    own = found is not None and bool(host) and found[1].lower() == host.partition("//")[2].lower()
    return (address[found.end() :] or "/") if found is not None and own else base


def base_of(text: str, url: str) -> str:
    """Return the base address of a page (HTML, section 4.2.3)."""
    visited = _OTHER_SITE.sub("/", url)
    try:
        base = urljoin(visited, (own_base(text) or "").strip())
        # some addresses only become invalid in two steps, such as ////[
        urljoin("http://own/", base)
    except ValueError:
        return visited
    return visited if base.lower().startswith(("data:", "javascript:")) else base


def head_of(page: str) -> str:
    """Return the text of a page before its body. Its styles also apply to fragments."""
    end = _BODY.search(page)
    return page[: end.start()] if end is not None else ""


def is_whole(text: str, request: Request | None = None) -> bool:
    """Whether a text is a whole page, rather than a part that a script inserted into one.

    :param request: the request that it answers. A browser that navigates shows anything as a page.
    """
    headers = {} if request is None else request.request_headers
    return headers.get("Sec-Fetch-Dest") in _NAVIGATED or _WHOLE.search(text) is not None


def inner_page(text: str, *, shared: bool = True) -> Document:
    """Return the response for the page of a frame within a page.

    :param shared: a page without an origin may frame it, because the address has a ticket.
    """
    page = _document(text)
    page.inner = shared
    return page


def nothing(title: str, reason: str) -> Document:
    """Return a page that says why there is nothing to show."""
    return _document(_EXPLANATION.format(title=escape(title), reason=escape(reason)))


def _document(text: str) -> Document:
    return Document(text.encode("utf-8", "replace"), mimetype="text/html")
