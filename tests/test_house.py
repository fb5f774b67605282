"""The structure of the code: readable modules, unique names, and no circular imports."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "flask_replay"

LONG = {
    "flask_replay/engine/recording/calls.py: python_call",
    "flask_replay/engine/recording/calls.py: call",
}
"""Closures that run for every call in a template: any further call would cost as much as their
work.
"""

TABLES = {"flask_replay/storage/sql/tables.py: __init__"}
"""Functions that are lists."""

SAME = {"S", "T", "logger"}
"""Names that mean the same everywhere."""


@cache
def modules() -> dict[Path, ast.Module]:
    """Return the package's modules as syntax trees, by their files."""
    return {path: ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}


def name_of(path: Path) -> str:
    """Return the dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def public(tree: ast.Module) -> Iterator[str]:
    """Yield the public classes and constants that a module defines."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_no_two_things_have_one_name() -> None:
    """Among the classes and constants that other modules may import."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path, tree in modules().items():
        for name in public(tree):
            if not name.startswith("_") and name not in SAME:
                places[name].append(name_of(path))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_module_is_longer_than_400_lines() -> None:
    """So that its subject is clear."""
    assert [str(path) for path in modules() if len(path.read_text().splitlines()) > 400] == []


def test_functions_fit_a_screen() -> None:
    """Except for tables, and for code that would be slower in pieces."""
    found = {
        f"{path.relative_to(ROOT)}: {node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno >= 60
    }
    assert found <= LONG | TABLES


def test_no_modules_import_each_other() -> None:
    """Except for types."""
    names = {name_of(path): path for path in modules()}
    imports = {name_of(path): set(imported(path, tree, names)) for path, tree in modules().items()}
    TopologicalSorter(imports).prepare()  # it names a cycle


def imported(path: Path, tree: ast.Module, names: dict[str, Path]) -> Iterator[str]:
    """Yield the modules that a module imports when it is loaded."""
    here = name_of(path).split(".") if path.name == "__init__.py" else name_of(path).split(".")[:-1]
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = ".".join(
                [
                    *here[: len(here) - node.level + 1],
                    *(node.module.split(".") if node.module else []),
                ]
            )
            yield from (
                f"{base}.{alias.name}" if f"{base}.{alias.name}" in names else base
                for alias in node.names
            )
