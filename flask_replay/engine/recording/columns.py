"""Entries of a log become columns of cells: the reference of what is compiled of it, too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def group(
    questions: Iterable[str],
    answers: Iterable[Any],
    writers: dict[type, Callable[[Any], Any] | None],
    writer_of: Callable[[type], Callable[[Any], Any] | None],
    usual: Callable[[str], Any],
    numbers: dict[int, list[int]],
    kinds: list[type],
    objects: list[Any],
    fresh: Iterator[list[int]],
) -> dict[str, list[Any]]:
    """Return answers as cells, by their questions; objects get numbers as something leads to them.

    This is most of what a recorded page costs after its last byte. One pass does it all, for each
    further one would cost as much.

    :param questions: of each answer one, in order.
    :param writers: what writes values of a type, ``None`` where they are objects, which are written
        by their numbers; those that are not known yet come from *writer_of*. Types that stand for
        themselves wherever they can (``None``, ``bool``, ``int``, ``float``) must have writers that
        let them.
    :param usual: writes a text that is not ASCII or has markup in it.
    :param numbers: the cells of objects that have a number, by identity.
    :param kinds: takes the type of each object that gets one.
    :param objects: takes the objects.
    :param fresh: gives the cells of the next ones.
    :raises ValueError: there are not as many answers as questions.
    """
    columns: defaultdict[str, list[Any]] = defaultdict(list)
    known, following = numbers.get, fresh.__next__
    for question, answer in zip(questions, answers, strict=True):
        kind = type(answer)
        if kind is str:
            cell = answer if "<" not in answer and answer.isascii() else usual(answer)
        else:
            try:
                write = writers[kind]
            except KeyError:
                write = writers[kind] = writer_of(kind)
            if write is not None:
                cell = write(answer)
            else:  # in place: a call for each would cost as much as all of it
                identity = id(answer)
                cell = known(identity)
                if cell is None:
                    cell = numbers[identity] = following()
                    kinds.append(kind)
                    objects.append(answer)
        columns[question].append(cell)
    return dict(columns)
