"""The player's addresses for the files of a recording, and the responses there."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from html import escape
from itertools import islice
from urllib.parse import quote, urldefrag, urljoin, urlsplit, urlunsplit

from ..errors import RecordingNotFound
from ..markup import (
    CANDIDATE,
    EFFECT,
    FRAME,
    IMAGE,
    OBJECT,
    SCRIPT,
    SPRITE,
    STYLE,
    browser_address,
    css_text,
    rewrite,
    rewrite_css,
    rewrite_imports,
)
from ..markup.integrity import without_altered
from ..markup.policies import FONTS, IMAGES, MEDIA, NO_POLICIES, OBJECTS, STYLES, Policies
from ..markup.scripts import within_frame
from ..markup.xhtml import with_other_sheets as xml
from .media import as_seen, page_as_seen
from .recorded_files import CSS, DRAWING, PAGES, File, Lacking, RecordedFiles, kind_of
from .sprites import Sprites

_MOST = 2_000
"""The most files that the scripts of a page may load."""

_MAX_EFFECT, _MAX_EFFECTS = 200_000, 5_000_000
"""Bytes of a drawing with effects, and of all such drawings in a page or stylesheet."""

_TYPED, _SEEN = re.compile("[;,]"), frozenset({IMAGE, CANDIDATE})

_NOTHING = "about:invalid"
"""The address in place of one from which nothing is loaded."""

_SIGN = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="190" height="24">'
    '<rect width="100%" height="100%" fill="#eee" stroke="#888" stroke-dasharray="4"/>'
    '<text x="50%" y="50%" dominant-baseline="central" text-anchor="middle" fill="#555"'
    ' font-family="sans-serif" font-size="11">not loaded: {host}</text></svg>'
)


class Files:
    """Replaces the addresses of files in a page by those of the files as they were at a step.

    :param host: scheme and host of the app during the recording.
    :param number: number of the step.
    :param address: returns the player's address of a file.
    :param content: returns a document by its content hash, or raises.
    :param allowed: sources beside the app's own host from which pages may load.
    :param policies: the policies that applied in the visitor's browser.
    :ivar missing: addresses on the app's own origin of which no file is kept.
    :ivar hosts: other hosts from which the page loads files.
    """

    def __init__(
        self,
        recorded: RecordedFiles,
        host: str,
        number: int,
        address: Callable[[File, str], str],
        content: Callable[[str], bytes],
        allowed: Sequence[str] = (),
        policies: Policies = NO_POLICIES,
    ) -> None:
        self.policies = policies
        self.recorded = recorded
        self.allowed = allowed
        self.host = host
        self.number = number
        self.address = address
        self.content = content
        self.missing: dict[str, None] = {}
        self.hosts: dict[str, None] = {}
        self.sprites = Sprites()
        self._left = _MAX_EFFECTS

    @property
    def origin(self) -> str:
        """Return the origin with which addresses are compared, or a placeholder."""
        return self.host or "http://own"

    def page(self, text: str, base: str, url: str = "") -> str:
        """Return a page that loads the files of the recording.

        :param base: the path or address against which relative addresses resolve.
        :param url: path and query of the page itself.
        """
        root = urljoin(f"{self.origin}/", base)
        own = self.url(url, f"{self.origin}/")
        text = without_altered(text, lambda written: self._static(written, root))

        def replace(role: str, written: str) -> str | None:
            if role in {SPRITE, EFFECT} and own is not None and self.url(written, root) == own:
                return f"#{urldefrag(written).fragment}"
            is_prefix = role == SCRIPT and written.endswith("/")  # of an import map
            return None if role == FRAME or is_prefix else self._place(role, written, root)

        return self.sprites.put_into(rewrite(text, replace, selectable=True))

    def stylesheet(self, text: str, path: str) -> str:
        """Return a stylesheet that loads the files of the recording, as the visitor's device showed
        it.

        :param path: the path of the stylesheet.
        """
        return as_seen(self.placed(text, path), self.recorded.device)

    def drawing(self, content: bytes) -> bytes:
        """Return a drawing as the visitor's device showed it. One that is not in UTF-8 is returned
        unchanged.
        """
        with suppress(UnicodeDecodeError):
            return page_as_seen(content.decode(), self.recorded.device).encode()
        return content

    def framed_drawing(self, content: bytes, path: str) -> bytes:
        """Return a drawing that is a page of its own, which loads other files; see :meth:`drawing`.

        :param path: the path of the drawing.
        """
        with suppress(UnicodeDecodeError):
            page = self.page(self.drawing(content).decode(), path, path)
            root = f"{self.origin}/{path.lstrip('/')}"
            return xml(page, lambda written: self._place(STYLE, written, root)).encode()
        return content

    def placed(self, text: str, path: str) -> str:
        """Return a stylesheet with other addresses and no other changes."""
        root = f"{self.origin}/{path.lstrip('/')}"
        return rewrite_css(
            text,
            lambda written: self._place("", written, root) or _absolute(written, root),
            lambda written: self._place(EFFECT, written, root) or _absolute(written, root),
        )

    def script(self, content: bytes, path: str) -> bytes:
        """Return a script that runs in a frame and imports files of the recording. A script that is
        not in UTF-8 is not a module, and is returned unchanged.

        :param path: the path of the script.
        """
        root = f"{self.origin}/{path.lstrip('/')}"
        with suppress(UnicodeDecodeError):
            text = rewrite_imports(content.decode(), lambda one: self._place("", one, root), path)
            return within_frame(text).encode()
        return content

    def url(self, written: str, root: str) -> str | None:
        """Return path and query of an address on the app's own origin, ``None`` for other
        addresses.
        """
        if not written or written[0] == "#":
            return None
        try:
            whole = urljoin(root, browser_address(written))
            found = urlsplit(whole)
        except ValueError:
            return None
        if found.scheme not in {"http", "https"} or _host(whole) != _host(self.host or root):
            return None
        return f"{found.path or '/'}{f'?{found.query}' if found.query else ''}"

    def lacking(self, text: str, base: str) -> Lacking:
        """Return the files that a page and its stylesheets load and that are missing."""
        found, sheets = self._looking()
        found.page(text, base)
        missing, hosts = found.missing, found.hosts
        seen: set[str] = set()
        while new := sheets.keys() - seen:
            seen |= new
            for path in sorted(new):
                lacks = self._lacking_in_sheet(path, sheets[path])
                missing |= dict.fromkeys(lacks.missing)
                hosts |= dict.fromkeys(lacks.hosts)
                sheets = {**lacks.sheets, **sheets}
        return Lacking(tuple(missing), tuple(hosts))

    def _lacking_in_sheet(self, path: str, key: str) -> Lacking:
        """Return the files that a stylesheet loads and that are missing, and the stylesheets that
        it imports. The result is cached for all pages.
        """
        name = path, key, self.recorded.since(self.number), self.policies.of_sheets
        known = self.recorded.lacking.get(name)
        if known is None:
            found, sheets = self._looking()
            with suppress(RecordingNotFound):  # the store has lost it
                found.placed(css_text(self.content(key)), path)
            known = self.recorded.lacking[name] = Lacking(
                tuple(found.missing), tuple(found.hosts), sheets
            )
        return known

    def _looking(self) -> tuple[Files, dict[str, str]]:
        """Return a copy for the same step that collects missing files, and the stylesheets that it
        will find.
        """
        sheets: dict[str, str] = {}

        def note(file: File, path: str) -> str:
            if file.mimetype == CSS:
                sheets.setdefault(path, file.key)
            return ""

        found = Files(
            self.recorded, self.host, self.number, note, self.content, policies=self.policies
        )
        return found, sheets

    def _place(self, role: str, written: str, root: str) -> str | None:
        url = self.url(written, root)
        if self.policies.each and self._is_refused(role, written, root):
            return self._nothing(role)
        if url is None:
            host = self.foreign(written, root)
            self.hosts |= {host: None} if host else {}
            if self.host and host and role in _SEEN and not self._allows(host):
                return sign(host)
            return urljoin(root, written) if host and not self.is_own(root) else None
        file = self.recorded.find(url, self.number)
        if file is None:
            gone = self.recorded.is_gone(url, self.number)
            self.missing |= {} if gone else {url: None}
            return self._nothing(role) if gone else None
        fragment = urldefrag(written).fragment
        if role == SPRITE:
            return self.sprites.name(
                file.key, fragment, lambda: self._with_images(file.key, urljoin(root, url))
            )
        if role == EFFECT and fragment and file.mimetype == DRAWING:
            return self._within(file.key, fragment)
        shown = file.in_frame() if role == OBJECT else self._with_policy(file)
        if role == CANDIDATE:
            shown = file._replace(page=str(self.number))
        address = self.address(shown, url.partition("?")[0])
        return f"{address}#{fragment}" if fragment else address

    def _with_images(self, key: str, root: str) -> str:
        """Return a drawing of which a page shows parts, with the images in it.

        :param root: the full address of the drawing.
        """
        return rewrite(
            self.content(key).decode("utf-8", "replace"),
            lambda role, written: self._place(role, written, root) if role == IMAGE else None,
        )

    def _with_policy(self, file: File) -> File:
        """Return a stylesheet with the policy for what it loads, and any other file as it is."""
        restricted = file.mimetype == CSS and self.policies.each
        return file._replace(allowed=self.policies.of_sheets) if restricted else file

    @staticmethod
    def _nothing(role: str) -> str:
        """Return an address from which nothing is loaded. An object shows its content then."""
        return "" if role == OBJECT else _NOTHING

    def fails(self, written: str, base: str) -> bool:
        """Whether the visitor's browser could not load an image.

        :param base: see :meth:`page`.
        """
        root = urljoin(f"{self.origin}/", base)
        if self.policies.each and self._is_refused(IMAGE, written, root):
            return True
        url = self.url(written, root)
        return url is not None and self.recorded.is_gone(url, self.number)

    def _static(self, written: str, root: str) -> bytes | None:
        """Return the static file at an address, which is kept as it was; ``None`` for others."""
        url = self.url(written, root)
        file = None if url is None else self.recorded.find(url, self.number)
        if file is None or url is None or self.recorded.is_from_view(url, self.number):
            return None
        with suppress(RecordingNotFound):  # the store has lost it
            return self.content(file.key)
        return None

    def _is_refused(self, role: str, written: str, root: str) -> bool:
        """Whether the visitor's browser refused to load something, because of a policy.

        A stylesheet of a page may be allowed by its nonce, which :mod:`.refused` checks.
        """
        if role in {STYLE, SCRIPT} or written[:1] in {"", "#"}:
            return False
        try:
            whole = urljoin(root, browser_address(written))
            return not self.policies.allow(_directive(role, whole), whole)
        except ValueError:
            return False

    def _within(self, key: str, fragment: str) -> str | None:
        """Return the address of a part of a drawing that holds the drawing itself. Browsers load an
        effect only from the page's own origin, and a sandboxed page has none.
        """
        with suppress(RecordingNotFound):  # the store has lost it
            content = self.content(key)
            if len(content) <= min(_MAX_EFFECT, self._left):
                self._left -= len(content)
                encoded = base64.b64encode(content).decode()
                return f"data:{DRAWING};base64,{encoded}#{fragment}"
        return None

    def addresses_by_url(self) -> dict[str, str]:
        """Return the viewer's addresses of the files at this step, by path and query."""
        found: dict[str, str] = {}
        for url in islice(self.recorded.addresses(), _MOST):
            file = self.recorded.find(url, self.number)
            if file is not None:
                found[url] = self.address(file, url.partition("?")[0])
        return found

    def framed(self, url: str) -> str:
        """Return the viewer's address of a file that a frame shows, ``""`` if it shows none.

        :param url: path and query of the frame's address.
        """
        file = self.recorded.find(url, self.number)
        if file is None or not (file.mimetype in PAGES or file.mimetype.startswith("image/")):
            return ""
        return self.address(file.in_frame(), url.partition("?")[0])

    def is_own(self, base: str) -> bool:
        """Whether the base address of a page is on the app's own host, as far as that is known. Its
        scheme may differ, because a proxy may speak HTTPS for the app.
        """
        return not self.host or _host(urljoin(f"{self.host}/", base)) == _host(self.host)

    def foreign(self, written: str, root: str) -> str:
        """Return the host of an address on another site, ``""`` for other addresses."""
        if written[:1] in {"", "#"}:  # a part of the page itself, or nothing
            return ""
        with suppress(ValueError):
            whole = urljoin(root, written)
            found = urlsplit(whole)
            if found.scheme in {"http", "https"} and _host(whole) != _host(self.host or root):
                return found.hostname or ""
        return ""

    def _allows(self, host: str) -> bool:
        return any(allows(source, host) for source in self.allowed)


