"""The lowest versions that the project allows, with which the recorder's tests run, too."""

from __future__ import annotations

from packaging.version import Version

from . import lowest


def test_each_dependency_has_one_lowest_version() -> None:
    """What is read from ``pyproject.toml`` is what pip gets as a constraint."""
    constraints = dict(constraint.split("==") for constraint in lowest.lowest())
    assert {
        "flask",
        "jinja2",
        "markupsafe",
        "werkzeug",
        "sqlalchemy",
        "cryptography",
    } <= constraints.keys()
    assert Version(constraints["flask"]) >= Version("3.0")
