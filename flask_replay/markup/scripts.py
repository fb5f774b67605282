"""The modules that a script imports. They are found by the tokens of ECMAScript, so comments and
other strings are ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from typing import Any

_STRING = r""""(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'"""
_BLANK = r"(?:\s|/\*.*?\*/|//[^\n]*+\n)*+"
_TOKEN = re.compile(
    rf"//[^\n]*+|/\*.*?(?:\*/|\Z)"
    rf"|(?<![\w$.])(?:from|import{_BLANK}\(|import){_BLANK}(?P<written>{_STRING})"
    rf"|(?<![\w$.])(?P<own>import\.meta\.url)(?![\w$])"
    rf"|{_STRING}|`(?:[^`\\]|\\.)*+`?",
    re.DOTALL,
)
_EXPRESSION = re.compile(r"\$\{[^{}`]*+\}")
"""An expression in a template literal, without another literal or a function."""

_ENDING = (
    r"\.(?:avif|bin|bmp|css|csv|geojson|gif|glb|gltf|gpx|html?|ico|jpe?g|json|kml|m?js|md|mp[34]"
    r"|ogg|otf|pdf|png|svg|topojson|tsv|ttf|txt|vtt|wasm|wav|webm|webp|woff2?|xml)"
)
_FILE = rf"[\w./%~@+-]+{_ENDING}"
_NAMED = re.compile(
    rf"""["'`=](/{_FILE})["'`?#\s>]"""
    r"""|new URL\(\s*["'`]([^"'`\\]+)["'`],\s*import\.meta\.url"""
    r"""|\.p\s*\+\s*["'`]([\w./%~@+-]+)["'`]"""
)
"""The address of a file in a script: a path, or as bundlers write it, relative to the script or to
their root.
"""

_PART = r"[\w./%~@+-]*+"
_SUPPLIED = re.compile(
    r"""\$\{[^{}`]{1,100}+\}|\{{1,2}+\w{1,30}+\}{1,2}+|["']\s*+\+\s*+[\w.$]{1,60}+\s*+\+\s*+["']"""
)
"""What a script supplies in an address: an expression, or a name in braces that a library for maps
or translations replaces.
"""
_COMPOSED = re.compile(
    rf"""(?<=["'`])((?:/|(?:\.{{1,2}}/)++|\w[\w.-]*/){_PART}(?:(?:{_SUPPLIED.pattern}){_PART}){{1,8}}+)["'`?#]"""
)
"""An address of which a script supplies parts."""
_RELATIVE_NAMED = re.compile(rf"""(?<!\+)(?<!\+ )["'`]((?:\.{{1,2}}|\w[\w.-]*)/{_FILE})["'`?#]""")
"""The address of a file in another folder, relative to the page."""
_ENDS = re.compile(rf"{_ENDING}\Z")

ANY = "*"
"""Stands in an address for what a script supplies."""

_BUNDLED = re.compile(rf"""["'`](?:\.{{1,2}}/)*+(\w[\w.-]*/{_FILE})["'`]""")
"""The path of a file as bundlers list it, relative to a folder that holds the script's, or as a
page in any folder loads it.
"""
_UP = re.compile(r"(?:\.{1,2}/)*+")
_ADDED = re.compile(rf"""(?:\+\s*+["'`]|\}})/?+((?!\.\w){_FILE})["'`]""")
"""The path of a file that a script adds to the address of a folder."""
_FOLDER = re.compile(r"""["'`](/[\w./%~@+-]++(?<=/))["'`](?!\s*\+)""")
"""A folder whose address a script keeps to add names to it."""
_CHUNKS = re.compile(
    r"""(?<=[\w$])\.(?:u|miniCssF)\s*+=\s*+(?:\(?\w+\)?\s*+=>|function\s*+\(\w+\)\s*+\{\s*+return)\s*+\(?"""
    r"""(?:["']([\w./-]*+)["']\s*+\+)?"""
)
"""Where webpack says what the parts of a bundle are called, and the beginning of their names."""
_CHUNKS_END = re.compile(r"""\+\s*+["'](\.[\w.-]{0,60}?(?:m?js|css))["']""")
_LONGEST_CHUNKS = 50_000
"""Characters between the two, because each part may have a name of its own and a digest."""
_MOST_CHUNKS = 4
_MOST_BUNDLED = 200
_MOST_FOLDERS = 8
"""Folders above a script in which such files are looked for. A visitor may request a longer path.
"""

_CLASSIC = frozenset({"", "text/javascript", "application/javascript"})
_LOADS = re.compile(r"(?<![\w$.])import\s*\(")
"""A script that is not a module may import, too."""

SCRIPT_TYPES = _CLASSIC | {"module", "importmap"}
"""The types of scripts that may load files, or run."""

_RELATIVE = re.compile(r"\.{0,2}/(?!/)")

_SELF = r"(?:window\.|globalThis\.)?(?:self|window|globalThis)(?![\w$.])"
_AROUND = re.compile(
    r"(?<![\w$.#@\"'`-])(?<!new )(?:"
    r"(?P<owner>(?:(?:window|self|globalThis)\.)?(?:document|top|parent)(?=\??\.location(?![\w$]))"
    r"|(?:window|self|globalThis)(?=\??\.(?:location|top)(?![\w$]))"
    r"|(?:(?<=\}=)|(?<=\} = ))(?:window|self|globalThis)(?=[ \t]*[;,)\n]))"
    r"|(?:(?<=[(,])|(?<=, ))location(?=\s*\)(?!\s*[={/]))"  # not a parameter of a function
    r"|(?:(?<==)|(?<== )|(?<=return ))location(?=[ \t]*[;,)}\n])|(?<=\$\{)location(?=\})"
    rf"|(?P<before>{_SELF}\s*[!=]==?\s*)top(?![\w$.])"
    rf"|top(?=\s*[!=]==?\s*{_SELF})"
    r"|location(?=\??\.(?:pathname|href|search|assign|replace|reload)(?![\w$])))"
)
"""An expression for the location of a page whose address is read or changed, for the page around
it, or for an object that has one of these.
"""


