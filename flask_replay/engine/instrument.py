"""Rewrite the Python that Jinja generates for a template, so that it calls a runtime for every
operation.

Jinja's compiled code calls its environment and its context for names, attributes, calls and
filters. It leaves iteration, truth, comparison, arithmetic and text to Python. The rewritten code
calls helpers for all of these, which each root and block function takes from its context: ``_h =
context.runtime``. So one compiled template serves a recording, which notes the answers, and a
replay, which returns them. The generated Python is rewritten, and not the template's syntax tree,
so that an app's own code generator keeps working.
"""

from __future__ import annotations

import ast
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from jinja2 import Environment, Undefined, nodes

from .ignoring import ReplayIgnore, check_exports, only_ignored
from .modules import Root, macros_of
from .overlays import overlay_of
from .rewriting.functions import FunctionRewriter

ASKS_AGAIN = sys.version_info >= (3, 12)

_ALONE = frozenset({ast.Name, ast.Constant})
"""Nodes without child nodes that have a line."""

_MAKES_MACROS, _TESTS_NAMESPACE = "= Macro(environment, ", ", Namespace)"
"""Generated code that makes macros, or tests for a namespace, contains these texts."""


def generate(
    environment: Environment,
    tree: nodes.Template,
    name: str | None,
    filename: str | None,
    *,
    asks_again: bool = ASKS_AGAIN,
    formats_in_turn: bool = True,
    sensitive: Callable[[str], bool] = lambda name: False,
    rewrite: Callable[[ast.Module], object] | None = None,
) -> CodeType:
    """Compile a syntax tree to instrumented code.

    :param environment: the environment that shapes the code. Functions of the app must be
        ``postponed`` in it.
    :param name: name of the template, ``None`` for one made from a string.
    :param filename: the name that tracebacks show.
    :param asks_again: see ``OperatorRewriter``; by default, as this Python behaves.
    :param formats_in_turn: see ``OperatorRewriter``; older recordings replay without it.
    :param sensitive: returns whether a recording treats values under a name as secrets. A replay
        does not need this rule, so recordings can be replayed after it has changed: the trace shows
        which reads took one step, and which took two.
    :param rewrite: changes the instrumented module in place, for replays that collect more.
    """
    overlay = overlay_of(environment)
    overlay.optimized = True
    overlay.getattr = _foldable(environment.getattr)  # type: ignore[method-assign,assignment]
    overlay.getitem = _foldable(environment.getitem)  # type: ignore[method-assign,assignment]
    tree.set_environment(overlay)
    python = overlay._generate(tree, name, filename)
    with _uncollected():
        module = instrument(
            python, asks_again=asks_again, formats_in_turn=formats_in_turn, sensitive=sensitive
        )
        if rewrite is not None:
            rewrite(module)
        return compile(module, filename or "<template>", "exec")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Disable the garbage collector in a ``with`` block.

    While Python makes or reads a syntax tree, it counts its depth in one global place (CPython's
    ``Python-ast.c``). If a finalizer parses something meanwhile, as the text of a traceback does,
    the count is wrong and Python raises ``SystemError``.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _foldable(read: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Prevent the compiler from evaluating reads that a recording and a replay do differently."""

    def read_foldable(value: Any, name: Any) -> Any:
        answer = None if isinstance(name, str) and name.startswith("_") else read(value, name)
        if answer is None or isinstance(answer, Undefined):
            raise nodes.Impossible
        return answer

    return read_foldable


def instrument(
    source: str,
    *,
    asks_again: bool,
    formats_in_turn: bool,
    sensitive: Callable[[str], bool] = lambda name: False,
) -> ast.Module:
    """Rewrite the generated Python of a template, from ``Environment.compile(..., raw=True)``.

    :param source: the generated Python.
    :param asks_again: see ``OperatorRewriter``.
    :param formats_in_turn: see ``OperatorRewriter``.
    """
    module = ast.parse(source)
    # most templates have no such part, so the search is skipped
    ignores = ReplayIgnore.identifier in source
    if ignores:
        check_exports(module)
    if _MAKES_MACROS in source:
        # a second tree for the macros; copying it would take many times as long
        again = ast.parse(source).body
        roots = [node for node in again if isinstance(node, Root) and node.name == "root"]
        module.body += filter(None, map(macros_of, roots))
    for index, statement in enumerate(module.body):
        if isinstance(statement, Root):
            function = FunctionRewriter(
                asks_again=asks_again, formats_in_turn=formats_in_turn, sensitive=sensitive
            )
            if _TESTS_NAMESPACE in source:
                # Jinja's own check before a template sets an attribute
                function.used.add("Namespace")
            if ignores:
                function.only_ignored = only_ignored(statement)
            module.body[index] = function.rewrite(statement)
    _locate(module)
    return module


def _locate(module: ast.Module) -> None:
    """Set the line of the parent on new nodes.

    ``ast.fix_missing_locations`` does the same, but visits each node several times.
    """
    pending: list[tuple[ast.AST, int]] = [(module, 1)]
    while pending:
        node, line = pending.pop()
        own = vars(node)
        line = own.get("lineno", line)
        if type(node) not in _ALONE:
            for child in own.values():
                if type(child) is list:
                    pending += [(one, line) for one in child if isinstance(one, ast.AST)]
                elif isinstance(child, ast.AST) and child._fields:
                    pending.append((child, line))
        if "lineno" not in own:
            own.update(lineno=line, end_lineno=line, col_offset=0, end_col_offset=0)
