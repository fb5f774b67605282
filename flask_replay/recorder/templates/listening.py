"""Watch the templates of an app: each render of a recorded request makes a ``Render``.

The app's environment compiles and runs its own code for everybody else. A recorded render runs the
twin: a second, instrumented compilation of the same source, made at its first use. The twin
replaces only the template's compiled functions. The callers of these functions
(``Template.render``, an app's own ``render``, wrappers of either, ``render_block``) remain the
app's or Jinja's code, as without a recorder.
"""

from __future__ import annotations

import inspect
import sys
import threading
import weakref
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any, cast

from flask import Flask
from jinja2 import Environment, Template, nodes, runtime
from jinja2.environment import TemplateExpression, TemplateModule
from jinja2.nativetypes import NativeTemplate
from jinja2.runtime import Context
from jinja2.utils import internalcode

from ...boundary import Boundary
from ...engine.compiled import Compiled
from ...engine.ignoring import ReplayIgnore
from ...engine.overlays import overlays_made_of
from ...engine.recording.compilations import LAST
from ...engine.recording.compiling import check, twin_of
from ...engine.recording.constants import note_constants
from ...engine.recording.setups import WrittenSetup, setup_of
from ...engine.recording.sources import SourceKeeper, Sources, Unrecordable, source_of
from ...engine.recording.tracer import Tracer
from ...forks import ForkLock
from .macros import watched_module
from .render import Render, Sink
from .running import RenderRun

Current = Callable[[], Sink | None]

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


_CREATE = "create_jinja_environment"
"""The name of the method with which an app makes its environment."""

_MAKING_OF_STRINGS = inspect.unwrap(Environment.from_string).__code__


class Templates:
    """The state of the recorder for one app's templates.

    :param current: returns the sink of the current request, or ``None``.
    :param boundary: keeps the recorder's own failures out of the app.
    """

    def __init__(self, current: Current, boundary: Boundary) -> None:
        self.current = current
        self.boundary = boundary
        self.environment: Callable[[], Environment | None] = lambda: None
        self.last = Sources()
        self.lock = ForkLock()
        self.active = threading.local()
        self.sinks: dict[int, tuple[Any, Sink]] = {}

    def prepare(self, app: Flask) -> None:
        """Watch the templates of an app. Call this before a recorded request renders any."""
        if self.expect(app) and self.environment() is not app.jinja_env:
            with self.boundary.guard("listen to templates"):
                self.attach(app.jinja_env, *overlays_made_of(app.jinja_env))

    def expect(self, app: Flask) -> bool:
        """Watch the app's Jinja environment when the app creates it. It is not created here,
        because this would fix its options, and make a reference cycle between the environment and
        the app. Call this before the app compiles any template: what its functions return for
        constants is then noted, and they are not called again.

        :returns: whether the environment exists, or the app creates it in another way.
        """
        if "jinja_env" in vars(app) or type(app).jinja_env is not Flask.jinja_env:
            return True
        if type(vars(app).get(_CREATE)) is not _Creating:
            vars(app)[_CREATE] = _Creating(self, app)
        return False

    def attach(self, environment: Environment, *overlays: Environment) -> None:
        """Make the templates of an environment, including those already loaded, report their
        renders.

        :param overlays: the overlays made of it so far; later ones inherit this.
        """
        with self.lock:
            if self.environment() is environment:
                return
            for each in (environment, *overlays):
                self._keep_sources(each)
            self.environment = weakref.ref(environment)  # weak: the environment holds its app

    def _keep_sources(self, environment: Environment) -> None:
        keeper = type(
            "SourceKeeper",
            (SourceKeeper,),
            {"last": self.last, "identifier": SourceKeeper.identifier},
        )
        environment.add_extension(keeper)
        note_constants(environment, self.boundary)
        ignoring = environment.extensions.get(ReplayIgnore.identifier)
        if isinstance(ignoring, ReplayIgnore):
            ignoring.on_untraced = self._unseen
        plain = environment.template_class
        watched = type(
            plain.__name__,
            (WatchedTemplate, plain),
            {"_replay": self, "__module__": plain.__module__},
        )
        environment.template_class = watched
        for template in list((environment.cache or {}).values()):
            if type(template) is plain:
                template.__class__ = watched

    def sink(self) -> Sink | None:
        """Return the sink for the renders of this moment, or ``None``. Ignored parts and constants
        being evaluated have no sink.
        """
        sink = self.current()
        return (
            None
            if sink is None or sink.ignoring or getattr(self.active, "compiling", False)
            else sink
        )

    def _unseen(self) -> None:
        """Note that the app's own code is running an ignored part."""
        sink = self.sink()
        if sink is not None:
            sink.unseen = True

    def twin(self, template: Template, setup: WrittenSetup) -> Compiled | None:
        """Return the twin of a template, or ``None`` if it cannot be made."""
        try:
            return self.compiled(template, setup)
        except Unrecordable:
            return None

    def compiled(self, template: Template, setup: WrittenSetup) -> Compiled:
        """Return the twin of a template for the current state of its environment.

        :raises Unrecordable: it cannot be made; that is remembered.
        """
        own = template.__dict__
        made_for, result = own.get("_replay_twin", (None, None))
        if made_for is not setup:
            # No lock is held: compiling may call functions of the app for constants, and these may
            # render templates.
            compiling, self.active.compiling = getattr(self.active, "compiling", False), True
            try:
                check(template)
                source, constants = own.get("_replay_source"), own.get("_replay_constants")
                if source is None or "_replay_checked" not in own:
                    source, constants = source_of(template, source, constants)
                    own.update(
                        _replay_source=source, _replay_constants=constants, _replay_checked=True
                    )
                result = twin_of(
                    template, source, setup, own.get("_replay_setup", setup), constants
                )
            except Unrecordable as error:
                result = str(error)
            except Exception as error:
                self.boundary.failed("make a template's twin", error)
                result = f"{type(error).__name__}: {error}"[:200]
            finally:
                self.active.compiling = compiling
            own["_replay_twin"] = setup, result
        if isinstance(result, str):
            raise Unrecordable(result)
        return cast(Compiled, result)

    def begin(
        self, template: Template, block: str, context: Context, sink: Sink
    ) -> tuple[Render, Any]:
        """Start a render.

        :param block: the block that is rendered alone, ``""`` for the whole template.
        :param context: the context that the app made for it.
        :returns: the render, and the function to run; ``None`` means the app's own code.
        """
        setup = setup_of(template.environment)
        parent = getattr(self.active, "render", None)
        try:
            compiled = self.compiled(template, setup)
            _check_unused(context)
        except Unrecordable as error:
            render = Render(template, block, parent)
            render.unrecorded = str(error)
            self._note_unrecorded(template, str(error))
            render.start(sink)
            return render, None
        tracer = Tracer(template.environment, self.twin, sink.max_reads, setup)
        view = tracer.bind(compiled, template)
        render = Render(template, block, parent, compiled, tracer)
        render.start(sink)
        tracer.settle_escaping(context)
        view.enter(context)
        return render, view.blocks[block] if block else view.root_render_func

    def forget(self, template: Template, why: str) -> None:
        """Run the app's own code for a template from now on, because its twin fails."""
        template.__dict__["_replay_twin"] = setup_of(template.environment), why
        self._note_unrecorded(template, why)

    def _note_unrecorded(self, template: Template, why: str) -> None:
        name = template.name or "(string)"
        self.boundary.note(f"unrecorded {name}", f"the template {name} is not recorded: {why}")


