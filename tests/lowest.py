"""Print the lowest versions of dependencies that pyproject.toml allows, as constraints for pip."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def lowest() -> list[str]:
    """Return a constraint for each dependency at run time, and for each that encryption has.

    :raises ValueError: a requirement has no lower bound, or several.
    """
    project = tomllib.loads(PROJECT.read_text())["project"]
    written = [*project["dependencies"], *project["optional-dependencies"]["encryption"]]
    return [_lowest(Requirement(requirement)) for requirement in written]


def _lowest(requirement: Requirement) -> str:
    bounds = [
        bound.version for bound in requirement.specifier if bound.operator in {">=", "==", "~="}
    ]
    if len(bounds) != 1:
        raise ValueError(f"{requirement} must have one lower bound")
    return f"{requirement.name}=={bounds[0]}"


if __name__ == "__main__":
    print("\n".join(lowest()))
