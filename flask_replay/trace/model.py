"""The record of one render: what the template read, as data."""

from __future__ import annotations

from typing import Any

import msgspec

Cell = Any
"""A value of a trace as plain data: ``None``, ``bool``, a small ``int``, ``float`` or ``str``
stand for themselves; everything else is a list that begins with a tag (see ``cells``)."""


PAGE = -1
GLOBAL = -2
FREE = -3
"""What stands in ``subjects`` for the two scopes of names, and for questions that no object owns."""


class Trace(msgspec.Struct, frozen=True, array_like=True):
    """What one render read, as columns: entry *i* is ``subjects[i]``, ``asked[i]``, ``answers[i]``.

    Entries are in the order in which the page asked. One that asks the same again, of the same
    subject, is there again.

    :param types: what the objects were, each ``[name, letters]``, counted from 0.
    :param objects: for each object the number of its type.
    :param questions: what was asked: a name, or a list that begins with an operation.
    :param subjects: who was asked: the number of an object, or one of the constants above.
    :param asked: which question.
    :param answers: what was answered, as cells.
    :param truncated: the render went on after the log was full.
    """

    types: list[list[Any]] = []
    objects: list[int] = []
    questions: list[Any] = []
    subjects: list[int] = []
    asked: list[int] = []
    answers: list[Cell] = []
    truncated: bool = False
