"""Render the player's own pages in a separate Jinja environment, because an app may configure its
own in any way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import current_app, url_for
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from ..recording.summary import Summary
from ..settings import Settings
from ..web import responses
from . import assets, coloring
from .charts import device


class Pages:
    """The templates under ``templates/replay``, or the app's templates that replace them.

    A template of the app may extend the one that it replaces: ``{% extends "replay/list.html" %}``.

    :param settings: returns the settings of the current app.
    :param modules: returns a script of the player, and the scripts that it imports.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        modules: Callable[[str], list[str]] = lambda name: [name],
    ) -> None:
        self._settings = settings
        self._modules = modules
        self._environments: dict[tuple[str, str, str], Environment] = {}

    @property
    def environment(self) -> Environment:
        """Return the Jinja environment for the current app."""
        settings = self._settings()
        folder = (
            ""
            if settings.templates is None
            else str(Path(current_app.root_path) / settings.templates)
        )
        key = folder, settings.name, settings.color or ""
        if key not in self._environments:
            self._environments[key] = self._made(*key)
        return self._environments[key]

    def _made(self, folder: str, name: str, color: str) -> Environment:
        own = FileSystemLoader(assets.folder("templates") / "replay")
        loaders = [FileSystemLoader(folder)] if folder else []
        environment = Environment(
            loader=ChoiceLoader([*loaders, own, PrefixLoader({"replay": own})]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        style = coloring.style(color) if color else ""
        environment.globals |= {
            "offline": False,
            "modules": self._modules,
            "name": name,
            "color": color,
            "own_style": style,
        }
        environment.filters |= {
            "elapsed": elapsed,
            "moment": moment,
            "sentence": sentence,
            "title": title,
            "device": device,
            "bytes": size,
        }
        return environment

    def answer(self, name: str, status: int = 200, **variables: Any) -> responses.PlayerResponse:
        """Return the response with a rendered page."""
        text = self.environment.get_template(name).render(url_for=url_for, **variables)
        return responses.html(text, status)

    def refusal(self, reason: str, back: str = "") -> responses.PlayerResponse:
        """Return the page that says why a request is refused.

        :param back: the address where the user can try again.
        """
        return self.answer("refused.html", 400, reason=sentence(reason), back=back)


def title(summary: Summary) -> str:
    """Return the title of a recording: its visitor's name, or the end of its id."""
    return summary.name or f"Visitor {summary.id[-5:]}"


def sentence(text: str) -> str:
    """Return a message with a capital letter at the beginning."""
    return text[:1].upper() + text[1:]


def elapsed(milliseconds: int) -> str:
    """Return a duration as text: ``3:07``, ``1:02:09``."""
    seconds = max(0, milliseconds) // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def moment(seconds: float) -> str:
    """Return a time in UTC as text, which the page's script converts to the user's time zone."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return "at no known time"  # a damaged summary may hold any number


def size(count: int) -> str:
    """Return a number of bytes as text: ``812 B``, ``14 kB``, ``2.3 MB``."""
    for unit, whole in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= whole:
            return f"{count / whole:.{1 if count < 10 * whole else 0}f} {unit}"
    return f"{count} B"