def _host(address: str) -> str:
    return urlsplit(address).netloc.lower()


def _directive(role: str, url: str) -> str:
    """Return the directive of a policy that applies to what is loaded."""
    if role == OBJECT:
        return OBJECTS
    is_data = url[:5].lower() == "data:"
    kind = _TYPED.split(url[5:100])[0].lower() if is_data else kind_of(urlsplit(url).path)
    if kind == CSS:
        return STYLES
    if "font" in kind:
        return FONTS
    return MEDIA if kind.startswith(("audio/", "video/", "text/vtt")) else IMAGES


def sign(host: str) -> str:
    """Return an image that replaces one of another host, from which nothing is loaded."""
    return f"data:image/svg+xml,{quote(_SIGN.format(host=escape(host)))}"


def _absolute(written: str, root: str) -> str | None:
    """Return an address in a stylesheet as a path that is valid in a page; ``None`` to keep it."""
    try:
        if written[:1] in {"", "#", "/"} or urlsplit(written).scheme:
            return None
        found = urlsplit(urljoin(root, written))
    except ValueError:
        return None
    return urlunsplit(found._replace(scheme="", netloc=""))


def allows(source: str, host: str) -> bool:
    """Whether a source in a setting allows a host (Content Security Policy, section 6.7.2.8).

    :param source: a host with or without scheme and port, ``*.`` for all subdomains, or a scheme
        alone.
    """
    if source in {"https:", "http:"}:
        return True
    named = source.rpartition("://")[2].partition(":")[0].lower()
    return host.endswith(named[1:]) if named.startswith("*.") else host == named
