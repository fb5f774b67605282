"""What a template read, as a tree of names and values."""

from __future__ import annotations

from typing import Any

import msgspec

from ..engine import operations as op
from ..engine.replaying.answers import NOBODY, OF_PLAIN, Answered
from ..safe_text import whole
from ..sanitize import REDACTED
from ..trace import cells
from ..trace.model import Trace

MAX_NODES = 20_000
MAX_DEPTH = 40
MAX_TEXT = 2_000
"""Characters of one text."""

_MAX_LABEL = 120
_MAX_OPERANDS = 20
_OPENS = "[(.| "
"""Signs that follow the text of an object without a space."""

FUNCTIONS = frozenset(
    {"method", "function", "builtin_function_or_method", "method-wrapper", "functools.partial"}
)
_ELSEWHERE = "…"


_PASSED: Any = ["passed"]
"""Stands for the cell of an object that was read only to reach one of its attributes."""


class Node(msgspec.Struct, omit_defaults=True, gc=False):
    """Something that a template read.

    :param name: the last part of its path: ``cart``, ``.rows``, ``[0]``, ``('static',
        filename='shop.css')``.
    :param path: its expression in a template: ``cart.rows[0].book``.
    :param type: the Python type of a value, or the class name of an object.
    :param value: a plain value, as it is if JSON supports its type, else as text.
    :param text: the printed text of an object.
    :param length: the length of an object, if the template read it, or 0 if it looped over nothing.
    :param truth: the truth of an object, if the template tested it.
    :param masked: a secret in it was redacted.
    :param same: the path of the node that already describes this object.
    :param children: what was read of it, in the order of reading.
    :param more: the number of children that were left out because there were too many.
    """

    name: str
    path: str
    type: str = ""
    value: Any = None
    text: str = ""
    length: int | None = None
    truth: bool | None = None
    masked: bool = False
    same: str = ""
    children: list[Node] = []
    more: int = 0


