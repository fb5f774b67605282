"""What changed between two renders of a template: ``cart.items[1].count: 1 → 2``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec

from .page_state import PageState
from .tree import FUNCTIONS, Node

MAX_CHANGES = 500
_MAX_ITEMS = 2_000
_MAX_PAIRS = 10_000
"""Pairs of equal items, one before and one after, among which the best match is searched for."""

_KEYS = ("id", "pk", "key", "slug", "uuid", "name")
"""Attributes that identify the items of a list, if each item has a different value."""

NOTHING_READ = "—"


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value that a template read differently than before.

    :param path: its path in the later render, or in the earlier one for a value that is gone.
    :param before: the earlier value as text, ``""`` for a new one.
    :param after: the later value as text, ``""`` for a value that is gone.
    """

    path: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        if self.before and self.after:
            return f"{self.path}: {self.before} → {self.after}"
        return f"{self.path}: {self.before or NOTHING_READ} → {self.after or NOTHING_READ}"


def changes(before: PageState, after: PageState) -> list[Change]:
    """Return what changed between two renders, in the order of reading; at most
    :data:`MAX_CHANGES`.

    A value that only one of them read is ignored, unless it is in a list or mapping that both read:
    then it is new or gone. Items of a list are matched by their keys, if they have any, so a new
    first item does not change all others.
    """
    found: list[Change] = []
    _compare(_by_name(before.reads), _by_name(after.reads), found)
    return found[:MAX_CHANGES]


def _by_name(nodes: list[Node]) -> dict[str, Node]:
    return {node.name: node for node in nodes}


def _compare(before: dict[str, Node], after: dict[str, Node], found: list[Change]) -> None:
    for name, node in after.items():
        if name in before and len(found) < MAX_CHANGES:
            _compare_nodes(before[name], node, found)


def _compare_nodes(before: Node, after: Node, found: list[Change]) -> None:
    if after.type in FUNCTIONS or before.type in FUNCTIONS:
        return _compare(_by_name(before.children), _by_name(after.children), found)
    old, new = written(before), written(after)
    old_items, new_items = items(before), items(after)
    filled = (_is_empty(before) and after.length is None and new_items) or (
        _is_empty(after) and before.length is None and old_items
    )
    if old != new and not filled:
        found.append(Change(after.path, old, new))
        if _is_plain(before) or _is_plain(after):
            return None
    if old_items or new_items:
        if before.length != 0 or after.length != 0:
            _compare_items(old_items, new_items, found)
    return _compare(_without(before, old_items), _without(after, new_items), found)


def _is_empty(node: Node) -> bool:
    """Whether a template found nothing in a list."""
    return not node.children and (node.length == 0 or node.truth is False)


def _without(node: Node, taken: list[Node]) -> dict[str, Node]:
    """Return the other children of a node, by name."""
    names = {item.name for item in taken}
    return {child.name: child for child in node.children if child.name not in names}


def items(node: Node) -> list[Node]:
    """Return the items of a list over which a template iterated; none for reads by key."""
    found = [child for child in node.children if child.name.startswith("[")]
    return (
        found
        if [child.name for child in found] == [f"[{place}]" for place in range(len(found))]
        else []
    )


def _compare_items(before: list[Node], after: list[Node], found: list[Change]) -> None:
    old, new = (
        [_identity(node) for node in before[:_MAX_ITEMS]],
        [_identity(node) for node in after[:_MAX_ITEMS]],
    )
    if len(set(old)) < len(old) or len(set(new)) < len(new) or None in {*old, *new}:
        old, new = (
            [_content(node) for node in before[:_MAX_ITEMS]],
            [_content(node) for node in after[:_MAX_ITEMS]],
        )
    for kind, start, end, first, last in _matched(old, new).get_opcodes():
        paired = min(end - start, last - first) if kind in {"equal", "replace"} else 0
        if kind == "replace" and _known(old[start:end] + new[first:last]):
            paired = 0
        for one, other in zip(
            before[start : start + paired], after[first : first + paired], strict=True
        ):
            _compare_nodes(one, other, found)
        found += [Change(node.path, summary(node), "") for node in before[start + paired : end]]
        found += [Change(node.path, "", summary(node)) for node in after[first + paired : last]]


def _matched(old: Sequence[Hashable], new: Sequence[Hashable]) -> SequenceMatcher[Hashable]:
    """Return how two lists match. If too many items are equal, they are matched by count: the first
    with the first, and so on.

    :class:`~difflib.SequenceMatcher` would otherwise visit each pair of equal items again for each
        match.
    """
    times = Counter(new)
    if sum(times[item] for item in old) > _MAX_PAIRS:
        old, new = _counted(old), _counted(new)
    return SequenceMatcher(None, old, new, autojunk=False)


def _counted(items: Sequence[Hashable]) -> list[Hashable]:
    """Return items, each with the number of equal items before it."""
    seen: Counter[Hashable] = Counter()
    found: list[Hashable] = []
    for item in items:
        found.append((item, seen[item]))
        seen[item] += 1
    return found


def _known(identities: list[Any]) -> bool:
    """Whether items are identified by a key, so that items with other keys are different ones."""
    return all(isinstance(identity, tuple) and identity[:1] == ("key",) for identity in identities)


def _identity(node: Node) -> Any:
    for key in _KEYS:
        for child in node.children:
            if child.name in {f".{key}", f"['{key}']"} and _is_plain(child):
                return "key", key, str(child.value)
    return None


def _content(node: Node) -> Any:
    """Return the content of an item as text, for comparison."""
    found: list[str] = []
    pending = [node]
    while pending and len(found) < 100:
        one = pending.pop()
        found.append(f"{one.name if one is not node else ''}={written(one)}")
        pending += one.children
    return "\n".join(found)


def _is_plain(node: Node) -> bool:
    return not node.children and not node.same


def written(node: Node) -> str:
    """Return a value on one line: a text as a Python literal, an object by its class."""
    if node.masked and not node.children:
        return str(node.value or node.text or "[redacted]")
    if node.value is not None:
        return repr(node.value) if node.type == "str" else str(node.value) or "''"
    if node.type in {"None", "undefined"}:
        return node.type
    if node.text:
        return node.text
    if node.length is not None:
        return f"{node.length} items"
    if node.truth is False:
        return f"empty {node.type.rpartition('.')[2]}"
    return node.type.rpartition(".")[2]


def summary(node: Node) -> str:
    """Return a short description of an item: its class, and the first values that were read from
    it.
    """
    if _is_plain(node):
        return written(node)
    parts = [
        f"{child.name.lstrip('.')}={written(child)}"
        for child in node.children
        if child.value is not None
    ][:3]
    return f"{node.type.rpartition('.')[2]}({', '.join(parts)})"
