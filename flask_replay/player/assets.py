"""The player's templates and static files: inside an installed package, or at the top of a
checkout.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import current_app

from ..errors import ConfigError
from ..web import responses
from .guard import refuse

_PACKAGE = Path(__file__).resolve().parent.parent
_IMPORT = re.compile(r"""from "\./([\w.]+)";""")
YEAR = 365 * 24 * 3600
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""Types of files, because ``mimetypes`` differs between systems."""


def folder(name: str) -> Path:
    """Return the path of ``templates`` or ``static``.

    :raises ConfigError: the package was installed without it.
    """
    for path in (_PACKAGE / name, _PACKAGE.parent / name):
        if (path / "replay").is_dir() or (path / "player.js").is_file():
            return path
    raise ConfigError(f"Flask-Replay was installed without its {name}; install it again")


class Static:
    """The player's scripts and styles. Their addresses contain a digest of all of them.

    So a browser may cache them forever, and modules, which import each other by relative addresses,
    always have the same version.
    """

    @cached_property
    def _files(self) -> dict[str, bytes]:
        return {
            path.name: path.read_bytes()
            for path in sorted(folder("static").iterdir())
            if path.is_file()
        }

    @cached_property
    def version(self) -> str:
        """Return a digest of all files."""
        found = hashlib.sha256()
        for name, content in self._files.items():
            found.update(b"%s %d " % (name.encode(), len(content)))
            found.update(content)
        return found.hexdigest()[:16]

    def modules(self, name: str) -> list[str]:
        """Return a script and all scripts that it imports, so that a browser can load them at the
        same time.
        """
        found = {name: None}
        for known in (waiting := [name]):
            imported = _IMPORT.findall(self._files[known].decode())
            waiting += [other for other in imported if other not in found]
            found |= dict.fromkeys(imported)
        return list(found)

    def defaults(self, endpoint: str, values: dict[str, Any]) -> None:
        """Add the version to the addresses of files."""
        if current_app.url_map.is_endpoint_expecting(endpoint, "version"):
            values.setdefault("version", self.version)

    def static(self, version: str, filename: str) -> responses.PlayerResponse:
        """Return a file. If the address has another version, the response is not cached."""
        if filename not in self._files:
            refuse()
        response = responses.compressed(self._files[filename], _KINDS[Path(filename).suffix])
        response.remembered = YEAR if version == self.version else 0
        return response
