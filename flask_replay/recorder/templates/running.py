"""One run of a compiled template: of its twin, or of the app's own code if there is no twin."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from jinja2 import Template
from jinja2.nativetypes import native_concat
from jinja2.utils import internalcode

from ...engine import operations as op
from ...engine.ignoring import RegionMark
from ...engine.natives import gathered, is_native
from ...engine.objects import ResolvedNames
from ...engine.recording.entries import FREE, Free
from ...engine.recording.failures import failed_here
from ...engine.recording.sources import Unrecordable
from ...trace.cells import PLAIN
from ...trace.type_sets import TypeSet
from ..tracebacks import prune
from .nesting import Turn
from .render import Render
from .twins import Twins

_NAMES = TypeSet({ResolvedNames, Free})
"""Owners in the log whose answers need no code of the app."""


class RenderRun:
    """One render that is recorded, or left to the app's own code and flagged.

    :param twin: runs instrumented code; ``None`` if there is none.
    :param own: runs the app's code.
    """

    def __init__(
        self,
        template: Template,
        twins: Twins,
        render: Render,
        twin: Callable[[], Any] | None,
        own: Callable[[], Any],
    ) -> None:
        self.template = template
        self.twins = twins
        self.render = render
        self.twin = twin
        self.own = own
        self.native = is_native(template.environment)

    @internalcode
    def all(self) -> list[str]:
        """Run it at once, since its pieces are only joined."""
        render, active = self.render, self.twins.active
        outer, active.render = getattr(active, "render", None), render
        pieces = None
        try:
            with Turn(active, render.tracer):
                if self.twin is not None:
                    try:
                        pieces = list(self.twin())
                    except Exception as error:
                        if not self._is_ours(error):
                            raise
                if pieces is None:
                    try:
                        pieces = list(self.own())
                    except Exception as error:
                        self._raised(error)
                        raise
        finally:
            active.render = outer
        text = None
        with suppress(TypeError):
            text = "".join(pieces)
        if text is None:  # Jinja joins them again, and its message says which one is not a text
            render.failed(TypeError("a piece of the page is not a text"))
            tracer = render.tracer
            return pieces if tracer is None else tracer.composition.unjoined(pieces)
        self._ended(text, pieces)
        return pieces

    @internalcode
    def each(self) -> Iterator[Any]:
        """Yield the pieces of the output one by one. For ``native_concat``, yield the texts that it
        would make of them.
        """
        joined = self.native and sys._getframe(1).f_code is native_concat.__code__
        pieces = self._keep_pieces(joined=joined)
        take = partial(gathered, text_of=self._text_of) if joined else iter
        turn = Turn(self.twins.active, self.render.tracer)
        keep = pieces.append  # a page has hundreds of pieces
        turn.start()
        try:
            if self.twin is not None:
                for piece in take(turn.each(self.twin())):
                    keep(piece)
                    if type(piece) is not RegionMark:
                        yield piece
        except Exception as error:
            if pieces or not self._is_ours(error):
                raise
        finally:
            turn.stop()
        if self.render.unrecorded:
            try:
                for piece in take(self.own()):
                    pieces.append(piece)
                    yield piece
            except Exception as error:
                self._raised(error)
                raise
        with self.twins.boundary.guard("learn what a render gave"):
            self._ended(self._output(pieces, joined=joined))

    @internalcode
    async def each_async(self, *, joined: bool = False) -> AsyncIterator[Any]:
        """Yield the pieces in an asynchronous environment. The inner generator is closed with this
        one.

        :param joined: whether the pieces are for ``native_concat``, which then gets their texts.
        """
        pieces = self._keep_pieces(joined=joined)
        running = None
        try:
            if self.twin is not None:
                running = self.twin()
                async for piece in running:
                    pieces.append(piece)
                    if not joined and type(piece) is not RegionMark:
                        yield piece
                pieces[:] = gathered(pieces, self._text_of) if joined else pieces
        except Exception as error:
            if pieces or not self._is_ours(error):
                raise
        finally:
            if running is not None:
                await running.aclose()
        if self.render.unrecorded:
            running = self.own()
            try:
                async for piece in running:
                    pieces.append(piece)
                    if not joined:
                        yield piece
            except Exception as error:
                self._raised(error)
                raise
            finally:
                await running.aclose()
        if joined:
            for piece in pieces:
                yield piece
        with self.twins.boundary.guard("learn what a render gave"):
            self._ended(self._output(pieces, joined=joined))

    def _keep_pieces(self, *, joined: bool) -> list[Any]:
        if self.render.tracer is not None:
            self.render.tracer.keep_pieces()
            if self.native:
                self.render.tracer.log.extend((FREE, op.VALUE, joined))
        return self.render.pieces

    def _text_of(self, value: Any) -> str:
        """Return the text of one of several pieces of a native template, as ``native_concat``
        would.
        """
        tracer = self.render.tracer
        return str(value) if tracer is None or self.render.unrecorded else tracer.text_of(value)

    def _output(self, pieces: list[Any], *, joined: bool) -> str:
        """Return the text of the output. In a native environment, values whose text would come from
        the app's code are left out.
        """
        if not self.native:
            return "".join(map(str, pieces))
        tracer = self.render.tracer
        if tracer is not None and not self.render.unrecorded:
            return tracer.output(pieces, joined=joined)
        values = [native_concat(pieces)] if joined else pieces
        return "".join(str(value) for value in values if type(value) in PLAIN)

    def _is_ours(self, error: Exception) -> bool:
        """Note the exception that the twin raised.

        :returns: whether it may be the recorder's own failure. If so, the app's code must decide.
        """
        render, tracer = self.render, self.render.tracer
        first = tracer is not None and not tracer.regions and _NAMES.have_all(tracer.log[::3])
        if isinstance(error, Unrecordable) or (first and failed_here(error)):
            render.unrecorded = f"its twin fails: {type(error).__name__}: {error}"[:200]
            return True
        prune(error)
        render.failed(error)
        # A twin uses a few more stack frames than the app's code.
        if isinstance(error, RecursionError):
            self.twins.forget(self.template, "it recurses to Python's recursion limit")
        return False

    def _raised(self, error: Exception) -> None:
        """Note the exception that the app's own code raised. The twin, if there is one, raised it
        too.
        """
        self.render.failed(error)
        if self.twin is not None:
            self.render.unrecorded = ""

    def _ended(self, output: str, pieces: list[str] | None = None) -> None:
        self.render.finished(output, pieces)
        self.render.check(self.twins.boundary)
        if self.twin is not None and self.render.unrecorded:
            self.twins.forget(self.template, self.render.unrecorded)
