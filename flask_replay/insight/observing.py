"""A replay that is watched: what each piece of its output is, and which reads it was made of."""

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
"""Texts of macros and blocks of which it is remembered at once what they are made of."""


class Origin(NamedTuple):
    """What a piece of output was made by.

    :param source: name and key of the template; the name is ``""`` for one made from a string.
    :param line: in its source.
    :param first: number of the first read that was made for it, and
    :param last: of the one behind the last.
    :param around: the same of what it stands within, such as the call of a macro; reads that are
        over by then.
    :param value: what was printed.
    :param name: of the variable that it was made of, ``""`` if it was made of none or several.
    :param parts: the pieces that it was put together of, if a macro or block gathered it.
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
    """A piece of output that knows where it comes from. It only ever goes to where pieces are
    joined.
    """

    __slots__ = ("origin",)

    origin: Origin


class Observer(Replayer):
    """A frame that answers from a trace, and notes what the output is made of."""

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
        """Learn that a piece of output begins."""
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

    def literal(self, told: tuple[str, tuple[str, str], int]) -> TracedPiece:
        """Return a piece of the template's own text.

        :param told: the text, and of which template and line it is.
        """
        piece = self.literals.get(told)
        if piece is None:
            piece = self.literals[told] = TracedPiece(told[0])
            piece.origin = Origin(*told[1:])
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
        """Read a cell, and remember which value was made of it: a text in a trace is itself the
        value.
        """
        if type(cell) is not list:
            return cell
        found = super().value(cell, path)
        if type(cell[0]) is str:
            self.read_as[id(found)] = found, cell
        return found


class Observation(NamedTuple):
    """A render that was watched.

    :param rendered: the same that any replay gives.
    :param pieces: of the output, those of which something is known with their origins.
    :param answers: that were given; ``None`` if the frame could not be rendered at all.
    :param made: values that were made of cells, by their ``id``, with these.
    """

    rendered: Rendered
    pieces: list[str]
    answers: InOrder | None
    made: dict[int, tuple[Any, Any]]

    def flat(self) -> Iterator[tuple[int, int, Origin]]:
        """Return beginning and end of each piece within the output, in characters, with its origin,
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


class Watching(Renderer):
    """Watches renders. The templates that it compiles are other ones than a :class:`Renderer`'s,
    and kept as well.
    """

    def watch(self, frame: Frame) -> Observation:
        """Render a frame. Whatever a recording holds, this returns."""
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
    """Renders one frame, and holds what was noted."""

    def __init__(self, watching: Watching) -> None:
        super().__init__(watching.documents)
        self.compiled = watching.compiled
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
