"""Jinja's objects for one render: templates, modules, macros, and environment.

Where Jinja's own object would act by itself, these call the runtime of the render, which notes or
returns the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import CellType, FunctionType
from typing import Any, cast

from jinja2 import Environment, Template, Undefined
from jinja2.environment import TemplateModule
from jinja2.nodes import EvalContext
from jinja2.runtime import (
    AsyncLoopContext,
    BlockReference,
    Context,
    LoopContext,
    Macro,
    TemplateReference,
    new_context,
)
from jinja2.utils import missing
from markupsafe import Markup

from ..trace.type_sets import TypeSet
from .blocks import RuntimeBlock, RuntimeBlocks
from .compiled import Compiled
from .hooks import Hooks
from .loops import RuntimeAsyncLoop, RuntimeLoop
from .modules import with_cells


class ResolvedNames(dict[str, Any]):
    """The names that were looked up in a context, with their values."""


def given_names(names: frozenset[str], locals: Mapping[str, Any] | None) -> frozenset[str]:
    """Return names, and the names of local variables that have a value."""
    found = [name for name, value in (locals or {}).items() if value is not missing]
    return names.union(found) if found else names


class RuntimeTemplate:
    """A template in one runtime: the part of ``jinja2.Template`` that generated code uses."""

    def __init__(self, runtime: Hooks, compiled: Compiled, own: Template | None) -> None:
        self.runtime = runtime
        self.compiled = compiled
        self.own = compiled.template if own is None else own
        self.name = compiled.template.name
        self.blocks = compiled.template.blocks
        self.root_render_func = compiled.template.root_render_func
        self.globals = self.own.globals
        self.environment = runtime.base
        self._module: RuntimeModule | None = None

    def new_context(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> Context:
        """Return a context that carries the runtime, made as the template makes its own."""
        if self.own.__class__.new_context is Template.new_context:
            context = new_context(
                self.runtime.base, self.name, self.blocks, vars, shared, self.globals, locals
            )
        else:
            context = self.own.new_context(vars, shared, locals)
        self.runtime.settle_escaping(context)
        return self.enter(
            context, given_names(self.runtime.inherited if shared else frozenset(), locals)
        )

    def enter(self, made: Context, given: frozenset[str] = frozenset()) -> Context:
        """Make code that runs with a context call the runtime.

        :param made: a context made for the template.
        :param given: names in the context that templates have set.
        """
        context: Any = made
        context.runtime, context.names, context.given = self.runtime, ResolvedNames(), given
        context.blocks = {name: [function] for name, function in self.blocks.items()}
        return made

    def make_module(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> RuntimeModule:
        """Run the template and return its exported names as a module."""
        return RuntimeModule(self, self._module_context(vars, shared, locals))  # type: ignore[arg-type]

    async def make_module_async(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> RuntimeModule:
        """Run the template in an asynchronous environment and return its exported names as a
        module.
        """
        context = self._module_context(vars, shared, locals)
        body = [piece async for piece in self.root_render_func(context)]  # type: ignore[attr-defined]
        return RuntimeModule(self, context, body)  # type: ignore[arg-type]

    def _module_context(self, *arguments: Any) -> Context:
        context = self.new_context(*arguments)
        self.runtime.modules.append(context)
        return context

    def _extra_globals(self, context: Any) -> dict[str, Any]:
        keys = context.globals_keys - self.globals.keys() if context is not None else ()
        return {key: context.parent[key] for key in keys}

    def _get_default_module(self, context: Context | None = None) -> RuntimeModule:
        extra = self._extra_globals(context)
        module: RuntimeModule | None = self.runtime.default_module(self, bool(extra))
        if module is not None:
            self._module = module
            return module
        if self.runtime.imports_anew(bool(extra)):
            return self.make_module(extra)
        if self._module is None:
            self._module = self.make_module()
        return self._module

    def shared_module(
        self, made: Context, cells: Mapping[str, CellType] | None, exported: dict[str, Any]
    ) -> RuntimeModule:
        """Return a module that the app created, with the runtime's macros in place of its own.

        :param made: a context for the template.
        :param cells: the variables of the module. If ``None``, the app's macros stay.
        :param exported: the exported names, with the app's macros or :data:`MACRO` as their values;
            the pieces of the module's text are under ``""``.
        """
        context: Any = self.enter(made)
        macros = {}
        if self.compiled.macros is not None and cells is not None:
            self.runtime.modules.append(context)
            finish(self.compiled.macros(context))
            for name, value in context.vars.items():
                if (
                    type(value) is RuntimeMacro
                    and value._func.__globals__ is self.root_render_func.__globals__
                ):
                    value._func = with_cells(cast(FunctionType, value._func), cells)
                    macros[name] = value
        module = RuntimeModule.__new__(RuntimeModule)
        vars(module).update(_body_stream=exported.pop(""), __name__=self.name, **exported)
        for name, value in exported.items():
            if name in macros and (value is MACRO or type(value) is Macro):
                vars(module)[name] = macros[name]
        return module

    async def _get_default_module_async(self, context: Context | None = None) -> RuntimeModule:
        extra = self._extra_globals(context)
        module: RuntimeModule | None = await self.runtime.default_module_async(self, bool(extra))
        if module is not None:
            self._module = module
            return module
        if self.runtime.imports_anew(bool(extra)):
            return await self.make_module_async(extra)
        if self._module is None:
            self._module = await self.make_module_async()
        return self._module


def finish(made: Any) -> None:
    """Run a coroutine that awaits nothing that takes time; ``None`` needs no running."""
    if made is not None:
        with suppress(StopIteration):
            made.send(None)


MACRO = object()
"""Replaces, among the exported names of a module, a macro that the runtime makes itself."""


class RuntimeModule(TemplateModule):
    """The exported names of an imported template."""


class RuntimeMacro(Macro):
    """A macro that knows whether the template or the app calls it."""

    def __init__(self, runtime: Hooks, *arguments: Any) -> None:
        super().__init__(runtime.base, *arguments)
        self._environment: Any = runtime.environment  # makes the undefined values of the runtime
        self._runtime = runtime
        runtime.made(self.arguments)
        careful = self.catch_kwargs or self.catch_varargs or self.caller or runtime.base.is_async
        self._simple_count = -1 if careful else self._argument_count
        """Number of positional arguments with which the macro can be called without the checks of
        ``Macro``.
        """

    def _call_simply(self, eval_ctx: EvalContext, arguments: tuple[Any, ...]) -> Any:
        """Call the macro from the template with exactly its number of arguments."""
        return self._given(self._func(*arguments), eval_ctx.autoescape)

    def _given(self, text: Any, autoescape: Any) -> Any:
        """Return the result, as markup where output is escaped.

        In a native environment the result may be any value.
        """
        if type(text) is str:
            return str.__new__(Markup, text) if autoescape else text
        self._runtime.given(text)
        return self._runtime.Markup(text) if autoescape else text

    def _invoke(self, arguments: list[Any], autoescape: bool) -> Any:
        runtime = self._runtime
        if self.catch_kwargs or self.catch_varargs:
            for container in arguments[len(arguments) - self.catch_kwargs - self.catch_varargs :]:
                runtime.made(container)
        return runtime.entered(self._run, arguments, autoescape)

    def _run(self, arguments: list[Any], autoescape: bool) -> Any:
        if self._runtime.base.is_async:
            return self._async_invoke(arguments, autoescape)
        return self._given(self._func(*arguments), autoescape)

    async def _async_invoke(self, arguments: list[Any], autoescape: bool) -> Any:
        text: Any = await self._func(*arguments)  # type: ignore[misc]
        return self._given(text, autoescape)


def name_like(own: type, jinjas: type) -> None:
    """Give a type and its methods the names of Jinja's. A page may print these objects and messages
    about them, which contain the names.
    """
    own.__name__ = own.__qualname__ = jinjas.__name__
    own.__module__, own.__doc__ = jinjas.__module__, jinjas.__doc__
    for name, member in vars(own).items():
        method, other = (
            found.fget if type(found) is property else found
            for found in (member, getattr(jinjas, name, None))
        )
        if type(method) is FunctionType and other is not None:
            method.__qualname__, method.__doc__ = other.__qualname__, other.__doc__


for _own, _jinjas in (
    (RuntimeModule, TemplateModule),
    (RuntimeMacro, Macro),
    (RuntimeLoop, LoopContext),
    (RuntimeAsyncLoop, AsyncLoopContext),
    (RuntimeBlock, BlockReference),
    (RuntimeBlocks, TemplateReference),
):
    name_like(_own, _jinjas)

BLOCKS = TypeSet({BlockReference, RuntimeBlock})

JINJA_TYPES = TypeSet(
    {
        *(RuntimeModule, RuntimeMacro, RuntimeLoop, RuntimeAsyncLoop, RuntimeBlock, RuntimeBlocks),
        *(BlockReference, TemplateReference),  # from a context that the app has
    }
)
"""Types of objects that Jinja itself creates in a runtime. They are created again in a replay and
never recorded.
"""


class RuntimeEnvironment:
    """The object that generated code knows as ``environment``."""

    def __init__(self, runtime: Hooks, base: Environment) -> None:
        self.runtime = runtime
        self.undefined: Callable[..., Undefined] = base.undefined
        self.concat = base.concat
        self.is_async = base.is_async
        self.autoescape = base.autoescape
        self.finalize: Callable[..., Any] | None = base.finalize
        self.filters: Any = base.filters
        self.tests: Any = base.tests

    def get_template(self, name: Any, parent: str | None = None) -> Any:
        """Find a template that the template names."""
        return self.runtime.find(name, parent)

    def select_template(self, names: Any, parent: str | None = None) -> Any:
        """Find the first existing template of several.

        :raises TemplatesNotFound: none of them exists.
        """
        return self.runtime.select(names, parent)

    def get_or_select_template(self, names: Any, parent: str | None = None) -> Any:
        """Find a template by its name, or the first existing one of several."""
        if self.runtime.is_name(names):
            return self.runtime.find(names, parent)
        return self.runtime.select(names, parent)
