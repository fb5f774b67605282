"""Rewrite functions: the root of a template, its blocks, and functions nested in these."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import Any

from ..ignoring import around, is_ignored, is_lookup
from .calls import CallRewriter, attribute_of
from .operators import name_of

PROVIDED = frozenset(
    {
        "escape", "str", "Markup", "markup_join", "str_join", "Macro", "LoopContext",
        "AsyncLoopContext", "auto_await", "auto_aiter", "TemplateReference",
    }
)  # fmt: skip
"""Names of Jinja's runtime that our runtime provides instead."""


_SUPER = re.compile(r"l_[0-9]+_super")


class FunctionRewriter(CallRewriter):
    """Rewrites one root or block function, and the functions nested in it.

    :ivar only_ignored: names that only ignored parts use.
    :ivar nesting: functions around the current statement.
    """

    def __init__(
        self, *, asks_again: bool, formats_in_turn: bool, sensitive: Callable[[str], bool]
    ) -> None:
        super().__init__(
            asks_again=asks_again, formats_in_turn=formats_in_turn, sensitive=sensitive
        )
        self.only_ignored: frozenset[str] = frozenset()
        self.nesting = 0

    def rewrite(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> ast.FunctionDef | ast.AsyncFunctionDef:
        """Return the function with its operations replaced by calls of the runtime."""
        function.body = self._statements(function.body)
        taken = [("_h", "context", "runtime"), ("environment", "_h", "environment")]
        taken += [
            (name, "_h", "text_of" if name == "str" else name.removeprefix("_h_"))
            for name in sorted(self.used)
        ]
        function.body[:0] = [
            ast.Assign(
                [ast.Name(name, ast.Store())], ast.Attribute(name_of(owner), attribute, ast.Load())
            )
            for name, owner, attribute in taken
        ]
        return function

    # Names and functions

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in PROVIDED and isinstance(node.ctx, ast.Load):
            self.used.add(node.id)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return node  # Jinja's own messages

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if [argument.arg for argument in node.args.args] == ["fiter"]:
            self.filters.add(node.name)
        self.nesting += 1
        node.body = [
            *self._naming(argument.arg for argument in node.args.args),
            *self._statements(node.body),
        ]
        self.nesting -= 1
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self.visit_FunctionDef(node)  # type: ignore[arg-type,return-value]

    # Ignored parts

    def visit_If(self, node: ast.If) -> Any:
        if not is_ignored(node):
            return super().visit_If(node)
        opened, closed = around(node, lambda helper: self._helper(helper, node))
        ends = ast.copy_location(ast.Expr(self._helper("ignore_ends", node)), node)
        run = ast.copy_location(ast.Try(self._statements(node.body), [], [], [ends]), node)
        node.test = self._helper("ignore_begins", node)
        node.body = [*opened, run, *closed]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if attribute_of(node, "context") == "resolve_or_missing":
            return self._helper("resolver", node, name_of("context"))
        inner: Any = node.value
        path = node.attr
        while isinstance(inner, ast.Attribute):  # an imported name has dots
            inner, path = inner.value, f"{inner.attr}.{path}"
        if (
            isinstance(inner, ast.Subscript)
            and attribute_of(inner.value, "environment") == "extensions"
        ):
            return self._helper("extension", node, inner.slice, ast.Constant(path))
        node.value = self.visit(node.value)
        return node

    # Templates and blocks within templates

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.expr:
        node.value = self.visit(node.value)
        # the template takes the output of a macro or a recursive loop piece by piece
        if not self.nesting:
            node.value = self._helper("through", node, node.value)
        return node

    # Slices

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        node.value = self.visit(node.value)
        if isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
            parts = (node.slice.lower, node.slice.upper, node.slice.step)
            bounds = [ast.Constant(None) if part is None else self.visit(part) for part in parts]
            return self._helper("slice", node, node.value, *bounds)
        return node

    # Containers that the template creates

    def _made(self, node: ast.expr) -> ast.expr:
        self.generic_visit(node)
        if isinstance(getattr(node, "ctx", None), ast.Store):
            return node
        return self._helper("made", node, node)

    def visit_List(self, node: ast.List) -> ast.expr:
        return self._made(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        return self._made(node)

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        return self._made(node)

    # Iteration and unpacking

    def visit_For(self, node: ast.For) -> ast.stmt:
        return self._loop(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.stmt:
        return self._loop(node)

    def _loop(self, node: ast.For | ast.AsyncFor) -> ast.stmt:
        target = node.target
        names = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
        event = isinstance(target, ast.Name) and target.id == "event"
        if event and isinstance(node, ast.For):
            node.iter = self._helper("through", node.iter, self.visit(node.iter))
        internal = event or ast.unparse(target) in {"(name, parent_block)", "name, parent_block"}
        before: list[ast.stmt] = []
        loop = set[str]()
        if not internal:
            kind = node.iter.func if isinstance(node.iter, ast.Call) else None
            if isinstance(kind, ast.Name) and kind.id in {"LoopContext", "AsyncLoopContext"}:
                assert isinstance(target, ast.Tuple)
                node.iter = self.visit(node.iter)
                target.elts[0], before = self._target(target.elts[0])
                variable = target.elts[1]
                assert isinstance(variable, ast.Name)
                loop = {variable.id} - self.loops
            else:
                visited = self.visit(node.iter)
                node.iter = (
                    visited
                    if isinstance(node, ast.AsyncFor)
                    else self._helper("iterate", node.iter, visited)
                )
                node.target, before = self._target(target)
        self.loops |= loop
        named = [] if internal else self._naming(names)
        node.body = [*before, *named, *self._statements(node.body)]
        self.loops -= loop
        node.orelse = self._statements(node.orelse)
        return node

    def _naming(self, variables: Iterable[str]) -> list[ast.stmt]:
        """Return statements that mark the values to which a loop or a macro gives sensitive names:
        ``{% for user, password in rows %}``.
        """
        return [
            ast.Expr(self._named(name_of(variable), variable.split("_", 2)[2]))
            for variable in variables
            if variable.startswith("l_") and self.sensitive(variable.split("_", 2)[2])
        ]

    def _target(self, target: ast.expr) -> tuple[ast.expr, list[ast.stmt]]:
        if not isinstance(target, ast.Tuple):
            return target, []
        name = self._temporary()
        value = self._helper("unpack", target, name_of(name), self._shape(target))
        unpacking = ast.copy_location(ast.Assign([target], value), target)
        return ast.copy_location(ast.Name(name, ast.Store()), target), [unpacking]

    def _shape(self, target: ast.expr) -> ast.expr:
        """Return the shape of a target: ``None`` for one name, else a tuple with one shape for each
        part.
        """
        if not isinstance(target, ast.Tuple):
            return ast.Constant(None)
        return ast.Tuple([self._shape(part) for part in target.elts], ast.Load())

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        target = node.targets[0]
        if (
            isinstance(target, ast.Name)
            and target.id in self.only_ignored
            and is_lookup(node.value)
        ):
            assert isinstance(node.value, ast.Call)
            node.value = self._helper("ignored_name", node, name_of("resolve"), *node.value.args)
            return node
        if isinstance(target, ast.Name) and (
            target.id.startswith("t_") or target.id.endswith("_vars")
        ):
            if isinstance(node.value, ast.List | ast.Dict) and not ast.dump(node.value).count(
                "Name"
            ):
                return node  # an output buffer of the generated code
        node.value = self.visit(node.value)
        if (
            isinstance(target, ast.Attribute)
            and target.attr == "autoescape"
            and not isinstance(node.value, ast.Constant)
        ):
            node.value = self._helper("escaping", node, node.value)
        elif isinstance(target, ast.Tuple):
            node.value = self._helper("unpack", node, node.value, self._shape(target))
        elif isinstance(target, ast.Name) and _SUPER.fullmatch(target.id):
            node.value = self._helper("block_of", node, node.value)
        elif isinstance(target, ast.Name) and not _is_called(node.value, "_h_private"):
            node.value = self._named(node.value, target.id.partition("_")[2].partition("_")[2])
        return node


def _is_called(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
