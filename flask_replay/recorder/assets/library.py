"""The static files that pages refer to. Each content is read once, outside of requests."""

from __future__ import annotations

import posixpath
import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from flask import Flask

from ...boundary import Boundary
from ...codec import digest_key
from ...expiring import Expiring
from ...host.static_folders import Folders, content_of
from ...markup import browser_address, css_text, own_base, rewrite_css, rewrite_imports
from ...markup.references import referred
from ...markup.scripts import ANY, bundled_files, named_files
from ...markup.xhtml import sheets_of
from ...settings import Settings

_FRESH = 2.0
"""Seconds after which a file is checked for changes again."""

_STORE_AGAIN = 1800.0
"""Seconds after which a file is put into the store again. Cleanup deletes a file that nothing used
for an hour.
"""

_ABSENT = 30.0
"""Seconds after which a missing file is looked for again, if a view may answer at its address, and
after which the files of a folder are listed again.
"""

_ENDINGS = {"text/css": ".css", "text/javascript": ".js", "application/javascript": ".js"}
"""The endings of files that refer to others, by their types."""

_DOCUMENTS = frozenset({".htm", ".html", ".svg", ".xhtml"})

_END = re.compile(r"[?#]")
_REMEMBERED = 5_000
_VISITS = 1_000
_MOST = 2_000
"""The most URLs in a page, and files behind them, to look for."""
_MOST_FOLDERS = 50
"""The most paths of a page that stand for several files. Listing a folder takes long."""


class FileReferences(NamedTuple):
    """The files that a page refers to.

    :ivar root: the prefix under which the app is served.
    :ivar paths: the paths on the app's own origin that a browser requests.
    """

    root: str
    paths: tuple[str, ...]


def find_references(body: bytes, host: str, path: str, root: str) -> FileReferences | None:
    """Return the files that a page refers to, or ``None`` if there are none.

    :param body: the page's text, in UTF-8.
    :param host: the scheme and host of the request.
    """
    addresses = referred(body)
    if not addresses:
        return None
    base = own_base(body.decode("utf-8", "replace")) if b"<base" in body.lower() else None
    page = f"{host}{path}"
    if base is not None:
        with suppress(ValueError):  # A malformed base is ignored, and the page's own URL is used.
            url = urljoin(page, base.strip())
            page = page if url.lower().startswith(("data:", "javascript:")) else url
    # stylesheets before pictures
    first = sorted(addresses, key=lambda address: (".css" not in address, address))[:_MOST]
    paths = (path_of(address, page, host) for address in first)
    return FileReferences(root, tuple(dict.fromkeys(path for path in paths if path is not None)))


def path_of(address: str, page: str, host: str) -> str | None:
    """Return the path of a URL, or ``None`` if it has another host or is not a file.

    Its scheme may differ, because a proxy may speak HTTPS for the app.

    :param page: the URL that it is relative to, with scheme and host; a ``<base>`` may name another
        host than the app's.
    :param host: scheme and host of the app.
    """
    address = browser_address(address)
    rooted = address[:1] == "/" and address[1:2] != "/" and "/." not in address
    if rooted and page.startswith(f"{host}/"):
        return _END.split(address, maxsplit=1)[0]
    if address[:1] in {"", "#"} or address.lower().startswith(
        ("data:", "blob:", "about:", "javascript:")
    ):
        return None
    try:
        found = urlsplit(urljoin(page, address))
    except ValueError:
        return None
    own = found.netloc.lower() == host.partition("//")[2].lower()
    return found.path if own and found.scheme in {"http", "https"} else None


class _File(NamedTuple):
    """A static file as it was when it was read.

    :ivar changed: the time of its last change, in nanoseconds, and its size; ``None`` if there is
        no file.
    :ivar key: its content hash, ``""`` if it is not kept.
    :ivar links: the paths of the files that a stylesheet refers to or a script imports.
    :ivar stored_at: when it was last put into the store, by ``time.monotonic()``.
    :ivar checked_at: when it was last checked, by ``time.monotonic()``.
    :ivar elsewhere: there is no file, and a view may answer at the path; or that stands for several
        files.
    """

    path: Path | None
    changed: tuple[int, int] | None
    key: str
    links: tuple[str, ...]
    stored_at: float
    checked_at: float
    elsewhere: bool = False


