"""Record macros that Python calls: each call in a recorded request is a render of its own."""

from __future__ import annotations

from typing import Any

from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Macro
from jinja2.utils import internalcode
from markupsafe import Markup

from ...engine import operations as op
from ...engine.objects import RuntimeMacro
from ...engine.recording.entries import FREE, Made
from ...engine.recording.setups import setup_of
from ...engine.recording.shared_modules import adopt_module
from ...engine.recording.sources import Unrecordable
from ...engine.recording.tracer import Tracer
from ..tracebacks import prune
from .nesting import Turn
from .render import Render, Sink
from .twins import Twins


def watched_module(template: Template, twins: Twins, own: TemplateModule) -> TemplateModule:
    """Return a copy of an app's module whose macros report their calls."""
    watched = TemplateModule.__new__(TemplateModule)
    for name, value in vars(own).items():
        vars(watched)[name] = (
            WatchedMacro(template, twins, name, value) if type(value) is Macro else value
        )
    return watched


class WatchedMacro(Macro):
    """A macro of the app that reports its calls.

    :param name: the name under which its module exports it.
    """

    def __init__(self, template: Template, twins: Twins, name: str, own: Macro) -> None:
        vars(self).update(vars(own))
        self._template = template
        self._twins = twins
        self._exported = name

    @internalcode
    def _invoke(self, arguments: list[Any], autoescape: bool) -> str:
        twins = self._twins
        sink = None if self._environment.is_async else twins.sink()
        if sink is None:
            return super()._invoke(arguments, autoescape)
        begun = None
        with twins.boundary.guard("begin to record a macro"):
            begun = self._begin(arguments, sink)
        if begun is None:
            return super()._invoke(arguments, autoescape)
        render, function = begun
        active = twins.active
        outer, active.render = getattr(active, "render", None), render
        try:
            with Turn(active, render.tracer):
                text = function(*arguments)
        except Exception as error:
            prune(error)
            render.failed(error)
            raise
        finally:
            active.render = outer
        shown = (
            text
            if issubclass(type(text), str) or render.tracer is None
            else render.tracer.shown(text)
        )
        render.finished(shown, [shown])
        render.check(twins.boundary)
        return Markup(text) if autoescape else text

    def _begin(self, arguments: list[Any], sink: Sink) -> tuple[Render, Any]:
        """Start the render of one call.

        :returns: the render, and the function to run.
        """
        template, twins = self._template, self._twins
        setup = setup_of(template.environment)
        block, parent = f"{self._exported}()", getattr(twins.active, "render", None)
        try:
            compiled = twins.compiled(template, setup)
            tracer = Tracer(template.environment, twins.twin, sink.max_reads, setup)
            tracer.keep_pieces()
            module = adopt_module(
                tracer, tracer.bind(compiled, template), template._get_default_module()
            )
            macro = _macro_of(module, self._exported)
        except Unrecordable as error:
            render = Render(template, block, parent)
            render.unrecorded = str(error)
            render.start(sink)
            return render, self._func
        tracer.log.extend((FREE, op.ARGUMENTS, Made("list", list(arguments))))
        render = Render(template, block, parent, compiled, tracer)
        render.start(sink)
        return render, macro._func


# A page or a log may print the macro, which names its type.
WatchedMacro.__name__ = WatchedMacro.__qualname__ = Macro.__name__
WatchedMacro.__module__ = Macro.__module__


def _macro_of(module: TemplateModule, name: str) -> RuntimeMacro:
    """Return a macro of a frame's own module.

    :raises Unrecordable: only the app's module has it.
    """
    macro = vars(module)[name]
    if type(macro) is not RuntimeMacro:
        raise Unrecordable("its module alone knows which of its macros counts")
    return macro
