"""The world of one render: its templates, macros, loops and environment, for both directions.

A recording and a replay run the same instrumented code; what differs is the :class:`Frame` that
its contexts carry. Everything here belongs to one frame, so nothing outlives it; modules that the app
shares between renders are taken part in, see ``modules``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import CellType, FunctionType, GeneratorType
from typing import Any, cast

from jinja2 import Environment, Template, TemplateNotFound, TemplatesNotFound, Undefined
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
from jinja2.utils import Namespace, missing
from markupsafe import Markup, escape

from .modules import FUNCTION, over, variables_of

try:
    from markupsafe import _escape_inner as escape_text  # type: ignore[attr-defined]  # what escape() does to a plain text
except ImportError:  # another version of MarkupSafe
    escape_text = escape


class Compiled:
    """The instrumented compilation of a template; it belongs to no frame.

    :param template: made from the instrumented code.
    :param key: the content hash of its document.
    :param document: the document itself.
    :ivar macros: makes its macros alone; ``None`` if it has none, or that cannot be.
    :ivar variables: of its module, which these need; ``None`` if that cannot be.
    """

    __slots__ = ("document", "key", "macros", "template", "variables")

    def __init__(self, template: Template, key: str, document: bytes) -> None:
        self.template = template
        self.macros: FunctionType | None = template.root_render_func.__globals__.get(FUNCTION)
        self.variables = frozenset[str]() if self.macros is None else variables_of(self.macros)
        self.key = key
        self.document = document


class Names(dict[str, Any]):
    """What the names meant that a context was asked for."""


def _given(names: frozenset[str], locals: Mapping[str, Any] | None) -> frozenset[str]:
    found = [name for name, value in (locals or {}).items() if value is not missing]
    return names.union(found) if found else names


class FrameTemplate:
    """A template as one frame sees it: the part of ``jinja2.Template`` that generated code uses."""

    def __init__(self, frame: Frame, compiled: Compiled, own: Template | None) -> None:
        self.frame = frame
        self.compiled = compiled
        self.own = compiled.template if own is None else own
        self.name = compiled.template.name
        self.blocks = compiled.template.blocks
        self.root_render_func = compiled.template.root_render_func
        self.globals = self.own.globals
        self.environment = frame.base
        self._module: FrameModule | None = None

    def new_context(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> Context:
        """Make a context that carries the frame, as the template makes its own."""
        if self.own.__class__.new_context is Template.new_context:
            context = new_context(self.frame.base, self.name, self.blocks, vars, shared, self.globals, locals)
        else:
            context = self.own.new_context(vars, shared, locals)
        return self.enter(context, _given(self.frame.inherited if shared else frozenset(), locals))

    def enter(self, made: Context, given: frozenset[str] = frozenset()) -> Context:
        """Make code that runs with a context, which was made for the template, ask the frame.

        :param given: names in the context that templates have set.
        """
        context: Any = made
        context.frame, context.names, context.given = self.frame, Names(), given
        context.blocks = {name: [function] for name, function in self.blocks.items()}
        return made

    def make_module(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> FrameModule:
        """Run the template for what it exports."""
        return FrameModule(self, self._module_context(vars, shared, locals))  # type: ignore[arg-type]

    async def make_module_async(
        self,
        vars: dict[str, Any] | None = None,
        shared: bool = False,
        locals: Mapping[str, Any] | None = None,
    ) -> FrameModule:
        """Run the template for what it exports, in an asynchronous environment."""
        context = self._module_context(vars, shared, locals)
        body = [piece async for piece in self.root_render_func(context)]  # type: ignore[attr-defined]
        return FrameModule(self, context, body)  # type: ignore[arg-type]

    def _module_context(self, *arguments: Any) -> Context:
        context = self.new_context(*arguments)
        self.frame.modules.append(context)
        return context

    def _extra_globals(self, context: Any) -> dict[str, Any]:
        keys = context.globals_keys - self.globals.keys() if context is not None else ()
        return {key: context.parent[key] for key in keys}

    def _get_default_module(self, context: Context | None = None) -> FrameModule:
        extra = self._extra_globals(context)
        module = self.frame.default_module(self, bool(extra))
        if module is not None:
            self._module = module
            return module
        if self.frame.imports_anew(bool(extra)):
            return self.make_module(extra)
        if self._module is None:
            self._module = self.make_module()
        return self._module

    def shared_module(
        self, made: Context, cells: Mapping[str, CellType] | None, exported: dict[str, Any]
    ) -> FrameModule:
        """Return a module that the app has made, with the frame's macros in the place of its own.

        :param made: a context for the template.
        :param cells: the variables of the module; without them the app's macros stay.
        :param exported: what it exports, the app's macros or :data:`MACRO` in their places; the pieces of its text are
            under ``""``.
        """
        context: Any = self.enter(made)
        macros = {}
        if self.compiled.macros is not None and cells is not None:
            self.frame.modules.append(context)
            self.compiled.macros(context)
            for name, value in context.vars.items():
                if type(value) is FrameMacro and value._func.__globals__ is self.root_render_func.__globals__:
                    value._func = over(cast(FunctionType, value._func), cells)
                    macros[name] = value
        module = FrameModule.__new__(FrameModule)
        vars(module).update(_body_stream=exported.pop(""), __name__=self.name, **exported)
        for name, value in exported.items():
            if name in macros and (value is MACRO or type(value) is Macro):
                vars(module)[name] = macros[name]
        return module

    async def _get_default_module_async(self, context: Context | None = None) -> FrameModule:
        extra = self._extra_globals(context)
        module = self.frame.default_module(self, bool(extra))
        if module is not None:
            return module
        if self.frame.imports_anew(bool(extra)):
            return await self.make_module_async(extra)
        if self._module is None:
            self._module = await self.make_module_async()
        return self._module


MACRO = object()
"""Stands among what a module exports for a macro that a frame makes itself."""


class FrameModule(TemplateModule):
    """What an imported template exports."""


class FrameMacro(Macro):
    """A macro that knows whether the template or the app is calling it."""

    def __init__(self, frame: Frame, *arguments: Any) -> None:
        super().__init__(frame.base, *arguments)
        self._environment: Any = frame.environment  # makes the undefined values of the frame
        self._frame = frame
        careful = self.catch_kwargs or self.catch_varargs or self.caller or frame.base.is_async
        self.simple_count = -1 if careful else self._argument_count
        """Arguments with which, given by their places, it needs none of the care that ``Macro`` takes."""

    def call_simply(self, eval_ctx: EvalContext, arguments: tuple[Any, ...]) -> Any:
        """Call it from the template, with as many arguments as it has."""
        return self._given(self._func(*arguments), eval_ctx.autoescape)

    def _given(self, text: Any, autoescape: Any) -> Any:
        """Return what it gave, as markup where output is escaped.

        In a native environment that may be any value.
        """
        if type(text) is str:
            return str.__new__(Markup, text) if autoescape else text
        self._frame.given(text)
        return self._frame.Markup(text) if autoescape else text

    def _invoke(self, arguments: list[Any], autoescape: bool) -> Any:
        frame = self._frame
        if self.catch_kwargs or self.catch_varargs:
            for container in arguments[len(arguments) - self.catch_kwargs - self.catch_varargs :]:
                frame.made(container)
        return frame.entered(self._run, arguments, autoescape)

    def _run(self, arguments: list[Any], autoescape: bool) -> Any:
        if self._frame.base.is_async:
            return self._run_async(arguments, autoescape)
        return self._given(self._func(*arguments), autoescape)

    async def _run_async(self, arguments: list[Any], autoescape: bool) -> Any:
        text: Any = await self._func(*arguments)  # type: ignore[misc]
        return self._given(text, autoescape)


class FrameLoop(LoopContext):
    """The ``loop`` of a template, over what the frame iterates."""

    def __init__(self, frame: Frame, iterable: Any, undefined: Any, recurse: Any = None, depth0: int = 0) -> None:
        self._frame = frame
        self._iterable = iterable
        self._iterator = iter(frame.iterate(iterable))
        self._undefined = undefined
        self._recurse = recurse
        self.depth0 = depth0

    @property
    def length(self) -> int:
        """Give the number of items, as the frame knows it."""
        if self._length is None:
            try:
                self._length = self._frame.measure(self._iterable)
            except TypeError:
                self._iterable = ()
                items = list(self._iterator)
                self._iterator = iter(items)
                self._length = len(items) + self.index + (self._after is not missing)
        return self._length

    def __call__(self, iterable: Iterable[Any]) -> Any:
        return self._frame.given(self._frame.entered(super().__call__, iterable))

    def call_simply(self, iterable: Any) -> Any:
        """Call it from the template; a page that recurses may do so as deep as without a recorder."""
        if self._recurse is None:
            return super().__call__(iterable)
        return self._frame.given(self._recurse(iterable, self._recurse, self.depth))


class FrameAsyncLoop(AsyncLoopContext):
    """The ``loop`` of a template in an asynchronous environment."""

    def __init__(self, frame: Frame, iterable: Any, *arguments: Any) -> None:
        super().__init__(frame.auto_aiter(iterable), *arguments)
        self._iterable = _Measured(frame, iterable)  # type: ignore[assignment]
        self._frame = frame

    @staticmethod
    def _to_iterator(iterable: Any) -> Any:
        if hasattr(iterable, "__aiter__"):
            return iterable.__aiter__()
        return AsyncLoopContext._to_iterator(iterable)

    def __call__(self, iterable: Iterable[Any]) -> Any:
        return self._frame.entered(super().__call__, iterable)


class _Measured:
    """Gives an asynchronous loop the length of what it loops over, as the frame knows it."""

    def __init__(self, frame: Frame, iterable: Any) -> None:
        self.frame = frame
        self.iterable = iterable

    def __len__(self) -> int:
        return self.frame.measure(self.iterable)


for _own, _jinjas in (
    (FrameModule, TemplateModule),
    (FrameMacro, Macro),
    (FrameLoop, LoopContext),
    (FrameAsyncLoop, AsyncLoopContext),
):
    _own.__name__ = _jinjas.__name__  # a page may print them, and their text names their type

_NAMING = (str, Undefined, Template)

RUNTIME = frozenset({FrameModule, FrameMacro, FrameLoop, FrameAsyncLoop, BlockReference, TemplateReference})
"""Types that Jinja itself provides to a frame: they run again in a replay and are never recorded."""


class FrameEnvironment:
    """What generated code knows as ``environment``."""

    def __init__(self, frame: Frame, base: Environment) -> None:
        self.frame = frame
        self.undefined: Callable[..., Undefined] = base.undefined
        self.concat = base.concat
        self.is_async = base.is_async
        self.autoescape = base.autoescape
        self.finalize: Callable[..., Any] | None = base.finalize
        self.filters: Any = base.filters
        self.tests: Any = base.tests

    def get_template(self, name: Any, parent: str | None = None) -> Any:
        """Find a template that the template names."""
        return self.frame.find(name, parent)

    def select_template(self, names: Any, parent: str | None = None) -> Any:
        """Find the first template there is.

        :raises TemplatesNotFound: there is none of them.
        """
        return self.frame.select(names, parent)

    def get_or_select_template(self, names: Any, parent: str | None = None) -> Any:
        """Find a template by its name, or the first of several."""
        if self.frame.is_name(names):
            return self.frame.find(names, parent)
        return self.frame.select(names, parent)


class Frame:
    """What instrumented code asks for everything; a recording and a replay each extend it.

    :param base: the environment that contexts, macros and filters get to see.
    """

    Namespace: type | tuple[type, ...] = Namespace
    """What a template may set attributes of."""

    plain_text = str
    escape_text: Callable[[str], str] = staticmethod(escape_text)
    """Escapes what is exactly a ``str``. A page only joins it with the rest, so it need not be markup."""

    through: Callable[[Iterable[str]], Iterable[str]] = staticmethod(iter)
    """Gives what a block, or another template, adds to the output of the one that it is within."""

    def __init__(self, base: Environment) -> None:
        self.base = base
        self.environment = FrameEnvironment(self, base)
        self.inherited: frozenset[str] = frozenset()
        self.templates: dict[int, FrameTemplate] = {}
        self.modules: list[Context] = []

    # What the directions do differently

    def find(self, name: Any, parent: str | None) -> Any:
        """Find a template.

        :param name: what the template named: a name, a template object, or what stands for either.
        :param parent: name of the template that asks.
        :raises TemplateNotFound: there is none.
        """
        raise TemplateNotFound(str(name))

    def select(self, names: Any, parent: str | None) -> Any:
        """Find the first of several templates.

        :raises TemplatesNotFound: there is none of them.
        """
        raise TemplatesNotFound([])

    def default_module(self, template: FrameTemplate, asked: bool) -> FrameModule | None:
        """Return the module that all imports of a template without context share; ``None`` to make one.

        :param asked: as for :meth:`imports_anew`.
        """
        return None

    def imports_anew(self, asked: bool) -> bool:
        """Tell whether a module is made for one import alone, and not shared with others.

        :param asked: the app has given the template names that others do not see.
        """
        return asked

    def is_name(self, value: Any) -> bool:
        """Tell whether a value names one template, and is not a list of names."""
        return isinstance(value, _NAMING)

    def iterate(self, value: Any) -> Iterable[Any]:
        """Give the items of a value as the template takes them."""
        items: Iterable[Any] = iter(value)
        return items

    def measure(self, value: Any) -> int:
        """Give the length of a value that a loop runs over."""
        return len(value)

    def made(self, container: Any) -> Any:
        """Learn that the template itself made a container."""
        return container

    def given(self, result: Any) -> Any:
        """Learn what a macro or a recursive loop gave: one that includes without context is a generator."""
        return self.made(result) if type(result) is GeneratorType else result

    def entered(self, run: Callable[..., Any], *arguments: Any) -> Any:
        """Run template code that somebody called."""
        return run(*arguments)

    def shown(self, value: Any) -> str:
        """Return the text of a value that a native template gives, ``""`` if only the app knows it."""
        return str(value)

    def text_of(self, value: Any) -> Any:
        """Return the text of a value."""
        return str(value)

    def concat(self, pieces: Iterable[Any]) -> Any:
        """Put together what a macro or a block yields, as the environment does."""
        return self.base.concat(pieces)

    def private(self, value: Any, name: str) -> Any:
        """Take what was just read under a sensitive name."""
        return value

    def named(self, value: Any, name: str) -> Any:
        """Learn that the template gave a value a sensitive name."""
        return value

    # Parts that are ignored: a replay passes them over

    def ignore_begins(self) -> bool:
        """Whether to run an ignored part, which begins here."""
        return False

    def ignore_ends(self) -> None:
        """Learn that an ignored part is over, whatever ended it."""

    def ignore_opens(self) -> str:
        """Return the mark that stands before what an ignored part gives."""
        return ""

    def ignore_closes(self) -> str:
        """Return the mark that stands behind it."""
        return ""

    def unheard(self, resolve: Callable[[str], Any], name: str) -> Any:
        """Look up a name that only ignored parts use."""
        return missing

    def release(self) -> None:
        """Break the circles that would keep the garbage collector busy; to be called when all is done.

        A module leads to its macros, these to their context, and that to them; the helpers lead to their frame.
        """
        for context in self.modules:
            context.vars.clear()
        self.__dict__.clear()

    # What they share

    def bind(self, compiled: Compiled, own: Template | None = None) -> FrameTemplate:
        """Give the frame's own view of a template, always the same one.

        :param own: the app's template that it is the twin of.
        """
        template = self.templates.get(id(compiled))
        if template is None:
            template = self.templates[id(compiled)] = FrameTemplate(self, compiled, own)
        return template

    def inherit(self, context: Any) -> dict[str, Any]:
        """Give a template's variables to one that it includes or imports with context."""
        self.inherited = context.given.union(context.vars)
        variables: dict[str, Any] = context.get_all()
        return variables

    def call_block(self, block: BlockReference) -> Any:
        """Return what ``super()`` or ``self.name()`` prints, where pieces are not put together as usual."""
        found: Any = block
        pieces = found._stack[found._depth](found._context)
        escapes = found._context.eval_ctx.autoescape
        if self.base.is_async:
            return self._print_async(pieces, escapes)
        text = self.concat(pieces)
        return self.Markup(text) if escapes else text

    async def _print_async(self, pieces: Any, escapes: bool) -> Any:
        text = self.concat([piece async for piece in pieces])
        return self.Markup(text) if escapes else text

    def Markup(self, value: Any) -> Any:
        """Take a value for markup."""
        return Markup(value)

    def derive(self, context: Any, *arguments: Any) -> Any:
        """Make the context of a scoped block."""
        derived: Any = context.derived(*arguments)
        derived.frame, derived.names = self, Names()
        derived.given = _given(context.given.union(context.vars), arguments[0])
        return derived

    def overlaid(self, context: Any, name: str) -> Any:
        """Look a name up in a derived context whose variables a tag has set: ``nodes.OverlayScope``."""
        own, asked = context.vars, cast("Any", self)
        if asked.compare("in", name, own):
            return asked.getitem(own, name)
        context.vars = {}
        try:
            return asked.resolver(context)(name)
        finally:
            context.vars = own

    def Macro(self, environment: FrameEnvironment, *arguments: Any) -> FrameMacro:
        """Make a macro."""
        return FrameMacro(self, *arguments)

    def LoopContext(self, iterable: Any, *arguments: Any) -> FrameLoop:
        """Make a loop."""
        return FrameLoop(self, iterable, *arguments)

    def AsyncLoopContext(self, iterable: Any, *arguments: Any) -> FrameAsyncLoop:
        """Make a loop in an asynchronous environment."""
        return FrameAsyncLoop(self, iterable, *arguments)

    def auto_aiter(self, value: Any) -> Any:
        """Give the items of a value, for ``async for``."""
        return AsyncLoopContext._to_iterator(value)
