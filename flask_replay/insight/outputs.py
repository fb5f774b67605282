"""Instrument the output of a template: each piece is passed through the frame, with its line in the
source.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, cast

from ..engine.modules import VARIABLE

_BUFFER = "t_"
"""Prefix of the names of output lists in generated code
(``CodeGenerator.temporary_identifier``).
"""

_FRAME = "_h"
"""The variable that holds the frame in instrumented code."""


def outlets(source: tuple[str, str], text: str) -> Callable[[ast.Module], None]:
    """Return a function that makes an instrumented module pass each piece of output through its
    frame.

    ``yield escape(x)`` becomes ``yield _h.piece(_h.begin(), escape(x), source, line, "x")``, and
    the template's own text becomes ``yield _h.literal(("…", source, line))``. The same applies to
    pieces that macros and set blocks collect in lists.

    :param source: name and key of the template, passed along.
    :param text: the template's source, because the generated code has no lines of literals.
    """
    literals = _Literals(text)

    def rewrite(module: ast.Module) -> None:
        for statement in module.body:
            if isinstance(statement, ast.FunctionDef):
                literals.begin(statement.name)
                _Outlets(source, _Lines(module, statement.lineno), literals).visit(statement)

    return rewrite


class _Lines:
    """Maps lines of the generated Python to lines of the template
    (``Template.get_corresponding_lineno``).
    """

    def __init__(self, module: ast.Module, since: int) -> None:
        pairs: list[tuple[int, int]] = []
        for statement in module.body:
            if (
                isinstance(statement, ast.Assign)
                and getattr(statement.targets[0], "id", "") == "debug_info"
            ):
                encoded = str(getattr(statement.value, "value", "") or "")
                pairs = [
                    (int(code), int(line))
                    for line, _, code in (one.partition("=") for one in encoded.split("&") if one)
                ]
        pairs = [(code, line) for code, line in pairs if code >= since]
        self.codes = [code for code, _ in pairs]
        self.lines = [line for _, line in pairs]

    def __call__(self, code: int) -> int:
        """Return the line of the template, 0 before the first known line of the function."""
        place = bisect_right(self.codes, code)
        return self.lines[place - 1] if place else 0


class _Literals:
    """Finds the template's own texts in its source, in the order of the code."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        self.position = 0

    def begin(self, function: str) -> None:
        """Go to the beginning of a function: the root, or a block."""
        kind, _, name = function.partition("_")
        found = re.search(rf"\bblock\s+{re.escape(name)}\b", self.text) if kind == "block" else None
        self.position = found.end() if found else 0

    def line(self, literal: str, least: int) -> int:
        """Return the line on which a text begins.

        :param least: the line of the code before it, 0 if unknown.
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
        """Return the value passed through the frame, unless another template or block has passed it
        already.
        """
        if isinstance(value, ast.Name):
            return value
        least = self.lines(value.lineno)
        if isinstance(value, ast.Constant):
            if not isinstance(value.value, str):
                return value
            literal: Any = (value.value, self.source, self.literals.line(value.value, least))
            return self._call("literal", value, ast.Constant(literal))
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
    """Return the name of the only template variable in an expression, ``""`` if there are none or
    several.
    """
    found = {
        node.id
        for node in ast.walk(value)
        if isinstance(node, ast.Name) and node.id.startswith(VARIABLE)
    }
    return found.pop().split("_", 2)[2] if len(found) == 1 else ""
