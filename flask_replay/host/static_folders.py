"""Find an app's static files on disk, from its URL map and its middleware, whatever serves them."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from mimetypes import guess_type
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from flask import Flask
from werkzeug.security import safe_join

_VARIABLE = re.compile(r"<[^<>]*>")
_WRAPPED = ("application", "app", "wsgi_app")
"""The attributes in which middleware keeps the app that it wraps."""

_DEPTH = 10
_MODULES = frozenset({".js", ".mjs"})
_MOST_SEEN, _MOST_LISTED = 2_000, 200
"""Files of a folder that are looked at, and that are listed."""
_PLAIN = "/!$&'()+,:;=@[]|"
"""Characters that browsers keep in a path (URL Standard, section 1.3)."""
_GZIP = b"\x1f\x8b"


class Folder(NamedTuple):
    """A folder of static files.

    :ivar address: matches the URL paths of its files, below the app's root. The group is the file's
        name.
    """

    address: re.Pattern[str]
    path: Path


def content_of(file: Path, most: int) -> bytes:
    """Return the content of a static file, up to a limit. A file whose name says that it is
    compressed is decompressed, as browsers do (``.svgz``, ``.css.gz``).
    """
    with file.open("rb") as source:
        content = source.read(most)
    if guess_type(file.name)[1] != "gzip" or not content.startswith(_GZIP):
        return content
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, most)
    except zlib.error:
        return content


class Folders:
    """The static folders of an app, its blueprints and its middleware (WhiteNoise, Werkzeug's
    ``SharedDataMiddleware``).

    It holds no reference to the app. ``look`` finds the folders again once the app has more views
    or other middleware.

    :ivar listed_before: the files that middleware listed when the app started, by the folders and
        the names in their URL paths. It serves no other file that lies beside them.
    """

    def __init__(self) -> None:
        self.found: list[Folder] = []
        self.listed_before: dict[str, dict[str, str]] = {}
        self.fingerprint = 0, 0

    def look(self, app: Flask) -> None:
        """Find an app's static folders, unless nothing has changed since the last time."""
        # Without middleware, the class has the method, and each access makes another object.
        fingerprint = len(app.view_functions), id(vars(app).get("wsgi_app"))
        if fingerprint != self.fingerprint:
            self.fingerprint = fingerprint
            self.found = [*_of_rules(app), *_of_middleware(app)]
            self.listed_before = {}
            for place, name, file in _listed_by_middleware(app):
                self.listed_before.setdefault(place, {}).setdefault(name, file)

    def cover(self, path: str) -> bool:
        """Whether a URL path belongs to a static folder or is one, even if the file does not exist.

        :param path: a path below the app's root.
        """
        within = f"{path}x" if path.endswith("/") else path
        if any(folder.address.fullmatch(within) for folder in self.found):
            return True
        place, _, name = path.partition("*")[0].rpartition("/")
        files = self.listed_before.get(unquote(place), {})
        return bool(files) if not name or "*" in path else unquote(name) in files

    def cover_exclusively(self, path: str) -> bool:
        """Whether only a static folder answers at a URL path: the folder has a prefix of its own.
        Middleware that has listed its files leaves all others to the app.

        :param path: a path below the app's root.
        """
        return any(
            folder.address.fullmatch(path) and not folder.address.fullmatch("/x")
            for folder in self.found
        )

    def listed(self, path: str) -> list[str]:
        """Return the URL paths of the files that a script may load from a folder.

        :param path: a path below the app's root. If it ends with a slash, it is the prefix of an
            import map, and leads to the scripts in that folder and below. Else some of its parts
            hold a ``*``.
        """
        place, _, name = path.rpartition("/")
        if name:
            place = path.partition("*")[0].rpartition("/")[0]
        names = [unquote(part) for part in path[len(place) + 1 :].split("/")]
        if before := [*islice(self._listed_below(place, names), _MOST_LISTED)]:
            return before
        for folder in self.found:
            match = folder.address.fullmatch(f"{place}/x")
            joined = match and safe_join(str(folder.path), unquote(match[1][:-1]))
            with suppress(OSError):
                if not joined or not Path(joined).is_dir():
                    continue
                files = _walked(joined, names) if name else Path(joined).rglob("*")
                found = (
                    f"{place}/{quote(file.relative_to(joined).as_posix(), _PLAIN)}"
                    for file in islice(files, _MOST_SEEN)
                    if (_is_wanted(file, names) if name else file.suffix in _MODULES)
                )
                return [*islice(found, _MOST_LISTED)]
        return []

    def file(self, path: str) -> Path | None:
        """Return the file of a URL path, or ``None`` if there is none or it lies outside its
        folder.

        :param path: a path below the app's root, as in the URL.
        """
        for place in self._places(path):
            with suppress(OSError):  # the name may be too long, or the folder unreadable
                if (file := Path(place)).is_file():
                    return file
        return None

    def _places(self, path: str) -> Iterator[str]:
        """Yield the places on disk to which a URL path may lead. Middleware answers first."""
        place, _, name = path.rpartition("/")
        if listed := self.listed_before.get(unquote(place), {}).get(unquote(name)):
            yield listed
        for folder in self.found:
            match = folder.address.fullmatch(path)
            joined = match and safe_join(str(folder.path), unquote(match[1]))
            if joined:
                yield joined

    def _listed_below(self, place: str, names: list[str]) -> Iterator[str]:
        """Yield the URL paths of files that middleware has listed below a folder.

        :param names: see :func:`_is_wanted`; an empty one at the end stands for all scripts.
        """
        below = f"{unquote(place)}/"
        for folder, files in self.listed_before.items():
            parts = f"{folder}/"[len(below) :].split("/")[:-1]
            for name in files if f"{folder}/".startswith(below) else ():
                if names[-1]:
                    found = [*parts, name]
                    wanted = len(found) == len(names) and all(map(_fits, found, names))
                else:
                    wanted = Path(name).suffix in _MODULES
                if wanted:
                    yield f"{place}/{quote('/'.join([*parts, name]), _PLAIN)}"


