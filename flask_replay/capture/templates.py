"""Listen to the templates of an app: each render of a recorded request leaves a ``Render``.

The app's environment keeps compiling and running its own code for everybody else. A render that
is recorded runs a second compilation of the same source, instrumented, made at its first use.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Protocol, cast

from flask import Flask
from jinja2 import Environment, Template
from jinja2.ext import Extension

from ..trace.frame import Compiled, FrameTemplate
from .boundary import Boundary
from .compiling import WrittenSetup, compile_template, setup_state
from .rendering import Render
from .tracer import Tracer


class Sink(Protocol):
    """Takes the renders of one request."""

    max_reads: int

    def opened(self, render: Render) -> None:
        """Learn that a render begins."""


Current = Callable[[], Sink | None]


class _Sources(threading.local):
    """The source that this thread read last: the template made next is made of it."""

    name: str | None = None
    filename: str | None = None
    source: str | None = None


class SourceKeeper(Extension):
    """Sees each template's source before anything else does."""

    identifier = "flask_replay.sources"
    priority = -(10**6)
    last: _Sources

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Note a source, and hand it on unchanged."""
        last = self.last
        last.name, last.filename, last.source = name, filename, source
        return source


class Templates:
    """What the recorder knows of one app's templates.

    :param current: gives the sink of the request that is being handled, or ``None``.
    :param boundary: keeps the recorder's own failures from the app.
    """

    def __init__(self, current: Current, boundary: Boundary) -> None:
        self.current = current
        self.boundary = boundary
        self.environment: Environment | None = None
        self.last = _Sources()
        self.lock = threading.Lock()
        self.active = threading.local()
        self.setups: weakref.WeakKeyDictionary[Environment, WrittenSetup] = weakref.WeakKeyDictionary()

    def prepare(self, app: Flask) -> None:
        """Listen to the templates of an app; to be called before a recorded request renders any.

        The app's Jinja environment is not touched before its first request: making it fixes its options.
        """
        if self.environment is not app.jinja_env:
            with self.boundary.guard("listen to templates"):
                self.attach(app.jinja_env)

    def attach(self, environment: Environment) -> None:
        """Make the templates of an environment tell of their renders, also those already made."""
        with self.lock:
            if self.environment is environment:
                return
            keeper = type("SourceKeeper", (SourceKeeper,), {"last": self.last, "identifier": SourceKeeper.identifier})
            environment.add_extension(keeper)
            plain = environment.template_class
            heard = type(plain.__name__, (_Heard, plain), {"_replay": self, "__module__": plain.__module__})
            environment.template_class = heard
            for template in list((environment.cache or {}).values()):
                if type(template) is plain:
                    template.__class__ = heard
            self.environment = environment

    def compiled(self, template: Template) -> Compiled | None:
        """Give the instrumented form of a template, or ``None`` if its source cannot be had."""
        known = template.__dict__.get("_replay_compiled", _UNKNOWN)
        if known is _UNKNOWN:
            # no lock: to compile asks functions of the app's about constants, and they may render templates
            compiling, self.active.compiling = getattr(self.active, "compiling", False), True
            try:
                compiled = compile_template(template, template.__dict__.get("_replay_source"))
            finally:
                self.active.compiling = compiling
            known = template.__dict__.setdefault("_replay_compiled", compiled)
        return cast(Compiled | None, known)

    def begin(self, template: Template, sink: Sink) -> tuple[Render, FrameTemplate] | None:
        """Open a render, or give ``None`` when the template cannot be recorded."""
        compiled = self.compiled(template)
        if compiled is None:
            return None
        environment = template.environment
        setup = self.setups.get(environment)
        if setup is None or setup.state != setup_state(environment):
            setup = self.setups[environment] = WrittenSetup(environment)
        tracer = Tracer(environment, self.compiled, sink.max_reads, setup)
        render = Render(template, compiled, tracer, getattr(self.active, "render", None))
        sink.opened(render)
        return render, tracer.bind(compiled)


_UNKNOWN: Any = object()


class _Heard(Template):
    """A template of the app's that tells of its renders."""

    _replay: Templates

    @classmethod
    def from_code(cls, environment: Environment, code: Any, globals: Any, uptodate: Any = None) -> Template:
        template = super().from_code(environment, code, globals, uptodate)
        last = cls._replay.last
        if last.source is not None and last.name == template.name:
            template.__dict__["_replay_source"] = last.source
        last.source = None
        return template

    def _begin(self) -> tuple[Render, FrameTemplate] | None:
        sink = self._replay.current()
        if sink is None or getattr(self._replay.active, "compiling", False):
            return None
        with self._replay.boundary.guard("begin to record a render"):
            return self._replay.begin(self, sink)
        return None

    def render(self, *arguments: Any, **variables: Any) -> str:
        opened = None if self.environment.is_async else self._begin()  # it comes by render_async there
        if opened is None:
            return super().render(*arguments, **variables)
        render, template = opened
        context = template.new_context(dict(*arguments, **variables))
        active = self._replay.active
        outer, active.render = getattr(active, "render", None), render
        try:
            pieces = list(template.root_render_func(context))
            output = self.environment.concat(pieces)  # type: ignore[attr-defined]
        except Exception as error:
            render.failed(error)
            self.environment.handle_exception()
        finally:
            active.render = outer
        render.finished(output, pieces)
        return output

    async def render_async(self, *arguments: Any, **variables: Any) -> str:
        opened = self._begin()
        if opened is None or not self.environment.is_async:
            return await super().render_async(*arguments, **variables)
        render, template = opened
        context = template.new_context(dict(*arguments, **variables))
        try:
            pieces = [piece async for piece in template.root_render_func(context)]  # type: ignore[attr-defined]
            output = self.environment.concat(pieces)  # type: ignore[attr-defined]
        except Exception as error:
            render.failed(error)
            self.environment.handle_exception()
        render.finished(output, pieces)
        return output

    def generate(self, *arguments: Any, **variables: Any) -> Iterator[str]:
        opened = None if self.environment.is_async else self._begin()
        if opened is None:
            return super().generate(*arguments, **variables)
        return self._generate(*opened, dict(*arguments, **variables))

    def _generate(self, render: Render, template: FrameTemplate, variables: dict[str, Any]) -> Iterator[str]:
        context = template.new_context(variables)
        pieces = render.pieces
        cast(Tracer, template.frame).keep_pieces()
        try:
            for piece in template.root_render_func(context):
                pieces.append(piece)
                yield piece
        except Exception as error:
            render.failed(error)
            yield self.environment.handle_exception()
        else:
            render.finished("".join(pieces))

    def generate_async(self, *arguments: Any, **variables: Any) -> AsyncIterator[str]:  # type: ignore[override]
        opened = self._begin()
        if opened is None or not self.environment.is_async:
            return super().generate_async(*arguments, **variables)
        return self._generate_async(*opened, dict(*arguments, **variables))

    async def _generate_async(
        self, render: Render, template: FrameTemplate, variables: dict[str, Any]
    ) -> AsyncIterator[str]:
        context = template.new_context(variables)
        pieces = render.pieces
        cast(Tracer, template.frame).keep_pieces()
        try:
            async for piece in template.root_render_func(context):  # type: ignore[attr-defined]
                pieces.append(piece)
                yield piece
        except Exception as error:
            render.failed(error)
            yield self.environment.handle_exception()
        else:
            render.finished("".join(pieces))
