"""Begin the renders of an app's recorded templates: find or make the twin that each one runs.

A twin is a second, instrumented compilation of the source of a template, made at its first use.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

from jinja2 import Template
from jinja2.runtime import Context

from ...boundary import Boundary
from ...engine.compiled import Compiled
from ...engine.recording.compiling import check, twin_of
from ...engine.recording.setups import WrittenSetup, setup_of
from ...engine.recording.sources import Sources, Unrecordable, source_of
from ...engine.recording.tracer import Tracer
from .render import Render, Sink

Current = Callable[[], Sink | None]


class Twins:
    """The twins of one app's templates, and what is rendered with them at the moment.

    :param current: returns the sink of the current request, or ``None``.
    :param boundary: keeps the recorder's own failures out of the app.
    :ivar last: the sources that the environment read and did not compile yet.
    :ivar active: the render of each thread, and whether it compiles a twin.
    :ivar sinks: the sinks of generators that were made but have not started, by the identity of
        their Python frame.
    """

    def __init__(self, current: Current, boundary: Boundary) -> None:
        self.current = current
        self.boundary = boundary
        self.last = Sources()
        self.active = threading.local()
        self.sinks: dict[int, tuple[Any, Sink]] = {}

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

    def note_unseen(self) -> None:
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


def _check_unused(context: Context) -> None:
    """Raise if a context is not fresh. What a template has set in it is missing from the record of
    another render.

    :raises Unrecordable: the context was used before.
    """
    if context.vars:
        raise Unrecordable("its context has been used before")
