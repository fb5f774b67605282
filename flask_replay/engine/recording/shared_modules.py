"""Use a module that the app created, and that all renders share, in the runtime of one render."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from types import CellType, CodeType
from typing import Any

from jinja2 import TemplateError
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro, Undefined
from jinja2.utils import Namespace

from ...sanitize.names import protects_form, sensitive
from ...trace.type_sets import TypeSet
from .. import operations as op
from ..blocks import RuntimeBlocks
from ..modules import VARIABLE
from ..natives import concat_of
from ..objects import RuntimeMacro, RuntimeModule, RuntimeTemplate
from .entries import FREE, Made
from .log import Log
from .sources import Unrecordable

_INTERNAL = frozenset({"_body_stream", "__name__"})
_OWN = TypeSet({RuntimeMacro, RuntimeBlocks})
"""Types of what each making of a module makes anew: its own macros, and ``self``."""
_MACROS = TypeSet({Macro, RuntimeMacro})


def adopt_module(tracer: Log, template: RuntimeTemplate, own: TemplateModule) -> RuntimeModule:
    """Return the runtime's view of a module, and note what a replay needs to make the module.

    The values of the module's variables belong to the app, because they existed before the runtime.

    :param own: the module that the app created.
    :raises Unrecordable: its macros use names of a module that has been replaced since or cannot be
        found, because its template has changed.
    """
    cells, context = _inside(own, vars(template.own)["root_render_func"].__globals__)
    names = template.root_render_func.__globals__
    needed = template.compiled.variables
    whole = needed is not None and needed <= cells.keys()
    exported = {name: value for name, value in vars(own).items() if name not in _INTERNAL}
    if context is None:
        context = template.own.new_context()
    else:
        context = copy.copy(context)
        context.vars, context.exported_vars = {}, set()
    variables = {name: cells[name] for name in sorted(needed or ())} if whole else None
    apart = bool(concat_of(tracer.base))  # the pieces themselves matter
    body: list[Any] = list(own._body_stream)
    noted: list[Any] = ["", Made("list", body) if apart else "".join(body)]
    # before the entries of modules that it imports
    tracer.log.extend((FREE, op.MODULE, Made("dict", noted)))
    tracer.settle_escaping(context)
    outer, tracer.adopting = tracer.adopting, True
    try:
        module = template.shared_module(context, variables, {"": body, **exported})
    except TemplateError as error:
        raise Unrecordable("a template that a module imports has changed") from error
    finally:
        tracer.adopting = outer
    tracer.adopted[id(module)] = own
    for name, value in exported.items():
        made = vars(module)[name]
        if type(made) is RuntimeMacro:
            tracer.adopted[id(made)] = value
        noted += (
            ["=" + name, True]
            if type(made) is RuntimeMacro
            else ["." + name, _kept(tracer, name, value)]
        )
    for name, cell in (variables or {}).items():
        noted += [name, _kept(tracer, name.split("_", 2)[2], cell.cell_contents)]
    _check_imports(tracer, _reached(vars(module).values(), names), cells)
    return module


def _check_imports(
    tracer: Log, taken_cells: dict[str, CellType], cells: dict[str, CellType]
) -> None:
    """Raise if macros of the runtime take names from other modules than those of the app.

    :param taken_cells: the variables that they use.
    :param cells: the variables that the app's macros use.
    """
    for name, cell in taken_cells.items():
        own = cells.get(name, cell)
        if own is not cell and name.startswith(VARIABLE):
            with suppress(ValueError):  # a variable that is not set yet
                taken, expected = cell.cell_contents, own.cell_contents
                if id(taken) in tracer.adopted:
                    taken = tracer.adopted[id(taken)]
                elif type(taken) in _OWN or _both_undefined(taken, expected):
                    continue
                if taken is not expected:
                    raise Unrecordable("a template that it imports has changed")


def _both_undefined(*values: Any) -> bool:
    """Whether values stand for a name that the imported module does not have."""
    return all(issubclass(type(value), Undefined) for value in values)


def hide_results(tracer: Log, value: Any) -> None:
    """Treat what a macro of the app, or the macros of a module, print as secrets if their code may
    read any: these reads are not recorded.
    """
    for macro in _macros_in(value):
        name = next(filter(None, map(_sensitive_text, _codes(macro, set()))), "")
        if name:
            tracer.hide_results(macro, name)


def _macros_in(value: Any) -> list[Macro]:
    """Return the macros in a module or namespace, or a value that is one itself."""
    values: list[Any] = [value]
    if isinstance(value, TemplateModule):
        values = list(vars(value).values())
    elif type(value) is Namespace:
        values = list(value._Namespace__attrs.values())  # type: ignore[attr-defined]
    return [one for one in values if type(one) is Macro]


def _codes(macro: Macro, seen: set[int]) -> Iterator[CodeType]:
    """Yield the code of a macro and of macros that it may call."""
    if id(macro) in seen:
        return
    seen.add(id(macro))
    yield macro._func.__code__
    for cell in _cells(macro).values():
        with suppress(ValueError):  # a variable that is not set yet
            for one in _macros_in(cell.cell_contents):
                yield from _codes(one, seen)


@lru_cache(maxsize=10_000)
def _sensitive_text(code: CodeType) -> str:
    """Return a text in the code of a macro that may be a sensitive name, ``""`` for none.

    Macros of whole tables name a CSRF token, which is masked in its field like in other texts.
    """
    for constant in code.co_consts:
        if type(constant) is str and sensitive(constant) and not protects_form(constant):
            return constant
        if type(constant) is CodeType and (found := _sensitive_text(constant)):
            return found
    return ""


def _cells(macro: Macro) -> dict[str, CellType]:
    function: Any = macro._func
    return dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))


def _kept(tracer: Log, name: str, value: Any) -> Any:
    hide_results(tracer, value)
    return tracer.hide(value, name, "") if sensitive(name) else value


def _inside(
    own: TemplateModule, names: dict[str, Any]
) -> tuple[dict[str, CellType], Context | None]:
    """Return the variables that the macros of a module use, and the module's context if they use
    it.

    :param names: the global names of the template's code.
    """
    cells = _reached(vars(own).values(), names)
    context = None
    if "context" in cells:
        context = cells["context"].cell_contents
    elif "resolve" in cells:
        context = cells["resolve"].cell_contents.__self__
    if context is not None:  # it has those that are not exported
        cells = _reached([*vars(own).values(), *context.vars.values()], names)
    return cells, context


def _reached(values: Iterable[Any], names: dict[str, Any]) -> dict[str, CellType]:
    """Return the variables that macros, and the macros that they may call, use of their template.

    :param values: some of them are macros.
    :param names: the global names of the template's code. Macros of other templates have others.
    """
    cells: dict[str, CellType] = {}
    pending = list(values)
    while pending:
        macro = pending.pop()
        if type(macro) not in _MACROS or macro._func.__globals__ is not names:
            continue
        for name, cell in _cells(macro).items():
            if name not in cells:
                cells[name] = cell
                with suppress(ValueError):  # a variable that is not set yet
                    pending.append(cell.cell_contents)
    return cells