def rewrite_imports(text: str, replace: Callable[[str], str | None], own: str = "") -> str:
    """Return a script that imports from other addresses (ECMAScript, section 16.2.2). Takes time
    linear in the text.

    :param replace: is called with each address that begins with ``/``, ``./`` or ``../``. All
        others are bare names or full URLs.
    :param own: the path of the script, to which ``import.meta.url`` still refers.
    """

    def place(token: re.Match[str]) -> str:
        if token["own"] and own:
            return f"new URL({json.dumps(own)},document.baseURI).href"
        if token[0][0] == "`":
            return _EXPRESSION.sub(lambda found: _TOKEN.sub(place, found[0]), token[0])
        written = token["written"]
        if written is None or not _RELATIVE.match(written, 1) or "\\" in written:
            return token[0]
        found = replace(written[1:-1])
        if found is None:
            return token[0]
        start = token.start("written") - token.start()
        return f"{token[0][:start]}{written[0]}{found}{written[0]}"

    return _TOKEN.sub(place, text) if "import" in text or "from" in text else text


def named_files(text: str) -> Iterator[str]:
    """Yield the addresses of files that a script may load when it runs, and perhaps a few more."""
    for path, relative, rooted in _NAMED.findall(text):
        yield path or relative or f"/{rooted.lstrip('/')}"
    yield from (path for path in _composed(text) if path[0] == "/")
    folders = dict.fromkeys(islice(_FOLDER.findall(text), _MOST_FOLDERS))
    for found in islice(_ADDED.finditer(text), _MOST_BUNDLED) if folders else ():
        yield from (f"{folder}{found[1]}" for folder in folders)


def files_beside(text: str) -> Iterator[str]:
    """Yield the relative addresses of files that a script in a page may load when it runs."""
    yield from _RELATIVE_NAMED.findall(text)
    yield from (path for path in _composed(text) if path[0] != "/")


def _composed(text: str) -> Iterator[str]:
    """Yield the addresses of files of which a script supplies parts."""
    for written in _COMPOSED.findall(text):
        composed = _SUPPLIED.sub(ANY, written)
        if _ENDS.search(composed):
            yield composed


def bundled_files(text: str, path: str) -> Iterator[str]:
    """Yield the paths at which files of a script may be: those that a bundle lists, because they
    load together with its parts, and those that the script finds beside itself.

    :param path: the path of the script.
    """
    above = accumulate(path.split("/")[:-1], "{}/{}".format)
    folders = [*above][: -_MOST_FOLDERS - 1 : -1]
    for pattern in (_BUNDLED, _ADDED):
        for found in islice(pattern.finditer(text), _MOST_BUNDLED):
            yield from (f"{folder}/{found[1]}" for folder in folders)
    names = [_UP.sub("", name, count=1) for name in _composed(text) if name[0] != "/"]
    for found in islice(_CHUNKS.finditer(text), _MOST_CHUNKS):
        end = _CHUNKS_END.search(text, found.end(), found.end() + _LONGEST_CHUNKS)
        if end is not None:
            names.append(f"{found[1] or ''}{ANY}{end[1]}")
    for name in dict.fromkeys(names[: 2 * _MOST_CHUNKS]):
        yield from (f"{folder}/{name}" for folder in folders)


def within_frame(text: str) -> str:
    """Return a script that reads the address of its page, finds no page around it, and leads
    nowhere else, although it runs in a frame of the player. Browsers let nobody replace
    ``location`` and ``top`` (HTML, section 7.2.4), so the script itself has to ask for others.

    It calls functions that the player's prelude defines. These decide by the value that they get,
    so local variables with the same names keep theirs. What the script assigns, calls or deletes
    remains a member of an object.
    """
    if "location" not in text and "top" not in text:
        return text

    def asked(found: re.Match[str]) -> str:
        before = found["before"] or ""
        function = "replay$owner" if found["owner"] else "replay$value"
        return f"{before}{function}({found[0][len(before) :]})"

    return _AROUND.sub(asked, text)


def rewrite_inline(kind: str, text: str, replace: Callable[[str], str | None]) -> str:
    """Return the text of a ``<script>`` in a page that loads other addresses: a module, an import
    map (HTML, section 8.1.6), or a script that imports when it runs.

    :param kind: the ``type`` of the element.
    """
    kind = kind.strip().lower()
    if kind == "module" or (kind in _CLASSIC and _LOADS.search(text)):
        return rewrite_imports(text, replace)
    return _mapped(text, replace) if kind == "importmap" else text


def _mapped(text: str, replace: Callable[[str], str | None]) -> str:
    """Return an import map with other addresses, and without ``integrity``, which holds the digests
    of the original files. A prefix (``"lib/": "/lib/"``) is one of the addresses.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(found, dict):
        return text
    changed: list[str] = []

    def placed(address: Any) -> Any:
        new = replace(address) if isinstance(address, str) and _RELATIVE.match(address) else None
        if new is not None:
            changed.append(new)
        return address if new is None else new

    def names(given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {placed(name): placed(address) for name, address in given.items()}

    scopes = found.get("scopes")
    made = {**found, "imports": names(found.get("imports", {}))}
    if isinstance(scopes, dict):
        made["scopes"] = {scope: names(given) for scope, given in scopes.items()}
    made.pop("integrity", None)
    return json.dumps(made).replace("<", "\\u003c") if changed else text
