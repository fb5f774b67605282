"""Rewrite truth, comparison and arithmetic in the Python that Jinja generates, see
``instrument``.
"""

from __future__ import annotations

import ast
import copy
import re
from typing import Any

from ..ignoring import is_ignored

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**",
}  # fmt: skip
_DIRECTIVE = r"%[-+ #0]*[0-9]{0,2}(?:\.[0-9]{0,2})?[sra]"
_PIECES = re.compile(rf"(?:[^%]|%%)*{_DIRECTIVE}(?:(?:[^%]|%%)*\Z)?")
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "-", ast.UAdd: "+"}


def name_of(name: str) -> ast.Name:
    """Return the expression that reads a variable."""
    return ast.Name(name, ast.Load())


def in_turn(format: ast.expr, operands: ast.expr) -> list[str]:
    """Return the pieces of a format, one for each operand, if Python formats the operands one after
    the other.

    ``"%s/%s" % (a, b)`` is compiled like ``f"{a!s}/{b!s}"``, so the text of ``a`` is made before
    ``b`` is evaluated. The rule is that of ``optimize_format`` in CPython's ``Python/ast_opt.c``,
    since 3.11.

    :returns: nothing if all operands are evaluated first, or if there is only one.
    """
    if (
        not isinstance(format, ast.Constant)
        or type(format.value) is not str
        or not isinstance(operands, ast.Tuple)
    ):
        return []
    pieces = _PIECES.findall(format.value)
    fits = "".join(pieces) == format.value and len(pieces) == len(operands.elts) > 1
    return pieces if fits and not any(isinstance(one, ast.Starred) for one in operands.elts) else []


def _elif(node: ast.If) -> ast.If | None:
    """Return the ``if`` that is the whole ``else`` of another one."""
    first = node.orelse[0] if len(node.orelse) == 1 else None
    return first if isinstance(first, ast.If) and not is_ignored(first) else None


