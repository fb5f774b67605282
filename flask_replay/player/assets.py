"""Find the player's templates and static files: packed into an installed package, else at the top of the checkout."""

from __future__ import annotations

from pathlib import Path

from ..errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """Give the path of ``templates`` or ``static``.

    :raises ConfigError: the package was installed without it.
    """
    for path in (_PACKAGE / name, _PACKAGE.parent / name):
        if (path / "replay").is_dir() or (path / "player.js").is_file():
            return path
    raise ConfigError(f"Flask-Replay was installed without its {name}; install it again")
