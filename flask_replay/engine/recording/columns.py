"""Turn entries of a log into columns of cells. This is also the reference for the compiled
version.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def group(
    questions: Iterable[str],
    answers: Iterable[Any],
    writers: dict[int, Callable[[Any], Any] | None],
    writer_of: Callable[[type], Callable[[Any], Any] | None],
    usual: Callable[[str], Any],
    numbers: dict[int, list[int]],
    kinds: list[type],
    objects: list[Any],
    fresh: Iterator[list[int]],
) -> dict[str, list[Any]]:
    """Return answers as cells, by their questions. Objects get numbers in the order of their first
    use.

    This is most of the cost of a recorded page after its last byte. It does everything in one pass,
    because each further pass would cost as much.

    :param questions: one question for each answer, in order.
    :param writers: functions that write values of a type, by the identity of the type; ``None`` for
        types of objects, which are written as numbers. Missing types are added from *writer_of*.
        Types that are mostly stored as themselves (``None``, ``bool``, ``int``, ``float``) must
        have writers that do so.
    :param usual: writes a text that is not ASCII or contains markup.
    :param numbers: the cells of numbered objects, by identity.
    :param kinds: receives the type of each newly numbered object.
    :param objects: receives the objects.
    :param fresh: yields the cells of the next objects.
    :raises ValueError: the numbers of answers and questions differ.
    """
    columns: defaultdict[str, list[Any]] = defaultdict(list)
    known, following = numbers.get, fresh.__next__
    for question, answer in zip(questions, answers, strict=True):
        kind = type(answer)
        if kind is str:
            cell = answer if "<" not in answer and answer.isascii() else usual(answer)
        else:
            try:
                write = writers[id(kind)]
            except KeyError:
                write = writers[id(kind)] = writer_of(kind)
            if write is not None:
                cell = write(answer)
            else:  # inline: function calls would double the cost
                identity = id(answer)
                cell = known(identity)
                if cell is None:
                    cell = numbers[identity] = following()
                    kinds.append(kind)
                    objects.append(answer)
        columns[question].append(cell)
    return dict(columns)
