"""Rewrite the Python that Jinja generates for a template, so that it asks a runtime for everything.

Jinja's compiled code calls its environment and its context for names, attributes, calls and
filters; iteration, truth, comparison, arithmetic and text it leaves to Python. The rewriting
sends all of it through helpers, which each root and block function takes from its context:
``_h = context.runtime``. One compiled template so serves a recording, which notes the answers, and
a replay, which gives them. Working on the generated Python keeps an app's own code generator.
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

from .ignoring import ReplayIgnore, check_exports, unheard
from .modules import macros_of
from .overlays import overlay_of
from .rewriting.functions import FunctionRewriter

ASKS_AGAIN = sys.version_info >= (3, 12)

_ALONE = frozenset({ast.Name, ast.Constant})
"""Nodes with no other within that has a line."""

_MAKES_MACROS, _TESTS_NAMESPACE = "= Macro(environment, ", ", Namespace)"
"""Stand in the generated code that does so."""


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
    """Compile a tree to instrumented code.

    :param environment: shapes the code; an app's functions must be ``postponed`` in it.
    :param name: of the template, ``None`` for one made from a string.
    :param filename: stands in tracebacks.
    :param asks_again: see ``OperatorRewriter``; by default, what this Python does.
    :param formats_in_turn: see ``OperatorRewriter``; what was recorded before that was known
        replays as it was.
    :param sensitive: tells of which names a recording takes the values for secrets. A replay needs
        no such rule, so that recordings outlive a change of it: it finds out from a trace what was
        read in one step, and what in two.
    :param rewrite: changes the instrumented module in place, for those who want to know more of a
        replay.
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
    """Keep the garbage collector waiting.

    While Python makes or reads a syntax tree it counts its depth in one place for all (CPython's
    ``Python-ast.c``). A finalizer that parses something meanwhile, as the text of any traceback
    does, spoils that count: a SystemError.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _foldable(read: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Keep the compiler from reading what a recording and a replay read differently."""

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
    """Rewrite a module that ``Environment.compile(..., raw=True)`` gave.

    :param source: the generated Python.
    :param asks_again: see ``OperatorRewriter``.
    :param formats_in_turn: see ``OperatorRewriter``.
    """
    module = ast.parse(source)
    ignores = (
        ReplayIgnore.identifier in source
    )  # most have no such part, and need not be looked through for it
    if ignores:
        check_exports(module)
    if _MAKES_MACROS in source:
        again = ast.parse(
            source
        ).body  # for the macros alone; to copy the tree would cost many times as much
        roots = [
            node for node in again if isinstance(node, ast.FunctionDef) and node.name == "root"
        ]
        module.body += filter(None, map(macros_of, roots))
    for index, statement in enumerate(module.body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            function = FunctionRewriter(
                asks_again=asks_again, formats_in_turn=formats_in_turn, sensitive=sensitive
            )
            if _TESTS_NAMESPACE in source:
                function.used.add(
                    "Namespace"
                )  # Jinja's own test of what a template sets an attribute of
            if ignores:
                function.unheard = unheard(statement)
            module.body[index] = function.rewrite(statement)
    _locate(module)
    return module


def _locate(module: ast.Module) -> None:
    """Set on new nodes the line of what they are in.

    ``ast.fix_missing_locations`` does so, too, but looks at each node several times.
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
