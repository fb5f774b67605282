"""A trace as a tree of its cells, for developers of the engine: the questions to each object, with
their answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ...trace.model import Trace
from .answers import NOBODY, OF_PLAIN, Answered

_ASKERS = {NOBODY: "names and operations", OF_PLAIN: "values that are no objects"}


def printed(trace: Trace, given: Sequence[Answered]) -> Iterator[str]:
    """Yield the lines of a tree: below each object its questions, in order.

    :param given: the answers with their questions, which :meth:`Renderer.given` found by replaying.
    """
    questions: defaultdict[int, list[Answered]] = defaultdict(list)
    for one in given:
        questions[one.number].append(one)
    for number in (NOBODY, OF_PLAIN, *sorted(questions)):
        if number in questions:
            yield _ASKERS.get(number) or _object(trace, number)
            yield from _branch(trace, questions, number, 1)
    counts: defaultdict[str, int] = defaultdict(int)
    for one in given:
        counts[one.word] += 1
    for word, answers in trace.answers.items():
        if left := len(answers) - counts[word]:
            yield f"! {left} of {len(answers)} answers to {word!r} were never requested"
    if trace.truncated:
        yield "! the log was full before the render was over"


def _branch(
    trace: Trace, questions: dict[int, list[Answered]], number: int, depth: int
) -> Iterator[str]:
    for one in questions.pop(number, ()):
        cell = trace.answers[one.word][one.place]
        inner = cell[0] if type(cell) is list and cell and type(cell[0]) is int else None
        answer = _json(cell) if inner is None else _object(trace, inner)
        yield f"{'  ' * depth}{_question(one.question)} → {answer}"
        if inner is not None:
            yield from _branch(trace, questions, inner, depth + 1)


def _question(question: Any) -> str:
    if type(question) is str:
        return question
    word, *operands = question
    return f"{word} {' '.join(map(_json, operands))}".rstrip()


def _object(trace: Trace, number: int) -> str:
    """Return an object as its number and the name of its type, with its placeholder if it is a
    secret.
    """
    kind = trace.types[trace.objects[number]][0] if 0 <= number < len(trace.objects) else "?"
    kept = f", kept as {_json(trace.kept[number])}" if number in trace.kept else ""
    return f"#{number} {kind}{kept}"


def _json(cell: Any) -> str:
    return msgspec.json.encode(cell).decode()
