"""A replay that observes itself: where each piece of the output comes from, and which reads
produced it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ..engine.documents import TemplateDocument
from ..engine.replaying.answers import Answers, InOrder
from ..engine.replaying.environment import ReplayEnvironment
from ..engine.replaying.renderer import Rendered, Renderer
from ..engine.replaying.replayer import Replayer
from ..recording.events import Frame
from .outputs import outlets

_GATHERED = 10_000
"""Texts of macros and blocks whose pieces are remembered at the same time."""


class Origin(NamedTuple):
    """The origin of a piece of output.

    :param source: name and key of the template; the name is ``""`` for one made from a string.
    :param line: its line in the template's source.
    :param first: number of the first read for this piece.
    :param last: number of the read after the last one.
    :param around: the same two numbers for what contains the piece, such as the call of a macro,
        whose reads come before.
    :param value: the printed value.
    :param name: the only variable in the printed expression, ``""`` if there are none or several.
    :param parts: the pieces of which it consists, if a macro or block collected it.
    """

    source: tuple[str, str]
    line: int
    first: int = 0
    last: int = 0
    around: tuple[int, int] = (0, 0)
    value: Any = None
    name: str = ""
    parts: tuple[Any, ...] = ()


class TracedPiece(str):
    """A piece of output with its origin. Only code that joins pieces receives it."""

    __slots__ = ("origin",)

    origin: Origin


class Observer(Replayer):
    """Replays a frame, and notes the origin of each piece of output."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.answered = self.answers.given if isinstance(self.answers, InOrder) else []
        self.open: list[tuple[int, int]] = []
        self.printed: Any = None
        self.gathered: dict[str, tuple[int, tuple[Any, ...]]] = {}
        self.times = 0
        self.literals: dict[tuple[str, tuple[str, str], int], TracedPiece] = {}
        self.read_as: dict[int, tuple[Any, Any]] = {}
        if not self.sandbox.concat_of:
            self.environment.concat = self._gathering(self.environment.concat)
            self.base.concat = self._gathering(self.base.concat)  # type: ignore[method-assign]
        self.escape_text = self._escape_text

    # What is printed

    def begin(self) -> None:
        """Note that a piece of output begins."""
        self.open.append((len(self.answered), self.times))
        self.printed = None

    def piece(self, begun: None, text: Any, source: tuple[str, str], line: int, name: str) -> Any:
        """Return a piece of output, with its origin."""
        first, times = self.open.pop() if self.open else (len(self.answered), self.times)
        printed, self.printed = self.printed, None
        if not isinstance(text, str):
            return text
        last = len(self.answered)
        gathered = self.gathered.get(text) if self.gathered and text else None
        parts = () if gathered is None or (gathered[0] <= times and last > first) else gathered[1]
        around = (self.open[-1][0], first) if self.open else (0, 0)
        piece = TracedPiece(text)
        piece.origin = Origin(source, line, first, last, around, printed, name, parts)
        return piece

    def literal(self, literal: tuple[str, tuple[str, str], int]) -> TracedPiece:
        """Return a piece of the template's own text.

        :param literal: the text, with its template and line.
        """
        piece = self.literals.get(literal)
        if piece is None:
            piece = self.literals[literal] = TracedPiece(literal[0])
            piece.origin = Origin(*literal[1:])
        return piece

    def _gathering(self, concat: Callable[[Iterable[Any]], Any]) -> Callable[[Iterable[Any]], Any]:
        def gather(pieces: Iterable[Any]) -> Any:
            found = tuple(pieces)
            text = concat(found)
            if type(text) is str and text:
                if len(self.gathered) >= _GATHERED:
                    self.gathered.clear()
                self.times += 1
                self.gathered[text] = self.times, found
            return text

        return gather

    def escape(self, value: Any) -> Any:
        """Escape what is printed."""
        self.printed = value
        return super().escape(value)

    def _escape_text(self, value: str) -> str:
        self.printed = value
        return type(self).escape_text(value)

    def text_of(self, value: Any) -> Any:
        """Return the text of what is printed."""
        self.printed = value
        return super().text_of(value)

    # What is read

    def value(self, cell: Any, path: str) -> Any:
        """Read a cell, and remember which value came from it. A text in a trace is the value
        itself.
        """
        if type(cell) is not list:
            return cell
        found = super().value(cell, path)
        if type(cell[0]) is str:
            self.read_as[id(found)] = found, cell
        return found


class Observation(NamedTuple):
    """A render that was observed.

    :param rendered: the result, the same as of any replay.
    :param pieces: the pieces of the output with a known origin.
    :param answers: the answers of the trace; ``None`` if the frame could not be rendered.
    :param made: values that were made from cells, with these cells, by the ``id`` of the value.
    """

    rendered: Rendered
    pieces: list[str]
    answers: InOrder | None
    made: dict[int, tuple[Any, Any]]

    def flat(self) -> Iterator[tuple[int, int, Origin]]:
        """Return the start and the end of each piece in the output, in characters, with its origin,
        in order.
        """
        at = 0
        pending: list[Iterator[Any]] = [iter(self.pieces)]
        while pending:
            for piece in pending[-1]:
                origin = piece.origin if type(piece) is TracedPiece else None
                if origin is not None and origin.parts:
                    pending.append(iter(origin.parts))
                    break
                if origin is not None and piece:
                    yield at, at + len(piece), origin
                at += len(piece)
            else:
                pending.pop()


class ObservingRenderer(Renderer):
    """Observes renders. Its compiled templates differ from those of a :class:`Renderer`, and are
    cached as well.
    """

    def observe(self, frame: Frame) -> Observation:
        """Render a frame and return the observation. Never raises, whatever the recording holds."""
        one = _Once(self)
        rendered = one.render(frame)
        observer = one.observer
        answers = (
            None
            if observer is None or not isinstance(observer.answers, InOrder)
            else observer.answers
        )
        pieces = one.pieces if "".join(one.pieces) == rendered.html else []
        return Observation(rendered, pieces, answers, {} if observer is None else observer.read_as)


class _Once(Renderer):
    """Renders one frame, and keeps its observations."""

    def __init__(self, observing: ObservingRenderer) -> None:
        super().__init__(observing.documents)
        self.shared = observing.shared
        self.observer: Observer | None = None
        self.pieces: list[str] = []
        self.replayer = self._observer

    def _observer(self, *arguments: Any, **options: Any) -> Observer:
        self.observer = Observer(*arguments, **options)
        return self.observer

    def _render(
        self, frame: Frame, answers: Answers, pieces: list[str], absent: dict[str, None]
    ) -> None:
        self.pieces, self.observer = pieces, None
        super()._render(frame, answers, pieces, absent)

    def _rewrite(
        self, environment: ReplayEnvironment, document: TemplateDocument, key: str
    ) -> Callable[[ast.Module], object] | None:
        return None if environment.native else outlets((document.name, key), document.source)
