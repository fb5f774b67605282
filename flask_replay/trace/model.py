"""The trace of one render: what the template read, as data."""

from __future__ import annotations

from typing import Any

import msgspec

Cell = Any
"""A value of a trace as plain data. ``None``, ``bool``, a small ``int``, ``float`` or ``str`` are
stored as themselves. Everything else is a list that begins with a tag (see ``cells``).
"""


class Trace(msgspec.Struct, frozen=True, array_like=True):
    """What one render read: for each question its answers, in the order in which the template
    asked.

    The objects and operands of a question are not recorded. A replay runs the same template, which
    asks the same questions of the same objects again.

    :param types: the types of the objects, each ``[name, letters]``, counted from 0.
    :param objects: for each object, the number of its type.
    :param answers: lists of cells by the word of the question, which is an attribute's name or an
        operation.
    :param kept: the cells that replace secrets, by their numbers.
    :param held: the methods of plain values, by their numbers: the value as a cell, and the name of
        the method.
    :param lent: the numbers of the containers that the template passed to the app, by the order in
        which it passed them.
    :param truncated: the render went on after the log was full.
    """

    types: list[list[Any]] = []
    objects: list[int] = []
    answers: dict[str, list[Cell]] = {}
    kept: dict[int, Cell] = {}
    held: dict[int, list[Any]] = {}
    lent: dict[int, int] = {}
    truncated: bool = False
