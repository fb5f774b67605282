"""Macros of a module that the app created: instrumented, bound to the calling runtime, and with
access to the module's variables.

``{% import %}`` without context shares one module, which is created once. A runtime must not create
it again, because the app would be asked twice. It must not call the app's macros either, because
their reads would not be recorded. So it creates the macros only, and gives them the cells that hold
the module's variables.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import CellType, CodeType, FunctionType
from typing import Any, cast

FUNCTION = "macros"
"""Name of the function that makes only the macros, beside a template's ``root``."""

VARIABLE = "l_"
"""Prefix of the names of template variables in compiled code."""

_IMPORTED = "included_template"
_OUTER = "l_0_"
_LOCAL_PREFIXES = (VARIABLE, "t_")
_PROLOGUE = frozenset({"resolve", "undefined", "concat", "cond_expr_undefined"})
_IMPORTING = frozenset({"environment", "context"})
_SHARES = "._get_default_module(context)", "._get_default_module_async(context)"

Root = ast.FunctionDef | ast.AsyncFunctionDef
"""The root function of a template; in an asynchronous environment it is a coroutine."""


def macros_of(root: Root) -> Root | None:
    """Return the function that makes the macros of a template, not yet instrumented; ``None`` if
    the template has no macros.

    The function contains what macros need of the template, and asks the app nothing: it looks up
    filters, and takes imported names from other modules.

    :param root: the root function that Jinja generated. Parts of it are reused in the result.
    """
    kept = list(_kept(root.body))
    names = {name for statement in kept if (name := _macro_in(statement))}
    every = [
        name
        for statement in _within(root)
        if (name := _macro_in(statement)) and name.startswith(_OUTER)
    ]
    # only the module knows which of several macros is defined, or whether one is
    if not names or len(every) > len(names):
        return None
    variables = tuple(sorted(set(_stored(root.body)) - set(_stored(kept))))
    unset = ast.Assign(
        [ast.Name(name, ast.Store()) for name in variables], ast.Name("missing", ast.Load())
    )
    arguments = root.args
    arguments.kwonlyargs, arguments.kw_defaults = (
        [ast.arg("variables")],
        [ast.Constant(cast(Any, variables))],
    )
    body = [ast.copy_location(unset, root), *kept] if variables else kept
    return ast.copy_location(type(root)(FUNCTION, arguments, body, []), root)


def _kept(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a template that its macros need. Those that take names from a
    template that was imported with context, or by a name that is computed, are not needed: the
    names are variables of the module, like others.
    """
    shared = False
    for statement in body:
        if _target_of(statement) == _IMPORTED:
            shared = _is_repeatable(statement)
        if _is_kept(statement) and (shared or not _is_of_import(statement)):
            yield statement


def _is_kept(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Try):
        return _target_of(statement.body[0]).startswith("t_")  # looks up a filter or a test
    return (
        isinstance(statement, Root)
        or bool(_macro_in(statement))
        or _is_repeatable(statement)
        or _is_of_import(statement)
    )


def _is_of_import(statement: ast.stmt) -> bool:
    """Whether a statement takes a name from the template that was imported last, or notes that it
    has no such name.
    """
    if isinstance(statement, ast.If):
        test = statement.test
        missing = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is)
        return missing and _IMPORTED in ast.unparse(statement)
    return isinstance(statement, ast.Assign) and ast.unparse(statement.value).startswith(
        f"getattr({_IMPORTED},"
    )


def _is_repeatable(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Assign):
        return False
    if _target_of(statement) in _PROLOGUE or _is_itself(statement):
        return True
    value = statement.value
    if not isinstance(value, ast.Call | ast.Await) or not ast.unparse(value).endswith(_SHARES):
        return False
    return _IMPORTING.issuperset(node.id for node in ast.walk(value) if isinstance(node, ast.Name))


def _target_of(statement: ast.stmt) -> str:
    """Return the variable that a statement assigns, ``""`` for other statements."""
    return str(getattr(statement.targets[0], "id", "")) if isinstance(statement, ast.Assign) else ""


def _is_itself(statement: ast.stmt) -> bool:
    """Whether a statement assigns ``self``, by which a template calls its own blocks."""
    return ast.unparse(statement) == "l_0_self = TemplateReference(context)"


def _within(parent: ast.AST) -> Iterator[ast.AST]:
    """Return the statements within another one, at any depth, without searching expressions."""
    pending = [parent]
    while pending:
        node = pending.pop()
        for field in ("body", "orelse", "handlers", "finalbody"):
            inner = getattr(node, field, ())
            yield from inner
            pending += inner


def _macro_in(statement: ast.AST) -> str:
    """Return the variable to which a statement assigns a macro, ``""`` for other statements."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if (
        isinstance(statement, ast.Assign)
        and isinstance(value, ast.Call)
        and getattr(value.func, "id", "") == "Macro"
    ):
        return next((target.id for target in statement.targets if isinstance(target, ast.Name)), "")
    return ""


def _stored(body: list[ast.stmt]) -> Iterator[str]:
    """Return the variables that statements assign, except within nested functions."""
    for statement in body:
        if not isinstance(statement, Root):
            for node in ast.walk(statement):
                if (
                    isinstance(node, ast.Name)
                    and isinstance(node.ctx, ast.Store)
                    and node.id.startswith(VARIABLE)
                ):
                    if not _is_unset(statement):
                        yield node.id


def _is_unset(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and getattr(statement.value, "id", "") == "missing"


def variables_of(function: FunctionType) -> frozenset[str] | None:
    """Return the variables of a module that its macros use, ``None`` if they use something that
    only the template has.

    :param function: the compiled result of :func:`macros_of`.
    """
    inner = [code for code in function.__code__.co_consts if isinstance(code, CodeType)]
    if any(name.startswith(_LOCAL_PREFIXES) for code in inner for name in _globals_of(code)):
        return None
    used = {name for code in inner for name in code.co_freevars}
    return frozenset(used) & frozenset[str]((function.__kwdefaults__ or {}).get("variables", ()))


def _globals_of(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals_of(constant)


def with_cells(function: FunctionType, cells: Mapping[str, CellType]) -> FunctionType:
    """Return a macro's function with other cells for its variables.

    :param cells: cells by variable name. Variables without an entry keep theirs.
    """
    code, own = function.__code__, function.__closure__ or ()
    closure = tuple(cells.get(name, cell) for name, cell in zip(code.co_freevars, own, strict=True))
    return FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, closure
    )
