"""Call the sanitizer's ``delta`` hook with the values that changed between two renders of one
template, by their paths.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...boundary import Boundary
from ...engine import operations as op
from ...engine.replaying.answers import NOBODY, Answered
from ...engine.replaying.renderer import Renderer
from ...recording.batch import Batch
from ...recording.events import Frame
from ...sanitize import REDACTED, Sanitizer
from ...sanitize.guarded import returned
from ...trace import cells
from ...trace.model import Trace

_REMEMBERED = 1_000
_MAX_DEPTH = 12
Setter = Callable[[Any], None]


def overrides_delta(sanitizer: Sanitizer | None) -> bool:
    """Whether a sanitizer overrides the ``delta`` hook."""
    return sanitizer is not None and type(sanitizer).delta is not Sanitizer.delta


class Deltas:
    """Calls ``delta`` for every frame that follows another frame of its template in a recording.

    It runs in the writer, in the order of writing, and sees only the renders of this process. It
    renders each frame again, to learn which object gave each answer. So a sanitizer with this hook
    costs extra time.
    """

    def __init__(self, boundary: Boundary) -> None:
        self.boundary = boundary
        self.renderer = Renderer(dict[str, bytes]().__getitem__)
        self.before: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()

    def clean(
        self, sanitizer: Sanitizer, recording_id: str, batch: Batch, documents: Mapping[str, bytes]
    ) -> None:
        """Sanitize the frames of a batch.

        :param sanitizer: the sanitizer whose hook is called.
        :param documents: the documents that the batch refers to.
        """
        self.renderer.documents = documents.__getitem__
        for event in batch.events:
            if isinstance(event, Frame):
                self._frame(
                    sanitizer,
                    (recording_id, event.template),
                    event.trace,
                    self.renderer.given(event),
                )

    def _frame(
        self, sanitizer: Sanitizer, key: tuple[str, str], trace: Trace, answered: list[Answered]
    ) -> None:
        _drop_unknown(trace, answered)
        values: dict[str, Any] = {}
        setters: dict[str, list[Setter]] = {}
        for path, cell, setter in read_paths(trace, answered):
            values[path] = cells.read(cell)
            setters.setdefault(path, []).append(setter)
        previous = self.before.pop(key, None)
        if previous is not None:
            changed = {
                path: value for path, value in values.items() if previous.get(path, self) != value
            }
            kept: dict[str, Any] = {}
            with self.boundary.guard("sanitize what changed between two renders"):
                before = {path: value for path, value in previous.items() if path in changed}
                kept = returned("delta", sanitizer.delta(dict(changed), before))
            for path, value in changed.items():
                new = kept.get(path, REDACTED)
                if new is not value:
                    for setter in setters[path]:
                        setter(
                            ["x"]
                            if new == REDACTED or not cells.is_plain(new)
                            else cells.write(new)
                        )
        self.before[key] = values
        if len(self.before) > _REMEMBERED:
            self.before.popitem(last=False)


def _drop_unknown(trace: Trace, answered: list[Answered]) -> None:
    """Redact the answers whose origin is unknown, because the hook could not sanitize them."""
    attributed = {(one.word, one.place) for one in answered}
    for word, answers in trace.answers.items():
        for index in range(len(answers)):
            if (word, index) not in attributed:
                answers[index] = ["x"]


def read_paths(trace: Trace, answered: list[Answered]) -> Iterator[tuple[str, Any, Setter]]:
    """Yield each plain value that a page read: its dotted path, its cell, and a function that
    replaces the cell.

    A path is yielded as often as the page read it.

    :param answered: which object gave which answer of the trace, and to which question.
    """
    answers: dict[int, list[Answered]] = {}
    for one in answered:
        answers.setdefault(one.number, []).append(one)
    seen: set[int] = set()

    def walk(
        path: str, column: list[Any], index: int, depth: int
    ) -> Iterator[tuple[str, Any, Setter]]:
        cell = column[index]
        if cells.is_written(cell):
            yield path, cell, lambda new: column.__setitem__(index, new)
        elif not cell or depth > _MAX_DEPTH:
            return
        elif type(cell[0]) is int and cell[0] not in seen:
            seen.add(cell[0])
            yield from walk_object(path, cell[0], depth + 1)
        elif cell[0] == "l" and cell[1] == "iter":
            for position in range(2, len(cell)):
                yield from walk(f"{path}[{position - 2}]", cell, position, depth + 1)

    def walk_object(path: str, number: int, depth: int) -> Iterator[tuple[str, Any, Setter]]:
        for word, index, _, question in answers.get(number, ()):
            column = trace.answers[word]
            if question == op.ITERATE:
                yield from walk(path, column, index, depth)
            elif type(question) is str and all(map(str.isidentifier, question.split("."))):
                yield from walk(f"{path}.{question}" if path else question, column, index, depth)
            elif question[0] == op.ITEM and len(question) == 2:
                yield from walk(f"{path}[{question[1]!r}]", column, index, depth)

    yield from walk_object("", NOBODY, 0)
