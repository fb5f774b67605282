"""The record of one render: what the template read, as data."""

from __future__ import annotations

from typing import Any

import msgspec

Cell = Any
"""A value of a trace as plain data: ``None``, ``bool``, a small ``int``, ``float`` or ``str``
stand for themselves; everything else is a list that begins with a tag (see ``cells``)."""


class Trace(msgspec.Struct, frozen=True, array_like=True):
    """What one render read: for each question the answers, in the order in which the page asked it.

    Who was asked, and with which operands, is not kept: the same template asks the same again when
    it is replayed, and so finds out.

    :param types: what the objects were, each ``[name, letters]``, counted from 0.
    :param objects: for each object the number of its type.
    :param answers: by the word of the question, which is an attribute's name or an operation:
        cells.
    :param kept: what stands in place of secrets, by their numbers: cells.
    :param held: of methods of plain values, by their numbers: the value as a cell, and the method's
        name.
    :param lent: containers of the template's that the app was given: the order in which it was, and
        their numbers.
    :param truncated: the render went on after the log was full.
    """

    types: list[list[Any]] = []
    objects: list[int] = []
    answers: dict[str, list[Cell]] = {}
    kept: dict[int, Cell] = {}
    held: dict[int, list[Any]] = {}
    lent: dict[int, int] = {}
    truncated: bool = False
