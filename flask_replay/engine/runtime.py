"""The runtime of one render, for both directions. Instrumented code calls it for every operation.

A recording and a replay run the same instrumented code. They differ in the :class:`Runtime` that
its contexts carry. Everything here belongs to one render and does not outlive it. Modules that the
app shares between renders are handled in ``modules``.
"""

from __future__ import annotations

from typing import Any, cast

from jinja2 import Environment, Template
from jinja2.runtime import BlockReference

from .blocks import RuntimeBlocks, block_of
from .compiled import Compiled
from .hooks import Hooks
from .kept import keep
from .loops import RuntimeAsyncLoop, RuntimeLoop
from .objects import (
    ResolvedNames,
    RuntimeEnvironment,
    RuntimeMacro,
    RuntimeTemplate,
    given_names,
)


class Runtime(Hooks):
    """The runtime that instrumented code calls; a recording and a replay each extend it.

    :param base: the environment that contexts, macros and filters see.
    """

    def __init__(self, base: Environment) -> None:
        super().__init__(base)
        self.environment = RuntimeEnvironment(self, base)

    def bind(self, compiled: Compiled, own: Template | None = None) -> RuntimeTemplate:
        """Return the runtime's view of a template, always the same object.

        :param own: the app's template whose twin it is.
        """
        template = self.templates.get(id(compiled))
        if template is None:
            template = self.templates[id(compiled)] = RuntimeTemplate(self, compiled, own)
        return template

    def inherit(self, context: Any) -> dict[str, Any]:
        """Return a template's variables for one that it includes or imports with context."""
        self.inherited = context.given.union(context.vars)
        variables: dict[str, Any] = context.get_all()
        return variables

    def call_block(self, block: BlockReference) -> Any:
        """Return the text of ``super()`` or ``self.name()`` where pieces are not joined in the
        default way.
        """
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

    def derive(self, context: Any, *arguments: Any) -> Any:
        """Return the context of a scoped block."""
        derived: Any = context.derived(*arguments)
        derived.runtime, derived.names = self, ResolvedNames()
        derived.given = given_names(context.given.union(context.vars), arguments[0])
        return derived

    def overlaid(self, context: Any, name: str) -> Any:
        """Look up a name in a derived context whose variables a tag has set:
        ``nodes.OverlayScope``.
        """
        own, helpers = context.vars, cast("Any", self)
        if helpers.compare("in", name, own):
            return helpers.getitem(own, name)
        context.vars = {}
        try:
            return helpers.resolver(context)(name)
        finally:
            context.vars = own

    def Macro(self, environment: RuntimeEnvironment, *arguments: Any) -> RuntimeMacro:
        """Return a macro."""
        return RuntimeMacro(self, *arguments)

    def TemplateReference(self, context: Any) -> RuntimeBlocks:
        """Return the ``self`` of a template."""
        return RuntimeBlocks(context)

    def block_of(self, found: Any) -> Any:
        """Return ``super``."""
        return block_of(found)

    def LoopContext(self, iterable: Any, *arguments: Any) -> RuntimeLoop:
        """Return a loop."""
        return RuntimeLoop(self, iterable, *arguments)

    def AsyncLoopContext(self, iterable: Any, *arguments: Any) -> RuntimeAsyncLoop:
        """Return a loop in an asynchronous environment."""
        return RuntimeAsyncLoop(self, iterable, *arguments)

    def release(self) -> None:
        """Break reference cycles that would burden the garbage collector. Call it after the render.

        A module refers to its macros, these to each other and to their context, and that to the
        macros; the helpers refer to their runtime. If the app was given any of these objects, they
        stay intact, because it may use them later.
        """
        own = [value for context in self.modules for value in context.vars.values()]
        if self.shares:
            keep((*own, *self.shared.values()))
        else:
            for value in own:
                # a macro that several modules have is empty already
                if type(value) is RuntimeMacro and getattr(value, "_runtime", None) is self:
                    vars(value).clear()
            for context in self.modules:
                context.vars.clear()
            self.__dict__.clear()
