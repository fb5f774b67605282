"""The import map of a page whose scripts run. It leads to kept modules from addresses that are
known only when a script runs: behind a prefix, or put together by the script.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

from ..markup.tags import tags
from .recorded_files import SCRIPTS, kind_of

_MOST_FOLLOWED, _MOST_BEHIND = 100, 2_000
"""Prefixes and scopes of an import map that are followed, and modules that are found behind all
prefixes. All modules may be behind each prefix.
"""
_MOST_ADDED = 800_000
"""Characters that are added for prefixes, and for scopes. Names may be long, and each module within
a scope gets all names of that.
"""


def with_modules(
    text: str, files: Mapping[str, str], path_of: Callable[[str], str | None]
) -> tuple[str, str]:
    """Return a page whose first import map also leads to the kept modules; or, if it has none, the
    page as it is, and an import map to put before it.

    :param files: the viewer's addresses of files, by path and query.
    :param path_of: returns path and query of an address in the page, ``None`` for other hosts.
    """
    modules = {path: address for path, address in files.items() if _is_module(path)}
    if not modules or not ("import" in text or "module" in text):
        return text, ""
    for tag in tags(text, "script"):
        if (tag.get("type") or "").strip().lower() == "importmap":
            joined = _joined(text[tag.close : tag.end], modules, path_of)
            return f"{text[: tag.close]}{joined}{text[tag.end :]}", ""
    return text, f'<script type="importmap">{_written({"imports": modules})}</script>'


def _is_module(path: str) -> bool:
    return kind_of(path.partition("?")[0]) in SCRIPTS


def _joined(written: str, modules: Mapping[str, str], path_of: Callable[[str], str | None]) -> str:
    """Return the import map of a page with the kept modules."""
    with suppress(ValueError, RecursionError):
        found: Any = json.loads(written)
        imports = found.get("imports", {}) if isinstance(found, dict) else None
        if isinstance(imports, dict):
            behind = dict(islice(_behind_prefixes(imports, modules, path_of), _MOST_BEHIND))
            joined = {**found, "imports": {**modules, **behind, **imports}}
            scopes = found.get("scopes")
            if isinstance(scopes, dict):
                joined["scopes"] = {**scopes, **_in_scopes(scopes, modules, path_of)}
            return _written(joined)
    return written  # browsers ignore it


def _behind_prefixes(
    imports: Mapping[str, Any], modules: Mapping[str, str], path_of: Callable[[str], str | None]
) -> Iterator[tuple[str, str]]:
    left = _MOST_ADDED
    prefixes = ((name, to) for name, to in imports.items() if name.endswith("/"))
    for name, address in islice(prefixes, _MOST_FOLLOWED):
        folder = (path_of(address) if isinstance(address, str) else None) or ""
        for path, shown in modules.items():
            if folder.endswith("/") and path.startswith(folder):
                left -= len(name) + len(path) + len(shown)
                if left < 0:
                    return
                yield f"{name}{path[len(folder) :]}", shown


def _in_scopes(
    scopes: Mapping[str, Any], modules: Mapping[str, str], path_of: Callable[[str], str | None]
) -> dict[str, dict[str, Any]]:
    """Return a scope for each kept module that lies in scopes, because it has another address for
    the viewer. Of two names, the one in the longer scope counts (HTML, section 8.1.6.2).
    """
    found: dict[str, dict[str, Any]] = {}
    left = _MOST_ADDED
    places = (
        (path_of(scope) or "", names) for scope, names in islice(scopes.items(), _MOST_FOLLOWED)
    )
    for place, names in sorted(places, key=lambda one: one[0]):
        size = len(json.dumps(names))
        for path, shown in modules.items() if isinstance(names, dict) else ():
            if path == place or (place.endswith("/") and path.startswith(place)):
                left -= size
                if left >= 0:
                    found.setdefault(shown, {}).update(names)
    return found


def _written(map: Mapping[str, Any]) -> str:
    return json.dumps(map).replace("<", "\\u003c")
