"""Templates that report their renders: a recorded render runs the twin.

The twin replaces only the template's compiled functions. The callers of these functions
(``Template.render``, an app's own ``render``, wrappers of either, ``render_block``) remain the
app's or Jinja's code, as without a recorder.
"""

from __future__ import annotations

import inspect
import sys
import weakref
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from jinja2 import Environment, Template, nodes, runtime
from jinja2.environment import TemplateExpression, TemplateModule
from jinja2.nativetypes import NativeTemplate
from jinja2.runtime import Context
from jinja2.utils import internalcode

from ...engine.recording.compilations import LAST
from ...engine.recording.setups import setup_of
from .macros import watched_module
from .running import RenderRun
from .twins import Twins

_JOINING = inspect.unwrap(Template.render).__code__
"""Jinja's own ``render``. It passes all pieces to the environment's ``concat``, even when it is
wrapped.
"""

_AWAITING_VALUES = inspect.unwrap(NativeTemplate.render_async).__code__

_MAKING_NO_PAGE = frozenset(
    {
        TemplateModule.__init__.__code__,
        Template.make_module_async.__code__,
        TemplateExpression.__call__.__code__,
    }
)
_MAKING_CONTEXTS = Template.new_context.__code__
_MAKING_OF_STRINGS = inspect.unwrap(Environment.from_string).__code__


def watch(environment: Environment, twins: Twins) -> None:
    """Make the templates of an environment, including those already loaded, report their
    renders.
    """
    plain = environment.template_class
    watched = type(
        plain.__name__,
        (WatchedTemplate, plain),
        {"_replay": twins, "__module__": plain.__module__},
    )
    environment.template_class = watched
    for template in list((environment.cache or {}).values()):
        if type(template) is plain:
            template.__class__ = watched


def is_watched(environment: Environment) -> bool:
    """Whether the templates that an environment makes report their renders."""
    return issubclass(environment.template_class, WatchedTemplate)


class WatchedTemplate(Template):
    """A template of the app that reports its renders."""

    _replay: Twins

    @classmethod
    def from_code(
        cls, environment: Environment, code: Any, globals: Any, uptodate: Any = None
    ) -> Template:
        template = super().from_code(environment, code, globals, uptodate)
        twins = cls._replay
        template.__dict__.setdefault("_replay_constants", LAST.take(template.name))
        source = twins.last.take(template.name)
        if source is not None and not _is_made_of_nodes(sys._getframe(1)):
            template.__dict__["_replay_source"] = source
        with twins.boundary.guard("learn how a template was made"):
            template.__dict__["_replay_setup"] = setup_of(environment)
        return template

    @property
    def root_render_func(self) -> Any:  # type: ignore[override]
        own = self.__dict__["root_render_func"]
        if not self._replay.sinks and self._replay.sink() is None:
            return own
        return partial(_run, self, "", own)

    @root_render_func.setter
    def root_render_func(self, function: Any) -> None:
        self.__dict__["root_render_func"] = function

    @property
    def blocks(self) -> Any:  # type: ignore[override]
        own = self.__dict__["blocks"]
        caller = sys._getframe(1)
        if caller.f_code is _MAKING_CONTEXTS or _is_within(caller) or self._replay.sink() is None:
            return own
        return {name: partial(_run, self, name, function) for name, function in own.items()}

    @blocks.setter
    def blocks(self, functions: Any) -> None:
        self.__dict__["blocks"] = functions

    @property
    def module(self) -> TemplateModule:
        own = super().module
        return own if self._replay.sink() is None else watched_module(self, self._replay, own)

    def generate(self, *arguments: Any, **variables: Any) -> Any:
        return self._remember_sink(super().generate(*arguments, **variables), "gi_frame")

    def generate_async(self, *arguments: Any, **variables: Any) -> Any:
        return self._remember_sink(super().generate_async(*arguments, **variables), "ag_frame")

    def _remember_sink(self, pieces: Any, attribute: str) -> Any:
        """Remember the request in which a generator was made, since it mostly runs when the request
        is over.
        """
        frame = getattr(pieces, attribute, None)
        sink = None if frame is None else self._replay.sink()
        if sink is not None:
            sinks, key = self._replay.sinks, id(frame)
            sinks[key] = weakref.ref(pieces, lambda _: sinks.pop(key, None)), sink
        return pieces


def _is_made_of_nodes(caller: FrameType) -> bool:
    """Whether a template is made from a syntax tree, as by ``compile_expression``. The last source
    that was read is not its own then.
    """
    return caller.f_code is _MAKING_OF_STRINGS and isinstance(
        caller.f_locals["source"], nodes.Template
    )


def _is_within(caller: FrameType) -> bool:
    """Whether a template's own code requests another template, which then belongs to the outer
    render or to none.
    """
    names = caller.f_globals
    return (
        "__jinja_template__" in names or names is vars(runtime) or caller.f_code in _MAKING_NO_PAGE
    )


@internalcode
def _run(
    template: WatchedTemplate, block: str, own: Callable[[Context], Any], context: Context
) -> Any:
    """Run the twin of a template's function, if the render is to be recorded.

    :param own: the app's function.
    :returns: what the app's function would return: an iterable of pieces.
    """
    twins = template._replay
    caller = sys._getframe(1)
    if _is_within(caller):
        return own(context)
    _, sink = twins.sinks.pop(id(caller), (None, None))
    sink = sink or twins.sink()
    if sink is None or sink.ignoring:
        return own(context)
    begun = None
    blocks = context.blocks
    with twins.boundary.guard("begin to record a render"):
        begun = twins.begin(template, block, context, sink)
    if begun is None:
        context.blocks = blocks
        return own(context)
    render, twin = begun

    def by_itself() -> Any:
        context.blocks = blocks
        return own(context)

    run = RenderRun(
        template, twins, render, None if twin is None else partial(twin, context), by_itself
    )
    environment: Any = template.environment
    if environment.is_async:
        return run.each_async(joined=caller.f_code is _AWAITING_VALUES)
    if caller.f_code is _JOINING and environment.concat is Environment.concat:
        return run.all()
    return run.each()