class Library:
    """Keeps the static files of an app that recorded pages refer to.

    :param put: puts a document into the store under its content hash.
    :ivar largest: the most bytes of one file. A larger file is not kept. 0 keeps none.
    :ivar most: the most bytes of all files that a process keeps, and of the responses' files that
        one recording keeps.
    """

    def __init__(
        self,
        settings: Settings,
        boundary: Boundary,
        put: Callable[[str, bytes], None],
    ) -> None:
        self.largest = settings.max_asset if settings.assets else 0
        self.most = settings.max_assets
        self.put = put
        self.boundary = boundary
        self.folders = Folders()
        self.files: OrderedDict[str, _File] = OrderedDict()
        self.sizes: dict[str, int] = {}
        self.recorded_hashes: Expiring[str, dict[str, str]] = Expiring(
            settings.idle_timeout, _VISITS
        )
        self.response_files: Expiring[str, dict[str, int]] = Expiring(
            settings.idle_timeout, _VISITS
        )

    def look(self, app: Flask) -> None:
        """Find out where an app's static files are, while the app is available."""
        with self.boundary.guard("look for static files"):
            self.folders.look(app)

    def knows(self, found: FileReferences) -> bool:
        """Whether the files that a page refers to are known. If not, they are read later, so that a
        request never waits for the disk.
        """
        waiting, seen = [*found.paths], set[str]()
        while waiting:
            path = waiting.pop()
            if path in seen or not self.folders.cover(path.removeprefix(found.root)):
                continue
            seen.add(path)
            file = self._known(path)
            if file is None or _is_due(file):
                return False
            waiting += file.links
        return True

    def note(self, visit: str, found: FileReferences) -> dict[str, str]:
        """Return the content hashes, by path, of the files that a page refers to and its recording
        lacks.

        Unknown files are read now. A file that has changed is returned again. The hash of a file
        that the page itself refers to and that does not exist is ``""``.

        :param visit: the id of the recording.
        """
        recorded_hashes = self.recorded_hashes.get(visit) or {}
        self.recorded_hashes.put(visit, recorded_hashes)
        new = {
            path: key
            for path, key in self._keys(found.paths, found.root)
            if recorded_hashes.get(path) != key
        }
        recorded_hashes.update(new)
        return new

    def has_room(self, visit: str, key: str, size: int) -> bool:
        """Whether a recording may keep a file of a response. It keeps the same content once.

        :param key: the content hash of that file.
        :param size: its number of bytes.
        """
        sizes = self.response_files.get(visit) or {}
        self.response_files.put(visit, sizes)
        if key not in sizes and sum(sizes.values()) + size <= self.most:
            sizes[key] = size
        return key in sizes

    def document(self, key: str) -> bytes | None:
        """Return the content of a file that has not changed since it was kept. A store that was
        emptied since then needs it again.
        """
        for file in list(self.files.values()):
            if file.key == key and file.path is not None:
                with self.boundary.guard("read a static file"):
                    content = content_of(file.path, self.largest + 1)
                    return content if digest_key(content) == key else None
        return None

    def _keys(self, paths: Iterable[str], root: str) -> Iterable[tuple[str, str]]:
        """Yield each file's path and content hash, including files that stylesheets and scripts
        among them refer to.
        """
        waiting, seen = deque(paths), set[str]()
        named = frozenset(waiting)
        folders = 0
        while waiting and len(seen) < _MOST:
            path = waiting.popleft()  # what the page itself names comes first
            if path in seen or not self.folders.cover(path.removeprefix(root)):
                continue
            seen.add(path)
            folders += _is_many(path)
            if folders > _MOST_FOLDERS and _is_many(path):
                continue
            file = self._fresh(path) or self._read(path, root)
            absent = file.changed is None and path in named and not _is_many(path)
            if file.key or (absent and self.folders.cover_exclusively(path.removeprefix(root))):
                yield path, file.key
            waiting += file.links

    def _known(self, path: str) -> _File | None:
        """Return the remembered state of a file, or ``None`` if it must be read."""
        file = self.files.get(path)
        return (
            None
            if file is None or (file.key and time.monotonic() - file.stored_at > _STORE_AGAIN)
            else file
        )

    def _fresh(self, path: str) -> _File | None:
        """Return the remembered state of a file, after checking it for changes if that is due, or
        ``None`` if it must be read.
        """
        file = self._known(path)
        if file is not None and _is_due(file):
            if file.path is None or _changed(file.path) != file.changed:
                return None
            file = self.files[path] = file._replace(checked_at=time.monotonic())
        return file

    def _read(self, path: str, root: str) -> _File:
        """Read a file, and keep it."""
        below = path.removeprefix(root)
        now = time.monotonic()
        elsewhere = _is_many(path) or not self.folders.cover_exclusively(below)
        file = _File(None, None, "", (), now, now, elsewhere)
        with self.boundary.guard("keep a static file"):
            if _is_many(path):
                file = file._replace(links=tuple(map(root.__add__, self.folders.listed(below))))
            file_path = self.folders.file(below)
            if file_path is not None:
                changed = _changed(file_path)
                key, links = (
                    self._keep(file_path, path)
                    if changed is not None and changed[1] <= self.largest
                    else ("", ())
                )
                file = _File(file_path, changed, key, links, now, now)
        self.files.pop(path, None)
        self.files[path] = file
        while len(self.files) > _REMEMBERED:
            self.files.popitem(last=False)
        return file

    def _keep(self, file_path: Path, path: str) -> tuple[str, tuple[str, ...]]:
        """Keep a file, and return its content hash and the paths that it refers to."""
        content = content_of(file_path, self.largest + 1)
        if len(content) > self.largest:
            return "", ()
        key = digest_key(content)
        if key not in self.sizes:
            if sum(self.sizes.values()) + len(content) > self.most:
                self.boundary.say(
                    "assets",
                    "REPLAY_MAX_ASSETS is reached: no more static files are kept with recordings",
                )
                return "", ()
            self.sizes[key] = len(content)
        self.put(key, content)
        return key, _links(
            content, path, posixpath.splitext(file_path.name.removesuffix(".gz"))[1].lower()
        )


