"""The lowest versions that the project allows, on which the recorder's tests are run, too."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment
from packaging.version import Version

from flask_replay.trace.overlays import overlay_of

from . import lowest


def test_each_dependency_has_one_lowest_version() -> None:
    """What is read of ``pyproject.toml`` is what pip is held to."""
    constraints = dict(constraint.split("==") for constraint in lowest.lowest())
    assert {"flask", "jinja2", "markupsafe", "werkzeug", "sqlalchemy", "cryptography"} <= constraints.keys()
    assert Version(constraints["flask"]) >= Version("3.0")


def test_overlay_of_an_asynchronous_environment_is_one() -> None:
    """Jinja before 3.1.5 makes overlays that are not, and that end lines in their own way."""

    class Forgetful(Environment):
        def overlay(self, *arguments: Any, **options: Any) -> Any:
            made = Environment.overlay(self, *arguments, **options)
            made.is_async, made.keep_trailing_newline, made.newline_sequence = False, False, "\n"
            return made

    overlay = overlay_of(Forgetful(enable_async=True, keep_trailing_newline=True, newline_sequence="\r\n"))
    assert (overlay.is_async, overlay.keep_trailing_newline, overlay.newline_sequence) == (True, True, "\r\n")