def _walked(folder: str, names: list[str]) -> Iterator[Path]:
    """Yield the entries of the folders to which all names but the last lead, without listing a
    folder as a whole first. For each entry on the way there, its folder is yielded, so that the
    caller, which stops after so many, counts these entries, too.
    """
    with suppress(OSError), os.scandir(folder) as entries:  # some folders may be unreadable
        for entry in entries:
            yield Path(folder if len(names) > 1 else entry.path)
            if len(names) > 1 and _fits(entry.name, names[0]) and Path(entry.path).is_dir():
                yield from _walked(entry.path, names[1:])


def _is_wanted(file: Path, names: list[str]) -> bool:
    """Whether names, in which a ``*`` stands for any characters, lead to a file."""
    return _fits(file.name, names[-1]) and file.is_file()


def _fits(name: str, pattern: str) -> bool:
    """Whether a name begins and ends like a pattern with a ``*``; whether it equals one without. As
    in shells, a ``*`` at the beginning matches no hidden file.
    """
    begins, ends = pattern.partition("*")[0], pattern.rpartition("*")[2]
    if "*" not in pattern or (name.startswith(".") and not begins):
        return name == pattern
    return name.startswith(begins) and name.endswith(ends) and len(name) >= len(pattern)


def static_folder(app: Flask, endpoint: str) -> str | None:
    """Return the folder from which Flask serves files at an endpoint. Other views may have the same
    name (Flask-DebugToolbar's), and a folder that only they know.
    """
    name, _, view = endpoint.rpartition(".")
    owner = app.blueprints.get(name) if name else app
    return owner.static_folder if view == "static" and owner is not None else None


def _of_rules(app: Flask) -> Iterator[Folder]:
    for rule in app.url_map.iter_rules():
        folder = static_folder(app, str(rule.endpoint))
        if folder and rule.rule.endswith("<path:filename>"):
            prefix = _VARIABLE.sub("\0", rule.rule.removesuffix("<path:filename>"))
            pattern = "[^/]+".join(map(re.escape, prefix.split("\0")))
            yield Folder(re.compile(f"{pattern}(.+)"), Path(folder))


def _of_middleware(app: Flask) -> Iterator[Folder]:
    for wrapped in _middleware(app):
        for root, prefix in getattr(wrapped, "directories", None) or ():  # WhiteNoise's
            yield _folder_at(str(prefix), str(root))
        for prefix, loader in getattr(wrapped, "exports", None) or ():  # SharedDataMiddleware's
            for cell in getattr(loader, "__closure__", None) or ():
                if isinstance(cell.cell_contents, str) and Path(cell.cell_contents).is_dir():
                    yield _folder_at(str(prefix), cell.cell_contents)


def _listed_by_middleware(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Yield the folder and the name in the URL path, and the place, of each file that WhiteNoise
    has listed, which it does unless it looks for files at each request.
    """
    for wrapped in _middleware(app):
        files = getattr(wrapped, "files", None)
        for url, listed in files.items() if isinstance(files, dict) else ():
            folder, _, name = str(url).rpartition("/")
            for _, path, _ in getattr(listed, "alternatives", ()):  # also the compressed ones
                if Path(path).name == name:
                    yield folder, name, str(path)


def _middleware(app: Flask) -> Iterator[Any]:
    """Yield the middleware around an app, the outermost first."""
    wrapped: Any = app.wsgi_app
    for _ in range(_DEPTH):
        yield wrapped
        wrapped = next(
            (inner for name in _WRAPPED if (inner := getattr(wrapped, name, None)) is not None),
            None,
        )


def _folder_at(prefix: str, folder: str) -> Folder:
    return Folder(
        re.compile(f"/?{re.escape(prefix.strip('/'))}{'/' if prefix.strip('/') else ''}(.+)"),
        Path(folder),
    )