class ReadTree:
    """Grows from the answers that a replay gave, in their order.

    :param trace: the trace with the answers.
    :ivar roots: the names that the template read, and the results of operations on values alone.
    :ivar paths: for each answer the path of what was read, ``""`` if it has none.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.root = Node("", "")
        self.paths: list[str] = []
        self.known: dict[int, dict[str, tuple[Any, Node]]] = {}
        self.objects: dict[int, Node] = {}
        self.depths: dict[int, int] = {id(self.root): 0}
        self.count = 0
        self.by_cell: dict[int, str] = {}
        self.latest: tuple[Any, Node] | None = None

    @property
    def roots(self) -> list[Node]:
        """Return the names, each with what was read of it."""
        return self.root.children

    def named(self, name: str) -> Node | None:
        """Return the node of a name, if the template read it."""
        found = self.known.get(id(self.root), {}).get(name)
        return None if found is None else found[1]

    def grow(self, given: list[Answered]) -> None:
        """Add answers to the tree."""
        answers = self.trace.answers
        for one in given:
            cell = answers[one.word][one.place]
            node = None if _is_nothing(cell) else self._put(one.number, one.question, cell)
            self.paths.append("" if node is None or node.type in FUNCTIONS else node.path)
            self.latest = None if node is None else (cell, node)

    def _put(self, number: int, question: Any, cell: Any) -> Node | None:
        """Add one answer.

        :param number: number of the object that was read.
        :returns: the node of the answer, ``None`` if the tree has no place for it.
        """
        if number == OF_PLAIN:
            return None
        if number == NOBODY:
            if type(question) is str:
                return self._child(self.root, question, cell) if question.isidentifier() else None
            return self._compute(question, cell)
        owner = self.objects.get(number)
        if owner is None:
            owner = self._child(self.root, _ELSEWHERE, [number])
            if owner is None:
                return None
        if type(question) is not str:
            return self._child(owner, self._expression(question), cell)
        match question:
            case op.TEXT | op.ESCAPE:
                owner.text, masked = _cut(self._text(cell))
                owner.masked = owner.masked or masked
            case op.LENGTH:
                owner.length = cell if type(cell) is int else None
            case op.TRUTH:
                owner.truth = bool(cell) if type(cell) is not list else True
            case op.ITERATE:
                self._items(owner, cell)
            case _:
                return self._child(
                    owner,
                    f".{question}" if question.replace(".", "").isidentifier() else question,
                    cell,
                )
        return owner

    def _compute(self, question: list[Any], cell: Any) -> Node | None:
        """Add the result of an operation on plain values: below the first operand, if that was read
        just before.
        """
        word, *operands = question
        if (
            operands
            and self.latest is not None
            and word != op.CALL
            and self.latest[0] == operands[0]
        ):
            return self._child(
                self.latest[1], self._operation(str(word), self._operands(operands[1:])), cell
            )
        return self._child(self.root, self._computed(question), cell)

    def _items(self, owner: Node, cell: Any) -> None:
        if type(cell) is not list or cell[:1] != ["l"]:
            return
        if len(cell) == 2 and owner.length is None:
            owner.length = 0
        for place, item in enumerate(cell[2:]):
            if self._child(owner, f"[{place}]", item) is None:
                return

    def _child(self, owner: Node, label: str, cell: Any) -> Node | None:
        """Return the child with a label, creating it if needed. A child whose value changes between
        reads gets a number.
        """
        known = self.known.setdefault(id(owner), {})
        label = whole(label)
        times, name = 1, label
        while (found := known.get(name)) is not None:
            if found[0] is _PASSED:
                known[name] = cell, found[1]
                self._fill(found[1], cell)
                return found[1]
            if found[0] == cell or self._is_function(found[1], cell):
                return found[1]
            times += 1
            name = f"{label} #{times}"
            if times > _MAX_OPERANDS:
                owner.more += 1
                return None
        depth = self.depths[id(owner)] + 1
        if self.count >= MAX_NODES or depth > MAX_DEPTH:
            owner.more += 1
            return None
        self.count += 1
        path = owner.path + name if name[:1] in _OPENS else f"{owner.path} {name}".lstrip()
        node = Node(name, path)
        known[name] = cell, node
        self.depths[id(node)] = depth
        owner.children.append(node)
        self._fill(node, cell)
        return node

    def _is_function(self, node: Node, cell: Any) -> bool:
        """Whether the node and a cell are the same function. Methods are new objects at each
        access.
        """
        if (
            node.type not in FUNCTIONS
            or type(cell) is not list
            or not cell
            or type(cell[0]) is not int
        ):
            return False
        if self._type(cell[0]) not in FUNCTIONS:
            return False
        self.objects.setdefault(cell[0], node)
        return True

    def _type(self, number: int) -> str:
        try:
            return whole(str(self.trace.types[self.trace.objects[number]][0]))
        except (LookupError, TypeError):
            return "object"

    def _fill(self, node: Node, cell: Any) -> None:
        """Write what a cell holds into a node."""
        if type(cell) is not list:
            node.type = "None" if cell is None else type(cell).__name__
            node.value = cell
            if type(cell) is str:
                node.value, node.masked = _cut(cell)
                if len(cell) > 1:
                    self.by_cell.setdefault(id(cell), node.path)
            elif type(cell) is float:
                self.by_cell.setdefault(id(cell), node.path)
            return
        if cell is _PASSED:
            node.type = "object"
            return
        self.by_cell.setdefault(id(cell), node.path)
        tag = cell[0] if cell else None
        if type(tag) is int:
            self._object(node, tag)
        elif tag == "l" and len(cell) > 1:
            node.type = whole(str(cell[1]))
            self._container(node, cell)
        elif tag == "x":
            node.type, node.value, node.masked = "str", REDACTED, True
        elif tag == "u":
            node.type = "undefined"
        elif tag in {"g", "j"}:
            node.type, node.text = "function", whole(str(cell[-1] or ""))
        elif tag == "e":
            node.type = whole(f"raised {cell[1]}")
        elif cells.is_written(cell):
            value = cells.read(cell)
            node.type = type(value).__name__
            node.value, node.masked = _cut(str(value))

    def _object(self, node: Node, number: int) -> None:
        node.type = self._type(number)
        kept = self.trace.kept.get(number)
        if number in self.trace.kept:
            node.masked = True
            node.value, _ = _cut(self._text(kept))
        first = self.objects.setdefault(number, node)
        if first is not node:
            node.same = first.path

    def _container(self, node: Node, cell: list[Any]) -> None:
        items = cell[2:]
        if cell[1] == "dict":
            for key, item in zip(items[::2], items[1::2], strict=False):
                if self._child(node, f"[{self._operand(key)}]", item) is None:
                    return
        else:
            self._items(node, cell)

    # The text of a question

    def _expression(self, question: list[Any]) -> str:
        """Return the template expression that asks an object a question."""
        word, *operands = question
        word = str(word)
        if word == op.ITEM:
            return f"[{', '.join(map(self._operand, operands))}]"
        if word == op.SLICE:
            return f"[{':'.join('' if one is None else self._operand(one) for one in operands)}]"
        arguments = self._operands(operands)
        if word == op.CALL:
            return f"({arguments})"
        if word.endswith("()") and len(word) > 2:
            return f".{word[:-2]}({arguments})"
        return self._operation(word, arguments)

    @staticmethod
    def _operation(word: str, arguments: str) -> str:
        if word.startswith("| "):
            return f"|{word[2:]}({arguments})" if arguments else f"|{word[2:]}"
        return f" {word} {arguments}".rstrip()

    def _computed(self, question: list[Any]) -> str:
        word, *operands = question
        word = str(word)
        if word == op.CALL and operands:
            return f"{self._operand(operands[0])}({self._operands(operands[1:])})"
        first, rest = (self._operand(operands[0]), operands[1:]) if operands else ("", [])
        return _short(f"{first}{self._operation(word, self._operands(rest))}".strip())

    def _operands(self, operands: list[Any]) -> str:
        texts: list[str] = []
        for operand in operands[:_MAX_OPERANDS]:
            if type(operand) is list and operand[:1] == ["k"]:
                texts += [
                    f"{name}={self._operand(value)}"
                    for name, value in zip(operand[1::2], operand[2::2], strict=False)
                ]
            else:
                texts.append(self._operand(operand))
        if len(operands) > _MAX_OPERANDS:
            texts.append(_ELSEWHERE)
        return ", ".join(texts)

    def _operand(self, cell: Any) -> str:
        if type(cell) is not list:
            return _short(repr(cell))
        if cell and type(cell[0]) is int:
            known = self.objects.get(cell[0])
            return _ELSEWHERE if known is None else known.path
        if cell[:1] == ["l"]:
            return _short(f"{cell[1] if len(cell) > 1 else ''}(…)")
        if cell[:1] == ["u"]:
            return "undefined"
        return _short(repr(self._text(cell)))

    @staticmethod
    def _text(cell: Any) -> str:
        """Return the text of a plain value's cell."""
        if type(cell) is not list:
            return str(cell)
        if cell[:1] == ["x"]:
            return REDACTED
        return str(cells.read(cell)) if cells.is_written(cell) else _ELSEWHERE


def joined(roots: list[Node]) -> None:
    """Merge methods with their calls: ``args.get`` with ``('q')`` below it becomes
    ``args.get('q')``.
    """
    pending = [*roots]
    while pending:
        node = pending.pop()
        children: list[Node] = []
        for child in node.children:
            calls = child.children if child.type in FUNCTIONS and not child.same else []
            if calls and all(call.name.startswith("(") for call in calls):
                for call in calls:
                    call.name = f"{child.name}{call.name}"
                children += calls
            else:
                children.append(child)
        node.children = children
        pending += children


def _is_nothing(cell: Any) -> bool:
    """Whether a cell holds no value, because a replay computes it or it could not be recorded."""
    return type(cell) is list and (not cell or cell[0] in {"a", "!", "?", "p"})


def _short(text: str) -> str:
    return text if len(text) <= _MAX_LABEL else f"{text[:_MAX_LABEL]}…"


def _cut(text: str) -> tuple[str, bool]:
    """Return a text, shortened, and whether a secret in it was redacted."""
    return whole(text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"), REDACTED in text
