"""The record of one render: what the template read, as data."""

from __future__ import annotations

from typing import Any

import msgspec

Cell = Any
"""A value of a trace as plain data: ``None``, ``bool``, a small ``int``, ``float`` or ``str``
stand for themselves; everything else is a list that begins with a tag (see ``cells``)."""


class Trace(msgspec.Struct, frozen=True, array_like=True):
    """What one render read.

    :param names: scope (``"page"``, ``"global"``) to name to cell: the inputs.
    :param types: what the objects were, each ``[name, flags]``, counted from 0.
    :param shapes: the questions that objects were asked, each a list of keys.
    :param objects: one row per object: ``[type, shape, *answers]``.
    :param calls: questions that no object owns: ``[key, answer]``.
    :param truncated: the render went on after the log was full.
    """

    names: dict[str, dict[str, Cell]] = {}
    types: list[list[Any]] = []
    shapes: list[list[Any]] = []
    objects: list[list[Any]] = []
    calls: list[list[Any]] = []
    truncated: bool = False