def references_of_file(
    content: bytes, path: str, root: str, mimetype: str
) -> FileReferences | None:
    """Return the files to which a file that a view returned refers, or ``None`` if there are none.

    :param path: the path of the request.
    """
    links = _links(content, path, _ENDINGS.get(mimetype, ""))
    return FileReferences(root, links) if links else None


def _links(content: bytes, path: str, ending: str) -> tuple[str, ...]:
    """Return the paths that a stylesheet or a page refers to, or a script imports."""
    found: dict[str, None] = {}

    def note(address: str) -> None:
        target = path_of(address, f"http://own{path}", "http://own")
        if target is not None:
            found[target] = None

    if ending == ".css":
        rewrite_css(css_text(content), note)
    elif ending in _DOCUMENTS:
        named = find_references(content, "http://own", path, "")
        found |= dict.fromkeys(named.paths if named is not None else ())
        for address in sheets_of(content.decode("utf-8", "replace")):
            note(address)
    elif ending in {".js", ".mjs"}:
        script = content.decode("utf-8", "replace")
        rewrite_imports(script, note)
        for address in (*named_files(script), *bundled_files(script, path)):
            note(address)
    return tuple(found)[:_MOST]


def _is_many(path: str) -> bool:
    """Whether a path stands for several files."""
    return path.endswith("/") or ANY in path


def _is_due(file: _File) -> bool:
    """Whether it is time to check whether a file has changed."""
    return time.monotonic() - file.checked_at > (_ABSENT if file.elsewhere else _FRESH)


def _changed(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
