"""Macros of a module that the app has made: instrumented, in the runtime that calls them, over the
module's variables.

``{% import %}`` without context gives everybody one module, made once. A runtime neither makes it
again, for what is asked on the way would be asked twice, nor calls the app's macros, since what
they read would go unrecorded. It makes the macros alone, and gives them the variables of the
module: the very cells that these are in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import CellType, CodeType, FunctionType
from typing import Any, cast

FUNCTION = "macros"
"""Name of the function, beside a template's ``root``, that makes its macros alone."""

VARIABLE = "l_"
"""Begins the names under which compiled code has a template's variables."""

_OUTER = "l_0_"
_HELD = (VARIABLE, "t_")
_PROLOGUE = frozenset({"resolve", "undefined", "concat", "cond_expr_undefined"})


def macros_of(root: ast.FunctionDef) -> ast.FunctionDef | None:
    """Return the function that makes the macros of a template, not yet instrumented; ``None`` if it
    has none.

    It has what macros need of the template, and asks nothing of the app: looks filters up, and gets
    what is imported from other modules.

    :param root: the template's function, as Jinja generates it; parts of it become parts of the
        other.
    """
    kept = [statement for statement in root.body if _is_kept(statement)]
    names = {name for statement in kept if (name := _macro_in(statement))}
    every = [
        name
        for statement in _within(root)
        if (name := _macro_in(statement)) and name.startswith(_OUTER)
    ]
    if not names or len(every) > len(
        names
    ):  # which of several counts, or whether one does, only the module knows
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
    return ast.copy_location(ast.FunctionDef(FUNCTION, arguments, body, []), root)


def _is_kept(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If):
        test = statement.test
        missing = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is)
        return missing and "included_template" in ast.unparse(
            statement
        )  # what is imported is not there
    return (
        isinstance(statement, ast.FunctionDef | ast.Try)
        or bool(_macro_in(statement))
        or _is_repeatable(statement)
    )


def _is_repeatable(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Assign):
        return False
    if getattr(statement.targets[0], "id", "") in _PROLOGUE:
        return True
    written = ast.unparse(statement.value) if isinstance(statement.value, ast.Call) else ""
    return written.endswith("._get_default_module(context)") or written.startswith(
        "getattr(included_template,"
    )


def _within(parent: ast.AST) -> Iterator[ast.AST]:
    """Return the statements within another, however deep, without looking through their
    expressions.
    """
    pending = [parent]
    while pending:
        node = pending.pop()
        for field in ("body", "orelse", "handlers", "finalbody"):
            inner = getattr(node, field, ())
            yield from inner
            pending += inner


def _macro_in(statement: ast.AST) -> str:
    """Return the variable that a statement gives a macro to, ``""`` for any other statement."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    if (
        isinstance(statement, ast.Assign)
        and isinstance(value, ast.Call)
        and getattr(value.func, "id", "") == "Macro"
    ):
        return next((target.id for target in statement.targets if isinstance(target, ast.Name)), "")
    return ""


def _stored(body: list[ast.stmt]) -> Iterator[str]:
    """Return the variables that statements set, but for those of functions within them."""
    for statement in body:
        if not isinstance(statement, ast.FunctionDef):
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
    """Return the variables of a module that its macros use, ``None`` if they use what only the
    template has.

    :param function: what :func:`macros_of` became.
    """
    inner = [code for code in function.__code__.co_consts if isinstance(code, CodeType)]
    if any(name.startswith(_HELD) for code in inner for name in _globals_of(code)):
        return None
    used = {name for code in inner for name in code.co_freevars}
    return frozenset(used) & frozenset[str]((function.__kwdefaults__ or {}).get("variables", ()))


def _globals_of(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals_of(constant)


def over(function: FunctionType, cells: Mapping[str, CellType]) -> FunctionType:
    """Return a macro's function with variables in other cells.

    :param cells: by the names of variables; those of other names stay as they are.
    """
    code, own = function.__code__, function.__closure__ or ()
    closure = tuple(cells.get(name, cell) for name, cell in zip(code.co_freevars, own, strict=True))
    return FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, closure
    )
