"""Syntax trees of templates as data.

A template is stored as the tree that Jinja parsed, next to its source. The tree already contains
the effects of delimiters, trim settings, extension tags and ``newstyle_gettext``, so a replay needs
none of them. Reading accepts a fixed set of nodes and checks every name in them, because the
compiler writes some of them into Python unchanged.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from jinja2 import nodes
from markupsafe import Markup

from ..errors import DecodeError
from ..trace import cells

IMPORTED = "import"
"""Identifier under which a tag's imported names are looked up, as if an extension had them."""

ENVIRONMENT = "environment"
"""Identifier under which a tag's attributes of the environment are looked up."""

_NODES: dict[str, type[nodes.Node]] = {
    kind.__name__: kind
    for kind in (
        nodes.Template, nodes.Output, nodes.Extends, nodes.For, nodes.If, nodes.Macro,
        nodes.CallBlock, nodes.FilterBlock, nodes.With, nodes.Block, nodes.Include, nodes.Import,
        nodes.FromImport, nodes.ExprStmt, nodes.Assign, nodes.AssignBlock, nodes.Name, nodes.NSRef,
        nodes.Const, nodes.TemplateData, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair,
        nodes.Keyword, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call, nodes.Getitem,
        nodes.Getattr, nodes.Slice, nodes.Concat, nodes.Compare, nodes.Operand, nodes.Mul,
        nodes.Div, nodes.FloorDiv, nodes.Add, nodes.Sub, nodes.Mod, nodes.Pow, nodes.And, nodes.Or,
        nodes.Not, nodes.Neg, nodes.Pos, nodes.ExtensionAttribute, nodes.InternalName,
        nodes.MarkSafe, nodes.MarkSafeIfAutoescape, nodes.ContextReference,
        nodes.DerivedContextReference, nodes.Continue, nodes.Break, nodes.Scope, nodes.OverlayScope,
        nodes.EvalContextModifier, nodes.ScopedEvalContextModifier,
    )
}  # fmt: skip

_IDENTIFIERS = {
    ("Name", "name"), ("NSRef", "name"), ("NSRef", "attr"), ("Macro", "name"), ("Block", "name"),
    ("Import", "target"), ("Keyword", "key"), ("InternalName", "name"),
}  # fmt: skip
_OPERATORS = frozenset(("eq", "ne", "gt", "gteq", "lt", "lteq", "in", "notin"))
_CONTEXTS = frozenset(("load", "store", "param"))
_MAX_DEPTH = 200


def literal(value: Any, line: int) -> nodes.Expr:
    """Write a value as a template expression. Each render creates a new container.

    :raises Impossible: no template expression has this value.
    """
    kind = type(value)
    if kind is list:
        return nodes.List([literal(item, line) for item in value], lineno=line)
    if kind is tuple:
        return nodes.Tuple([literal(item, line) for item in value], "load", lineno=line)
    if kind is dict:
        pairs = [
            nodes.Pair(literal(key, line), literal(item, line), lineno=line)
            for key, item in value.items()
        ]
        return nodes.Dict(pairs, lineno=line)
    if kind in {set, frozenset}:
        raise nodes.Impossible
    return nodes.Const(value, lineno=line)


def write(node: nodes.Node) -> list[Any]:
    """Return a tree as data: ``[class, line, fields…]``, nodes as lists under ``"+"``, lists under
    ``"*"``. A container that an extension inserted as a constant becomes a display, as in Jinja's
    code.
    """
    if isinstance(node, nodes.ImportedName):
        node = nodes.ExtensionAttribute(IMPORTED, node.importname, lineno=node.lineno)
    elif isinstance(node, nodes.EnvironmentAttribute):
        node = nodes.ExtensionAttribute(ENVIRONMENT, node.name, lineno=node.lineno)
    elif isinstance(node, nodes.Const) and type(node.value) in {list, tuple, dict}:
        with suppress(nodes.Impossible):
            return write(literal(node.value, node.lineno))
    return [
        type(node).__name__,
        node.lineno or 0,
        *(_write(value) for _, value in node.iter_fields()),
    ]


def _write(value: Any) -> Any:
    if isinstance(value, nodes.Node):
        return ["+", *write(value)]
    if isinstance(value, list):
        return ["*", *map(_write, value)]
    if isinstance(value, tuple):
        return ["()", *map(_write, value)]
    if isinstance(value, str) and not isinstance(value, Markup):
        return cells.write(str(value))
    return cells.write(value)


def read(data: Any) -> nodes.Template:
    """Read a whole template's tree.

    :raises DecodeError: the data is not such a tree, or contains what no template can express.
    """
    try:
        tree = _node(data, 0)
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise DecodeError(f"not a template's tree: {error}") from error
    if not isinstance(tree, nodes.Template):
        raise DecodeError("not a template's tree: it does not begin with a template")
    return tree


def _node(data: list[Any], depth: int) -> nodes.Node:
    name, line, *values = data
    kind = _NODES[name]
    if depth > _MAX_DEPTH or len(values) != len(kind.fields):
        raise ValueError(f"malformed {name}")
    fields = [_value(value, depth + 1) for value in values]
    for field, value in zip(kind.fields, fields, strict=True):
        _check(name, field, value)
    node = object.__new__(kind)
    nodes.Node.__init__(node, *fields, lineno=int(line))
    return node


def _value(data: Any, depth: int) -> Any:
    if type(data) is list:
        if data[0] == "+":
            return _node(data[1:], depth)
        if data[0] == "*":
            return [_value(item, depth + 1) for item in data[1:]]
        if data[0] == "()":
            return tuple(_value(item, depth + 1) for item in data[1:])
    return cells.read(data)


def _check(node: str, field: str, value: Any) -> None:
    """Raise ``ValueError`` for an invalid value that the compiler would write into Python
    unchecked.
    """
    if (node, field) in _IDENTIFIERS:
        sound = isinstance(value, str) and value.isidentifier()
    elif field == "ctx":
        sound = value in _CONTEXTS
    elif field == "op":
        sound = value in _OPERATORS
    elif field in {"name", "identifier", "attr"}:
        sound = value is None or isinstance(value, str)
    elif node == "FromImport" and field == "names":
        sound = all(
            part.isidentifier()
            for name in value
            for part in ([name] if isinstance(name, str) else name)
        )
    elif node == "Const":
        sound = not isinstance(value, nodes.Node | list)
    elif node == "TemplateData" and field == "data":
        sound = isinstance(value, str)
    else:
        sound = True
    if not sound:
        raise ValueError(f"{node}.{field} cannot be {value!r:.60}")
