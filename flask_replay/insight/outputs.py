"""Where the code of a template writes its output: each piece is sent through the frame, with its
line in the source.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, cast

from ..engine.modules import VARIABLE

_BUFFER = "t_"
"""Begins the names that generated code gives to lists of output
(``CodeGenerator.temporary_identifier``).
"""

_FRAME = "_h"
"""What instrumented code calls its frame."""


def outlets(source: tuple[str, str], text: str) -> Callable[[ast.Module], None]:
    """Return what makes an instrumented module send each piece of output through its frame.

    ``yield escape(x)`` becomes ``yield _h.piece(_h.begin(), escape(x), source, line, "x")``, and
    text of the template's own ``yield _h.literal(("…", source, line))``; so do the pieces that
    macros and set blocks gather in lists.

    :param source: name and key of the template, which go along.
    :param text: its source: the code says of no literal where it begins.
    """
    literals = _Literals(text)

    def rewrite(module: ast.Module) -> None:
        for statement in module.body:
            if isinstance(statement, ast.FunctionDef):
                literals.begin(statement.name)
                _Outlets(source, _Lines(module, statement.lineno), literals).visit(statement)

    return rewrite


class _Lines:
    """Knows which line of the template a line of the generated Python is of
    (``Template.get_corresponding_lineno``).
    """

    def __init__(self, module: ast.Module, since: int) -> None:
        pairs: list[tuple[int, int]] = []
        for statement in module.body:
            if (
                isinstance(statement, ast.Assign)
                and getattr(statement.targets[0], "id", "") == "debug_info"
            ):
                said = str(getattr(statement.value, "value", "") or "")
                pairs = [
                    (int(code), int(line))
                    for line, _, code in (one.partition("=") for one in said.split("&") if one)
                ]
        pairs = [(code, line) for code, line in pairs if code >= since]
        self.codes = [code for code, _ in pairs]
        self.lines = [line for _, line in pairs]

    def __call__(self, code: int) -> int:
        """Return the line, 0 before the first of the function that is known."""
        place = bisect_right(self.codes, code)
        return self.lines[place - 1] if place else 0


class _Literals:
    """Finds where texts of the template's own stand in its source: in the order of the code."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        self.position = 0

    def begin(self, function: str) -> None:
        """Go to where a function begins: the root, or a block."""
        kind, _, name = function.partition("_")
        found = re.search(rf"\bblock\s+{re.escape(name)}\b", self.text) if kind == "block" else None
        self.position = found.end() if found else 0

    def line(self, literal: str, least: int) -> int:
        """Return the line that a text begins in.

        :param least: the line of what comes before it in the code, 0 if that is not known.
        """
        known = self.starts[min(least, len(self.starts)) - 1] if least else 0
        found = self.text.find(literal, max(self.position, known))
        if found < 0:
            return max(1, least)
        self.position = found + len(literal)
        return bisect_right(self.starts, found)


class _Outlets(ast.NodeTransformer):
    def __init__(self, source: tuple[str, str], lines: _Lines, literals: _Literals) -> None:
        self.source = source
        self.lines = lines
        self.literals = literals

    def visit_Yield(self, node: ast.Yield) -> ast.Yield:
        if node.value is not None:
            node.value = self._sent(node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute) and getattr(function.value, "id", "").startswith(
            _BUFFER
        ):
            if function.attr == "append":
                node.args = [self._sent(argument) for argument in node.args]
            elif (
                function.attr == "extend"
                and node.args
                and isinstance(node.args[0], ast.Tuple | ast.List)
            ):
                node.args[0].elts = [self._sent(element) for element in node.args[0].elts]
        return node

    def _sent(self, value: ast.expr) -> ast.expr:
        """Return the same value sent through the frame, unless it is what another template or block
        has sent.
        """
        if isinstance(value, ast.Name):
            return value
        least = self.lines(value.lineno)
        if isinstance(value, ast.Constant):
            if not isinstance(value.value, str):
                return value
            told: Any = (value.value, self.source, self.literals.line(value.value, least))
            return self._call("literal", value, ast.Constant(told))
        name = _variable(value)
        begun, text = self._call("begin", value), self.generic_visit(value)
        return self._call(
            "piece",
            value,
            begun,
            text,
            *map(ast.Constant, cast("Any", (self.source, max(1, least), name))),
        )

    @staticmethod
    def _call(helper: str, node: ast.expr, *arguments: ast.AST) -> ast.Call:
        function = ast.Attribute(ast.Name(_FRAME, ast.Load()), helper, ast.Load())
        call = ast.copy_location(ast.Call(function, list(arguments), []), node)  # type: ignore[arg-type]
        return ast.fix_missing_locations(call)


def _variable(value: ast.expr) -> str:
    """Return the name of the template's only variable in an expression, ``""`` if there are none or
    several.
    """
    found = {
        node.id
        for node in ast.walk(value)
        if isinstance(node, ast.Name) and node.id.startswith(VARIABLE)
    }
    return found.pop().split("_", 2)[2] if len(found) == 1 else ""
