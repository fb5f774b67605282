"""The state of a page as text for a terminal: a tree, in which lists of similar items are
tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from .changes import items, written
from .page_state import PageState
from .tree import Node

_PLAIN_KINDS = frozenset({"str", "None", "undefined"})
"""Types that a value shows by itself."""

_WIDTH = 60
_COLUMNS = 8
_MAX_ROWS = 200


def drawn(state: PageState) -> Iterator[str]:
    """Return the lines of a state."""
    yield state.template or "(from a string)"
    for node in state.reads:
        yield from _draw(node, 1)
    for note in (
        *state.notes,
        state.problem,
        *(f"not in the recording: {path}" for path in state.missing),
    ):
        if note:
            yield f"! {note}"


def _draw(node: Node, depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}{node.name}{_description(node)}"
    rows = items(node)
    columns = _columns(rows)
    if columns:
        yield from _table(rows, columns, depth + 1)
    for child in node.children:
        if not columns or child not in rows:
            yield from _draw(child, depth + 1)
    if node.more:
        yield f"{'  ' * (depth + 1)}… and more"


def _description(node: Node) -> str:
    """Return the text after the name of a node."""
    value = _cut(written(node))
    kind = node.type.rpartition(".")[2]
    parts = [
        f" = {value}" if value != kind or kind in _PLAIN_KINDS else "",
        f"  {kind}" if kind not in _PLAIN_KINDS else "",
    ]
    if node.same:
        parts.append(f"  as {node.same}")
    if node.masked:
        parts.append("  (masked)")
    return "".join(parts)


def _columns(rows: list[Node]) -> list[str]:
    """Return the column names of a list, if its items have only plain values under the same few
    names.
    """
    names = dict.fromkeys(child.name for row in rows for child in row.children)
    plain = all(not child.children and not child.same for row in rows for child in row.children)
    filled = all(row.children and not row.same for row in rows)
    return list(names) if len(rows) > 1 and plain and filled and len(names) <= _COLUMNS else []


def _table(rows: list[Node], columns: list[str], depth: int) -> Iterator[str]:
    cells = [["", *(name.lstrip(".") for name in columns)]]
    for row in rows[:_MAX_ROWS]:
        read = {child.name: _cut(written(child)) for child in row.children}
        cells.append([row.name, *(read.get(name, "") for name in columns)])
    widths = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
    for line in cells:
        yield (
            "  " * depth
            + "  ".join(
                cell.ljust(width) for cell, width in zip(line, widths, strict=True)
            ).rstrip()
        )
    if len(rows) > _MAX_ROWS:
        yield f"{'  ' * depth}… and {len(rows) - _MAX_ROWS} more"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…"