def register_ignore_tag(app: Flask) -> None:
    """Let the templates of an app use ``{% replay_ignore %}``, whether or not they are recorded.

    The app's Jinja environment is made at its first use, with these options. An existing
    environment gets the extension now.
    """
    if "jinja_env" in vars(app):
        if ReplayIgnore.identifier not in app.jinja_env.extensions:
            app.jinja_env.add_extension(ReplayIgnore)
    elif ReplayIgnore not in (extensions := app.jinja_options.get("extensions", ())):
        app.jinja_options = {**app.jinja_options, "extensions": [*extensions, ReplayIgnore]}


class _Creating:
    """Replaces an app's ``create_jinja_environment``, and watches the environment that it creates.

    It holds the app only weakly.
    """

    def __init__(self, templates: Templates, app: Flask) -> None:
        self.templates = templates
        self.app = weakref.ref(app)
        self.inner: Callable[[], Environment] | None = vars(app).get(_CREATE)

    def __call__(self) -> Environment:
        app = cast(Flask, self.app())
        environment = (
            type(app).create_jinja_environment(app) if self.inner is None else self.inner()
        )
        with self.templates.boundary.guard("listen to templates"):
            self.templates.attach(environment)
        return environment


class WatchedTemplate(Template):
    """A template of the app that reports its renders."""

    _replay: Templates

    @classmethod
    def from_code(
        cls, environment: Environment, code: Any, globals: Any, uptodate: Any = None
    ) -> Template:
        template = super().from_code(environment, code, globals, uptodate)
        templates = cls._replay
        template.__dict__.setdefault("_replay_constants", LAST.take(template.name))
        source = templates.last.take(template.name)
        if source is not None and not _is_made_of_nodes(sys._getframe(1)):
            template.__dict__["_replay_source"] = source
        with templates.boundary.guard("learn how a template was made"):
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
        return own if self._replay.sink() is None else watched_module(self, own)

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


def _check_unused(context: Context) -> None:
    """Raise if a context is not fresh. What a template has set in it is missing from the record of
    another render.

    :raises Unrecordable: the context was used before.
    """
    if context.vars:
        raise Unrecordable("its context has been used before")


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
    templates = template._replay
    caller = sys._getframe(1)
    if _is_within(caller):
        return own(context)
    _, sink = templates.sinks.pop(id(caller), (None, None))
    sink = sink or templates.sink()
    if sink is None or sink.ignoring:
        return own(context)
    begun = None
    blocks = context.blocks
    with templates.boundary.guard("begin to record a render"):
        begun = templates.begin(template, block, context, sink)
    if begun is None:
        context.blocks = blocks
        return own(context)
    render, twin = begun

    def by_itself() -> Any:
        context.blocks = blocks
        return own(context)

    run = RenderRun(template, render, None if twin is None else partial(twin, context), by_itself)
    environment: Any = template.environment
    if environment.is_async:
        return run.each_async(joined=caller.f_code is _AWAITING_VALUES)
    if caller.f_code is _JOINING and environment.concat is Environment.concat:
        return run.all()
    return run.each()