class OperatorRewriter(ast.NodeTransformer):
    """Rewrites expressions that Python evaluates by calling methods of their operands.

    :param asks_again: as in Python since 3.12, the value of an inner ``a or b`` is tested for truth
        again, although it was tested before.
    :param formats_in_turn: formats are split, see :func:`in_turn`.
    :ivar used: helpers that the function must take from its runtime.
    """

    def __init__(self, *, asks_again: bool, formats_in_turn: bool) -> None:
        self.asks_again = asks_again
        self.formats_in_turn = formats_in_turn
        self.used: set[str] = set()
        self.temporaries = 0

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for statement in body:
            made = self.visit(statement)
            result.extend(made if isinstance(made, list) else [made])
        return result

    def _helper(self, helper: str, at: ast.AST, *arguments: ast.expr, **more: Any) -> ast.Call:
        name = f"_h_{helper}"
        self.used.add(name)
        return ast.copy_location(
            ast.Call(name_of(name), list(arguments), more.get("keywords", [])), at
        )

    def _temporary(self) -> str:
        self.temporaries += 1
        return f"_w{self.temporaries}"

    def _each(self, expressions: list[ast.expr]) -> list[ast.expr]:
        return [self.visit(expression) for expression in expressions]

    # Truth

    def _test(self, node: ast.expr) -> ast.expr:
        """Rewrite an expression of which only the truth is used, so that each operand is tested
        once.
        """
        if isinstance(node, ast.BoolOp):
            node.values = [self._test(value) for value in node.values]
            return node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self._test(node.operand)
            return node
        if isinstance(node, ast.Constant) or self._is_internal(node):
            return node
        return self._truth(node, self.visit(node))

    def _truth(self, node: ast.expr, value: ast.expr) -> ast.expr:
        """Test the truth of a value. Most values are ``True``, ``False`` or ``None``, which need no
        helper.
        """
        name = self._temporary()
        store = ast.NamedExpr(ast.Name(name, ast.Store()), value)
        known = [
            ast.Compare(left, [ast.Is()], [ast.Constant(constant)])
            for left, constant in ((store, True), (name_of(name), False), (name_of(name), None))
        ]
        tested = self._helper("truth", node, name_of(name))
        return ast.copy_location(
            ast.IfExp(ast.BoolOp(ast.Or(), list(known)), name_of(name), tested), node
        )

    @staticmethod
    def _is_internal(node: ast.expr) -> bool:
        """Whether the expression is a check of the generated code on its own state."""
        if isinstance(node, ast.Compare):
            return isinstance(node.ops[0], ast.Is | ast.IsNot)
        if isinstance(node, ast.Call):
            return getattr(node.func, "id", "") == "isinstance"
        if isinstance(node, ast.Name):
            return node.id.startswith("t_")
        return isinstance(node, ast.Attribute) and node.attr == "autoescape"

    def visit_If(self, node: ast.If) -> ast.stmt:
        branch: ast.If | None = node
        # each ``elif`` is nested in the previous one: recursion may exceed its limit
        while branch is not None:
            branch.test = self._test(branch.test)
            branch.body = self._statements(branch.body)
            following = _elif(branch)
            if following is None:
                branch.orelse = self._statements(branch.orelse)
            branch = following
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        node.test = self._test(node.test)
        node.body = self.visit(node.body)
        node.orelse = self.visit(node.orelse)
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        return self._value(node)

    def _value(self, node: ast.expr) -> ast.expr:
        """Rewrite ``a and b`` where its value is used: as in Python, each operand is tested
        once.
        """
        if not isinstance(node, ast.BoolOp):
            visited: ast.expr = self.visit(node)
            return visited
        *firsts, last = node.values
        result = self._value(last)
        for first in reversed(firsts):
            if isinstance(node.op, ast.And):
                result = self._branch(first, result, None)
            else:
                result = self._branch(first, None, result)
        return result

    def _branch(self, node: ast.expr, yes: ast.expr | None, no: ast.expr | None) -> ast.expr:
        """Return a branch on the truth of an operand. ``None`` as a choice means the operand's own
        value.

        If the operand is itself ``a or b``, each of its parts branches directly, unless Python
        tests the result again.
        """
        if isinstance(node, ast.BoolOp) and not self.asks_again:
            *firsts, last = node.values
            result = self._branch(last, yes, no)
            for first in reversed(firsts):
                if isinstance(node.op, ast.And):
                    result = self._branch(first, result, copy.deepcopy(no))
                else:
                    result = self._branch(first, copy.deepcopy(yes), result)
            return result
        name = self._temporary()
        test = self._truth(node, ast.NamedExpr(ast.Name(name, ast.Store()), self.visit(node)))
        chosen = [name_of(name) if choice is None else choice for choice in (yes, no)]
        return ast.copy_location(ast.IfExp(test, *chosen), node)

    # Operators

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        if isinstance(node.op, ast.Not):
            if isinstance(node.operand, ast.BoolOp):
                # Python tests the deciding operand once more
                node.operand = self._truth(node, self._value(node.operand))
                return node
            if isinstance(node.operand, ast.UnaryOp):
                node.operand = self.visit(node.operand)
                return node
            return self._test(node)
        if isinstance(node.operand, ast.Constant):
            return node
        return self._helper(
            "unary", node, ast.Constant(_UNARY[type(node.op)]), self.visit(node.operand)
        )

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if (
            self.formats_in_turn
            and isinstance(node.op, ast.Mod)
            and (pieces := in_turn(node.left, node.right))
        ):
            return self._joined(node, pieces, getattr(node.right, "elts", []))
        sign = ast.Constant(_BINARY[type(node.op)])
        return self._helper("binary", node, sign, self.visit(node.left), self.visit(node.right))

    def _joined(self, node: ast.BinOp, pieces: list[str], operands: list[ast.expr]) -> ast.expr:
        """Format operands one after the other, each with its piece of the format.

        The texts are added like those of a template, so that values derived from a secret stay
        marked.
        """
        texts: list[ast.expr] = []
        for piece, operand in zip(pieces, operands, strict=True):
            given = ast.copy_location(ast.Tuple([operand], ast.Load()), operand)
            texts.append(
                self._helper(
                    "binary", node, ast.Constant("%"), ast.Constant(piece), self.visit(given)
                )
            )
        result, *others = texts
        for text in others:
            result = self._helper("binary", node, ast.Constant("+"), result, text)
        return result

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        if self._is_internal(node):
            return node
        left = self.visit(node.left)
        steps: list[ast.expr] = []
        for index, (operator, operand) in enumerate(zip(node.ops, node.comparators, strict=True)):
            right = self.visit(operand)
            following: ast.expr = right
            if index + 1 < len(node.ops):
                name = self._temporary()
                right = ast.NamedExpr(ast.Name(name, ast.Store()), right)
                following = name_of(name)
            steps.append(
                self._helper(
                    "compare", node, ast.Constant(_COMPARISONS[type(operator)]), left, right
                )
            )
            left = following
        result = steps.pop()
        for step in reversed(steps):
            name = self._temporary()
            test = self._helper("truth", node, ast.NamedExpr(ast.Name(name, ast.Store()), step))
            result = ast.copy_location(ast.IfExp(test, result, name_of(name)), node)
        return result
