"""The runtime of one render, for both directions: what instrumented code asks for everything.

A recording and a replay run the same instrumented code; what differs is the :class:`Runtime` that
its contexts carry. Everything here belongs to one render, so nothing outlives it; modules that the
app shares between renders are taken part in, see ``modules``.
"""

from __future__ import annotations

from typing import Any, cast

from jinja2 import Environment, Template
from jinja2.runtime import BlockReference

from .compiled import Compiled
from .hooks import Hooks
from .objects import (
    ResolvedNames,
    RuntimeAsyncLoop,
    RuntimeEnvironment,
    RuntimeLoop,
    RuntimeMacro,
    RuntimeTemplate,
    given_names,
)


class Runtime(Hooks):
    """What instrumented code asks for everything; a recording and a replay each extend it.

    :param base: the environment that contexts, macros and filters get to see.
    """

    def __init__(self, base: Environment) -> None:
        super().__init__(base)
        self.environment = RuntimeEnvironment(self, base)

    def bind(self, compiled: Compiled, own: Template | None = None) -> RuntimeTemplate:
        """Return the runtime's own view of a template, always the same one.

        :param own: the app's template that it is the twin of.
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
        """Return what ``super()`` or ``self.name()`` prints, where pieces are not put together as
        usual.
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
        """Make the context of a scoped block."""
        derived: Any = context.derived(*arguments)
        derived.runtime, derived.names = self, ResolvedNames()
        derived.given = given_names(context.given.union(context.vars), arguments[0])
        return derived

    def overlaid(self, context: Any, name: str) -> Any:
        """Look a name up in a derived context whose variables a tag has set:
        ``nodes.OverlayScope``.
        """
        own, asked = context.vars, cast("Any", self)
        if asked.compare("in", name, own):
            return asked.getitem(own, name)
        context.vars = {}
        try:
            return asked.resolver(context)(name)
        finally:
            context.vars = own

    def Macro(self, environment: RuntimeEnvironment, *arguments: Any) -> RuntimeMacro:
        """Make a macro."""
        return RuntimeMacro(self, *arguments)

    def LoopContext(self, iterable: Any, *arguments: Any) -> RuntimeLoop:
        """Make a loop."""
        return RuntimeLoop(self, iterable, *arguments)

    def AsyncLoopContext(self, iterable: Any, *arguments: Any) -> RuntimeAsyncLoop:
        """Make a loop in an asynchronous environment."""
        return RuntimeAsyncLoop(self, iterable, *arguments)
